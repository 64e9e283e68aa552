using System;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>
/// Keys and values of the steps that one layer has seen, for inference step by step. Takes its room once; owns it.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    /// <summary>Room for the steps of a layer.</summary>
    /// <param name="config">The layer's heads and widths.</param>
    /// <param name="batch">Sequences side by side.</param>
    /// <param name="maxLength">Most steps it takes.</param>
    /// <param name="device">cpu, cuda or cuda:INDEX; the layer's.</param>
    /// <exception cref="Core.VolatilityForgeException">A size below 1, no tensor engine, or no such device.</exception>
    public KeyValueCache(AttentionConfig config, int batch, int maxLength, string device = "cpu")
    {
        ArgumentNullException.ThrowIfNull(config);
        Core.Engine.check().OrThrow();
        Inner = new(
            new(batch, config.KvHeads, config.HeadDim, maxLength),
            torch.ScalarType.Float32,
            Core.Engine.device(device).OrThrow()
        );
    }

    /// <summary>Steps held.</summary>
    public int Length => (int)Inner.Length;

    internal Core.KeyValueCache Inner { get; }

    /// <summary>Forgets every step; the room stays.</summary>
    public void Clear() => Inner.Clear();

    /// <summary>Frees the room.</summary>
    public void Dispose() => ((IDisposable)Inner).Dispose();
}
