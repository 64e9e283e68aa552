using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>
/// Ends training when the validation loss hasn't improved for a number of epochs; the network keeps its best weights. It
/// sets the patience of the trainer or runner it is given to; of several the shortest counts.
/// </summary>
/// <param name="patience">Epochs without improvement, at least 1.</param>
public sealed class EarlyStoppingCallback(int patience) : ICallback
{
    /// <summary>Epochs without improvement.</summary>
    public int Patience => patience;

    /// <summary>The shortest patience among the callbacks, or none.</summary>
    internal static IEnumerable<int> Patiences(IEnumerable<ICallback> callbacks) =>
        callbacks.OfType<EarlyStoppingCallback>().Select(early => early.Patience).Order().Take(1);
}
