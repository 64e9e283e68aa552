using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>
/// Pre-norm blocks of grouped-query attention and SwiGLU, pooled to one number per sample: a logarithm of variance.
/// Untrained it answers 0. Owns its weights.
/// </summary>
public sealed class VolatilityTransformer : IModel, IDisposable
{
    private readonly Core.VolatilityTransformer network;

    /// <summary>A network with weights drawn from a seed.</summary>
    /// <param name="nFeatures">Features per time step.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="pooling">attention, mean or last; null takes the config's.</param>
    /// <param name="seed">What the weights are drawn from.</param>
    /// <param name="device">cpu, cuda or cuda:INDEX.</param>
    /// <exception cref="Core.VolatilityForgeException">
    /// Every size outside its domain in one fault; no tensor engine; no such device.
    /// </exception>
    public VolatilityTransformer(
        int nFeatures,
        TransformerConfig config,
        string? pooling = null,
        long seed = 0,
        string device = "cpu"
    )
    {
        Config = config with { Pooling = pooling ?? config.Pooling };
        Core.Engine.check().OrThrow();
        network = Core.VolatilityTransformer.Create(
            nFeatures,
            Config.ToCore(),
            Core.Precision.Float32,
            Core.Engine.device(device).OrThrow(),
            Core.RngModule.ofSeed(seed)
        );
        Parameters = [.. ((Core.IDifferentiable)network).Parameters.Select(Parameter.Of)];
    }

    internal Core.VolatilityTransformer Inner => network;

    /// <summary>The sizes.</summary>
    public TransformerConfig Config { get; }

    /// <summary>The weights that training moves, by name, in an order that never changes.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>One number per sample.</summary>
    /// <param name="input">(batch, time, features), or (batch, features) read as one time step.</param>
    /// <param name="generator">Draws dropout; null drops nothing.</param>
    /// <returns>(batch); the caller's.</returns>
    /// <exception cref="Core.VolatilityForgeException">A shape that doesn't fit, or a sequence too long.</exception>
    public torch.Tensor Forward(torch.Tensor input, torch.Generator? generator = null) =>
        TensorOps.One(() => network.Forward(input, TensorOps.Optional(generator)));

    /// <summary>Frees the weights.</summary>
    public void Dispose() => ((IDisposable)network).Dispose();

    /// <summary>The way attention is computed over so many time steps: standard, flash or fused.</summary>
    /// <param name="time">Time steps of the input.</param>
    /// <param name="training">True with dropout.</param>
    /// <param name="device">Where the input is; null is the CPU.</param>
    public string AttentionPath(int time, bool training = false, torch.Device? device = null) =>
        Core.AttentionPathModule.toName(network.AttentionPath(device ?? torch.CPU, time, training));

    /// <summary>The network over the same weights, computing in a precision.</summary>
    internal Core.IDifferentiable ToCore(Core.Precision precision) =>
        precision.IsFloat32 ? network : network.In(precision);
}
