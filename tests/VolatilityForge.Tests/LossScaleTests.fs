/// The loss scale as a state machine.
module VolatilityForge.Tests.LossScaleTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

let private observe config finite state =
    LossScale.observe config finite state |> Fault.orRaise

let private machine =
    testList
        "rule"
        [
            testCase "is that of torch._amp_update_scale_, step by step"
            <| fun () ->
                let case = goldenOptimisers.Value["loss scale"]

                let config =
                    { LossScale.standard with
                        Initial = case.Settings["initial"]
                        Growth = case.Settings["growth"]
                        Backoff = case.Settings["backoff"]
                        Interval = int case.Settings["interval"]
                    }

                let mutable state = LossScale.start config
                let mutable skipped = 0
                let values name = case.Tensors[name].Values

                Array.zip3 (values "overflows") (values "scales") (values "good")
                |> Array.iteri (fun step (overflow, scale, good) ->
                    skipped <- skipped + int overflow
                    state <- observe config (overflow = 0.0) state

                    Expect.equal
                        state
                        {
                            Scale = scale
                            GoodSteps = int good
                            Skipped = skipped
                        }
                        $"step {step}")

                Expect.equal skipped 4 "some overflowed"

            testCase "the standard doubles after 2,000 good steps and not before"
            <| fun () ->
                let after steps =
                    Seq.init steps ignore
                    |> Seq.fold
                        (fun state () -> observe LossScale.standard true state)
                        (LossScale.start LossScale.standard)

                Expect.equal (after 1999).Scale 65536.0 "1,999"
                Expect.equal (after 2000).Scale 131072.0 "2,000"

            testCase "never grows beyond float32"
            <| fun () ->
                let config = { LossScale.standard with Interval = 1 }

                let largest =
                    Seq.init 300 ignore
                    |> Seq.fold (fun state () -> observe config true state) (LossScale.start config)

                Expect.isTrue (Single.IsFinite(float32 largest.Scale)) "finite"
                Expect.isTrue (Single.IsInfinity(float32 (largest.Scale * 2.0))) "the largest power of two"

            testCase "never falls below the minimum, and an overflow there is a fault that names a remedy"
            <| fun () ->
                let config =
                    { LossScale.standard with
                        Initial = 10.0
                        Backoff = 0.25
                        Minimum = 2.0
                    }

                let second = LossScale.start config |> observe config false |> observe config false
                Expect.equal second.Scale 2.0 "the minimum"
                Expect.equal second.Skipped 2 "skipped"

                match LossScale.observe config false second with
                | Error(Fault.NotComputable(_, _, remedy)) -> Expect.stringContains remedy "bfloat16" "the remedy"
                | other -> failtest $"{other}"

            testCase "every setting outside its domain is named"
            <| fun () ->
                match
                    LossScale.check
                        {
                            Initial = infinity
                            Growth = 1.0
                            Backoff = 1.0
                            Interval = 0
                            Minimum = 0.0
                        }
                with
                | Error(Fault.Several faults) -> Expect.hasLength faults 5 "all five"
                | other -> failtest $"{other}"

                Expect.equal (LossScale.check LossScale.standard) (Ok LossScale.standard) "the standard"
        ]

let private tensors =
    testList
        "tensors"
        [
            testCase "unscaling undoes scaling, and infinities stay"
            <| scoped (fun () ->
                let state = LossScale.start LossScale.standard
                let gradient = single (draw "gradient" [ 7 ])
                // A power of two scales without rounding.
                Expect.equal
                    (bits (gradient |> LossScale.scale state |> LossScale.unscale state))
                    (bits gradient)
                    "there and back"

                let broken = Ops.ofArray [| 3L |] [| infinityf; nanf; 1.0f |]
                let unscaled = LossScale.unscale state broken |> Ops.toArray
                Expect.equal unscaled[0] infinityf "infinity"
                Expect.isTrue (Single.IsNaN unscaled[1]) "NaN")
        ]

[<Tests>]
let suite = testList "LossScale" [ machine; Needs.tensors tensors ]
