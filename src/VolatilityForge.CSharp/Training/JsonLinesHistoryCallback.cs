using System.IO;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// Appends one JSON object per epoch to a writer: epoch, train_loss, validation_loss, learning_rate, gradient_norm. The
/// writer stays its owner's.
/// </summary>
public sealed class JsonLinesHistoryCallback(TextWriter writer) : ICallback
{
    private readonly FSharpFunc<Core.TrainingNotice, FSharpFunc<Core.TrainingView, Unit>> history =
        Core.Callback.historyJsonLines(writer);

    /// <inheritdoc/>
    public void OnResumed(TrainingState state) => history.Tell(Core.TrainingNotice.Resumed, state);

    /// <inheritdoc/>
    public void OnEpochEnd(int epoch, TrainingMetrics metrics, TrainingState state) =>
        history.Tell(Core.TrainingNotice.NewEpochEnd(metrics.Inner), state);
}
