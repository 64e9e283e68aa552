using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>Networks from parameters and a function, and what holds for every network.</summary>
public static class Network
{
    /// <summary>A network of parameters and a function of input and generator. It owns the parameters.</summary>
    public static IModel OfForward(
        IEnumerable<Parameter> parameters,
        Func<torch.Tensor, torch.Generator?, torch.Tensor> forward
    ) => new ForwardNetwork(parameters, forward);

    /// <summary>A network of parameters and an architecture over them. It owns the parameters.</summary>
    public static IModel OfArchitecture(
        IEnumerable<Parameter> parameters,
        IArchitecture<torch.Tensor, torch.Tensor> architecture
    )
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return new ForwardNetwork(
            parameters,
            (input, generator) => architecture.Decode(architecture.Encode(input, generator))
        );
    }

    /// <summary>Copies of the parameters on the host, by name.</summary>
    public static IReadOnlyList<StoredTensor> State(IDifferentiable network) =>
        StoredTensor.All(
            Core.Network.parameterState(CoreNetwork.Of(network, Core.Precision.Float32))
        );

    /// <summary>Puts weights by name into the parameters, in place.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// A parameter is missing or has another shape; then nothing has changed.
    /// </exception>
    public static void Load(IDifferentiable network, IEnumerable<StoredTensor> state) =>
        Core.Network.loadParameters(
            CoreNetwork.Of(network, Core.Precision.Float32),
            ListModule.OfSeq(state.Select(tensor => tensor.Inner))
        );
}
