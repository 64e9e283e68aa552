using System;

namespace VolatilityForge.CSharp;

/// <summary>Two maps one after another.</summary>
internal sealed class Composition<TValue>(IComposable<TValue> first, IComposable<TValue> second)
    : IComposable<TValue>
{
    private readonly IComposable<TValue> first =
        first ?? throw new ArgumentNullException(nameof(first));

    private readonly IComposable<TValue> second =
        second ?? throw new ArgumentNullException(nameof(second));

    public TValue Apply(TValue value) => second.Apply(first.Apply(value));
}
