// The attention kernels by themselves: three paths, one answer; checkpointing; checking gradients.
// dotnet fsi scripts/04-attention.fsx, after ./forge build.
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/TorchSharp.LibTorch.dll"
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/VolatilityForge.Core.dll"

open TorchSharp
open VolatilityForge

let batch, time, kvHeads, group, headDim = 2L, 300L, 2L, 4L, 8L
let scale = 1.0 / sqrt (float headDim)

let query =
    torch.randn ([| batch; time; kvHeads; group; headDim |], dtype = torch.ScalarType.Float64)

let key =
    torch.randn ([| batch; time; kvHeads; headDim |], dtype = torch.ScalarType.Float64)

let value =
    torch.randn ([| batch; time; kvHeads; headDim |], dtype = torch.ScalarType.Float64)

let result = Flash.grouped 128 Reads.causal Dropout.none scale query key value

let standard =
    Attention.grouped (Some(Attention.causalMask torch.CPU time time)) Dropout.none scale query key value

let difference = (result - standard).abs().max() |> Ops.toFloat
printfn $"flash differs from standard attention by {difference:E1} at most"

let generator = new torch.Generator(1UL)
let x = torch.randn ([| batch; time; 64L |])

let weights =
    Gqa.initial (AttentionConfig.FromDim(64, 8, 2, 0.1))
    |> Gqa.map (fun start -> Initial.values (Rng.ofSeed 1L) start |> snd |> Ops.ofArray (Initial.shape start))

let layer = FlashAttention(AttentionConfig.FromDim(64, 8, 2, 0.1), block_size = 128)
let output = layer.Forward(weights, Reads.causal, Some generator, x) // (batch, time, model)
printfn "%s" (Axes.showShape output.shape)

// A causal network that is given its days one after the other answers as if it had them all.
let config =
    { TransformerConfig.small with
        Causal = true
        Pooling = Pooling.Last
    }

let network =
    VolatilityTransformer.Create(3, config, Precision.Float32, torch.CPU, Rng.ofSeed 1L)

network.Weights.Head.Weight.fill_ ((0.5).ToScalar()) |> ignore
let days = torch.randn [| batch; 20L; 3L |]

let cache =
    new TransformerCache(config, int batch, torch.ScalarType.Float32, torch.CPU)

let stepped =
    [
        for day in 0L .. 19L do
            let steps = days.narrow (1L, day, 1L)
            let answer = TransformerCache.step config network.Weights cache steps // steps: (batch, new, features); answer: (batch)
            answer
    ]
    |> List.last

let apart = (stepped - network.Forward(days, None)).abs().max() |> Ops.toFloat
printfn $"step by step differs from one pass by {apart:E1}"

// A function whose intermediate values are made again in the backward pass.
let expensive_fn (t: Tensor) : Tensor = t.exp().sin().tanh()
let leaf = (torch.randn [| 5L; 7L |]).requires_grad_()

let gradientOf (y: Tensor) =
    torch.autograd.grad([| y.sum () |], [| leaf |])[0] |> Ops.toArray

let plain = gradientOf (expensive_fn leaf)
let checkpointed = gradientOf (gradient_checkpointing expensive_fn leaf)
printfn $"checkpointed gradients are the same bits: {checkpointed = plain}"

let small = torch.randn ([| 3L; 5L |], dtype = torch.ScalarType.Float64)

let report =
    GradientCheck.run GradientCheck.standard (fun t -> expensive_fn t[0]) [ ("x", small) ]

printfn $"{report.Count} gradients checked, the worst differs by {report.Worst.Share:E1} of the largest"

exit (
    if difference < 1e-12 && apart < 1e-5 && checkpointed = plain && report.Passed then
        0
    else
        1
)
