/// A resumed run is the run that was not interrupted, bit for bit, wherever it was interrupted and however.
module VolatilityForge.Tests.ResumeTests

open System
open System.IO
open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CheckpointFiles
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs
open VolatilityForge.Tests.FailingDisk

let private config =
    { quick with
        Limits = { Epochs = 4; Patience = Some 3 }
    }

/// Steps of the whole run: four epochs of six.
let private steps = 24

let private onSamples (train: Samples) (body: LoadedSamples -> LoadedSamples -> 'result) : 'result =
    Batches.using TorchSharp.torch.CPU train (fun train ->
        Batches.using TorchSharp.torch.CPU validation (fun validation -> body train validation))

let private runFrom (start: FoundSnapshot option) config callbacks cancellation : TrainingState =
    use network = network tiny

    onSamples training (fun train validation ->
        match start with
        | None -> Loop.fit config callbacks cancellation network train validation
        | Some found -> Loop.resume found config callbacks cancellation network train validation)

let private bytesOf (folder: string) (step: int) : byte[] =
    File.ReadAllBytes(Path.Combine(folder, $"step-{step:D12}.safetensors"))

/// The bytes of the last checkpoint of a run that nobody interrupted: weights, best weights, moments, generator, state.
let private whole =
    lazy
        (let folder = Directory.CreateTempSubdirectory "volforge-whole-"

         try
             runFrom
                 None
                 config
                 [ Callback.checkpoints (CheckpointFolder.policy folder.FullName) ]
                 CancellationToken.None
             |> ignore

             bytesOf folder.FullName steps
         finally
             folder.Delete true)

let private latest (folder: string) : FoundSnapshot =
    match CheckpointFolder.tryLatest folder with
    | Ok(Some found) -> found
    | other -> failtest $"no checkpoint: {other}"

/// Cancels after a step.
let private cancelAt (step: int) (source: CancellationTokenSource) : TrainingCallback =
    fun notice _ ->
        match notice with
        | TrainingNotice.BatchEnd(done', _) when done' = step -> source.Cancel()
        | _ -> ()

let private interrupted (folder: string) (start: FoundSnapshot option) (step: int) : unit =
    use source = new CancellationTokenSource()
    let saving = Callback.checkpoints (CheckpointFolder.policy folder)
    let state = runFrom start config [ cancelAt step source; saving ] source.Token
    Expect.equal state.Phase (TrainingPhase.Finished StopReason.Cancelled) "cancelled"

let private finished (folder: string) : unit =
    let saving = Callback.checkpoints (CheckpointFolder.policy folder)

    let state = runFrom (Some(latest folder)) config [ saving ] CancellationToken.None

    Expect.equal state.Phase (TrainingPhase.Finished StopReason.Completed) "completed"
    Expect.isTrue (bytesOf folder steps = whole.Value) "the same last checkpoint, to the last byte"

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

                use wider = network { tiny with Dim = 12 }

                match refusal found config training wider with
                | Fault.BadShape(_, name, _, _) ->
                    Expect.isTrue (name.Contains "weight" || name.Contains '.') "names the weight"
                | other -> failtest $"{other}")

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
let suite =
    testList "Resume" [ resuming; refusing; failures; keeping ] |> Needs.tensors
