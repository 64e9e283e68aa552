// Training with checkpoints: interrupted, gone on with, and the same bits as if nothing had happened.
// dotnet fsi scripts/03-training.fsx, after ./forge build.
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/TorchSharp.LibTorch.dll"
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/VolatilityForge.Core.dll"

open System.IO
open System.Threading
open TorchSharp
open VolatilityForge

/// Log variance that is 0.8 of the last day's first feature, plus noise.
let samples (seed: int64) (count: int) : Samples =
    let struct (inputs, rng) = Rng.ofSeed seed |> Rng.normals (count * 22 * 5)
    let struct (noise, _) = Rng.normals count rng

    {
        Inputs = Array.map float32 inputs
        Count = count
        Time = 22
        Features = 5
        Targets =
            noise
            |> Array.mapi (fun i e -> float32 (0.8 * inputs[(i * 22 + 21) * 5] + 0.1 * e))
    }

let config =
    { Loop.standard with
        Limits = { Epochs = 4; Patience = None }
        Seed = 7L
    }

let make () : VolatilityTransformer =
    VolatilityTransformer.Create(5, TransformerConfig.small, Precision.Float32, torch.CPU, Rng.ofSeed 7L)

let train, validation =
    Batches.load torch.CPU (samples 1L 640), Batches.load torch.CPU (samples 2L 320)

let weights (network: VolatilityTransformer) =
    Network.state network
    |> List.map (fun tensor -> StoredValues.toFloats tensor.Values)

let log: TrainingCallback =
    fun notice view ->
        match notice with
        | TrainingNotice.EpochEnd metrics ->
            printfn $"{metrics.Epoch}: {metrics.ValidationLoss} ({view.State.Step} steps)"
        | TrainingNotice.Resumed -> printfn $"going on after step {view.State.Step}"
        | _ -> ()

// Nobody interrupts this one.
let whole = make ()
Loop.fit config [ log ] CancellationToken.None whole train validation |> ignore

// This one is cancelled in its second epoch.
let folder = Directory.CreateTempSubdirectory "training-"
let source = new CancellationTokenSource()

let stop: TrainingCallback =
    fun notice _ ->
        match notice with
        | TrainingNotice.BatchEnd(17, _) -> source.Cancel()
        | _ -> ()

let policy = CheckpointFolder.policy folder.FullName
let first = make ()

let interrupted =
    Loop.fit config [ log; stop; Callback.checkpoints policy ] source.Token first train validation

printfn $"{interrupted.Phase} after step {interrupted.Step}"

// Another process would go on like this.
let found = CheckpointFolder.load folder.FullName |> Fault.orRaise
let second = make ()

Loop.resume found config [ log; Callback.checkpoints policy ] CancellationToken.None second train validation
|> ignore

folder.Delete true
let same = weights second = weights whole

printfn
    "%s"
    (if same then
         "The same weights, to the last bit."
     else
         "OTHER WEIGHTS")

exit (if same then 0 else 1)
