using System.Linq;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>A C# network as the core sees it.</summary>
internal sealed class CoreNetwork(IDifferentiable network) : Core.IDifferentiable
{
    public Core.Parameter[] Parameters { get; } =
    [.. network.Parameters.Select(parameter => parameter.ToCore())];

    public torch.Tensor Forward(torch.Tensor input, FSharpOption<torch.Generator>? generator) =>
        network.Forward(input, generator?.Value);

    public static Core.IDifferentiable Of(IDifferentiable network, Core.Precision precision) =>
        network switch
        {
            VolatilityTransformer transformer => transformer.ToCore(precision),
            _ when !precision.IsFloat32 => throw Core
                .Fault.NewBadSetting(
                    "mixedPrecision",
                    "needs a VolatilityTransformer, since other networks choose their precision themselves",
                    Core.PrecisionModule.toName(precision)
                )
                .ToException(),
            _ => new CoreNetwork(network),
        };
}
