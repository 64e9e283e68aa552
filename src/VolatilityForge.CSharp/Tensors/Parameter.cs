using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>One trainable tensor.</summary>
/// <param name="Name">Unique in its network; its name in a checkpoint.</param>
/// <param name="Value">The tensor, owned by its network.</param>
/// <param name="Decays">True when weight decay applies: matrices, not gains and biases.</param>
public sealed record Parameter(string Name, torch.Tensor Value, bool Decays)
{
    internal static Parameter Of(Core.Parameter parameter) =>
        new(parameter.Name, parameter.Value, parameter.Decays);

    internal Core.Parameter ToCore() => new(Name, Value, Decays);
}
