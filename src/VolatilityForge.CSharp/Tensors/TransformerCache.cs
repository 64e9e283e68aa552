using System;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>
/// A causal network step by step: its answers as the sequence grows, without computing the past again. Owns its room, not
/// the network.
/// </summary>
public sealed class TransformerCache : IDisposable
{
    private readonly Core.VolatilityTransformer network;
    private readonly Core.TransformerCache inner;

    /// <summary>Room for as many steps as the network takes.</summary>
    /// <param name="network">A network whose config is causal; it must live as long as this is used.</param>
    /// <param name="batch">Sequences side by side.</param>
    /// <exception cref="Core.VolatilityForgeException">A batch below 1.</exception>
    public TransformerCache(VolatilityTransformer network, int batch)
    {
        ArgumentNullException.ThrowIfNull(network);
        this.network = network.Inner;
        var weight = network.Inner.Weights.Embed.Weight;
        inner = new(network.Inner.Config, batch, weight.dtype, weight.device);
    }

    /// <summary>Steps held.</summary>
    public int Length => (int)inner.Length;

    /// <summary>
    /// The answers after the next steps, without dropout: those of the network for the steps held followed by these.
    /// </summary>
    /// <param name="x">(batch, steps, features).</param>
    /// <returns>(batch), the answer after the last step; the caller's.</returns>
    /// <exception cref="Core.VolatilityForgeException">
    /// A network that isn't causal, a shape that doesn't fit, or a sequence too long.
    /// </exception>
    public torch.Tensor Step(torch.Tensor x) =>
        TensorOps.One(() =>
            Core.TransformerCacheModule.step(network.Config, network.Weights, inner, x)
        );

    /// <summary>Forgets every step; the room stays.</summary>
    public void Clear() => inner.Clear();

    /// <summary>Frees the room.</summary>
    public void Dispose() => ((IDisposable)inner).Dispose();
}
