using System;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>Daily variances by date, as a measure gives them: finite, zero on a day without movement.</summary>
public sealed class VarianceSeries
{
    private readonly Core.Series series;

    internal VarianceSeries(Core.Series series) => this.series = series;

    /// <summary>Days.</summary>
    public int Length => series.Length;

    /// <summary>Strictly increasing.</summary>
    public ImmutableArray<DateOnly> Dates =>
        ImmutableCollectionsMarshal.AsImmutableArray(series.Dates);

    /// <summary>Variance of the day's log return, one per date.</summary>
    public ImmutableArray<double> DailyVariance =>
        ImmutableCollectionsMarshal.AsImmutableArray(series.Values);

    /// <summary>Volatility per root year of 252 days, one per date.</summary>
    public ImmutableArray<double> AnnualisedVolatility() =>
        [.. series.Values.Select(Measures.AnnualisedVolatility)];
}
