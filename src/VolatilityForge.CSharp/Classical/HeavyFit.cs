using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>A fitted HEAVY; a value that can be stored, appended to and forecast from.</summary>
public sealed class HeavyFit : RealizedFit
{
    private readonly Core.HeavyFit fit;
    private readonly Core.RealizedData? data;

    internal HeavyFit(Core.HeavyFit fit, Core.RealizedData? data)
        : base(
            fit.Names,
            fit.Parameters,
            fit.LogLikelihood,
            fit.Observations,
            fit.Diagnostics,
            fit.Standardised,
            fit.Surprises,
            fit.Variances
        ) => (this.fit, this.data) = (fit, data);

    /// <summary>Exponential quasi log-likelihood of the measure, times a half.</summary>
    public double MeasureLogLikelihood => fit.MeasureLogLikelihood;

    /// <summary>Variance of the return and mean of the measure on the day after the last.</summary>
    public (double Variance, double Measure) Next()
    {
        var (variance, measure) = Core.Heavy.ahead(fit);
        return (variance, measure);
    }

    /// <summary>The fit carried over one more day, of which the recursion reads the measure alone. Constant work.</summary>
    public HeavyFit Append(double measure) => new(Core.Heavy.append(fit, measure), null);

    /// <summary>These estimates over other data from its first day; nothing is estimated.</summary>
    /// <exception cref="Core.VolatilityForgeException">As a fit's, but for the number of days.</exception>
    public HeavyFit Filter(IEnumerable<double> returns, IEnumerable<double> measure) =>
        Over(returns, measure, data => Core.Heavy.filter(fit, data), Made);

    /// <summary>A fit to other data, searched from these estimates too.</summary>
    /// <exception cref="Core.VolatilityForgeException">As a fit's.</exception>
    public HeavyFit Refit(IEnumerable<double> returns, IEnumerable<double> measure) =>
        Over(returns, measure, data => Core.Heavy.refit(fit, data), Made);

    /// <inheritdoc/>
    public override RealizedOutlook Forecast(int days) =>
        RealizedOutlook.Of(Core.Heavy.expected(days, fit).OrThrow());

    /// <summary>Simulated days ahead, by bootstrap from the fit's own standardised returns and surprises.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// Settings outside their domain, a path that leaves the finite numbers.
    /// </exception>
    public RealizedPaths Simulate(int days, int paths = 1000, long seed = 1) =>
        new(
            Core.Heavy.simulate(paths, days, Core.RngModule.ofSeed(seed), fit)
                .Then(Core.RealizedForecast.checkPaths)
                .OrThrow()
        );

    /// <inheritdoc/>
    public override string ToJson() => Core.RealizedJson.ofHeavy(fit).ToJsonString();

    /// <summary>The fit of a text that <see cref="ToJson"/> gave; it has no data, so no standard errors.</summary>
    /// <exception cref="Core.VolatilityForgeException">Another text, or another version.</exception>
    public static HeavyFit FromJson(string text) => TryFromJson(text).OrThrow();

    /// <summary>As <see cref="FromJson"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, HeavyFit> TryFromJson(string text) =>
        Core.RealizedJson.toHeavy(text).Select(fit => new HeavyFit(fit, null)).ToEither();

    private static HeavyFit Made(Core.HeavyFit fit, Core.RealizedData data) => new(fit, data);

    private protected override Core.GarchErrors Errors() =>
        Core.Heavy.errors(fit, data ?? throw GarchFit.NoData()).OrThrow();
}
