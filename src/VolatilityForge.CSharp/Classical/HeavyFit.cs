using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>A fitted HEAVY; a value that can be stored, appended to and forecast from.</summary>
public sealed class HeavyFit
{
    private readonly Core.HeavyFit fit;
    private readonly Core.RealizedData? data;

    internal HeavyFit(Core.HeavyFit fit, Core.RealizedData? data) =>
        (this.fit, this.data) = (fit, data);

    /// <summary>omega, alpha, beta of the returns; omega_r, alpha_r, beta_r of the measure.</summary>
    public IReadOnlyList<string> Names => [.. fit.Names];

    /// <summary>Estimates in the units of the data.</summary>
    public ImmutableArray<double> Parameters =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Parameters);

    /// <summary>Gaussian quasi log-likelihood of the returns.</summary>
    public double LogLikelihood => fit.LogLikelihood;

    /// <summary>Exponential quasi log-likelihood of the measure, times a half.</summary>
    public double MeasureLogLikelihood => fit.MeasureLogLikelihood;

    /// <summary>Days.</summary>
    public int Observations => fit.Observations;

    /// <summary>False when a search ended before its gradient vanished.</summary>
    public bool Converged => fit.Diagnostics.Converged;

    /// <summary>Parameters at a bound: they have no standard error.</summary>
    public IReadOnlyList<string> AtBound => [.. fit.Diagnostics.AtBound];

    /// <summary>alpha_r + beta_r.</summary>
    public double Persistence => fit.Diagnostics.Persistence;

    /// <summary>Returns over their conditional volatility.</summary>
    public ImmutableArray<double> StandardisedResiduals =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Standardised);

    /// <summary>Measures over their conditional means.</summary>
    public ImmutableArray<double> Surprises =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Surprises);

    /// <summary>Conditional variances of the returns.</summary>
    public ImmutableArray<double> Variances =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Variances);

    /// <summary>Standard errors, one per parameter; NaN at a bound and for targeted constants.</summary>
    /// <exception cref="InvalidOperationException">The fit was read from text, without its data.</exception>
    public ImmutableArray<double> StandardErrors(GarchErrorKind kind = GarchErrorKind.Robust) =>
        ImmutableCollectionsMarshal.AsImmutableArray(
            Core.GarchErrorsModule.standard(
                kind.ToCore(),
                Core.Heavy.errors(fit, data ?? throw GarchFit.NoData()).OrThrow()
            )
        );

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
    public HeavyFit Filter(IEnumerable<double> returns, IEnumerable<double> measure)
    {
        var other = new Core.RealizedData([.. returns], [.. measure]);
        return new(Core.Heavy.filter(fit, other).OrThrow(), other);
    }

    /// <summary>A fit to other data, searched from these estimates too.</summary>
    /// <exception cref="Core.VolatilityForgeException">As a fit's.</exception>
    public HeavyFit Refit(IEnumerable<double> returns, IEnumerable<double> measure)
    {
        var other = new Core.RealizedData([.. returns], [.. measure]);
        return new(Core.Heavy.refit(fit, other).OrThrow(), other);
    }

    /// <summary>Expected variances and measures of 1..days ahead, in closed form.</summary>
    /// <exception cref="Core.VolatilityForgeException">A number of days outside 1..10000.</exception>
    public RealizedOutlook Forecast(int days) =>
        RealizedOutlook.Of(Core.Heavy.expected(days, fit).OrThrow());

    /// <summary>Simulated days ahead, by bootstrap from the fit's own standardised returns and surprises.</summary>
    /// <exception cref="Core.VolatilityForgeException">Settings outside their domain.</exception>
    public RealizedPaths Simulate(int days, int paths = 1000, long seed = 1) =>
        new(Core.Heavy.simulate(paths, days, Core.RngModule.ofSeed(seed), fit).OrThrow());

    /// <summary>The fit as JSON, with a version.</summary>
    public string ToJson() => Core.RealizedJson.ofHeavy(fit).ToJsonString();

    /// <summary>The fit of a text that <see cref="ToJson"/> gave; it has no data, so no standard errors.</summary>
    /// <exception cref="Core.VolatilityForgeException">Another text, or another version.</exception>
    public static HeavyFit FromJson(string text) => TryFromJson(text).OrThrow();

    /// <summary>As <see cref="FromJson"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, HeavyFit> TryFromJson(string text) =>
        Core.RealizedJson.toHeavy(text).Select(fit => new HeavyFit(fit, null)).ToEither();
}
