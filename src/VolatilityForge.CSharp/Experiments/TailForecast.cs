using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>Value at Risk and expected shortfall of the next day at a level, as returns: negative for a small level.</summary>
public sealed class TailForecast
{
    internal TailForecast(Core.TailForecast tail)
    {
        Level = tail.Level;
        ValueAtRisk = ImmutableCollectionsMarshal.AsImmutableArray(tail.Quantiles);
        ExpectedShortfall = ImmutableCollectionsMarshal.AsImmutableArray(tail.Shortfalls);
        NextValueAtRisk = tail.NextQuantile;
        NextExpectedShortfall = tail.NextShortfall;
    }

    /// <summary>Probability of a return below the Value at Risk.</summary>
    public double Level { get; }

    /// <summary>One per forecast; NaN in the first year.</summary>
    public ImmutableArray<double> ValueAtRisk { get; }

    /// <summary>One per forecast; NaN in the first year.</summary>
    public ImmutableArray<double> ExpectedShortfall { get; }

    /// <summary>From the last day of the history.</summary>
    public double NextValueAtRisk { get; }

    /// <summary>From the last day of the history.</summary>
    public double NextExpectedShortfall { get; }
}
