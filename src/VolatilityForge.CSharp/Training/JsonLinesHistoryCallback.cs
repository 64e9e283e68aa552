using System.IO;

namespace VolatilityForge.CSharp;

/// <summary>
/// Appends one JSON object per epoch to a writer: epoch, train_loss, validation_loss, learning_rate, gradient_norm. The
/// writer stays its owner's.
/// </summary>
public sealed class JsonLinesHistoryCallback(TextWriter writer) : ICallback
{
    /// <inheritdoc/>
    public void OnEpochEnd(int epoch, TrainingMetrics metrics, TrainingState state) =>
        Core.Callback.historyJsonLines(
            writer,
            Core.TrainingNotice.NewEpochEnd(metrics.Inner),
            state.View
        );

    /// <inheritdoc/>
    public void OnTrainEnd(TrainingState state) =>
        Core.Callback.historyJsonLines(writer, Core.TrainingNotice.TrainEnd, state.View);
}
