using System;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Delegates as the core calls them; a null is an error where it is given, not where it is called.</summary>
internal static class Delegates
{
    public static FSharpFunc<Unit, TResult> ToCore<TResult>(this Func<TResult> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return FuncConvert.FromFunc(function);
    }

    public static FSharpFunc<T, TResult> ToCore<T, TResult>(this Func<T, TResult> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return FuncConvert.FromFunc(function);
    }

    public static FSharpFunc<T1, FSharpFunc<T2, TResult>> ToCore<T1, T2, TResult>(
        this Func<T1, T2, TResult> function
    )
    {
        ArgumentNullException.ThrowIfNull(function);
        return FuncConvert.FromFunc(function);
    }
}
