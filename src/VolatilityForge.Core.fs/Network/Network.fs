/// What can be trained: named parameters and a forward function. Knows no architecture.
namespace VolatilityForge

open TorchSharp

/// One trainable tensor.
type Parameter =
    {
        /// Unique in its network; its name in a checkpoint.
        Name: string
        Value: Tensor
        /// True when weight decay applies: matrices, not gains and biases.
        Decays: bool
    }

/// Anything with a forward function and named parameters.
type IDifferentiable =

    /// The parameters, in an order that never changes.
    abstract Parameters: Parameter[]

    /// One number per sample, (batch), from the input; no dropout without a generator.
    abstract Forward: input: Tensor * generator: torch.Generator option -> Tensor
