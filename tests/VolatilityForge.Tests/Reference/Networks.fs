/// Networks that several suites use.
module VolatilityForge.Tests.Networks

open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

/// The sizes of the golden networks.
let goldenConfig: TransformerConfig =
    { TransformerConfig.small with
        Dim = 16
        Heads = 4
        KvHeads = 2
        Depth = 2
        FfnMultiplier = 0.18
        Dropout = 0.0
    }

/// A network small enough to move every weight.
let tiny: TransformerConfig =
    { TransformerConfig.small with
        Dim = 4
        Heads = 2
        KvHeads = 1
        Depth = 1
        FfnMultiplier = 0.5
        Dropout = 0.0
    }

/// A float32 network for three features.
let create (config: TransformerConfig) (seed: int64) : VolatilityTransformer =
    VolatilityTransformer.Create(3, config, Precision.Float32, torch.CPU, Rng.ofSeed seed)

/// Float64 weights of a config, none of them zero.
let drawn (features: int) (config: TransformerConfig) : Transformer<Tensor> =
    let names = Transformer.names config |> Transformer.toArray
    let starts = Transformer.initial features config |> Transformer.toArray

    Array.map2 (fun name start -> draw name (Initial.shape start |> Array.map int |> List.ofArray)) names starts
    |> Array.map (Ops.scale 0.5)
    |> Transformer.ofArray (Transformer.names config)
