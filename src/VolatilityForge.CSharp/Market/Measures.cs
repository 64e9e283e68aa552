using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>Daily variance from daily bars, and its other units.</summary>
public static class Measures
{
    /// <summary>Every measure by name; "yang-zhang:22" takes other windows from 2 days.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [.. Core.Range.all.Select(Core.Range.name)];

    /// <summary>Daily variances from the first day that has one. Each depends on bars up to its day only.</summary>
    /// <exception cref="Core.VolatilityForgeException">The measure is unknown, or no day has a value.</exception>
    public static VarianceSeries DailyVariance(BarSeries bars, string measure) =>
        TryDailyVariance(bars, measure).OrThrow();

    /// <summary>As <see cref="DailyVariance"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, VarianceSeries> TryDailyVariance(
        BarSeries bars,
        string measure
    ) =>
        Core
            .Range.parse(measure)
            .Then(parsed => Core.Range.measure(parsed, bars.Bars))
            .Select(series => new VarianceSeries(series))
            .ToEither();

    /// <summary>The daily volatility of a daily variance.</summary>
    public static double DailyVolatility(double dailyVariance) =>
        Core.Units.volatility(dailyVariance);

    /// <summary>Variance per year of 252 days.</summary>
    public static double AnnualisedVariance(double dailyVariance) =>
        Core.Units.annualisedVariance(dailyVariance);

    /// <summary>Volatility per root year of 252 days, from a daily variance.</summary>
    public static double AnnualisedVolatility(double dailyVariance) =>
        Core.Units.annualisedVolatility(Core.Units.volatility(dailyVariance));
}
