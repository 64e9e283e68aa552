/// The ways to compute attention: which is chosen, and that all agree, in layers and in the Transformer.
module VolatilityForge.Tests.AttentionPathTests

open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Networks

let private case: AttentionCase =
    {
        Queries = 22L
        Keys = 22L
        Causal = false
        Masked = false
        Drops = false
        OnCuda = false
        HasFused = false
    }

let private long: AttentionCase =
    { case with
        Queries = AttentionPath.flashFrom
        Keys = AttentionPath.flashFrom
    }

let private fused: AttentionCase =
    { case with
        OnCuda = true
        HasFused = true
    }

let private rule =
    testList
        "The rule"
        [
            for name, case, path in
                [
                    "a month of days is standard", case, AttentionPath.Standard
                    "long sequences are flash", long, AttentionPath.Flash
                    "one below is standard", { long with Keys = long.Keys - 1L }, AttentionPath.Standard
                    "one query on many keys is standard", { long with Queries = 1L }, AttentionPath.Standard
                    "long with mask and dropout is flash",
                    { long with
                        Masked = true
                        Drops = true
                    },
                    AttentionPath.Flash
                    "a fused kernel goes first", fused, AttentionPath.Fused
                    "fused has no mask", { fused with Masked = true }, AttentionPath.Standard
                    "fused has no dropout of ours", { fused with Drops = true }, AttentionPath.Standard
                    "fused is causal on as many keys", { fused with Causal = true }, AttentionPath.Fused
                    "and not on more", { fused with Causal = true; Keys = 23L }, AttentionPath.Standard
                    "CUDA without a fused kernel waits longer", { long with OnCuda = true }, AttentionPath.Standard
                ] do
                testCase name <| fun () -> Expect.equal (AttentionPath.choose case) path name

            testCase "names go there and back, auto is the rule, others are refused"
            <| fun () ->
                for path in None :: List.map (snd >> Some) AttentionPath.known do
                    Expect.equal (AttentionPath.ofName (AttentionPath.toName path)) (Ok path) "back"

                Expect.equal (AttentionPath.toName None) "auto" "the rule"
                Expect.isError (AttentionPath.ofName "flesh") "unknown"
        ]

let private x (queries: int) (keys: int) : Tensor[] =
    [|
        draw "query" [ 2; queries; 3; 5; 7 ]
        draw "key" [ 2; keys; 3; 7 ]
        draw "value" [ 2; keys; 3; 7 ]
    |]

let private attend (path: AttentionPath option) (reads: Reads) (x: Tensor[]) : Tensor =
    AttentionPath.attend path reads Dropout.none 0.3 x[0] x[1] x[2]

let private agreement =
    testList
        "Paths agree"
        [
            for name, queries, keys, reads in [ "all", 11, 13, Reads.all; "causal", 13, 13, Reads.causal ] do
                testCase $"standard, flash, fused and the chosen one: {name}"
                <| scoped (fun () ->
                    let x = x queries keys
                    let standard = attend (Some AttentionPath.Standard) reads x
                    nearTensor roundingShare (attend (Some AttentionPath.Flash) reads x) standard "flash"
                    nearTensor roundingShare (attend (Some AttentionPath.Fused) reads x) standard "fused"
                    Expect.equal (bits (attend None reads x)) (bits standard) "a short one is standard, to the bit")

            testCase "a mask beside a causal reading hides more, on both of our paths"
            <| scoped (fun () ->
                let x = x 5 11
                let mask = maskOf 5 11 (fun query key -> (query + key) % 3 <> 0)
                let reads = { Causal = true; Mask = Some mask }

                let both =
                    Reads.masked (maskOf 5 11 (fun query key -> (query + key) % 3 <> 0 && key <= query + 6))

                let expected = attend (Some AttentionPath.Standard) both x
                nearTensor roundingShare (attend (Some AttentionPath.Standard) reads x) expected "standard"
                nearTensor roundingShare (attend (Some AttentionPath.Flash) reads x) expected "flash")

            testCase "fused refuses what it can't compute"
            <| scoped (fun () ->
                for reads in [ Reads.masked (maskOf 5 11 (fun _ _ -> true)); Reads.causal ] do
                    Expect.isError
                        (Fault.catch (fun () -> attend (Some AttentionPath.Fused) reads (x 5 11) |> ignore))
                        "refused"

                Expect.isError
                    (TransformerConfig.check
                        { TransformerConfig.small with
                            Path = Some AttentionPath.Fused
                        })
                    "with dropout")

            testCase "the grouped-query layer is its functions, whole and step by step"
            <| scoped (fun () ->
                let config = AttentionConfig.FromDim(12, 6, 3, 0.4)

                let weights =
                    Gqa.initial config
                    |> Gqa.map (fun start ->
                        let shape = Initial.shape start |> Array.map int |> List.ofArray
                        draw (string shape) shape)

                let x = draw "x" [ 2; 7; 12 ]
                let layer = GroupedQueryAttention config
                let expected = Gqa.attend None Reads.causal Dropout.none (table 7 2) weights x
                Expect.equal (bits (layer.Forward(weights, Reads.causal, None, x))) (bits expected) "the layer"
                use generator = new torch.Generator(5UL)
                let dropped = layer.Forward(weights, Reads.causal, Some generator, x)
                Expect.notEqual (bits dropped) (bits expected) "its rate, with a generator"

                let sizes =
                    {
                        Batch = 2
                        KvHeads = 3
                        HeadDim = 2
                        MaxLength = 7
                    }

                use cache = new KeyValueCache(sizes, torch.ScalarType.Float64, torch.CPU)

                let steps =
                    [|
                        for first, count in [ 0L, 5L; 5L, 2L ] ->
                            layer.Step(weights, cache, x.narrow (1L, first, count))
                    |]

                nearTensor roundingShare (torch.cat (steps, 1L)) expected "the steps"

                badShape (fun () -> layer.Forward(weights, Reads.all, None, draw "x" [ 2; 7; 5 ]))
                |> ignore)

            testCase "the flash layer is the standard layer, with any block"
            <| scoped (fun () ->
                let config = AttentionConfig.FromDim(12, 6, 3, 0.0)

                let weights =
                    Gqa.initial config
                    |> Gqa.map (fun start ->
                        let shape = Initial.shape start |> Array.map int |> List.ofArray
                        draw (string shape) shape)

                let x = draw "x" [ 2; 7; 12 ]
                let expected = Gqa.forward None Dropout.none (table 7 2) weights x
                Expect.equal (FlashAttention config).BlockSize 128 "the standard block"
                let flash = FlashAttention(config, block_size = 3)
                nearTensor roundingShare (flash.Forward(weights, Reads.all, None, x)) expected "the layer"

                Expect.isError (Fault.catch (fun () -> FlashAttention(config, block_size = 0) |> ignore)) "block 0"

                badShape (fun () -> flash.Forward(weights, Reads.all, None, draw "x" [ 2; 7; 5 ]))
                |> ignore)
        ]

let private weightsOf (config: TransformerConfig) : Transformer<Tensor> =
    drawn 3 config |> Transformer.map (fun leaf -> leaf.detach().requires_grad_())

/// Bits of answers and gradients of the network in training, and of the generator's state after them.
let private trained (config: TransformerConfig) : int64[] list =
    let weights = weightsOf config
    use generator = new torch.Generator(3UL)

    let dropout =
        {
            Rate = config.Dropout
            Generator = Some generator
        }

    let answers = Transformer.forward config dropout weights (draw "x" [ 5; 7; 3 ])

    // Only attention pooling reads the leaf, which is the pooling of these configs.
    let gradients =
        torch.autograd.grad ([| (answers * draw "combination" [ 5 ]).sum() |], Transformer.toArray weights)

    bits answers
    :: bits (generator.get_state ())
    :: [ for gradient in gradients -> bits gradient ]

let private network =
    testList
        "The Transformer"
        [
            for causal in [ false; true ] do
                let deep =
                    { tiny with
                        Depth = 3
                        Dropout = 0.3
                        Causal = causal
                    }

                testCase $"with checkpointing trains to the same bits, dropout included (causal {causal})"
                <| scoped (fun () ->
                    Expect.equal (trained { deep with Checkpointing = true }) (trained deep) "same bits")

                testCase $"computes the same on the flash path (causal {causal})"
                <| scoped (fun () ->
                    let weights = weightsOf deep
                    let x = draw "x" [ 5; 7; 3 ]

                    let run config =
                        Transformer.forward config Dropout.none weights x

                    let flash =
                        { deep with
                            Path = Some AttentionPath.Flash
                        }

                    nearTensor roundingShare (run flash) (run deep) "answers")

            testCase "says which path it takes"
            <| scoped (fun () ->
                let long = { tiny with MaxLength = 5_000 }
                let network = create long 1L
                Expect.equal (network.AttentionPath(torch.CPU, 22, true)) AttentionPath.Standard "short"
                Expect.equal (network.AttentionPath(torch.CPU, 4_000, false)) AttentionPath.Flash "long"

                let forced =
                    create
                        { long with
                            Path = Some AttentionPath.Flash
                        }
                        1L

                Expect.equal (forced.AttentionPath(torch.CPU, 22, false)) AttentionPath.Flash "as told")

            testCase "with checkpointing and flash has central differences as gradients"
            <| scoped (fun () ->
                let config =
                    { tiny with
                        Causal = true
                        Checkpointing = true
                        Path = Some AttentionPath.Flash
                    }

                let names = Transformer.names config |> Transformer.toArray
                let weights = drawn 3 config

                checkGradients
                    (fun leaves ->
                        Transformer.forward config Dropout.none (Transformer.ofArray weights leaves[1..]) leaves[0])
                    (("x", draw "x" [ 2; 3; 3 ])
                     :: List.ofArray (Array.zip names (Transformer.toArray weights))))
        ]

[<Tests>]
let suite = testList "Attention paths" [ rule; agreement; network ] |> Needs.tensors
