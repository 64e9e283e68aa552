using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>A network in two halves: from an input to features of its own, and from these to the answer.</summary>
public interface IArchitecture<in TInput, out TOutput>
{
    /// <summary>The input's encoding; dropout only with a generator.</summary>
    torch.Tensor Encode(TInput input, torch.Generator? generator = null);

    /// <summary>The answer to an encoding.</summary>
    TOutput Decode(torch.Tensor encoded);
}
