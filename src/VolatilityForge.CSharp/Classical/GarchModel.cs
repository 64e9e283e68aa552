using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A conditional variance model, by names.</summary>
/// <param name="Variance">
/// "garch", "gjr", "tarch", "egarch", "aparch", "figarch" or "component", with orders as in "garch(2,1)".
/// </param>
public sealed record GarchModel(string Variance = "garch")
{
    /// <summary>"zero", "constant", "ar(LAGS)" or "har".</summary>
    public string Mean { get; init; } = "constant";

    /// <summary>"normal", "student-t", "skewed-t" or "ged".</summary>
    public string Innovation { get; init; } = "normal";

    /// <summary>
    /// The variance before the first day: "mean-square", "backcast", "unconditional" or a number in squared units of the
    /// returns.
    /// </summary>
    public string Start { get; init; } = "mean-square";

    /// <summary>Keeps the sum of alpha, gamma / 2 and beta at or below one.</summary>
    public bool Stationary { get; init; } = true;

    /// <summary>The variance models' names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Core.GarchSpecModule.names];

    /// <summary>
    /// Fits by maximum likelihood. Row t of a mean regressor is known before return t; row t of a variance regressor moves
    /// the variance of t + 1.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// An unknown name, too few returns, values that aren't finite, returns that never move, columns of other lengths.
    /// </exception>
    public GarchFit Fit(
        IEnumerable<double> returns,
        IEnumerable<IEnumerable<double>>? meanRegressors = null,
        IEnumerable<IEnumerable<double>>? varianceRegressors = null
    ) => TryFit(returns, meanRegressors, varianceRegressors).OrThrow();

    /// <summary>As <see cref="Fit"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, GarchFit> TryFit(
        IEnumerable<double> returns,
        IEnumerable<IEnumerable<double>>? meanRegressors = null,
        IEnumerable<IEnumerable<double>>? varianceRegressors = null
    )
    {
        var data = Data(returns, meanRegressors, varianceRegressors);
        return Spec()
            .Then(spec => Core.Garch.fit(spec, data))
            .Select(fit => new GarchFit(fit, data))
            .ToEither();
    }

    /// <summary>
    /// A series drawn from given parameters, in the order of <see cref="GarchFit.Names"/>, after days that are drawn and left out so
    /// that the start is forgotten: 500 unless told, under FIGARCH twice its lags.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// An unknown name, parameters of another number or outside their domain, a series that leaves the finite numbers.
    /// </exception>
    public ImmutableArray<double> Simulate(
        IEnumerable<double> parameters,
        int count,
        double startVariance = 1.0,
        int? leftOut = null,
        long seed = 1
    ) =>
        ImmutableCollectionsMarshal.AsImmutableArray(
            Spec()
                .Then(spec =>
                    Core.GarchForecast.series(
                        spec,
                        [.. parameters],
                        startVariance,
                        leftOut ?? Core.GarchForecast.leftOut(spec),
                        count,
                        Core.RngModule.ofSeed(seed)
                    )
                )
                .OrThrow()
        );

    /// <summary>
    /// The model as a forecaster of a variance measure, for walk-forwards. Daily measures of the history, by name, move the variance
    /// of the next day; "variance" is the history's own.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">An unknown name.</exception>
    public Forecaster ToForecaster(int refitEvery = 22, IEnumerable<string>? regressors = null)
    {
        var defaults = Core.GarchForecaster.ofSpec(Spec().OrThrow());
        var options = new Core.GarchForecasterOptions(
            defaults.Spec,
            refitEvery,
            defaults.ToMeasure,
            defaults.Paths,
            Microsoft.FSharp.Collections.ListModule.OfSeq(regressors ?? [])
        );
        return new RegisteredForecaster(Core.GarchForecaster.forecaster(Variance, options));
    }

    internal static Core.GarchData Data(
        IEnumerable<double> returns,
        IEnumerable<IEnumerable<double>>? meanRegressors,
        IEnumerable<IEnumerable<double>>? varianceRegressors
    ) => new([.. returns], Columns(meanRegressors), Columns(varianceRegressors));

    internal static double[][] Columns(IEnumerable<IEnumerable<double>>? columns) =>
        [.. (columns ?? []).Select(column => column.ToArray())];

    private FSharpResult<Core.GarchSpec, Core.Fault> Spec() =>
        Core
            .GarchSpecModule.parse(Variance)
            .Then(variance =>
                Core.GarchSpecModule.parseMean(Mean)
                    .Then(mean =>
                        Core.InnovationModule.parse(Innovation)
                            .Then(innovation =>
                                Core.GarchSpecModule.parseStart(Start)
                                    .Select(start => new Core.GarchSpec(
                                        mean,
                                        variance,
                                        innovation,
                                        start,
                                        Stationary
                                    ))
                            )
                    )
            );
}
