using System.IO;

namespace VolatilityForge.CSharp;

/// <summary>
/// Appends one line per epoch to a writer, after a header: epoch, train_loss, validation_loss, learning_rate,
/// gradient_norm. The writer stays its owner's.
/// </summary>
public sealed class CsvHistoryCallback(TextWriter writer) : ICallback
{
    /// <inheritdoc/>
    public void OnTrainBegin(TrainingState state) =>
        Core.Callback.historyCsv(writer, Core.TrainingNotice.TrainBegin, state.View);

    /// <inheritdoc/>
    public void OnEpochEnd(int epoch, TrainingMetrics metrics, TrainingState state) =>
        Core.Callback.historyCsv(
            writer,
            Core.TrainingNotice.NewEpochEnd(metrics.Inner),
            state.View
        );

    /// <inheritdoc/>
    public void OnTrainEnd(TrainingState state) =>
        Core.Callback.historyCsv(writer, Core.TrainingNotice.TrainEnd, state.View);
}
