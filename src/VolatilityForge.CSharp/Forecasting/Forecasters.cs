using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>The models that come with the library.</summary>
public static class Forecasters
{
    /// <summary>Every model by name, made from the settings of an experiment. Register one's own beside them.</summary>
    public static Registry<ExperimentConfig, Forecaster> Registry { get; } =
        Core.Models.registry.Names.Aggregate(
            new Registry<ExperimentConfig, Forecaster>(Core.Models.registry.Kind),
            (registry, name) => registry.Register(name, config => Make(name, config))
        );

    /// <summary>The models' names.</summary>
    public static IReadOnlyList<string> Names => Registry.Names;

    /// <summary>
    /// The model of a name, registered or composed as in "equal-weight(har+garch)", "log-har-x(vix)" or "garch(2,1)"; settings are the defaults of an experiment where none are given.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The name is unknown; the fault lists the known ones.</exception>
    public static Forecaster Create(string name, ExperimentConfig? config = null) =>
        TryCreate(name, config).OrThrow();

    /// <summary>As <see cref="Create"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, Forecaster> TryCreate(
        string name,
        ExperimentConfig? config = null
    ) =>
        Core
            .Models.forecaster(
                Core.Models.registry,
                Core.NeuralForecaster.unmonitored,
                (config ?? ExperimentConfig.Default()).Inner,
                name
            )
            .Select(forecaster => (Forecaster)new RegisteredForecaster(forecaster))
            .ToEither();

    /// <summary>A model of the HAR family; settings outside their domain are faults of its fits.</summary>
    public static Forecaster Har(HarOptions options) =>
        new RegisteredForecaster(Core.HarFamily.forecaster(options.ToCore()));

    /// <summary>
    /// The mean of other models' forecasts, each moved into half the smallest to twice the largest label of the window; settings
    /// outside their domain are faults of its fits.
    /// </summary>
    /// <param name="name">A name of its own among the models of a walk-forward.</param>
    /// <param name="members">One or more, of different names.</param>
    /// <param name="judgedLabels">
    /// Null for equal weights; otherwise weights are in proportion to one over the mean QLIKE on so many last labels of the
    /// window, at least 1.
    /// </param>
    public static Forecaster Combination(
        string name,
        IEnumerable<Forecaster> members,
        int? judgedLabels = null
    ) =>
        new RegisteredForecaster(
            Core.Combination.forecaster(
                new(
                    name,
                    judgedLabels is { } labels
                        ? Core.CombinationRule.NewInverseQlike(labels)
                        : Core.CombinationRule.Equal
                ),
                ListModule.OfSeq(members.Select(member => member.ToCore()))
            )
        );

    /// <summary>
    /// Ridge, lasso or elastic net of ln variance on its lags; settings outside their domain are faults of its fits.
    /// </summary>
    /// <param name="name">A name of its own among the models of a walk-forward.</param>
    /// <param name="share">Share of the absolute penalty: 1 for a lasso, 0 for a ridge.</param>
    /// <param name="lags">Lags of ln variance, 1 to 250 days.</param>
    /// <param name="lambda">This penalty, in units of the target's standard deviation; null to choose it.</param>
    /// <param name="folds">
    /// Runs of days left out in turn to choose the penalty, 2 to 20; null for the Bayesian criterion.
    /// </param>
    /// <param name="penalties">Penalties tried, at least 2.</param>
    /// <param name="refitEvery">Days between refits in a walk-forward, at least 1.</param>
    public static Forecaster PenalisedHar(
        string name,
        double share,
        int lags = 50,
        double? lambda = null,
        int? folds = null,
        int penalties = 40,
        int refitEvery = 22
    ) =>
        new RegisteredForecaster(
            Core.PenalisedHar.forecaster(
                new(
                    name,
                    share,
                    lags,
                    lambda is { } fixedPenalty ? Core.PenaltyRule.NewFixed(fixedPenalty)
                        : folds is { } runs ? Core.PenaltyRule.NewCrossValidation(runs)
                        : Core.PenaltyRule.Bic,
                    penalties,
                    refitEvery
                )
            )
        );

    /// <summary>
    /// Exponential averages over geometric time scales (Zumbach 2007), by the name "riskmetrics2006"; settings outside their
    /// domain are faults of its fits.
    /// </summary>
    /// <param name="shortest">Shortest scale in days, above 0.</param>
    /// <param name="longest">Longest scale in days, at least the shortest.</param>
    /// <param name="ratio">Ratio of neighbouring scales, above 1; null for the root of two.</param>
    /// <param name="cutoff">Scale at which the weights reach zero, above the longest.</param>
    /// <param name="startDays">Days whose mean starts each average, at least 1.</param>
    public static Forecaster RiskMetrics2006(
        double shortest = 4,
        double longest = 512,
        double? ratio = null,
        double cutoff = 1560,
        int? startDays = null
    )
    {
        var defaults = Core.RiskMetrics2006.defaults;
        return new RegisteredForecaster(
            Core.RiskMetrics2006.forecaster(
                new(
                    shortest,
                    longest,
                    ratio ?? defaults.Ratio,
                    cutoff,
                    startDays ?? defaults.StartDays
                )
            )
        );
    }

    /// <summary>
    /// Rough volatility (Gatheral, Jaisson and Rosenbaum 2018), by the name "rfsv"; settings outside their domain are faults of
    /// its fits.
    /// </summary>
    /// <param name="lags">Longest lag, in days, that roughness is measured from; at least 2.</param>
    /// <param name="memory">Days that a forecast averages over, at least 2.</param>
    /// <param name="refitEvery">Days between refits in a walk-forward, at least 1.</param>
    public static Forecaster RoughVolatility(
        int lags = 30,
        int memory = 500,
        int refitEvery = 22
    ) => new RegisteredForecaster(Core.RoughVolatility.forecaster(new(lags, memory, refitEvery)));

    private static Forecaster Make(string name, ExperimentConfig config) =>
        new RegisteredForecaster(
            Core.Models.forecaster(
                    Core.Models.registry,
                    Core.NeuralForecaster.unmonitored,
                    config.Inner,
                    name
                )
                .OrThrow()
        );
}
