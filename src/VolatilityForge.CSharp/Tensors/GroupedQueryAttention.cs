using System;
using System.Collections.Generic;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>
/// Self-attention with rotary positions whose query heads share key and value heads (Ainslie et al. 2023). Owns its
/// weights.
/// </summary>
public sealed class GroupedQueryAttention : IDisposable
{
    private readonly Core.GroupedQueryAttention layer;
    private readonly Core.Gqa<torch.Tensor> weights;

    /// <summary>A layer with normal weights of deviation 1 / sqrt(dim).</summary>
    /// <param name="config">Heads and widths.</param>
    /// <param name="seed">What the weights are drawn from.</param>
    /// <param name="device">cpu, cuda or cuda:INDEX.</param>
    /// <exception cref="Core.VolatilityForgeException">No tensor engine, or no such device.</exception>
    public GroupedQueryAttention(AttentionConfig config, long seed = 0, string device = "cpu")
    {
        Config = config;
        layer = new(config.Inner);
        Core.Engine.check().OrThrow();
        var place = Core.Engine.device(device).OrThrow();
        weights = AttentionWeights.Draw(config, seed, place);
        Parameters = AttentionWeights.Name(weights);
    }

    /// <summary>Heads and widths.</summary>
    public AttentionConfig Config { get; }

    /// <summary>
    /// The weights: query (model, kvHeads, group, headDim), key and value (model, kvHeads, headDim), output
    /// (kvHeads, group, headDim, model).
    /// </summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Attends within each sequence, on the fastest path for its length.</summary>
    /// <param name="x">(batch, time, model).</param>
    /// <param name="causal">True when a position reads itself and earlier ones alone.</param>
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

    /// <summary>
    /// The next steps of causal attention, without dropout: what <see cref="Forward"/> gives for them after the steps in the
    /// cache, to which they are added.
    /// </summary>
    /// <param name="cache">Keys and values of the steps before; made for this layer's config.</param>
    /// <param name="x">(batch, steps, model).</param>
    /// <returns>(batch, steps, model); the caller's.</returns>
    /// <exception cref="Core.VolatilityForgeException">
    /// A shape that doesn't fit, or more steps than the cache takes; then it holds what it held.
    /// </exception>
    public torch.Tensor Step(KeyValueCache cache, torch.Tensor x)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return TensorOps.One(() => layer.Step(weights, cache.Inner, x));
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Value.Dispose();
    }
}
