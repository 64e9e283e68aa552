using System;
using System.Collections.Generic;
using TorchSharp;
using VolatilityForge.CSharp;

namespace OwnArchitecture;

/// <summary>
/// A minimal gated recurrence: per day a gate z and a candidate c of the day's features, h = h + z (c - h); the answer is
/// linear in the last h. Parameters and Forward are all a network needs; here Forward decodes what it encodes.
/// </summary>
public sealed class GatedRecurrence : IModel, IArchitecture<torch.Tensor, torch.Tensor>, IDisposable
{
    private const int Width = 8;
    private readonly torch.Tensor gate;
    private readonly torch.Tensor candidate;
    private readonly torch.Tensor readout;

    public GatedRecurrence(NetworkContext context)
    {
        // Drawn on the CPU, then moved: a seed gives the same weights on every device.
        using var generator = new torch.Generator((ulong)context.Seed);
        torch.Tensor Drawn() =>
            (
                torch.randn([context.Features, Width], generator: generator)
                / Math.Sqrt(context.Features)
            ).to(context.Device);

        using var scope = torch.NewDisposeScope();
        gate = Drawn().MoveToOuterDisposeScope();
        candidate = Drawn().MoveToOuterDisposeScope();
        // Zero, so that the untrained network leaves log-HAR as it is.
        readout = torch.zeros([Width], device: context.Device).MoveToOuterDisposeScope();
        Parameters =
        [
            new("gate", gate, true),
            new("candidate", candidate, true),
            new("readout", readout, false),
        ];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>input: (batch, time, features); result (batch, width).</summary>
    public torch.Tensor Encode(torch.Tensor input, torch.Generator? generator = null)
    {
        var gates = input.matmul(gate).sigmoid();
        var candidates = input.matmul(candidate).tanh();
        var hidden = torch.zeros([input.shape[0], Width], device: input.device);
        for (var day = 0L; day < input.shape[1]; day++)
            hidden += gates.select(1, day) * (candidates.select(1, day) - hidden);
        return hidden;
    }

    /// <summary>encoded: (batch, width); result (batch).</summary>
    public torch.Tensor Decode(torch.Tensor encoded) => encoded.matmul(readout);

    public torch.Tensor Forward(torch.Tensor input, torch.Generator? generator = null) =>
        Decode(Encode(input, generator));

    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Value.Dispose();
    }
}
