using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>A fitted Realized GARCH; a value that can be stored, appended to and forecast from.</summary>
public sealed class RealizedGarchFit
{
    private readonly Core.RealizedGarchFit fit;
    private readonly Core.RealizedData? data;

    internal RealizedGarchFit(Core.RealizedGarchFit fit, Core.RealizedData? data) =>
        (this.fit, this.data) = (fit, data);

    /// <summary>The parameters' names: mean, variance, measure, start.</summary>
    public IReadOnlyList<string> Names => [.. fit.Names];

    /// <summary>Estimates in the units of the data.</summary>
    public ImmutableArray<double> Parameters =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Parameters);

    /// <summary>Of returns and measure together.</summary>
    public double LogLikelihood => fit.LogLikelihood;

    /// <summary>Of the returns alone: what compares with a GARCH.</summary>
    public double PartialLogLikelihood => fit.PartialLogLikelihood;

    /// <summary>Akaike's criterion, of the joint log-likelihood.</summary>
    public double Aic => Core.RealizedGarch.aic(fit);

    /// <summary>Schwarz's criterion, of the joint log-likelihood.</summary>
    public double Bic => Core.RealizedGarch.bic(fit);

    /// <summary>Days that count.</summary>
    public int Observations => fit.Observations;

    /// <summary>False when the search ended before its gradient vanished.</summary>
    public bool Converged => fit.Diagnostics.Converged;

    /// <summary>Parameters at a bound: they have no standard error.</summary>
    public IReadOnlyList<string> AtBound => [.. fit.Diagnostics.AtBound];

    /// <summary>Sum of beta and phi times gamma; from 1 on no unconditional variance exists.</summary>
    public double Persistence => fit.Diagnostics.Persistence;

    /// <summary>Returns less their mean over their conditional volatility.</summary>
    public ImmutableArray<double> StandardisedResiduals =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Standardised);

    /// <summary>Surprises of the measure over their standard deviation.</summary>
    public ImmutableArray<double> Surprises =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Surprises);

    /// <summary>Conditional variances of the returns.</summary>
    public ImmutableArray<double> Variances =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Variances);

    /// <summary>Standard errors, one per parameter; NaN at a bound.</summary>
    /// <exception cref="InvalidOperationException">The fit was read from text, without its data.</exception>
    public ImmutableArray<double> StandardErrors(GarchErrorKind kind = GarchErrorKind.Robust) =>
        ImmutableCollectionsMarshal.AsImmutableArray(
            Core.GarchErrorsModule.standard(
                kind.ToCore(),
                Core.RealizedGarch.errors(fit, data ?? throw GarchFit.NoData()).OrThrow()
            )
        );

    /// <summary>The conditional variance of the return after the last.</summary>
    public double NextVariance() => Core.RealizedGarch.ahead(fit);

    /// <summary>The fit carried over one more day, of which the recursion reads the measure alone. Constant work.</summary>
    public RealizedGarchFit Append(double measure) =>
        new(Core.RealizedGarch.append(fit, measure), null);

    /// <summary>These estimates over other data from its first day; nothing is estimated.</summary>
    /// <exception cref="Core.VolatilityForgeException">As a fit's, but for the number of days.</exception>
    public RealizedGarchFit Filter(IEnumerable<double> returns, IEnumerable<double> measure)
    {
        var other = new Core.RealizedData([.. returns], [.. measure]);
        return new(Core.RealizedGarch.filter(fit, other).OrThrow(), other);
    }

    /// <summary>A fit to other data, searched from these estimates.</summary>
    /// <exception cref="Core.VolatilityForgeException">As a fit's.</exception>
    public RealizedGarchFit Refit(IEnumerable<double> returns, IEnumerable<double> measure)
    {
        var other = new Core.RealizedData([.. returns], [.. measure]);
        return new(Core.RealizedGarch.refit(fit, other).OrThrow(), other);
    }

    /// <summary>Expected variances and measures of 1..days ahead, by formula.</summary>
    /// <exception cref="Core.VolatilityForgeException">A number of days outside 1..10000.</exception>
    public RealizedOutlook Forecast(int days) =>
        RealizedOutlook.Of(Core.RealizedForecast.expected(days, fit).OrThrow());

    /// <summary>Simulated days ahead, from normal surprises or by bootstrap from the fit's own.</summary>
    /// <exception cref="Core.VolatilityForgeException">Settings outside their domain.</exception>
    public RealizedPaths Simulate(int days, int paths = 1000, bool bootstrap = false, long seed = 1)
    {
        var options = new Core.GarchSimulation(
            paths,
            bootstrap ? Core.GarchDraws.Bootstrap : Core.GarchDraws.Innovation,
            []
        );
        return new(
            Core.RealizedForecast.simulate(options, days, Core.RngModule.ofSeed(seed), fit)
                .OrThrow()
        );
    }

    /// <summary>The fit as JSON, with a version.</summary>
    public string ToJson() => Core.RealizedJson.ofRealizedGarch(fit).ToJsonString();

    /// <summary>The fit of a text that <see cref="ToJson"/> gave; it has no data, so no standard errors.</summary>
    /// <exception cref="Core.VolatilityForgeException">Another text, or another version.</exception>
    public static RealizedGarchFit FromJson(string text) => TryFromJson(text).OrThrow();

    /// <summary>As <see cref="FromJson"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, RealizedGarchFit> TryFromJson(string text) =>
        Core
            .RealizedJson.toRealizedGarch(text)
            .Select(fit => new RealizedGarchFit(fit, null))
            .ToEither();
}
