using System;
using System.Diagnostics.CodeAnalysis;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Making optional values.</summary>
public static class Maybe
{
    /// <summary>The value, or nothing where it is null.</summary>
    public static Maybe<T> Of<T>(T? value)
        where T : notnull =>
        new(
            Core.Maybe.map(
                FuncConvert.FromFunc((object some) => (T)some),
                Core.Maybe.ofObj<object>(value!)
            )
        );

    /// <summary>The value of a nullable, or nothing.</summary>
    public static Maybe<T> Of<T>(T? value)
        where T : struct => new(Core.Maybe.ofNullable(value));

    /// <summary>A value that is there.</summary>
    public static Maybe<T> Some<T>(T value) => Maybe<T>.Some(value);

    /// <summary>Nothing.</summary>
    public static Maybe<T> None<T>() => Maybe<T>.None;
}

/// <summary>A value that may be absent. The default is nothing. Equal when both are nothing or hold equal values.</summary>
public readonly record struct Maybe<T>
{
    internal Maybe(FSharpOption<T>? option) => Option = option;

    internal FSharpOption<T>? Option { get; }

    /// <summary>Nothing.</summary>
    public static Maybe<T> None => default;

    /// <summary>A value that is there.</summary>
    public static Maybe<T> Some(T value) => new(FSharpOption<T>.Some(value));

    /// <summary>True when there is a value.</summary>
    public bool IsSome => Option is not null;

    /// <summary>The function applied to the value.</summary>
    public Maybe<TResult> Map<TResult>(Func<T, TResult> mapping) =>
        new(Core.Maybe.map(mapping.ToCore(), Option));

    /// <summary>The function applied to the value, which may itself give nothing.</summary>
    public Maybe<TResult> FlatMap<TResult>(Func<T, Maybe<TResult>> next) =>
        new(
            Core.Maybe.bind(
                FuncConvert.FromFunc<T, FSharpOption<TResult>?>(value => next(value).Option),
                Option
            )
        );

    /// <summary>The value when it satisfies the predicate.</summary>
    public Maybe<T> Filter(Func<T, bool> predicate) =>
        new(Core.Maybe.filter(predicate.ToCore(), Option));

    /// <summary>The value, or this other one.</summary>
    public T GetOrElse(T fallback) => Core.Maybe.defaultValue(fallback, Option);

    /// <summary>The value, or what the function gives; the function runs only when needed.</summary>
    public T GetOrElse(Func<T> fallback) => Core.Maybe.defaultWith(fallback.ToCore(), Option);

    /// <summary>This when it has a value, else the other.</summary>
    public Maybe<T> OrElse(Maybe<T> fallback) => new(Core.Maybe.orElse(fallback.Option, Option));

    /// <summary>One result out of two functions.</summary>
    public TResult Match<TResult>(Func<T, TResult> some, Func<TResult> none) =>
        Core.Maybe.fold(none.ToCore(), some.ToCore(), Option);

    /// <summary>True with the value when there is one.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value)
    {
        value = Option is { } some ? some.Value : default;
        return IsSome;
    }

    /// <summary>The value on the right, or this on the left.</summary>
    public Either<TLeft, T> ToEither<TLeft>(TLeft left) => new(Core.Maybe.toEither(left, Option));

    /// <summary>"Some(value)" or "None".</summary>
    public override string ToString() => Match(value => $"Some({value})", () => "None");
}
