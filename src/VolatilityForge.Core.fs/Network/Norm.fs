/// Root mean square normalisation (Zhang and Sennrich 2019, arXiv 1910.07467). Knows no other layer.
namespace VolatilityForge

open TorchSharp

/// Normalisation over the last axis.
[<RequireQualifiedAccess>]
module Norm =

    /// gain * x / sqrt(mean(x^2) + epsilon) over the last axis; statistic and product are taken in float32 or wider.
    /// x: (..., model); gain: (model). A row of zeros gives zeros.
    let rms (epsilon: float) (gain: Tensor) (x: Tensor) : Tensor =
        Axes.exactly "rms_norm" [ "model of gain", Axes.last "rms_norm" x ] gain
        let wide = Ops.widen x

        let scale =
            (wide * wide).mean([| -1L |], keepdim = true)
            |> Ops.shift epsilon
            |> torch.rsqrt // (..., 1)

        Ops.cast x.dtype (wide * scale * gain)
