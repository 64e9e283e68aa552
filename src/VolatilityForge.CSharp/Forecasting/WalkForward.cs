using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>Running models forward through a history: each fit sees only what was known on its day.</summary>
public static class WalkForward
{
    /// <summary>
    /// Runs every model at every horizon over the same days. Tracks come by horizon, then in the order of the models.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// Settings outside their domain, too few days, a model's own faults, a forecast that is not a number.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public static IReadOnlyList<ForecastTrack> Run(
        WalkForwardConfig config,
        IEnumerable<Forecaster> forecasters,
        VarianceHistory history,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        TryRun(config, forecasters, history, progress, cancellationToken)
            .Result.OrThrow(cancellationToken);

    /// <summary>As Run, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<ForecastTrack>> TryRun(
        WalkForwardConfig config,
        IEnumerable<Forecaster> forecasters,
        VarianceHistory history,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        Core
            .WalkForward.run(
                config.ToCore(),
                ExperimentProgress.Listener(progress),
                cancellationToken,
                ListModule.OfSeq(forecasters.Select(forecaster => forecaster.ToCore())),
                history.History
            )
            .Select(ForecastTrack.All)
            .ToEither();

    /// <summary>
    /// The table of tracks from one walk-forward against a baseline that is among them at every horizon: by horizon, then
    /// in the order of the tracks.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">No such baseline, or tracks over different days.</exception>
    public static IReadOnlyList<ResultRow> Compare(
        IEnumerable<ForecastTrack> tracks,
        string baseline = "log-har"
    ) => TryCompare(tracks, baseline).OrThrow();

    /// <summary>As <see cref="Compare"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<ResultRow>> TryCompare(
        IEnumerable<ForecastTrack> tracks,
        string baseline = "log-har"
    ) =>
        Core
            .Report.ofTracks(
                Core.HacLag.Automatic,
                baseline,
                ListModule.OfSeq(tracks.Select(track => track.Track))
            )
            .Select(ResultRow.All)
            .ToEither();
}
