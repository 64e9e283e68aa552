/// The network as data: structure, configuration, answers, refusals.
module VolatilityForge.Tests.TransformerTests

open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Networks

let private structure =
    let names = Transformer.names goldenConfig

    testList
        "Structure"
        [
            testCase "map id is id, and map keeps composition"
            <| fun () ->
                Expect.equal (Transformer.map id names) names "identity"
                let twice = Transformer.map (fun (name: string) -> name.Length * 2) names
                Expect.equal (names |> Transformer.map String.length |> Transformer.map ((*) 2)) twice "composition"
                Expect.equal (Gqa.map id (Gqa.names "a")) (Gqa.names "a") "attention"
                Expect.equal (SwiGlu.map id (SwiGlu.names "a")) (SwiGlu.names "a") "feed-forward"

            testCase "names are unique"
            <| fun () ->
                let leaves = Transformer.toArray names
                Expect.hasLength (Array.distinct leaves) leaves.Length "all different"

            testCase "leaves go out and come back in the same order"
            <| fun () ->
                let leaves = Transformer.toArray names
                Expect.equal (Transformer.ofArray names leaves) names "round trip"
                let numbered = Transformer.ofArray names [| 0 .. leaves.Length - 1 |]
                Expect.equal (Transformer.toArray numbered) [| 0 .. leaves.Length - 1 |] "order"

            testCase "every block has leaves of its own"
            <| fun () ->
                for depth in 1..3 do
                    let leaves =
                        Transformer.names { goldenConfig with Depth = depth } |> Transformer.toArray

                    let blocks =
                        leaves
                        |> Array.filter _.StartsWith("blocks.")
                        |> Array.countBy (fun name -> name.Split('.')[1])

                    Expect.equal blocks [| for block in 0 .. depth - 1 -> string block, 9 |] $"depth {depth}"

            testCase "only leaves of two axes or more decay"
            <| fun () ->
                let network = create goldenConfig 1L :> IDifferentiable

                for parameter in network.Parameters do
                    let rank = parameter.Value.shape.Length
                    Expect.equal parameter.Decays (rank >= 2) parameter.Name

                    if
                        parameter.Name.EndsWith "norm"
                        || parameter.Name.EndsWith "bias"
                        || parameter.Name = "pool"
                    then
                        Expect.isFalse parameter.Decays parameter.Name

            testCase "parameters are the leaves in order, by name"
            <| fun () ->
                let network = create goldenConfig 1L
                let parameters = (network :> IDifferentiable).Parameters
                Expect.equal (parameters |> Array.map _.Name) (Transformer.toArray names) "names"

                for parameter, leaf in Array.zip parameters (Transformer.toArray network.Weights) do
                    Expect.isTrue (obj.ReferenceEquals(parameter.Value, leaf)) "the same tensor"
        ]

let private config =
    let faultsOf (config: TransformerConfig) : string list =
        let rec fields (fault: Fault) =
            match fault with
            | Fault.BadSetting(field, _, _) -> [ field ]
            | Fault.Several faults -> List.collect fields faults
            | other -> failtest $"another fault: {other}"

        Expect.wantError (TransformerConfig.check config) "a fault" |> fields

    testList
        "Config"
        [
            testCase "the small one passes"
            <| fun () ->
                Expect.equal (TransformerConfig.check TransformerConfig.small) (Ok TransformerConfig.small) "unchanged"

            testCase "every fault is told at once"
            <| fun () ->
                let faults =
                    faultsOf
                        { TransformerConfig.small with
                            Dim = 10
                            Heads = 4
                            KvHeads = 3
                            Depth = 0
                            FfnMultiplier = nan
                            NormEps = 0.0
                            MaxLength = 0
                            Dropout = 1.0
                        }

                let expected =
                    [
                        "heads"
                        "kvHeads"
                        "dropout"
                        "depth"
                        "ffn multiplier"
                        "norm eps"
                        "max length"
                    ]

                Expect.equal faults expected "all seven"

            testCase "one fault is told alone"
            <| fun () ->
                let small = TransformerConfig.small
                Expect.equal (faultsOf { small with Depth = -1 }) [ "depth" ] "depth"
                Expect.equal (faultsOf { small with FfnMultiplier = infinity }) [ "ffn multiplier" ] "multiplier"
                Expect.equal (faultsOf { small with NormEps = nan }) [ "norm eps" ] "eps"
                Expect.equal (faultsOf { small with Dropout = nan }) [ "dropout" ] "dropout"

            testCase "a network of a bad config is refused with its fault"
            <| fun () ->
                Expect.throwsT<VolatilityForgeException> (fun () -> create { tiny with Depth = 0 } 1L |> ignore) "depth"

                Expect.throwsT<VolatilityForgeException>
                    (fun () ->
                        VolatilityTransformer.Create(0, tiny, Precision.Float32, torch.CPU, Rng.ofSeed 1L)
                        |> ignore)
                    "features"

            testCase "the feed-forward width is 8/3 dim times the multiplier, rounded up to a multiple of 8"
            <| fun () ->
                for dim, multiplier, width in
                    [
                        32, 1.0, 88
                        48, 1.0, 128
                        3, 1.0, 8
                        4, 1.0, 16
                        64, 1.0, 176
                        64, 0.5, 88
                        64, 2.0, 344
                        16, 0.18, 8
                    ] do
                    let config =
                        { TransformerConfig.small with
                            Dim = dim
                            FfnMultiplier = multiplier
                        }

                    Expect.equal config.FfnDim width $"dim {dim} times {multiplier}"
        ]

let private forward =
    testList
        "Forward"
        [
            testCase "one number per sample; two axes are one time step"
            <| scoped (fun () ->
                let weights = drawn 3 tiny
                let x = draw "x" [ 5; 3 ]
                let flat = Transformer.forward tiny Dropout.none weights x
                Expect.equal flat.shape [| 5L |] "(batch)"
                let step = Transformer.forward tiny Dropout.none weights (x.unsqueeze 1L)
                Expect.equal (bits step) (bits flat) "the same"

                let longer =
                    Transformer.forward tiny Dropout.none weights (draw "longer" [ 5; 7; 3 ])

                Expect.equal longer.shape [| 5L |] "(batch)")

            testCase "samples don't see each other"
            <| scoped (fun () ->
                let weights = drawn 3 tiny
                let x = draw "x" [ 5; 7; 3 ]
                let all = Transformer.forward tiny Dropout.none weights x

                let alone =
                    [|
                        for sample in 0L .. 4L ->
                            Transformer.forward tiny Dropout.none weights (x.narrow (0L, sample, 1L))
                    |]

                nearTensor 1e-13 (torch.cat (alone, 0L)) all "one by one")

            for name, pooling in Pooling.known do
                testCase $"an untrained network answers exactly 0 ({name})"
                <| scoped (fun () ->
                    for seed in 1L .. 3L do
                        for precision in [ Precision.Float32; Precision.BFloat16 ] do
                            let network =
                                VolatilityTransformer.Create(
                                    3,
                                    { goldenConfig with Pooling = pooling },
                                    precision,
                                    torch.CPU,
                                    Rng.ofSeed seed
                                )

                            let x = Ops.cast torch.ScalarType.Float32 (draw "x" [ 5; 7; 3 ] |> Ops.scale 10.0)
                            let answers = network.Forward(x, None)
                            Expect.equal answers.dtype torch.ScalarType.Float32 "answers are float32"
                            Expect.allEqual (Ops.toArray answers) 0.0f "zeros")

            testCase "a seed gives the same weights; another seed others"
            <| scoped (fun () ->
                let weights seed =
                    (create goldenConfig seed).Weights |> Transformer.toArray |> Array.map bits

                Expect.equal (weights 5L) (weights 5L) "same"
                Expect.notEqual (weights 5L) (weights 6L) "different")

            testCase "initial weights have the deviation 1 / sqrt(inputs)"
            <| scoped (fun () ->
                let gate =
                    (create
                        { goldenConfig with
                            FfnMultiplier = 8.0
                        }
                        3L)
                        .Weights.Blocks[0].FeedForward.Gate

                let deviation = Ops.toFloat ((gate * gate).mean().sqrt())
                // 16 x 344 draws: a standard error of about one hundredth of the deviation.
                Expect.isLessThan (abs (deviation * 4.0 - 1.0)) 0.05 "1/4")

            testCase "bfloat16 stays near float32, and its gradients reach the float32 weights"
            <| scoped (fun () ->
                let case = goldenKernels.Value["network attention"]

                let leaves =
                    Transformer.names goldenConfig
                    |> Transformer.toArray
                    |> Array.map (fun name -> Ops.cast torch.ScalarType.Float32 (case.Tensor $"weight {name}"))

                let network =
                    VolatilityTransformer.OfLeaves(goldenConfig, Precision.BFloat16, leaves)

                for leaf in leaves do
                    leaf.requires_grad <- true

                let x = Ops.cast torch.ScalarType.Float32 (case.Tensor "x")
                let answers = network.Forward(x, None)
                nearTensor 5e-2 answers (case.Tensor "result") "near"

                for gradient in torch.autograd.grad ([| answers.sum () |], leaves) do
                    Expect.equal gradient.dtype torch.ScalarType.Float32 "float32 gradients")

            testCase "dropout changes answers in training alone, and by the generator alone"
            <| scoped (fun () ->
                let config = { tiny with Dropout = 0.5 }
                let weights = drawn 3 config
                let x = draw "x" [ 5; 7; 3 ]

                let run (seed: uint64 option) =
                    match seed with
                    | None -> bits (Transformer.forward config { Rate = 0.5; Generator = None } weights x)
                    | Some seed ->
                        use generator = new torch.Generator(seed)

                        bits (
                            Transformer.forward
                                config
                                {
                                    Rate = 0.5
                                    Generator = Some generator
                                }
                                weights
                                x
                        )

                Expect.equal (run None) (bits (Transformer.forward tiny Dropout.none weights x)) "inference"
                Expect.equal (run (Some 1UL)) (run (Some 1UL)) "same generator"
                Expect.notEqual (run (Some 1UL)) (run (Some 2UL)) "another generator")
        ]

let private wrongShapes =
    let forward (shape: int list) () =
        Transformer.forward { tiny with MaxLength = 7 } Dropout.none (drawn 3 tiny) (draw "x" shape)

    testList
        "Wrong shapes"
        [
            for name, shape, axis, expected, found in
                [
                    "too long", [ 2; 8; 3 ], "time", "at most 7", "8"
                    "other features", [ 2; 5; 4 ], "features", "3", "4"
                    "no time", [ 2; 0; 3 ], "time", "at least 1", "0"
                    "four axes", [ 2; 5; 3; 1 ], "the input", "(batch, time, features)", "(2, 5, 3, 1)"
                    "one axis", [ 3 ], "the input", "(batch, time, features)", "(3)"
                ] do
                testCase $"{name}: refused by name"
                <| fun () ->
                    let _, foundAxis, foundExpected, foundFound = badShape (forward shape)
                    Expect.equal (foundAxis, foundExpected, foundFound) (axis, expected, found) "the fault"

            testCase "leaves of another number or shape are refused by name"
            <| fun () ->
                let leaves () =
                    (create tiny 1L).Weights |> Transformer.toArray

                let ofLeaves (leaves: Tensor[]) () =
                    VolatilityTransformer
                        .OfLeaves(tiny, Precision.Float32, leaves)
                        .Forward(torch.zeros [| 2L; 3L |], None)

                Scope.run (fun () ->
                    let operation, axis, _, _ = badShape (ofLeaves (leaves () |> Array.skip 1))
                    Expect.equal (operation, axis) ("transformer", "the number of weights") "number"
                    let names = Transformer.names tiny |> Transformer.toArray

                    for index in 1 .. names.Length - 1 do
                        let wrong = leaves ()
                        wrong[index] <- torch.zeros [| 2L; 5L; 3L |]
                        let operation, axis, _, _ = badShape (ofLeaves wrong)
                        Expect.equal (operation, axis) ("transformer", names[index]) "shape")
        ]

[<Tests>]
let suite =
    testList "Transformer" [ structure; config; forward; wrongShapes ]
    |> Needs.tensors
