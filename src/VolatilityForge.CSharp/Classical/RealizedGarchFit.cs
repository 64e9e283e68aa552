using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>A fitted Realized GARCH; a value that can be stored, appended to and forecast from.</summary>
public sealed class RealizedGarchFit : RealizedFit
{
    private readonly Core.RealizedGarchFit fit;
    private readonly Core.RealizedData? data;

    internal RealizedGarchFit(Core.RealizedGarchFit fit, Core.RealizedData? data)
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

    /// <summary>Of the returns alone: what compares with a GARCH.</summary>
    public double PartialLogLikelihood => fit.PartialLogLikelihood;

    /// <summary>Akaike's criterion, of the joint log-likelihood.</summary>
    public double Aic => Core.RealizedGarch.aic(fit);

    /// <summary>Schwarz's criterion, of the joint log-likelihood.</summary>
    public double Bic => Core.RealizedGarch.bic(fit);

    /// <summary>The conditional variance of the return after the last.</summary>
    public double NextVariance() => Core.RealizedGarch.ahead(fit);

    /// <summary>The fit carried over one more day, of which the recursion reads the measure alone. Constant work.</summary>
    public RealizedGarchFit Append(double measure) =>
        new(Core.RealizedGarch.append(fit, measure), null);

    /// <summary>These estimates over other data from its first day; nothing is estimated.</summary>
    /// <exception cref="Core.VolatilityForgeException">As a fit's, but for the number of days.</exception>
    public RealizedGarchFit Filter(IEnumerable<double> returns, IEnumerable<double> measure) =>
        Over(returns, measure, data => Core.RealizedGarch.filter(fit, data), Made);

    /// <summary>A fit to other data, searched from these estimates.</summary>
    /// <exception cref="Core.VolatilityForgeException">As a fit's.</exception>
    public RealizedGarchFit Refit(IEnumerable<double> returns, IEnumerable<double> measure) =>
        Over(returns, measure, data => Core.RealizedGarch.refit(fit, data), Made);

    /// <inheritdoc/>
    public override RealizedOutlook Forecast(int days) =>
        RealizedOutlook.Of(Core.RealizedForecast.expected(days, fit).OrThrow());

    /// <summary>Simulated days ahead, from normal surprises or by bootstrap from the fit's own.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// Settings outside their domain, a path that leaves the finite numbers.
    /// </exception>
    public RealizedPaths Simulate(int days, int paths = 1000, bool bootstrap = false, long seed = 1)
    {
        var options = new Core.GarchSimulation(
            paths,
            bootstrap ? Core.GarchDraws.Bootstrap : Core.GarchDraws.Innovation,
            [],
            []
        );
        return new(
            Core.RealizedForecast.simulate(options, days, Core.RngModule.ofSeed(seed), fit)
                .Then(Core.RealizedForecast.checkPaths)
                .OrThrow()
        );
    }

    /// <inheritdoc/>
    public override string ToJson() => Core.RealizedJson.ofRealizedGarch(fit).ToJsonString();

    /// <summary>The fit of a text that <see cref="ToJson"/> gave; it has no data, so no standard errors.</summary>
    /// <exception cref="Core.VolatilityForgeException">Another text, or another version.</exception>
    public static RealizedGarchFit FromJson(string text) => TryFromJson(text).OrThrow();

    /// <summary>As <see cref="FromJson"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, RealizedGarchFit> TryFromJson(string text) =>
        Core
            .RealizedJson.toRealizedGarch(text)
            .Select(fit => new RealizedGarchFit(fit, null))
            .ToEither();

    private static RealizedGarchFit Made(Core.RealizedGarchFit fit, Core.RealizedData data) =>
        new(fit, data);

    private protected override Core.GarchErrors Errors() =>
        Core.RealizedGarch.errors(fit, data ?? throw GarchFit.NoData()).OrThrow();
}
