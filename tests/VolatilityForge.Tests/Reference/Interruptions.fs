/// Training runs that are interrupted and gone on with, and the checkpoints that they leave.
module VolatilityForge.Tests.Interruptions

open System.IO
open System.Threading
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.Runs

let config =
    { quick with
        Limits = { Epochs = 4; Patience = Some 3 }
    }

/// Steps of the whole run: four epochs of six.
let steps = 24

let onSamples (train: Samples) (body: LoadedSamples -> LoadedSamples -> 'result) : 'result =
    Batches.using torch.CPU train (fun train ->
        Batches.using torch.CPU validation (fun validation -> body train validation))

let runFrom (start: FoundSnapshot option) config callbacks cancellation : TrainingState =
    use network = network tiny

    onSamples training (fun train validation ->
        match start with
        | None -> Loop.fit config callbacks cancellation network train validation
        | Some found -> Loop.resume found config callbacks cancellation network train validation)

let bytesOf (folder: string) (step: int) : byte[] =
    File.ReadAllBytes(Path.Combine(folder, $"step-{step:D12}.safetensors"))

/// The bytes of the last checkpoint of a run that nobody interrupted: weights, best weights, moments, generator, state.
let whole =
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

let latest (folder: string) : FoundSnapshot =
    match CheckpointFolder.tryLatest folder with
    | Ok(Some found) -> found
    | other -> failtest $"no checkpoint: {other}"

/// Cancels after a step.
let cancelAt (step: int) (source: CancellationTokenSource) : TrainingCallback =
    fun notice _ ->
        match notice with
        | TrainingNotice.BatchEnd(done', _) when done' = step -> source.Cancel()
        | _ -> ()

let interrupted (folder: string) (start: FoundSnapshot option) (step: int) : unit =
    use source = new CancellationTokenSource()
    let saving = Callback.checkpoints (CheckpointFolder.policy folder)
    let state = runFrom start config [ cancelAt step source; saving ] source.Token
    Expect.equal state.Phase (TrainingPhase.Finished StopReason.Cancelled) "cancelled"

let finished (folder: string) : unit =
    let saving = Callback.checkpoints (CheckpointFolder.policy folder)

    let state = runFrom (Some(latest folder)) config [ saving ] CancellationToken.None

    Expect.equal state.Phase (TrainingPhase.Finished StopReason.Completed) "completed"
    Expect.isTrue (bytesOf folder steps = whole.Value) "the same last checkpoint, to the last byte"
