using System.Collections.Immutable;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>What a network may be made from.</summary>
public sealed class NetworkContext
{
    internal NetworkContext(Core.NetworkContext context)
    {
        (Features, Time, Seed, Device) = (
            context.Features,
            context.Time,
            context.Seed,
            context.Device
        );
        InputMean = [.. context.Scaler.Mean];
        InputScale = [.. context.Scaler.Scale];
        Base = context.Base is null ? null : new(context.Base.Value);
    }

    /// <summary>Features per day.</summary>
    public int Features { get; }

    /// <summary>Days in a sequence.</summary>
    public int Time { get; }

    /// <summary>What weights are drawn from; the same seed should give the same weights.</summary>
    public long Seed { get; }

    /// <summary>Where the network's tensors belong.</summary>
    public torch.Device Device { get; }

    /// <summary>What was subtracted from each feature.</summary>
    public ImmutableArray<double> InputMean { get; }

    /// <summary>What each feature was then divided by.</summary>
    public ImmutableArray<double> InputScale { get; }

    /// <summary>The log-HAR fitted on the window of the training; null on samples, which have no history.</summary>
    public LogHarCoefficients? Base { get; }
}
