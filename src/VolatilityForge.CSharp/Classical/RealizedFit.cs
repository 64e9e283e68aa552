using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A fitted model of returns and a realised measure; a value that can be stored and forecast from.</summary>
public abstract class RealizedFit
{
    private readonly string[] names;
    private readonly double[] parameters;
    private readonly double[] standardised;
    private readonly double[] surprises;
    private readonly double[] variances;
    private readonly Core.GarchDiagnostics diagnostics;

    private protected RealizedFit(
        IEnumerable<string> names,
        double[] parameters,
        double logLikelihood,
        int observations,
        Core.GarchDiagnostics diagnostics,
        double[] standardised,
        double[] surprises,
        double[] variances
    )
    {
        this.names = [.. names];
        this.parameters = parameters;
        LogLikelihood = logLikelihood;
        Observations = observations;
        this.diagnostics = diagnostics;
        this.standardised = standardised;
        this.surprises = surprises;
        this.variances = variances;
    }

    /// <summary>The parameters' names, in the order of every array of estimates.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>Estimates in the units of the data.</summary>
    public ImmutableArray<double> Parameters =>
        ImmutableCollectionsMarshal.AsImmutableArray(parameters);

    /// <summary>Realized GARCH: of returns and measure together. HEAVY: Gaussian, of the returns.</summary>
    public double LogLikelihood { get; }

    /// <summary>Days that count.</summary>
    public int Observations { get; }

    /// <summary>False when a search ended before its gradient vanished.</summary>
    public bool Converged => diagnostics.Converged;

    /// <summary>Parameters at a bound: they have no standard error.</summary>
    public IReadOnlyList<string> AtBound => [.. diagnostics.AtBound];

    /// <summary>
    /// Realized GARCH: the sum of beta and phi times gamma. HEAVY: alpha_r + beta_r. From 1 on no unconditional variance exists.
    /// </summary>
    public double Persistence => diagnostics.Persistence;

    /// <summary>Returns less their mean over their conditional volatility.</summary>
    public ImmutableArray<double> StandardisedResiduals =>
        ImmutableCollectionsMarshal.AsImmutableArray(standardised);

    /// <summary>
    /// Realized GARCH: surprises of the measure over their standard deviation. HEAVY: measures over their conditional means.
    /// </summary>
    public ImmutableArray<double> Surprises =>
        ImmutableCollectionsMarshal.AsImmutableArray(surprises);

    /// <summary>Conditional variances of the returns.</summary>
    public ImmutableArray<double> Variances =>
        ImmutableCollectionsMarshal.AsImmutableArray(variances);

    /// <summary>Standard errors, one per parameter; NaN at a bound and for constants that follow from the sample's means.</summary>
    /// <exception cref="InvalidOperationException">The fit was read from text, without its data.</exception>
    public ImmutableArray<double> StandardErrors(GarchErrorKind kind = GarchErrorKind.Robust) =>
        ImmutableCollectionsMarshal.AsImmutableArray(
            Core.GarchErrorsModule.standard(kind.ToCore(), Errors())
        );

    /// <summary>Expected variances and measures of 1..days ahead, by formula.</summary>
    /// <exception cref="Core.VolatilityForgeException">A number of days outside 1..10000.</exception>
    public abstract RealizedOutlook Forecast(int days);

    /// <summary>The fit as JSON, with a version.</summary>
    public abstract string ToJson();

    private protected abstract Core.GarchErrors Errors();

    private protected static TFit Over<TCore, TFit>(
        IEnumerable<double> returns,
        IEnumerable<double> measure,
        Func<Core.RealizedData, FSharpResult<TCore, Core.Fault>> work,
        Func<TCore, Core.RealizedData, TFit> made
    )
    {
        var data = new Core.RealizedData([.. returns], [.. measure]);
        return made(work(data).OrThrow(), data);
    }
}
