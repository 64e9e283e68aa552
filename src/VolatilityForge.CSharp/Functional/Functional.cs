using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Functions over functions.</summary>
public static class Functional
{
    /// <summary>Arguments whose results <see cref="Memoize"/> keeps when it is not told how many.</summary>
    public const int DefaultCapacity = 1024;

    private static FSharpList<FSharpFunc<T, T>> Steps<T>(IEnumerable<Func<T, T>> steps) =>
        ListModule.OfSeq(steps.Select(step => step.ToCore()));

    /// <summary>The value after every step, left to right.</summary>
    public static T Pipe<T>(T value, params Func<T, T>[] steps) =>
        Core.Function.pipe(Steps(steps), value);

    /// <summary>second(first(value)).</summary>
    public static TResult Pipe<T, TMiddle, TResult>(
        T value,
        Func<T, TMiddle> first,
        Func<TMiddle, TResult> second
    ) => Compose(second, first)(value);

    /// <summary>third(second(first(value))).</summary>
    public static TResult Pipe<T, T1, T2, TResult>(
        T value,
        Func<T, T1> first,
        Func<T1, T2> second,
        Func<T2, TResult> third
    ) => Pipe(value, Compose(second, first), third);

    /// <summary>fourth(third(second(first(value)))).</summary>
    public static TResult Pipe<T, T1, T2, T3, TResult>(
        T value,
        Func<T, T1> first,
        Func<T1, T2> second,
        Func<T2, T3> third,
        Func<T3, TResult> fourth
    ) => Pipe(value, Compose(second, first), third, fourth);

    /// <summary>Composition as in mathematics: outer(inner(argument)).</summary>
    public static Func<T, TResult> Compose<T, TMiddle, TResult>(
        Func<TMiddle, TResult> outer,
        Func<T, TMiddle> inner
    )
    {
        var (last, first) = (outer.ToCore(), inner.ToCore());
        return argument => Core.Function.compose(last, first, argument);
    }

    /// <summary>Composition of many, applied right to left; of none, the identity.</summary>
    public static Func<T, T> Compose<T>(params Func<T, T>[] functions)
    {
        var steps = Steps(functions);
        return argument => Core.Function.composeAll(steps, argument);
    }

    /// <summary>A function of two arguments as a function of one after the other.</summary>
    public static Func<T1, Func<T2, TResult>> Curry<T1, T2, TResult>(Func<T1, T2, TResult> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        var paired = FuncConvert.FromFunc<Tuple<T1, T2>, TResult>(pair =>
            function(pair.Item1, pair.Item2)
        );
        return first => second => Core.Function.curry(paired, first, second);
    }

    /// <summary>A function of one argument after the other as a function of two.</summary>
    public static Func<T1, T2, TResult> Uncurry<T1, T2, TResult>(
        Func<T1, Func<T2, TResult>> function
    )
    {
        ArgumentNullException.ThrowIfNull(function);
        var curried = FuncConvert.FromFunc<T1, FSharpFunc<T2, TResult>>(first =>
            FuncConvert.FromFunc(function(first))
        );
        return (first, second) => Core.Function.uncurry(curried, first, second);
    }

    /// <summary>The same function with its arguments exchanged.</summary>
    public static Func<T2, T1, TResult> Flip<T1, T2, TResult>(Func<T1, T2, TResult> function)
    {
        var direct = function.ToCore();
        return (second, first) => Core.Function.flip(direct, second, first);
    }

    /// <summary>
    /// A cached form of a pure function, safe from many threads: it computes once per kept argument and keeps the results
    /// of the arguments used last. An exception is not kept.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The capacity is below 1.</exception>
    public static Func<T, TResult> Memoize<T, TResult>(
        Func<T, TResult> function,
        int capacity = DefaultCapacity
    ) => Core.Function.memoize(capacity, function.ToCore()).Invoke;
}
