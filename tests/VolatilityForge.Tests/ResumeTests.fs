/// A resumed run is the run that was not interrupted, bit for bit, wherever it was interrupted and however.
module VolatilityForge.Tests.ResumeTests

open System
open System.IO
open System.Threading
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.CheckpointFiles
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs
open VolatilityForge.Tests.Interruptions

let private resuming =
    testList
        "Resuming"
        [
            testCase "a run stopped after any step ends with the bytes of the run that was not"
            <| inFolder (fun folder ->
                for step in 1..steps do
                    let own = Path.Combine(folder, string step)

                    if step < steps then
                        interrupted own None step
                        Expect.equal (latest own).Snapshot.State.Step step "where it stopped"
                        finished own)

            for name, settings in
                [
                    "an average of weights, a plateau and parts of a batch",
                    { config with
                        Average = Some { Average.standard with Decay = 0.9 }
                        Accumulation = 2
                        BatchSize = 8
                        Schedule =
                            ScheduleShape.Plateau
                                { ScheduleShape.plateau with
                                    Patience = 0
                                }
                    }
                    "momentum and one cycle",
                    { config with
                        Optimiser =
                            { Optimiser.standard with
                                Rule = Optimiser.ofName "sgd" |> Fault.orRaise
                            }
                        Schedule = ScheduleShape.OneCycle ScheduleShape.oneCycle
                    }
                    "a loss scale that overflows at first",
                    { config with
                        LossScale =
                            Some
                                { LossScale.standard with
                                    // 2^127: four halvings and more before the gradients fit float32.
                                    Initial = 1.7e38
                                    Interval = 3
                                }
                    }
                ] do
                testCase $"with {name}, a run stopped at several steps ends with the same bytes too"
                <| inFolder (fun folder ->
                    let go (place: string) start callbacks cancellation =
                        let saving =
                            Callback.checkpoints (CheckpointFolder.policy (Path.Combine(folder, place)))

                        runFrom start settings (callbacks @ [ saving ]) cancellation

                    let last (place: string) =
                        CheckpointFolder.list (Path.Combine(folder, place))
                        |> List.last
                        |> File.ReadAllBytes

                    let whole = go "whole" None [] CancellationToken.None
                    Expect.equal whole.Phase (TrainingPhase.Finished StopReason.Completed) "completed"

                    match (latest (Path.Combine(folder, "whole"))).Snapshot.Numbers.LossScale with
                    | Some scale -> Expect.isGreaterThan scale.Skipped 0 "some batches overflowed"
                    | None -> ()

                    for step in [ 1; 8; 13 ] do
                        let place = string step
                        use source = new CancellationTokenSource()
                        go place None [ cancelAt step source ] source.Token |> ignore
                        let found = latest (Path.Combine(folder, place))
                        Expect.equal found.Snapshot.State.Step step "where it stopped"
                        go place (Some found) [] CancellationToken.None |> ignore
                        Expect.isTrue (last place = last "whole") $"after step {step}")

            testCase "so does a run stopped before its first step, and one stopped three times"
            <| inFolder (fun folder ->
                let first = Path.Combine(folder, "first")
                let saving = Callback.checkpoints (CheckpointFolder.policy first)
                runFrom None config [ saving ] (CancellationToken true) |> ignore
                finished first
                let often = Path.Combine(folder, "often")
                interrupted often None 5

                for step in [ 12; 19 ] do
                    interrupted often (Some(latest often)) step

                finished often)

            testCase "the network's weights after resuming are the best ones"
            <| inFolder (fun folder ->
                interrupted folder None 7
                let snapshot = (latest folder).Snapshot
                use network = network tiny

                let state =
                    onSamples training (fun train validation ->
                        Loop.resume (latest folder) config [] CancellationToken.None network train validation)

                let loss =
                    onSamples training (fun _ validation -> Loop.evaluate config.Objective network validation)

                Expect.equal loss state.BestLoss "the best loss"
                Expect.isLessThan state.BestLoss snapshot.State.BestLoss "which came after resuming")

            testCase "best weights from before the interruption come back when nothing after it is better"
            <| inFolder (fun folder ->
                // Training targets of the opposite sign make every epoch worse than none.
                let misleading =
                    { training with
                        Targets = training.Targets |> Array.map (fun value -> -3.0f * value)
                    }

                use network = network tiny
                let untrained = weightBits network
                use source = new CancellationTokenSource()
                let saving = Callback.checkpoints (CheckpointFolder.policy folder)

                let go fit cancellation callbacks =
                    onSamples misleading (fun train validation ->
                        fit config callbacks cancellation network train validation)

                go Loop.fit source.Token [ cancelAt 9 source; saving ] |> ignore
                Scope.run (fun () -> network.Weights.Embed.Weight.fill_ ((0.5).ToScalar()) |> ignore)
                let state = go (Loop.resume (latest folder)) CancellationToken.None [ saving ]
                Expect.equal state.BestEpoch 0 "nothing was better"
                Expect.equal (weightBits network) untrained "the untrained weights")

            testCase "a state beyond the parameters is kept, resumed and put back with the best weights"
            <| inFolder (fun folder ->
                // A network that counts its training batches in a tensor of its own.
                let counting () =
                    let inner = network tiny
                    let mutable count = 0.0

                    { new IModel with
                        member _.Parameters = (inner :> IDifferentiable).Parameters

                        member _.Forward(input, generator) =
                            if generator.IsSome then
                                count <- count + 1.0

                            inner.Forward(input, generator)

                        member _.Apply input = inner.Forward(input, None)

                        member _.State() =
                            let counted =
                                {
                                    Name = "count"
                                    Shape = [| 1L |]
                                    Values = StoredValues.Float64 [| count |]
                                }

                            counted :: Network.parameterState inner

                        member _.Load state =
                            let counted, weights = state |> List.partition (fun tensor -> tensor.Name = "count")
                            count <- (StoredValues.toFloats counted.Head.Values)[0]
                            Network.loadParameters inner weights
                      interface IDisposable with
                          member _.Dispose() = (inner :> IDisposable).Dispose()
                    }

                let countOf (model: IModel) =
                    (StoredValues.toFloats (model.State()).Head.Values)[0]

                let go fit cancellation callbacks (model: IModel) =
                    onSamples training (fun train validation ->
                        fit config callbacks cancellation model train validation)

                let whole = counting ()
                let expected: TrainingState = go Loop.fit CancellationToken.None [] whole
                Expect.equal (countOf whole) (float (6 * expected.BestEpoch)) "the batches of the best epoch"
                use source = new CancellationTokenSource()
                let saving = Callback.checkpoints (CheckpointFolder.policy folder)
                go Loop.fit source.Token [ cancelAt 9 source; saving ] (counting ()) |> ignore
                let resumed = counting ()
                go (Loop.resume (latest folder)) CancellationToken.None [] resumed |> ignore
                Expect.equal (countOf resumed) (countOf whole) "counted on"
                Network.release whole
                Network.release resumed)

            testCase "an error of the network ends training with a checkpoint from which the same batch is trained"
            <| inFolder (fun folder ->
                let inner = network tiny
                let mutable forwards = 0

                let failing =
                    { new IModel with
                        member _.Parameters = (inner :> IDifferentiable).Parameters

                        member _.Forward(input, generator) =
                            if generator.IsSome then
                                forwards <- forwards + 1

                            let answer = inner.Forward(input, generator)

                            // After the draws of dropout.
                            if forwards = 10 && generator.IsSome then
                                invalidOp "the device is out of memory"

                            answer

                        member _.Apply input = inner.Forward(input, None)
                        member _.State() = Network.parameterState inner
                        member _.Load state = Network.loadParameters inner state
                      interface IDescribed with
                          member _.Description = (inner :> IDescribed).Description
                    }

                let saving = Callback.checkpoints (CheckpointFolder.policy folder)
                let told = ResizeArray()

                let state =
                    onSamples training (fun train validation ->
                        Loop.fit
                            config
                            [ saving; (fun notice _ -> told.Add(Runs.told notice)) ]
                            CancellationToken.None
                            failing
                            train
                            validation)

                match state.Phase with
                | TrainingPhase.Finished(StopReason.Failed fault) ->
                    Expect.stringContains (Fault.describe fault) "out of memory" "the error"
                | other -> failtest $"{other}"

                Expect.equal state.Step 9 "nine steps"
                Expect.equal (List.ofSeq told |> List.skip (told.Count - 2)) [ "interrupted"; "train end" ] "told"
                (inner :> IDisposable).Dispose()
                finished folder)

            testCase "an epoch that begins after resuming is told"
            <| inFolder (fun folder ->
                interrupted folder None 6
                let told = ResizeArray()

                let listen notice _ = told.Add(Runs.told notice)

                runFrom (Some(latest folder)) config [ listen ] CancellationToken.None |> ignore

                Expect.equal
                    (List.ofSeq told |> List.truncate 4)
                    [ "resumed"; "epoch 2 begin"; "batch 7"; "batch 8" ]
                    "after resuming")

            testCase "a run that had ended gives its best weights at once"
            <| inFolder (fun folder ->
                let saving = Callback.checkpoints (CheckpointFolder.policy folder)
                runFrom None config [ saving ] CancellationToken.None |> ignore
                let told = ResizeArray()

                let state =
                    runFrom (Some(latest folder)) config [ (fun notice _ -> told.Add notice) ] CancellationToken.None

                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Completed) "completed"
                Expect.isEmpty told "nothing is done again")

            for notice in
                [
                    "train begin"
                    "validation begin"
                    "validation end"
                    "epoch 2 begin"
                    "batch 9"
                    "epoch 3 end"
                    "epoch 4 end"
                    "train end"
                ] do
                testCase $"a callback that throws at '{notice}' leaves a checkpoint from which the run goes on"
                <| inFolder (fun folder ->
                    let throwing reached _ =
                        if told reached = notice then
                            failwith "the network share is gone"

                    let saving = Callback.checkpoints (CheckpointFolder.policy folder)
                    let state = runFrom None config [ throwing; saving ] CancellationToken.None

                    match state.Phase with
                    | TrainingPhase.Finished(StopReason.Failed _) -> finished folder
                    | other -> failtest $"{other}")

            testCase "a snapshot is kept whole through a file"
            <| inFolder (fun folder ->
                interrupted folder None 7
                let found = latest folder
                let again = Path.Combine(folder, "again.safetensors")
                save again (Snapshot.toCheckpoint found.Snapshot)
                Expect.isTrue (File.ReadAllBytes again = File.ReadAllBytes found.Path) "the same bytes")
        ]

let private refusing =
    let refusal (found: FoundSnapshot) config train (network: IDifferentiable) : Fault =
        match
            Fault.catch (fun () ->
                onSamples train (fun train validation ->
                    Loop.resume found config [] CancellationToken.None network train validation))
        with
        | Error fault -> fault
        | Ok _ -> failtest "it was resumed"

    let described (found: FoundSnapshot) config train : string =
        use network = network tiny
        Fault.describe (refusal found config train network)

    testList
        "Refusing"
        [
            testCase "other settings, other data and another network are faults that say so"
            <| inFolder (fun folder ->
                interrupted folder None 7
                let found = latest folder
                Expect.stringContains (described found { config with Seed = 4L } training) "other settings" "seed"

                let other =
                    { training with
                        Targets = training.Targets |> Array.map ((*) 1.0000001f)
                    }

                Expect.stringContains (described found config other) "other data" "targets"

                use dropping = network { tiny with Dropout = 0.3 }
                let fault = refusal found config training dropping
                Expect.stringContains (Fault.describe fault) "other network" "dropout"

                use wider = network { tiny with Dim = 12 }

                let fault = refusal found config training wider
                Expect.stringContains (Fault.describe fault) "other network" "width")

            testCase "a checkpoint of another version or kind is a fault"
            <| inFolder (fun folder ->
                interrupted folder None 7
                let path = (latest folder).Path
                let checkpoint = Expect.wantOk (Checkpoint.load path) "loaded"

                let tampered (change: Map<string, string> -> Map<string, string>) : string =
                    save
                        path
                        { checkpoint with
                            Metadata = change checkpoint.Metadata
                        }

                    match CheckpointFolder.load path with
                    | Error fault -> Fault.describe fault
                    | Ok _ -> failtest "it was loaded"

                Expect.stringContains (tampered (Map.add "volatilityforge.snapshot" "0")) "version 0" "older"
                Expect.stringContains (tampered (Map.remove "volatilityforge.snapshot")) "no training" "kind"
                Expect.stringContains (tampered (Map.add "manifest" "{}")) "manifest" "without its state"
                Expect.stringContains (tampered (Map.add "manifest" "{")) "manifest" "no JSON")

            testCase "a folder without checkpoints is a fault, and so is one that doesn't exist"
            <| inFolder (fun folder ->
                Expect.stringContains
                    (Fault.describe (Expect.wantError (CheckpointFolder.load folder) "empty"))
                    "no training checkpoint"
                    "empty"

                Expect.isError (CheckpointFolder.load (Path.Combine(folder, "none"))) "missing")
        ]

[<Tests>]
let suite = testList "Resume" [ resuming; refusing ] |> Needs.tensors
