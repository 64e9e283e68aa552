using System;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Making results that are a value or an error.</summary>
public static class Either
{
    /// <summary>A value, on the right.</summary>
    public static Either<TLeft, TRight> Of<TLeft, TRight>(TRight value) =>
        Either<TLeft, TRight>.Right(value);

    /// <summary>The value, or its fault raised as <see cref="Core.VolatilityForgeException"/>.</summary>
    public static T OrThrow<T>(this Either<Core.Fault, T> either) => either.Result.OrThrow();
}

/// <summary>
/// A value on the right or an error on the left; steps stop at the first error. The default was made by nobody: reading
/// it raises <see cref="InvalidOperationException"/>.
/// </summary>
public readonly record struct Either<TLeft, TRight>
{
    private readonly FSharpResult<TRight, TLeft>? result;

    internal Either(FSharpResult<TRight, TLeft> result) => this.result = result;

    internal FSharpResult<TRight, TLeft> Result =>
        result ?? throw new InvalidOperationException("An Either is made by Left or Right.");

    /// <summary>An error.</summary>
    public static Either<TLeft, TRight> Left(TLeft error) =>
        new(FSharpResult<TRight, TLeft>.NewError(error));

    /// <summary>A value.</summary>
    public static Either<TLeft, TRight> Right(TRight value) =>
        new(FSharpResult<TRight, TLeft>.NewOk(value));

    /// <summary>True for a value.</summary>
    public bool IsRight => Result.IsOk;

    /// <summary>True for an error.</summary>
    public bool IsLeft => Result.IsError;

    /// <summary>The function applied to the value.</summary>
    public Either<TLeft, TResult> Map<TResult>(Func<TRight, TResult> mapping) =>
        new(Core.Either.map(mapping.ToCore(), Result));

    /// <summary>The function applied to the error.</summary>
    public Either<TResult, TRight> MapLeft<TResult>(Func<TLeft, TResult> mapping) =>
        new(Core.Either.mapError(mapping.ToCore(), Result));

    /// <summary>The function applied to the value, which may itself fail.</summary>
    public Either<TLeft, TResult> FlatMap<TResult>(Func<TRight, Either<TLeft, TResult>> next) =>
        new(
            Core.Either.bind(
                FuncConvert.FromFunc<TRight, FSharpResult<TResult, TLeft>>(value =>
                    next(value).Result
                ),
                Result
            )
        );

    /// <summary>The value when it satisfies the predicate, else the error that the function makes of it.</summary>
    public Either<TLeft, TRight> Filter(
        Func<TRight, bool> predicate,
        Func<TRight, TLeft> otherwise
    ) => new(Core.Either.filter(otherwise.ToCore(), predicate.ToCore(), Result));

    /// <summary>The value, or this other one.</summary>
    public TRight GetOrElse(TRight fallback) => Core.Either.defaultValue(fallback, Result);

    /// <summary>The value, or what the function makes of the error.</summary>
    public TRight GetOrElse(Func<TLeft, TRight> fallback) =>
        Core.Either.defaultWith(fallback.ToCore(), Result);

    /// <summary>One result out of two functions.</summary>
    public TResult Match<TResult>(Func<TLeft, TResult> left, Func<TRight, TResult> right) =>
        Core.Either.fold(left.ToCore(), right.ToCore(), Result);

    /// <summary>The value, or nothing.</summary>
    public Maybe<TRight> ToMaybe() => new(Core.Either.toOption(Result));

    /// <summary>"Right(value)" or "Left(error)".</summary>
    public override string ToString() => Match(left => $"Left({left})", right => $"Right({right})");
}
