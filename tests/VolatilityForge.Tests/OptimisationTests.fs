/// Objectives and batches against closed forms.
module VolatilityForge.Tests.OptimisationTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs

/// Mean loss and the gradient by each prediction, times the batch, at u = target - predicted.
let private lossAt (objective: Objective) (errors: float[]) : float * float[] =
    Scope.run (fun () ->
        let count = int64 errors.Length
        let predicted = (draw "predicted" [ errors.Length ]).requires_grad_()
        let target = (predicted.detach ()) + Ops.ofDoubles [| count |] errors
        let loss = Objective.loss objective predicted target
        let gradient = torch.autograd.grad([| loss |], [| predicted |])[0]
        Ops.toFloat loss, Ops.toDoubles (Ops.scale (float count) gradient))

/// Value and derivative by u of an objective, written out.
let private closedForm (objective: Objective) (u: float) : float * float =
    match objective with
    | Objective.Qlike clip when u > clip -> exp clip - clip - 1.0 + (exp clip - 1.0) * (u - clip), exp clip - 1.0
    | Objective.Qlike _ -> exp u - u - 1.0, exp u - 1.0
    | Objective.Mse -> u * u, 2.0 * u
    | Objective.Mae -> abs u, float (sign u)
    | Objective.Huber delta when abs u > delta -> delta * (abs u - delta / 2.0), delta * float (sign u)
    | Objective.Huber _ -> u * u / 2.0, u

let private objectives =
    [
        Objective.Qlike 2.0
        Objective.Qlike 0.5
        Objective.Mse
        Objective.Mae
        Objective.Huber 1.0
        Objective.Huber 0.3
    ]

let private objective =
    testList
        "Objective"
        [
            testCase "gradients are central differences"
            <| scoped (fun () ->
                for objective in objectives do
                    checkGradients
                        (fun inputs -> Objective.loss objective inputs[0] inputs[1])
                        [ "predicted", draw "predicted" [ 11 ]; "target", draw "target" [ 11 ] ])

            for objective in objectives do
                testCase $"{objective} has its closed form's value and gradient"
                <| fun () ->
                    let errors =
                        [|
                            -7.0
                            -2.5
                            -1.0
                            -0.2
                            -1e-3
                            1e-3
                            0.1
                            0.4
                            0.7
                            1.3
                            1.9
                            2.1
                            3.0
                            8.0
                        |]

                    let loss, gradient = lossAt objective errors
                    let values, slopes = errors |> Array.map (closedForm objective) |> Array.unzip
                    Expect.isLessThan (abs (loss / Array.average values - 1.0)) 1e-12 "the mean"

                    for found, slope in Array.zip gradient slopes do
                        // u falls as the prediction rises.
                        Expect.isLessThan (abs (found + slope)) (1e-10 * (1.0 + abs slope)) $"the slope {slope}"

            for objective, bound in
                [
                    Objective.Qlike 2.0, 2.0
                    Objective.Huber 0.3, 0.3
                    Objective.Huber 0.3, -0.3
                ] do
                testCase $"{objective} is continuous at {bound}, and so is its slope"
                <| fun () ->
                    let step = 1e-9
                    let below, slopeBelow = lossAt objective [| bound - step |]
                    let above, slopeAbove = lossAt objective [| bound + step |]
                    // Both change by at most the slope, or the curvature, times the step.
                    Expect.isLessThan (abs (above - below)) (2.0 * 8.0 * step) "value"
                    Expect.isLessThan (abs (slopeAbove[0] - slopeBelow[0])) (2.0 * 8.0 * step) "slope"

            testCase "every objective is least, and 0, at the truth"
            <| fun () ->
                for objective in objectives do
                    Expect.isLessThan (abs (fst (lossAt objective [| 0.0 |]))) 1e-15 $"{objective}"

                    for error in [ -0.1; 0.1; -3.0; 3.0 ] do
                        Expect.isGreaterThan (fst (lossAt objective [| error |])) 0.0 $"{objective} at {error}"

            testCase "a spike far beyond the clip is finite, in float32 too"
            <| scoped (fun () ->
                let predicted, target =
                    torch.zeros [| 1L |], torch.full ([| 1L |], (200.0).ToScalar())

                let loss = Objective.loss Objective.standard predicted target |> Ops.toFloat
                Expect.isTrue (Double.IsFinite loss && loss > 1e3) "finite and large")

            testCase "answers of another shape are refused, (batch, 1) too"
            <| fun () ->
                for predicted in [ [| 3L |]; [| 5L; 1L |]; [| 1L |]; [||] ] do
                    let operation, _, _, _ =
                        badShape (fun () -> Objective.loss Objective.Mse (torch.zeros predicted) (torch.zeros [| 5L |]))

                    Expect.equal operation "loss" "the operation"

            testCase "names go there and back"
            <| fun () ->
                for name, objective in Objective.known do
                    Expect.equal (Objective.ofName name) (Ok objective) name
                    Expect.equal (Objective.toName objective) name name

                Expect.isError (Objective.ofName "sharpe") "unknown"
        ]

let private batches =
    testList
        "Batches"
        [
            testProperty "an epoch reads every sample once" (fun (seed: int64) (epoch: int) (size: int) (count: int) ->
                let size, count = 1 + abs size % 20, 1 + abs count % 100
                let order = Batches.order (Rng.ofSeed seed) (abs (epoch % 1000)) size count
                let lengths = order |> Array.map Array.length

                Array.sort (Array.concat order) = [| 0L .. int64 count - 1L |]
                && Array.forall ((=) size) lengths[.. lengths.Length - 2]
                && lengths |> Array.last <= size)

            testCase "the order depends on seed and epoch alone"
            <| fun () ->
                let order seed epoch =
                    Batches.order (Rng.ofSeed seed) epoch 7 50

                Expect.equal (order 1L 3) (order 1L 3) "same"
                Expect.notEqual (order 1L 3) (order 1L 4) "another epoch"
                Expect.notEqual (order 1L 3) (order 2L 3) "another seed"

            testCase "a batch holds the samples asked for, in their order"
            <| scoped (fun () ->
                let samples = samplesOf 5 2 3 Array.sum
                let loaded = Batches.load torch.CPU samples
                Expect.equal loaded.Input.shape [| 5L; 2L; 3L |] "(samples, time, features)"
                let batch = Batches.take loaded [| 3L; 0L |]
                let rows = samples.Inputs |> Array.chunkBySize 6
                Expect.equal (Ops.toArray batch.Input) (Array.append rows[3] rows[0]) "inputs"
                Expect.equal (Ops.toArray batch.Target) [| samples.Targets[3]; samples.Targets[0] |] "targets")

            testCase "samples that don't fit or are not finite are refused, all faults at once"
            <| fun () ->
                let sound = samplesOf 5 2 3 Array.sum
                Expect.equal (Batches.check sound) (Ok sound) "sound"

                let spoilt index value (values: float32[]) =
                    values |> Array.mapi (fun at before -> if at = index then value else before)

                match
                    Batches.check
                        { sound with
                            Inputs = spoilt 13 nanf sound.Inputs
                            Targets = spoilt 4 infinityf sound.Targets
                        }
                with
                | Error(Fault.Several [ Fault.BadData(first, _, _, _); Fault.BadData(second, _, _, _) ]) ->
                    Expect.equal (first.Row, first.Column) (3, "input 1") "the input's place"
                    Expect.equal (second.Row, second.Column) (5, "target") "the target's place"
                | other -> failtest $"{other}"

                Expect.isError (Batches.check { sound with Count = 4 }) "another count"
                Expect.isError (Batches.check { sound with Targets = [||] }) "no targets"

                Expect.isError
                    (Batches.check
                        { sound with
                            Count = 0
                            Inputs = [||]
                            Targets = [||]
                        })
                    "no samples"
        ]

[<Tests>]
let suite = testList "Training" [ objective; batches ] |> Needs.tensors
