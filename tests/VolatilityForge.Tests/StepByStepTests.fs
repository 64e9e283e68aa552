/// Inference step by step against the full pass, and the tables and caches it lives on.
module VolatilityForge.Tests.StepByStepTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Networks

/// The steps and the full pass differ in the order of sums of a few numbers.
let private stepShare = 1e-12

let private cacheOf (maxLength: int) : KeyValueCache =
    new KeyValueCache(
        {
            Batch = 2
            KvHeads = 3
            HeadDim = 2
            MaxLength = maxLength
        },
        torch.ScalarType.Float64,
        torch.CPU
    )

let private weights () : Gqa<Tensor> =
    Gqa.initial (AttentionConfig.FromDim(12, 6, 3, 0.0))
    |> Gqa.map (fun start ->
        let shape = Initial.shape start |> Array.map int |> List.ofArray
        draw (string shape) shape)

/// The lengths of runs of steps that add up to 11.
let private divisions: int list list =
    [ List.replicate 11 1; [ 11 ]; [ 5; 1; 5 ]; [ 7; 3; 1 ] ]

let private layer =
    testList
        "Attention step by step"
        [
            for division in divisions do
                testCase $"equals the causal pass over all steps, in runs of %A{division}"
                <| scoped (fun () ->
                    let weights, x = weights (), draw "x" [ 2; 11; 12 ]
                    let expected = Gqa.attend None Reads.causal Dropout.none (table 11 2) weights x
                    use cache = cacheOf 11
                    let mutable first = 0L

                    let steps =
                        [|
                            for steps in division do
                                Gqa.step cache (table 13 2) weights (x.narrow (1L, first, int64 steps))
                                first <- first + int64 steps
                        |]

                    nearTensor stepShare (torch.cat (steps, 1L)) expected "steps"
                    Expect.equal cache.Length 11L "all held")

            testCase "a cleared cache starts anew"
            <| scoped (fun () ->
                let weights, x = weights (), draw "x" [ 2; 5; 12 ]
                use cache = cacheOf 7

                let once () =
                    bits (Gqa.step cache (table 7 2) weights x)

                let first = once ()
                cache.Clear()
                Expect.equal (once ()) first "the same")

            testCase "past its longest it refuses and keeps what it holds"
            <| scoped (fun () ->
                use cache = cacheOf 7
                let steps (count: int) = draw "steps" [ 2; count; 3; 2 ]
                cache.Append(steps 5, steps 5) |> ignore

                match Fault.catch (fun () -> cache.Append(steps 3, steps 3) |> ignore) with
                | Error(Fault.BadShape("key/value cache", "steps", "at most 7 in all", "8")) -> ()
                | other -> failtest $"{other}"

                Expect.equal cache.Length 5L "as before"
                let struct (keys, _) = cache.Append(steps 2, steps 2)
                Expect.equal keys.shape [| 2L; 7L; 3L; 2L |] "and takes what fits"

                Expect.isError
                    (Fault.catch (fun () -> cache.Append(draw "one" [ 1; 1; 3; 2 ], steps 1) |> ignore))
                    "another batch")

            testCase "takes its room once"
            <| scoped (fun () ->
                use cache = cacheOf 7
                let weights, x = weights (), draw "x" [ 2; 1; 12 ]
                let tables = table 7 2
                let before = Scope.liveCount ()

                for _ in 1..7 do
                    Scope.run (fun () -> Gqa.step cache tables weights x |> ignore)

                Expect.equal (Scope.liveCount ()) before "no tensor more")
        ]

let private transformer =
    testList
        "The Transformer step by step"
        [
            for pooling in [ Pooling.Attention; Pooling.Mean; Pooling.Last ] do
                for division in divisions do
                    testCase $"answers what the full pass answers, in runs of %A{division} (pooling {pooling})"
                    <| scoped (fun () ->
                        let config =
                            { goldenConfig with
                                Causal = true
                                Pooling = pooling
                                MaxLength = 11
                            }

                        let weights, x = drawn 3 config, draw "x" [ 2; 11; 3 ]

                        use cache = new TransformerCache(config, 2, torch.ScalarType.Float64, torch.CPU)

                        let mutable seen = 0L

                        for steps in division do
                            let answer =
                                TransformerCache.step config weights cache (x.narrow (1L, seen, int64 steps))

                            seen <- seen + int64 steps
                            let full = Transformer.forward config Dropout.none weights (x.narrow (1L, 0L, seen))
                            nearTensor stepShare answer full $"after {seen} steps"

                        badShape (fun () -> TransformerCache.step config weights cache (x.narrow (1L, 0L, 1L)))
                        |> ignore)

            testCase "is refused where later steps change earlier ones"
            <| scoped (fun () ->
                use cache = new TransformerCache(tiny, 2, torch.ScalarType.Float64, torch.CPU)

                Expect.isError
                    (Fault.catch (fun () ->
                        TransformerCache.step tiny (drawn 3 tiny) cache (draw "x" [ 2; 1; 3 ]) |> ignore))
                    "not causal")
        ]

let private tables =
    testList
        "Rotation tables"
        [
            testCase "from the cache are those made for the call, to the bit, in every order of lengths"
            <| scoped (fun () ->
                use cache = new RotaryCache(6L, 101L)

                for time in [ 7L; 41L; 5L; 101L; 1L ] do
                    for dtype in
                        [
                            torch.ScalarType.Float64
                            torch.ScalarType.Float32
                            torch.ScalarType.BFloat16
                        ] do
                        let made = Rotary.table dtype torch.CPU time 6L
                        let kept = cache.Table(dtype, torch.CPU, time)
                        Expect.equal (bits kept.Cosine) (bits made.Cosine) "cosines"
                        Expect.equal (bits kept.Sine) (bits made.Sine) "sines"

                Expect.equal cache.Count 3 "one per element type")

            testCase "are made once, bounded, and freed with their owner"
            <| fun () ->
                let before = Scope.liveCount ()

                Scope.run (fun () ->
                    use cache = new RotaryCache(6L, 101L)

                    let read (time: int64) =
                        Scope.run (fun () -> cache.Table(torch.ScalarType.Float32, torch.CPU, time) |> ignore)

                    read 33L
                    let held = Scope.liveCount ()

                    for time in 1L .. 101L do
                        read time

                    Expect.equal (Scope.liveCount ()) held "one table in place of another"
                    Expect.isError (Fault.catch (fun () -> read 102L)) "too long")

                Expect.equal (Scope.liveCount ()) before "freed"

            testCase "from a position on turn later steps as the full table does"
            <| scoped (fun () ->
                let x = draw "x" [ 2; 7; 3; 6 ]
                let full = Rotary.apply (table 7 6) x
                let late = Rotary.apply (Rotary.from 5L 2L (table 7 6)) (x.narrow (1L, 5L, 2L))
                Expect.equal (bits late) (bits (full.narrow (1L, 5L, 2L))) "positions 5 and 6"
                Expect.isError (Fault.catch (fun () -> Rotary.from 6L 2L (table 7 6) |> ignore)) "past the end")

            testCase "of a network make no difference, and go with it"
            <| fun () ->
                let before = Scope.liveCount ()

                Scope.run (fun () ->
                    let network = create { tiny with MaxLength = 101 } 1L
                    let x = Ops.cast torch.ScalarType.Float32 (draw "x" [ 2; 41; 3 ])
                    let answers = network.Forward(x, None)
                    let fresh = Transformer.forward network.Config Dropout.none network.Weights x
                    Expect.equal (bits answers) (bits fresh) "same bits"
                    (network :> IDisposable).Dispose())

                Expect.equal (Scope.liveCount ()) before "nothing left"
        ]

[<Tests>]
let suite = testList "Steps" [ layer; transformer; tables ] |> Needs.tensors
