using System.Collections.Generic;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>Anything with a forward function and named parameters can be trained.</summary>
public interface IDifferentiable
{
    /// <summary>The parameters, in an order that never changes.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>One number per sample, (batch), from the input; dropout only with a generator.</summary>
    torch.Tensor Forward(torch.Tensor input, torch.Generator? generator = null);
}
