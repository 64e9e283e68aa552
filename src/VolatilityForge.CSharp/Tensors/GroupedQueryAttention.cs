using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>
/// Self-attention with rotary positions whose query heads share key and value heads (Ainslie et al. 2023). Owns its
/// weights.
/// </summary>
public sealed class GroupedQueryAttention : IDisposable
{
    private readonly Core.Gqa<torch.Tensor> weights;

    /// <summary>A layer with normal weights of deviation 1 / sqrt(dim).</summary>
    /// <param name="config">Heads and widths.</param>
    /// <param name="seed">What the weights are drawn from.</param>
    /// <param name="device">cpu, cuda or cuda:INDEX.</param>
    /// <exception cref="Core.VolatilityForgeException">No tensor engine, or no such device.</exception>
    public GroupedQueryAttention(AttentionConfig config, long seed = 0, string device = "cpu")
    {
        Config = config;
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
    /// <param name="mask">Boolean, true = read; broadcasts to (batch, kvHeads, group, time, time).</param>
    /// <param name="generator">Draws dropout; null drops nothing.</param>
    /// <returns>(batch, time, model); the caller's.</returns>
    /// <exception cref="Core.VolatilityForgeException">A shape that doesn't fit.</exception>
    public torch.Tensor Forward(
        torch.Tensor x,
        torch.Tensor? mask = null,
        torch.Generator? generator = null
    )
    {
        Core.Axes.exactly(
            "grouped_query_attention",
            [
                Tuple.Create("batch", x.shape.FirstOrDefault()),
                Tuple.Create("time", x.shape.ElementAtOrDefault(1)),
                Tuple.Create("model", (long)Config.Dim),
            ],
            x
        );
        return TensorOps.One(() =>
            Core.Gqa.attend(
                null,
                new(false, TensorOps.Optional(mask)),
                new(Config.Dropout, TensorOps.Optional(generator)),
                Core.Rotary.table(x.dtype, x.device, x.shape[1], Config.HeadDim),
                weights,
                x
            )
        );
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Value.Dispose();
    }
}
