using System;
using System.Collections.Generic;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>
/// Self-attention with rotary positions in tiles (Dao et al. 2022): what <see cref="GroupedQueryAttention"/> gives, in memory
/// that grows with the length and not with its square. Owns its weights.
/// </summary>
public sealed class FlashAttention : IDisposable
{
    private readonly Core.FlashAttention layer;
    private readonly Core.Gqa<torch.Tensor> weights;

    /// <summary>A layer with normal weights of deviation 1 / sqrt(dim).</summary>
    /// <param name="config">Heads and widths.</param>
    /// <param name="blockSize">Times and keys of a tile.</param>
    /// <param name="seed">What the weights are drawn from; the same as a GroupedQueryAttention's of that seed.</param>
    /// <param name="device">cpu, cuda or cuda:INDEX.</param>
    /// <exception cref="Core.VolatilityForgeException">A block below 1, no tensor engine, or no such device.</exception>
    public FlashAttention(
        AttentionConfig config,
        int blockSize = 128,
        long seed = 0,
        string device = "cpu"
    )
    {
        Config = config;
        layer = new(config.Inner, blockSize);
        Core.Engine.check().OrThrow();
        weights = AttentionWeights.Draw(config, seed, Core.Engine.device(device).OrThrow());
        Parameters = AttentionWeights.Name(weights);
    }

    /// <summary>Heads and widths.</summary>
    public AttentionConfig Config { get; }

    /// <summary>Times and keys of a tile.</summary>
    public int BlockSize => layer.BlockSize;

    /// <summary>
    /// The weights: query (model, kvHeads, group, headDim), key and value (model, kvHeads, headDim), output
    /// (kvHeads, group, headDim, model).
    /// </summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Attends within each sequence.</summary>
    /// <param name="x">(batch, time, model).</param>
    /// <param name="causal">True when a position reads itself and earlier ones alone; hidden tiles are left out.</param>
    /// <param name="mask">Boolean, true = read; broadcasts to (batch, kvHeads, group, time, time).</param>
    /// <param name="generator">Draws dropout; null drops nothing.</param>
    /// <returns>(batch, time, model); the caller's.</returns>
    /// <exception cref="Core.VolatilityForgeException">A shape that doesn't fit, or a mask that isn't boolean.</exception>
    public torch.Tensor Forward(
        torch.Tensor x,
        bool causal = false,
        torch.Tensor? mask = null,
        torch.Generator? generator = null
    ) =>
        TensorOps.One(() =>
            layer.Forward(
                weights,
                new(causal, TensorOps.Optional(mask)),
                TensorOps.Optional(generator),
                x
            )
        );

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Value.Dispose();
    }
}
