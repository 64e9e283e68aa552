using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>Runs panel models over the histories of many symbols.</summary>
public sealed class PanelRunner
{
    /// <summary>A runner of settings.</summary>
    public PanelRunner(PanelSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Settings = settings;
    }

    /// <summary>The settings.</summary>
    public PanelSettings Settings { get; }

    /// <summary>Series that every symbol may read; every panel model then has them among its features.</summary>
    public IReadOnlyList<CommonSeries> Common { get; init; } = [];

    /// <summary>Most threads at work; the forecasts are the same for any number.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Walks the models forward through the histories and compares them. Progress counts models and horizons.</summary>
    /// <exception cref="Core.VolatilityForgeException">The faults of the settings, the panel and the models.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public PanelResult Run(
        IEnumerable<VarianceHistory> histories,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) => TryRun(histories, progress, cancellationToken).Result.OrThrow(cancellationToken);

    /// <summary>As Run, with the fault in place of the exception.</summary>
    public Either<Core.Fault, PanelResult> TryRun(
        IEnumerable<VarianceHistory> histories,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        Core
            .PanelExperiment.run(
                Settings.Inner(Common),
                Threads,
                Monitor(progress, cancellationToken),
                ListModule.OfSeq(Common.Select(series => series.Inner)),
                ListModule.OfSeq(histories.Select(history => history.History))
            )
            .Select(result => new PanelResult(result))
            .ToEither();

    /// <summary>
    /// Does one shard of a run and writes its file; <see cref="Merge"/> joins the files of all shards to the result of one run, bit for bit.
    /// </summary>
    /// <param name="histories">The same on every machine.</param>
    /// <param name="number">Which shard, from 1.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="path">The file, written whole or not at all.</param>
    /// <param name="progress">Told of models and horizons done.</param>
    /// <param name="cancellationToken">Asks to stop.</param>
    /// <exception cref="Core.VolatilityForgeException">The faults of the settings, the panel, the models and the path.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public void RunShard(
        IEnumerable<VarianceHistory> histories,
        int number,
        int count,
        string path,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        Core
            .ShardModule.parse($"{number}/{count}")
            .Then(shard =>
                Core.PanelShards.run(
                    Settings.Inner(Common),
                    Threads,
                    Monitor(progress, cancellationToken),
                    shard,
                    path,
                    ListModule.OfSeq(Common.Select(series => series.Inner)),
                    ListModule.OfSeq(histories.Select(history => history.History))
                )
            )
            .OrThrow(cancellationToken);

    /// <summary>The result of a run out of the files of its shards, in any order.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// A file is damaged, of another run or given twice, or a shard is missing; the fault names it.
    /// </exception>
    public static PanelResult Merge(IEnumerable<string> paths) =>
        new(
            Core.ShardSet.read(ListModule.OfSeq(paths))
                .Then(files => Core.PanelShards.merge(Environment.ProcessorCount, files))
                .OrThrow()
        );

    /// <summary>Every symbol's next forecasts, with intervals that are to hold this share of days.</summary>
    /// <exception cref="Core.VolatilityForgeException">The faults of the settings, the panel and the models.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public IReadOnlyList<PanelForecast> Forecast(
        IEnumerable<VarianceHistory> histories,
        double coverage = 0.9,
        CancellationToken cancellationToken = default
    ) => TryForecast(histories, coverage, cancellationToken).Result.OrThrow(cancellationToken);

    /// <summary>As Forecast, with the fault in place of the exception.</summary>
    public Either<Core.Fault, IReadOnlyList<PanelForecast>> TryForecast(
        IEnumerable<VarianceHistory> histories,
        double coverage = 0.9,
        CancellationToken cancellationToken = default
    ) =>
        Core
            .PanelOutlook.forecast(
                Settings.Inner(Common),
                new(
                    coverage,
                    Core.ConformalModule.defaults.Capacity,
                    Core.ConformalModule.defaults.Rate
                ),
                Threads,
                Monitor(null, cancellationToken),
                ListModule.OfSeq(Common.Select(series => series.Inner)),
                ListModule.OfSeq(histories.Select(history => history.History))
            )
            .Select(rows => (IReadOnlyList<PanelForecast>)[.. rows.Select(Row)])
            .ToEither();

    private static PanelForecast Row(Core.PanelOutlookRow row) =>
        new(
            row.Symbol,
            row.Model,
            row.Horizon,
            row.Origin,
            row.Variance,
            new(row.Interval.Lower, row.Interval.Upper),
            row.Held
        );

    private static Core.PanelMonitor Monitor(
        IProgress<ExperimentProgress>? progress,
        CancellationToken cancellationToken
    ) =>
        new(
            ExperimentProgress.Listener(progress),
            cancellationToken,
            Core.PanelWalkForward.unmonitored.Recall,
            Core.PanelWalkForward.unmonitored.Keep
        );
}
