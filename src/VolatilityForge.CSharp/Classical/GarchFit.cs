using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A fitted conditional variance model; a value that can be stored, appended to and forecast from.</summary>
public sealed class GarchFit
{
    private readonly Core.GarchFit fit;
    private readonly Core.GarchData? data;

    internal GarchFit(Core.GarchFit fit, Core.GarchData? data) =>
        (this.fit, this.data) = (fit, data);

    /// <summary>The parameters' names: mean, variance, shapes.</summary>
    public IReadOnlyList<string> Names => [.. fit.Names];

    /// <summary>Estimates in the units of the data.</summary>
    public ImmutableArray<double> Parameters =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Parameters);

    /// <summary>The estimate of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is no parameter of this name.</exception>
    public double this[string name]
    {
        get
        {
            var index = Names.ToList().IndexOf(name);
            return index >= 0
                ? fit.Parameters[index]
                : throw new KeyNotFoundException(
                    $"There is no parameter '{name}'. Known: {string.Join(", ", Names)}."
                );
        }
    }

    /// <summary>The log-likelihood.</summary>
    public double LogLikelihood => fit.LogLikelihood;

    /// <summary>Akaike's criterion.</summary>
    public double Aic => Core.Garch.aic(fit);

    /// <summary>Schwarz's criterion.</summary>
    public double Bic => Core.Garch.bic(fit);

    /// <summary>Returns that count: all but those that the mean looks back on.</summary>
    public int Observations => fit.Observations;

    /// <summary>False when the search ended before its gradient vanished.</summary>
    public bool Converged => fit.Diagnostics.Converged;

    /// <summary>Largest component of the gradient of the mean log-likelihood.</summary>
    public double GradientNorm => fit.Diagnostics.GradientNorm;

    /// <summary>Steps of the search.</summary>
    public int Iterations => fit.Diagnostics.Iterations;

    /// <summary>Parameters at a bound: they have no standard error.</summary>
    public IReadOnlyList<string> AtBound => [.. fit.Diagnostics.AtBound];

    /// <summary>Share of a variance shock that lasts a day; from 1 on no unconditional variance exists.</summary>
    public double Persistence => fit.Diagnostics.Persistence;

    /// <summary>Set when the returns' unit is so small or large that other programs will struggle.</summary>
    public string? ScaleWarning => OptionModule.ToObj(fit.Diagnostics.ScaleWarning);

    /// <summary>Residual over conditional volatility of each return that counts.</summary>
    public ImmutableArray<double> StandardisedResiduals =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Standardised);

    /// <summary>Conditional variance of each return that counts.</summary>
    public ImmutableArray<double> Variances =>
        ImmutableCollectionsMarshal.AsImmutableArray(fit.Variances);

    /// <summary>Standard errors, one per parameter; NaN at a bound.</summary>
    /// <exception cref="InvalidOperationException">The fit was read from text, without its data.</exception>
    public ImmutableArray<double> StandardErrors(GarchErrorKind kind = GarchErrorKind.Robust)
    {
        var errors = Core.GarchErrorsModule.ofFit(fit, data ?? throw NoData()).OrThrow();
        return ImmutableCollectionsMarshal.AsImmutableArray(
            Core.GarchErrorsModule.standard(kind.ToCore(), errors)
        );
    }

    /// <summary>Mean and variance of the return after the last, given that day's row of the mean's regressors.</summary>
    /// <exception cref="Core.VolatilityForgeException">A row of another length than the fit's.</exception>
    public (double Mean, double Variance) Next(IEnumerable<double>? meanRegressors = null)
    {
        var (mean, variance) = Core.Garch.ahead(fit, [.. meanRegressors ?? []]);
        return (mean, variance);
    }

    /// <summary>
    /// The fit carried over one more return, with that day's rows of regressors: estimates stay, the state moves. Constant work. Without
    /// a row of the variance's regressors they stay at their last.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">A row of another length than the fit's.</exception>
    public GarchFit Append(
        double value,
        IEnumerable<double>? meanRegressors = null,
        IEnumerable<double>? varianceRegressors = null
    ) =>
        new(
            Core.Garch.appendWith(
                [.. meanRegressors ?? []],
                [.. varianceRegressors ?? fit.State.Regressors],
                fit,
                value
            ),
            null
        );

    /// <summary>These estimates over other data from its first day; nothing is estimated.</summary>
    /// <exception cref="Core.VolatilityForgeException">As a fit's, but for the number of returns.</exception>
    public GarchFit Filter(
        IEnumerable<double> returns,
        IEnumerable<IEnumerable<double>>? meanRegressors = null,
        IEnumerable<IEnumerable<double>>? varianceRegressors = null
    ) =>
        Over(
            GarchModel.Data(returns, meanRegressors, varianceRegressors),
            data => Core.Garch.filter(fit, data)
        );

    /// <summary>A fit to other data, searched from these estimates.</summary>
    /// <exception cref="Core.VolatilityForgeException">As a fit's.</exception>
    public GarchFit Refit(
        IEnumerable<double> returns,
        IEnumerable<IEnumerable<double>>? meanRegressors = null,
        IEnumerable<IEnumerable<double>>? varianceRegressors = null
    ) =>
        Over(
            GarchModel.Data(returns, meanRegressors, varianceRegressors),
            data => Core.Garch.refit(fit, data)
        );

    /// <summary>
    /// Expected variance of 1..days ahead: by formula where there is one, else by simulation. Columns of the variance's regressors hold
    /// the days ahead but the last, the first day's row moving the variance of the second; without them they stay at their last row.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// A number of days outside 1..10000, columns that don't fit.
    /// </exception>
    public ImmutableArray<double> ForecastVariances(
        int days,
        long seed = 1,
        IEnumerable<IEnumerable<double>>? varianceRegressors = null
    ) =>
        ImmutableCollectionsMarshal.AsImmutableArray(
            Core.GarchForecast.variances(
                    new(
                        Core.GarchForecast.simulation.Paths,
                        Core.GarchForecast.simulation.Draws,
                        [],
                        GarchModel.Columns(varianceRegressors)
                    ),
                    days,
                    Core.RngModule.ofSeed(seed),
                    fit
                )
                .OrThrow()
        );

    /// <summary>
    /// Simulated variances and returns of 1..days ahead, from the fitted distribution or, by bootstrap, from the fit's own
    /// standardised residuals. Columns of the mean's regressors hold an element per day ahead; those of the variance are as in
    /// <see cref="ForecastVariances"/>.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// Settings outside their domain, columns that don't fit or are missing, a path of a model that isn't stationary that leaves the
    /// finite numbers.
    /// </exception>
    public GarchPaths Simulate(
        int days,
        int paths = 1000,
        bool bootstrap = false,
        long seed = 1,
        IEnumerable<IEnumerable<double>>? meanRegressors = null,
        IEnumerable<IEnumerable<double>>? varianceRegressors = null
    )
    {
        var options = new Core.GarchSimulation(
            paths,
            bootstrap ? Core.GarchDraws.Bootstrap : Core.GarchDraws.Innovation,
            GarchModel.Columns(meanRegressors),
            GarchModel.Columns(varianceRegressors)
        );
        return new(
            Core.GarchForecast.simulate(options, days, Core.RngModule.ofSeed(seed), fit)
                .Then(Core.GarchPathsModule.check)
                .OrThrow()
        );
    }

    /// <summary>The fit as JSON, with a version.</summary>
    public string ToJson() => Core.GarchJson.ofFit(fit).ToJsonString();

    /// <summary>The fit of a text that <see cref="ToJson"/> gave; it has no data, so no standard errors.</summary>
    /// <exception cref="Core.VolatilityForgeException">Another text, or another version.</exception>
    public static GarchFit FromJson(string text) => TryFromJson(text).OrThrow();

    /// <summary>As <see cref="FromJson"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, GarchFit> TryFromJson(string text) =>
        Core.GarchJson.toFit(text).Select(fit => new GarchFit(fit, null)).ToEither();

    private static GarchFit Over(
        Core.GarchData data,
        Func<Core.GarchData, FSharpResult<Core.GarchFit, Core.Fault>> make
    ) => make(data).Select(fit => new GarchFit(fit, data)).OrThrow();

    internal static InvalidOperationException NoData() =>
        new("A stored or appended fit has no data; filter or refit it first.");
}
