using System;
using System.Collections.Generic;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>A network of parameters that it owns and a function of input and generator.</summary>
internal sealed class ForwardNetwork(
    IEnumerable<Parameter> parameters,
    Func<torch.Tensor, torch.Generator?, torch.Tensor> forward
) : IModel, IDisposable
{
    private readonly Func<torch.Tensor, torch.Generator?, torch.Tensor> forward =
        forward ?? throw new ArgumentNullException(nameof(forward));

    public IReadOnlyList<Parameter> Parameters { get; } = [.. parameters];

    public torch.Tensor Forward(torch.Tensor input, torch.Generator? generator = null) =>
        forward(input, generator);

    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Value.Dispose();
    }
}
