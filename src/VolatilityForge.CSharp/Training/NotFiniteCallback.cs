namespace VolatilityForge.CSharp;

/// <summary>
/// Saves the batch whose loss or gradient isn't finite as not-finite-step-STEP.safetensors in a folder: input, target,
/// sample numbers, the weights before it, and the loss in the metadata.
/// </summary>
public sealed class NotFiniteCallback(string folder) : ICallback
{
    /// <inheritdoc/>
    public void OnNotFinite(double loss, double gradientNorm, TrainingState state) =>
        Core.Callback.keepNotFinite(
            folder,
            Core.TrainingNotice.NewNotFinite(loss, gradientNorm),
            state.View
        );
}
