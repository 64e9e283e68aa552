/// Convolution over time that reads no later day. Knows no network.
namespace VolatilityForge

open TorchSharp

/// Dilated causal convolution without padding: the first output is that of the first step with all its past.
[<RequireQualifiedAccess>]
module CausalConv =

    /// The steps that each output reads, oldest first. x: (batch, time, inputs); result (batch, time - (kernel - 1) *
    /// dilation, kernel, inputs). Raises when the sequence is shorter than the reach.
    let windows (kernel: int64) (dilation: int64) (x: Tensor) : Tensor =
        let shape = Axes.rank "causal convolution" [ "batch"; "time"; "inputs" ] x
        let steps = shape[1] - (kernel - 1L) * dilation

        if steps < 1L then
            let needed = (kernel - 1L) * dilation + 1L
            Fault.raiseWith (Fault.BadShape("causal convolution", "time", $"at least {needed}", string shape[1]))

        torch.stack ([| for place in 0L .. kernel - 1L -> x.narrow (1L, place * dilation, steps) |], 2L)

    /// y(t) = sum over k of x(t - (kernel - 1 - k) * dilation) weight(k). weight: (kernel, inputs, outputs);
    /// x: (batch, time, inputs); result (batch, time - (kernel - 1) * dilation, outputs).
    let forward (dilation: int64) (weight: Tensor) (x: Tensor) : Tensor =
        let shape = Axes.rank "causal convolution" [ "kernel"; "inputs"; "outputs" ] weight
        Einsum.two "btki,kio->bto" (windows shape[0] dilation x) weight

    /// The mean of the steps that the convolution reads, weighed by the softmax of the logits. logits: (kernel);
    /// x: (batch, time); result (batch, time - (kernel - 1) * dilation).
    let mean (dilation: int64) (logits: Tensor) (x: Tensor) : Tensor =
        let kernel = (Axes.rank "causal mean" [ "kernel" ] logits)[0]
        Axes.rank "causal mean" [ "batch"; "time" ] x |> ignore
        let weight = (torch.nn.functional.softmax (logits, -1L)).reshape(kernel, 1L, 1L)
        (forward dilation weight (x.unsqueeze -1L)).squeeze -1L
