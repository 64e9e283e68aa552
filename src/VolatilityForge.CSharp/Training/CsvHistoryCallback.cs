using System.IO;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// Appends one line per epoch to a writer, after a header: epoch, train_loss, validation_loss, learning_rate,
/// gradient_norm; in an experiment, before them the run. A run that
/// is gone on with writes its epochs so far first. The writer stays its owner's.
/// </summary>
public sealed class CsvHistoryCallback(TextWriter writer) : ICallback
{
    private readonly FSharpFunc<Core.TrainingNotice, FSharpFunc<Core.TrainingView, Unit>> history =
        Core.Callback.historyCsv(writer);

    /// <inheritdoc/>
    public void OnTrainBegin(TrainingState state) =>
        history.Tell(Core.TrainingNotice.TrainBegin, state);

    /// <inheritdoc/>
    public void OnResumed(TrainingState state) => history.Tell(Core.TrainingNotice.Resumed, state);

    /// <inheritdoc/>
    public void OnEpochEnd(int epoch, TrainingMetrics metrics, TrainingState state) =>
        history.Tell(Core.TrainingNotice.NewEpochEnd(metrics.Inner), state);
}
