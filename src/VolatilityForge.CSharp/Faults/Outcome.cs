using System;
using System.Threading;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>From the core's results to this library's.</summary>
internal static class Outcome
{
    public static T OrThrow<T>(this FSharpResult<T, Core.Fault> result) =>
        Core.FaultModule.orRaise(result);

    /// <summary>
    /// As OrThrow, with .NET's own exception for cancellation, which tasks and callers tell from failure; the fault is in
    /// its inner exception.
    /// </summary>
    public static T OrThrow<T>(this FSharpResult<T, Core.Fault> result, CancellationToken token)
    {
        if (result is { IsError: true, ErrorValue: Core.Fault.Cancelled cancelled })
            throw new OperationCanceledException(
                cancelled.Describe(),
                cancelled.ToException(),
                token
            );
        return result.OrThrow();
    }

    public static FSharpResult<TResult, Core.Fault> Select<T, TResult>(
        this FSharpResult<T, Core.Fault> result,
        Func<T, TResult> mapping
    ) => Core.Either.map(FuncConvert.FromFunc(mapping), result);

    public static FSharpResult<TResult, Core.Fault> Then<T, TResult>(
        this FSharpResult<T, Core.Fault> result,
        Func<T, FSharpResult<TResult, Core.Fault>> next
    ) => Core.Either.bind(FuncConvert.FromFunc(next), result);

    public static Either<Core.Fault, T> ToEither<T>(this FSharpResult<T, Core.Fault> result) =>
        new(result);

    /// <summary>Runs the body and turns the faults it raises into an error.</summary>
    public static FSharpResult<T, Core.Fault> Of<T>(Func<T> body) =>
        Core.FaultModule.@catch(FuncConvert.FromFunc(body));
}
