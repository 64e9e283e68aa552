using System;
using System.Linq;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>A C# network as the core sees it.</summary>
internal sealed class CoreNetwork(IDifferentiable network) : Core.IDifferentiable, IDisposable
{
    public Core.Parameter[] Parameters { get; } =
    [.. network.Parameters.Select(parameter => parameter.ToCore())];

    public torch.Tensor Forward(torch.Tensor input, FSharpOption<torch.Generator>? generator) =>
        network.Forward(input, generator?.Value);

    public void Dispose()
    {
        if (network is IDisposable owner)
            owner.Dispose();
        else
            foreach (var parameter in Parameters)
                parameter.Value.Dispose();
    }

    public static Core.IDifferentiable Of(IDifferentiable network, bool mixedPrecision) =>
        network switch
        {
            VolatilityTransformer transformer => transformer.ToCore(mixedPrecision),
            _ when mixedPrecision => throw Core
                .Fault.NewBadSetting(
                    "mixedPrecision",
                    "needs a VolatilityTransformer, since other networks choose their precision themselves",
                    "true"
                )
                .ToException(),
            _ => new CoreNetwork(network),
        };
}
