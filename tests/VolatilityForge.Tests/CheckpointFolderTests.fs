/// Folders of checkpoints: whatever fails while one is saved, one of the two moments is there, whole.
module VolatilityForge.Tests.CheckpointFolderTests

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
open VolatilityForge.Tests.FailingDisk

/// Two moments of one run.
let private moments =
    lazy
        (let folder = Directory.CreateTempSubdirectory "volforge-moments-"

         try
             interrupted folder.FullName None 7
             let earlier = (latest folder.FullName).Snapshot
             interrupted folder.FullName (Some(latest folder.FullName)) 13
             earlier, (latest folder.FullName).Snapshot
         finally
             folder.Delete true)

let private contents (snapshot: Snapshot) =
    comparable (Snapshot.toCheckpoint snapshot)

let private policyOf (folder: string) (keepLast: int) : CheckpointPolicy =
    { CheckpointFolder.policy folder with
        KeepLast = keepLast
    }

/// Operations of saving a second checkpoint that removes the first, best apart.
let private operations (folder: string) : int =
    let earlier, later = moments.Value
    let mutable last = 0

    let disk =
        failing DiskFailure.Killed Int32.MaxValue (fun operation -> last <- operation)

    let policy = policyOf folder 1
    CheckpointFolder.saveOn Disk.real policy true earlier |> Fault.orRaise |> ignore
    CheckpointFolder.saveOn disk policy true later |> Fault.orRaise |> ignore
    last + 1

let private failures =
    testList
        "Failures"
        [
            for failure in
                [
                    DiskFailure.Killed
                    DiskFailure.KilledWithin
                    DiskFailure.PowerCut
                    DiskFailure.PowerCutLate
                ] do
                testCase $"after {failure} at any operation of a save, the folder gives one of the two snapshots, whole"
                <| inFolder (fun folder ->
                    let earlier, later = moments.Value
                    let count = operations (Path.Combine(folder, "count"))
                    Expect.isGreaterThan count 10 "create, appends, flush, rename, folder, twice, and a removal"
                    let outcomes = Collections.Generic.HashSet()

                    for at in 0 .. count - 1 do
                        let own = Path.Combine(folder, string at)
                        let policy = policyOf own 1
                        CheckpointFolder.save policy true earlier |> Fault.orRaise |> ignore

                        Expect.throwsT<exn>
                            (fun () -> CheckpointFolder.saveOn (failing failure at ignore) policy true later |> ignore)
                            "dies"

                        let found = (latest own).Snapshot
                        let isLater = contents found = contents later
                        Expect.isTrue (isLater || contents found = contents earlier) $"operation {at}: one of the two"
                        outcomes.Add isLater |> ignore

                        for path in Directory.GetFiles(own, "*.safetensors") do
                            match CheckpointFolder.load path with
                            | Ok _ -> ()
                            | Error fault when failure = DiskFailure.Killed || failure = DiskFailure.KilledWithin ->
                                failtest $"operation {at}: {Fault.describe fault}"
                            | Error _ -> ()

                        // The next save works in what was left behind.
                        CheckpointFolder.save policy true later |> Fault.orRaise |> ignore
                        Expect.isTrue (contents (latest own).Snapshot = contents later) $"operation {at}: saved again"

                    Expect.hasLength outcomes 2 "early deaths keep the old one, late ones the new")

            testCase
                "a disk that fills up at any operation is a fault, the earlier checkpoint stays, nothing half-written does"
            <| inFolder (fun folder ->
                let earlier, later = moments.Value
                let count = operations (Path.Combine(folder, "count"))

                for at in 0 .. count - 1 do
                    let own = Path.Combine(folder, string at)
                    let policy = policyOf own 1
                    CheckpointFolder.save policy true earlier |> Fault.orRaise |> ignore

                    match CheckpointFolder.saveOn (failing DiskFailure.DiskFull at ignore) policy true later with
                    | Error fault -> Expect.stringContains (Fault.describe fault) "no space left" "the reason"
                    | Ok _ -> failtest $"operation {at} failed unnoticed"

                    let found = contents (latest own).Snapshot
                    Expect.isTrue (found = contents earlier || found = contents later) $"operation {at}: whole"

                    Expect.isEmpty (Directory.GetFiles(own, "*.partial")) $"operation {at}: nothing half-written"

                    for path in Directory.GetFiles own do
                        Expect.isOk (CheckpointFolder.load path) $"operation {at}: {path}")

            testCase
                "a newest file cut short or with a flipped bit anywhere is left out and told, the one before is taken"
            <| inFolder (fun folder ->
                let earlier, later = moments.Value
                let policy = policyOf folder 3
                CheckpointFolder.save policy false earlier |> Fault.orRaise |> ignore
                let path = CheckpointFolder.save policy false later |> Fault.orRaise
                let bytes = File.ReadAllBytes path
                let random = Random 11

                for trial in 1..200 do
                    let place = random.Next bytes.Length

                    if trial % 2 = 0 then
                        File.WriteAllBytes(path, bytes[.. place - 1])
                    else
                        let changed = Array.copy bytes
                        changed[place] <- changed[place] ^^^ (1uy <<< random.Next 8)
                        File.WriteAllBytes(path, changed)

                    let found = latest folder
                    Expect.isTrue (contents found.Snapshot = contents earlier) $"byte {place}: the one before"

                    match found.Damaged with
                    | [ Fault.BadFile(named, _, _) ] -> Expect.equal named path "told"
                    | other -> failtest $"{other}"

                File.Delete(List.head (CheckpointFolder.list folder))
                Expect.isError (CheckpointFolder.tryLatest folder) "with no whole one left, a fault")
        ]

let private keeping =
    testList
        "Keeping"
        [
            testCase "the last k and the best are kept"
            <| inFolder (fun folder ->
                let policy =
                    { CheckpointFolder.policy folder with
                        EverySteps = Some 5
                        KeepLast = 2
                    }

                let state =
                    runFrom None config [ Callback.checkpoints policy ] CancellationToken.None

                let names = CheckpointFolder.list folder |> List.map Path.GetFileName
                Expect.equal names [ "step-000000000020.safetensors"; "step-000000000024.safetensors" ] "the last two"

                let best =
                    Expect.wantOk (CheckpointFolder.load (Path.Combine(folder, CheckpointFolder.bestName))) "best"

                Expect.equal best.Snapshot.State.BestEpoch state.BestEpoch "of the best epoch"
                Expect.equal best.Snapshot.State.Step (6 * state.BestEpoch) "taken at its end")

            testCase "every second epoch is every second epoch, and the end"
            <| inFolder (fun folder ->
                let policy =
                    { CheckpointFolder.policy folder with
                        EveryEpochs = 2
                        KeepLast = 9
                        KeepBest = false
                    }

                runFrom None config [ Callback.checkpoints policy ] CancellationToken.None
                |> ignore

                let names = CheckpointFolder.list folder |> List.map Path.GetFileName
                Expect.equal names [ "step-000000000012.safetensors"; "step-000000000024.safetensors" ] "two files"
                Expect.isFalse (File.Exists(Path.Combine(folder, CheckpointFolder.bestName))) "no best")

            testCase "a new run doesn't start among another run's checkpoints, and leaves them alone"
            <| inFolder (fun folder ->
                let policy = CheckpointFolder.policy folder

                runFrom None config [ Callback.checkpoints policy ] CancellationToken.None
                |> ignore

                let before = Directory.GetFiles folder |> Array.map File.ReadAllBytes

                let state =
                    runFrom None { config with PeakRate = 0.02 } [ Callback.checkpoints policy ] CancellationToken.None

                match state.Phase with
                | TrainingPhase.Finished(StopReason.Failed fault) ->
                    Expect.stringContains (Fault.describe fault) "another run" "the reason"
                    Expect.equal state.Step 0 "before any step"
                | other -> failtest $"{other}"

                Expect.equal (Directory.GetFiles folder |> Array.map File.ReadAllBytes) before "as they were")

            testCase "files of other names are neither read nor removed"
            <| inFolder (fun folder ->
                let earlier, later = moments.Value
                let own = Path.Combine(folder, "step-0-mine.safetensors")
                File.WriteAllText(own, "mine")
                let policy = policyOf folder 1
                CheckpointFolder.save policy false earlier |> Fault.orRaise |> ignore
                CheckpointFolder.save policy false later |> Fault.orRaise |> ignore
                Expect.equal (CheckpointFolder.list folder).Length 1 "one checkpoint"
                Expect.equal (File.ReadAllText own) "mine" "it stands")

            testCase "when no epoch is better, the untrained weights are the best"
            <| inFolder (fun folder ->
                let misleading =
                    { training with
                        Targets = training.Targets |> Array.map (fun value -> -3.0f * value)
                    }

                use network = network tiny
                let untrained = Network.state network

                onSamples misleading (fun train validation ->
                    Loop.fit
                        config
                        [ Callback.checkpoints (CheckpointFolder.policy folder) ]
                        CancellationToken.None
                        network
                        train
                        validation)
                |> ignore

                let best =
                    Expect.wantOk (CheckpointFolder.load (Path.Combine(folder, CheckpointFolder.bestName))) "best"

                Expect.equal best.Snapshot.State.BestEpoch 0 "epoch 0"
                Expect.equal best.Snapshot.Weights untrained "the untrained weights")

            testCase "a policy outside its domain is refused with every fault"
            <| fun () ->
                let bad =
                    {
                        Folder = ""
                        EveryEpochs = 0
                        EverySteps = Some 0
                        KeepLast = 0
                        KeepBest = true
                    }

                match CheckpointFolder.check bad with
                | Error(Fault.Several faults) -> Expect.hasLength faults 4 "all four"
                | other -> failtest $"{other}"

            testCase "a folder that can't be written ends training with its fault, the best weights kept"
            <| inFolder (fun folder ->
                let file = Path.Combine(folder, "a file")
                File.WriteAllText(file, "")

                let state =
                    runFrom None config [ Callback.checkpoints (CheckpointFolder.policy file) ] CancellationToken.None

                match state.Phase with
                | TrainingPhase.Finished(StopReason.Failed(Fault.BadFile(path, _, _))) ->
                    Expect.stringContains path "a file" "the folder"
                | other -> failtest $"{other}")

            testCase "the batch that was not finite is saved with its samples and the weights before it"
            <| inFolder (fun folder ->
                let broken =
                    { training with
                        Targets =
                            training.Targets
                            |> Array.mapi (fun index value -> if index = 41 then 1e30f else value)
                    }

                use network = network tiny

                let state =
                    onSamples broken (fun train validation ->
                        Loop.fit
                            config
                            [ Callback.keepNotFinite folder ]
                            CancellationToken.None
                            network
                            train
                            validation)

                Expect.isFalse (state.Phase = TrainingPhase.Finished StopReason.Completed) "failed"

                let path =
                    Expect.wantSome (Array.tryExactlyOne (Directory.GetFiles folder)) "one file"

                let saved = Expect.wantOk (Checkpoint.load path) "loaded"

                let values name =
                    (saved.Tensors |> List.find (fun tensor -> tensor.Name = name)).Values
                    |> StoredValues.toFloats

                let samples = values "samples"
                Expect.contains samples 41.0 "the sample is among them"
                let at = Array.IndexOf(samples, 41.0)
                let targets, inputs = values "target", values "input"
                Expect.equal targets[at] (float 1e30f) "with its target"
                let width = training.Time * training.Features

                Expect.equal
                    inputs[at * width .. (at + 1) * width - 1]
                    (training.Inputs[41 * width .. 42 * width - 1] |> Array.map float)
                    "and its input"

                Expect.isTrue (saved.Metadata.ContainsKey "loss") "and the loss"

                Expect.exists saved.Tensors (fun tensor -> tensor.Name = "weights.embed.weight") "and the weights")
        ]

[<Tests>]
let suite = testList "Checkpoint folders" [ failures; keeping ] |> Needs.tensors
