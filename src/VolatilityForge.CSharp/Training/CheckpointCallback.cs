using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// Saves checkpoints to resume from: every so many epochs and steps, when training is interrupted by cancellation or an
/// error, and when it has ended. The runs of an experiment have folders of their own below it. A folder that can't be
/// written, or in which a new run finds checkpoints, ends training with its fault.
/// </summary>
public sealed class CheckpointCallback : ICallback
{
    private readonly FSharpFunc<
        Core.TrainingNotice,
        FSharpFunc<Core.TrainingView, Unit>
    > checkpoints;

    /// <summary>A callback for one training run's folder.</summary>
    /// <param name="folder">Made when it doesn't exist; files are step-STEP.safetensors and best.safetensors.</param>
    /// <param name="everyEpochs">Save at the end of every so many epochs.</param>
    /// <param name="everySteps">Save after every so many steps too.</param>
    /// <param name="keepLast">How many of the latest are kept.</param>
    /// <param name="keepBest">Whether the one with the smallest validation loss is kept apart.</param>
    /// <exception cref="Core.VolatilityForgeException">A setting outside its domain.</exception>
    public CheckpointCallback(
        string folder,
        int everyEpochs = 1,
        int? everySteps = null,
        int keepLast = 3,
        bool keepBest = true
    ) =>
        checkpoints = Core.Callback.checkpoints(
            Core.CheckpointFolder.check(
                    new(
                        folder,
                        everyEpochs,
                        OptionModule.OfNullable(everySteps),
                        keepLast,
                        keepBest
                    )
                )
                .OrThrow()
        );

    /// <inheritdoc/>
    public void OnTrainBegin(TrainingState state) =>
        checkpoints.Tell(Core.TrainingNotice.TrainBegin, state);

    /// <inheritdoc/>
    public void OnValidationEnd(double loss, TrainingState state) =>
        checkpoints.Tell(Core.TrainingNotice.NewValidationEnd(loss), state);

    /// <inheritdoc/>
    public void OnBatchEnd(int step, double loss, TrainingState state) =>
        checkpoints.Tell(Core.TrainingNotice.NewBatchEnd(step, loss), state);

    /// <inheritdoc/>
    public void OnEpochEnd(int epoch, TrainingMetrics metrics, TrainingState state) =>
        checkpoints.Tell(Core.TrainingNotice.NewEpochEnd(metrics.Inner), state);

    /// <inheritdoc/>
    public void OnInterrupted(TrainingState state) =>
        checkpoints.Tell(Core.TrainingNotice.Interrupted, state);

    /// <inheritdoc/>
    public void OnTrainEnd(TrainingState state) =>
        checkpoints.Tell(Core.TrainingNotice.TrainEnd, state);
}
