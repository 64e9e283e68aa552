using System.IO;

namespace VolatilityForge.CSharp;

/// <summary>
/// Writes one line per optimiser step to a writer, after a header: step, learning_rate. The writer stays its owner's.
/// </summary>
public sealed class LearningRateLogCallback(TextWriter writer) : ICallback
{
    /// <inheritdoc/>
    public void OnTrainBegin(TrainingState state) =>
        Core.Callback.learningRateCsv(writer, Core.TrainingNotice.TrainBegin, state.View);

    /// <inheritdoc/>
    public void OnBatchEnd(int step, double loss, TrainingState state) =>
        Core.Callback.learningRateCsv(
            writer,
            Core.TrainingNotice.NewBatchEnd(step, loss),
            state.View
        );

    /// <inheritdoc/>
    public void OnTrainEnd(TrainingState state) =>
        Core.Callback.learningRateCsv(writer, Core.TrainingNotice.TrainEnd, state.View);
}
