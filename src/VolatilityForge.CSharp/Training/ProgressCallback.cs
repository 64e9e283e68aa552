using System;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Hands the share of epochs done, from 0 to 1, to a listener; 1 when training ends.</summary>
/// <param name="epochs">Most epochs of the training run.</param>
/// <param name="listener">Told after every epoch.</param>
public sealed class ProgressCallback(int epochs, IProgress<double> listener) : ICallback
{
    private readonly Core.TrainingLimits limits = new(epochs, FSharpOption<int>.None);

    /// <inheritdoc/>
    public void OnEpochEnd(int epoch, TrainingMetrics metrics, TrainingState state) =>
        Core.Callback.progress(
            limits,
            listener,
            Core.TrainingNotice.NewEpochEnd(metrics.Inner),
            state.View
        );

    /// <inheritdoc/>
    public void OnTrainEnd(TrainingState state) =>
        Core.Callback.progress(limits, listener, Core.TrainingNotice.TrainEnd, state.View);
}
