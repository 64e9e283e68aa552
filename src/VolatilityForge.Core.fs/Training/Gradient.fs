/// Gradients of all parameters as one vector: joined, clipped, gathered over batches. Knows no optimiser.
namespace VolatilityForge

open TorchSharp

/// The mean gradient of the batches gathered so far.
type GatheredGradient =
    {
        Mean: Tensor // (elements)
        /// Samples behind the mean.
        Samples: int
    }

/// Vectors of gradients.
[<RequireQualifiedAccess>]
module Gradient =

    /// The gradients of a scalar by the leaves, joined in their order: (elements). Zeros by a leaf that the scalar doesn't
    /// read. The leaves must require gradients.
    let ofLoss (leaves: Tensor[]) (loss: Tensor) : Tensor =
        let found = torch.autograd.grad ([| loss |], leaves, allow_unused = true)

        let pieces =
            leaves
            |> Array.mapi (fun index leaf ->
                let gradient = found[index]

                (if gradient.IsInvalid then
                     torch.zeros_like leaf
                 else
                     gradient)
                    .reshape
                    -1L)

        torch.cat (pieces, 0L)

    /// The vector scaled down to the largest norm allowed, and its norm before.
    let clip (largest: float option) (gradient: Tensor) : Tensor * float =
        let norm = gradient.norm () |> Ops.toFloat

        match largest with
        | Some bound when norm > bound -> Ops.scale (bound / (norm + 1e-6)) gradient, norm
        | _ -> gradient, norm

    /// The mean over one more batch, each batch weighed by its samples, so that several batches give the gradient of the
    /// mean loss over all their samples. gradient: (elements), of the mean loss over `samples`. Writes over the tensor of
    /// an earlier mean; the first one is the gradient itself, bit for bit.
    let gather (samples: int) (gradient: Tensor) (gathered: GatheredGradient option) : GatheredGradient =
        match gathered with
        | None -> { Mean = gradient; Samples = samples }
        | Some before ->
            Axes.equal "gathered gradients" "elements" before.Mean.shape[0] gradient.shape[0]
            let total = before.Samples + samples
            let share = float samples / float total

            {
                Mean = before.Mean.mul_((1.0 - share).ToScalar()).add_(gradient, share.ToScalar())
                Samples = total
            }
