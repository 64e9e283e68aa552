using System;

namespace VolatilityForge.CSharp;

/// <summary>
/// A pure function with a cache: the first call with an argument computes, later ones read. Safe from many threads. The
/// least recently used result goes first.
/// </summary>
/// <param name="compute">The function.</param>
/// <param name="capacity">Results kept, at least 1.</param>
/// <exception cref="Core.VolatilityForgeException">The capacity is below 1.</exception>
public sealed class LazyEvaluator<TArgument, TResult>(
    Func<TArgument, TResult> compute,
    int capacity = Functional.DefaultCapacity
)
{
    private readonly Core.LazyEvaluator<TArgument, TResult> evaluator = new(
        compute ?? throw new ArgumentNullException(nameof(compute)),
        capacity
    );

    /// <summary>The function's value, computed when it isn't kept.</summary>
    public TResult Invoke(TArgument argument) => evaluator.Invoke(argument);
}
