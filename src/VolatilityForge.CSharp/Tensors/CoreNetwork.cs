using System;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>A C# network as the core sees it.</summary>
internal class CoreNetwork(IDifferentiable network) : Core.IDifferentiable, IDisposable
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

    public static Core.IDifferentiable Of(IDifferentiable network, Core.Precision precision) =>
        network switch
        {
            VolatilityTransformer transformer => transformer.ToCore(precision),
            _ when !precision.IsFloat32 => throw Core
                .Fault.NewBadSetting(
                    "precision",
                    "needs a VolatilityTransformer, since other networks choose their precision themselves",
                    Core.PrecisionModule.toName(precision)
                )
                .ToException(),
            IStateful stateful => new StatefulCoreNetwork(network, stateful),
            _ => new CoreNetwork(network),
        };
}

/// <summary>A C# network with a state of its own as the core sees it.</summary>
internal sealed class StatefulCoreNetwork(IDifferentiable network, IStateful stateful)
    : CoreNetwork(network),
        Core.IStateful
{
    FSharpList<Core.StoredTensor> Core.IStateful.State() =>
        ListModule.OfSeq(stateful.State().Select(tensor => tensor.Inner));

    void Core.IStateful.Load(FSharpList<Core.StoredTensor> state) =>
        stateful.Load(StoredTensor.All(state));
}
