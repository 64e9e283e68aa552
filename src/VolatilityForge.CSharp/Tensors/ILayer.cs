using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>A part of a network: trainable, and a map of tensors. Applied it is Forward without dropout.</summary>
public interface ILayer : IDifferentiable, IComposable<torch.Tensor>
{
    torch.Tensor IComposable<torch.Tensor>.Apply(torch.Tensor value) => Forward(value);
}
