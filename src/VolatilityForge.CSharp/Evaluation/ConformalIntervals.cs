using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>Where a daily variance is expected.</summary>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end; infinite while too few errors are known.</param>
public readonly record struct VarianceInterval(double Lower, double Upper)
{
    internal Core.VarianceInterval Inner => new(Lower, Upper);

    internal static VarianceInterval Of(Core.VarianceInterval interval) =>
        new(interval.Lower, interval.Upper);
}

/// <summary>
/// Intervals around forecasts of variance that hold what comes as often as asked: split conformal, adapted day by day (Gibbs
/// and Candès). A value: Observe gives the next one.
/// </summary>
public sealed class ConformalIntervals
{
    private readonly Core.Conformal state;

    private ConformalIntervals(Core.Conformal state) => this.state = state;

    /// <summary>Share of days now left outside on purpose.</summary>
    public double MissShare => state.MissShare;

    /// <summary>Past errors known.</summary>
    public int Count => state.Count;

    /// <summary>
    /// Calibrates on forecasts that the model was not fitted on. A rate of 0 keeps the share fixed: split conformal.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">Settings outside their domain, unequal lengths.</exception>
    public static ConformalIntervals Calibrate(
        IEnumerable<double> forecastDailyVariance,
        IEnumerable<double> realisedDailyVariance,
        double coverage = 0.9,
        int capacity = 500,
        double rate = 0.01
    ) =>
        new(
            Core.ConformalModule.calibrate(
                    new(coverage, capacity, rate),
                    [.. forecastDailyVariance],
                    [.. realisedDailyVariance]
                )
                .OrThrow()
        );

    /// <summary>The interval around a forecast.</summary>
    public VarianceInterval Around(double forecastDailyVariance) =>
        VarianceInterval.Of(Core.ConformalModule.interval(state, forecastDailyVariance));

    /// <summary>What is known after a day's variance.</summary>
    /// <param name="issued">The interval that Around gave for that day, when it was forecast.</param>
    /// <param name="forecastDailyVariance">The forecast.</param>
    /// <param name="realisedDailyVariance">What came; zero and NaN teach nothing.</param>
    public ConformalIntervals Observe(
        VarianceInterval issued,
        double forecastDailyVariance,
        double realisedDailyVariance
    ) =>
        new(
            Core.ConformalModule.observe(
                state,
                issued.Inner,
                forecastDailyVariance,
                realisedDailyVariance
            )
        );
}
