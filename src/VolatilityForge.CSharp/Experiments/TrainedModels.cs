using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>
/// The networks of an experiment as <see cref="ExperimentResult.Save"/> kept them, ready to forecast without training.
/// </summary>
public sealed class TrainedModels
{
    private readonly FSharpList<Core.TrainedEnsemble> ensembles;
    private readonly ModelRegistry models;
    private readonly FSharpMap<Tuple<string, int>, Core.RiskState> calibrated;

    private TrainedModels(
        Core.ExperimentConfig config,
        FSharpList<Core.TrainedEnsemble> ensembles,
        ModelRegistry models,
        FSharpMap<Tuple<string, int>, Core.RiskState> calibrated
    ) =>
        (Config, this.ensembles, this.models, this.calibrated) = (
            ExperimentConfig.Of(config),
            ensembles,
            models,
            calibrated
        );

    /// <summary>The settings of the experiment.</summary>
    public ExperimentConfig Config { get; }

    /// <summary>Reads a checkpoint.safetensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="models">The models of the experiment; null for those that come with the library.</param>
    /// <exception cref="Core.VolatilityForgeException">The file is missing, damaged or of another version.</exception>
    public static TrainedModels Load(string path, ModelRegistry? models = null) =>
        TryLoad(path, models).OrThrow();

    /// <summary>As <see cref="Load"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, TrainedModels> TryLoad(
        string path,
        ModelRegistry? models = null
    ) =>
        Core
            .CheckpointModule.load(path)
            .Then(checkpoint =>
                Core.EnsembleCheckpoint.toEnsembles(path, checkpoint)
                    .Then(trained =>
                        Core.EnsembleCheckpoint.risks(path, trained.Item1, checkpoint)
                            .Select(calibrated => new TrainedModels(
                                trained.Item1,
                                trained.Item2,
                                models ?? ModelRegistry.Standard,
                                calibrated
                            ))
                    )
            )
            .ToEither();

    /// <summary>
    /// Every model of the experiment at every horizon, from the last day of the bars: networks as trained, classical models
    /// fitted on the last window.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">Fewer days than a window; the faults of the models.</exception>
    public IReadOnlyList<NextForecast> Forecast(BarSeries bars) => TryForecast(bars).OrThrow();

    /// <summary>As <see cref="Forecast(BarSeries)"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, IReadOnlyList<NextForecast>> TryForecast(BarSeries bars) =>
        VarianceHistory
            .TryFromBars(bars, Config.Measure)
            .Result.Then(history => TryForecast(history).Result)
            .ToEither();

    /// <summary>As <see cref="Forecast(BarSeries)"/>, from the last day of a history.</summary>
    /// <exception cref="Core.VolatilityForgeException">Fewer days than a window; the faults of the models.</exception>
    public IReadOnlyList<NextForecast> Forecast(VarianceHistory history) =>
        TryForecast(history).OrThrow();

    /// <summary>As <see cref="Forecast(VarianceHistory)"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, IReadOnlyList<NextForecast>> TryForecast(VarianceHistory history) =>
        Core
            .Outlook.forecastWith(models.Inner, Config.Inner, ensembles, history.History)
            .Then(rows => Core.Outlook.withRisk(Config.Inner, calibrated, rows))
            .Select<FSharpList<Core.OutlookRow>, IReadOnlyList<NextForecast>>(rows =>
                [
                    .. rows.Select(row => new NextForecast(
                        row.Model,
                        row.Horizon,
                        row.Origin,
                        row.Variance,
                        row.Interval is null ? null : VarianceInterval.Of(row.Interval.Value)
                    )),
                ]
            )
            .ToEither();
}
