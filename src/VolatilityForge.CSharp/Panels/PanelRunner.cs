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
