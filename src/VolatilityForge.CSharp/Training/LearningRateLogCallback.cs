using System.IO;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// Writes one line per optimiser step to a writer, after a header: step, learning_rate. The writer stays its owner's.
/// </summary>
public sealed class LearningRateLogCallback(TextWriter writer) : ICallback
{
    private readonly FSharpFunc<Core.TrainingNotice, FSharpFunc<Core.TrainingView, Unit>> rates =
        Core.Callback.learningRateCsv(writer);

    /// <inheritdoc/>
    public void OnTrainBegin(TrainingState state) =>
        rates.Tell(Core.TrainingNotice.TrainBegin, state);

    /// <inheritdoc/>
    public void OnResumed(TrainingState state) => rates.Tell(Core.TrainingNotice.Resumed, state);

    /// <inheritdoc/>
    public void OnBatchEnd(int step, double loss, TrainingState state) =>
        rates.Tell(Core.TrainingNotice.NewBatchEnd(step, loss), state);

    /// <inheritdoc/>
    public void OnEpochEnd(int epoch, TrainingMetrics metrics, TrainingState state) =>
        rates.Tell(Core.TrainingNotice.NewEpochEnd(metrics.Inner), state);

    /// <inheritdoc/>
    public void OnTrainEnd(TrainingState state) => rates.Tell(Core.TrainingNotice.TrainEnd, state);
}
