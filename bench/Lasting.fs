/// The table of `bench memory`: what a long training run keeps. Measures no time.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.Threading
open TorchSharp
open VolatilityForge

/// Watching a training run.
[<RequireQualifiedAccess>]
module Lasting =

    /// Steps of the run, and between two rows of the table.
    let private steps = 10_000

    let private every = 2_000

    /// Batches of an epoch.
    let private perEpoch = 100

    let private samples (count: int) : Samples =
        let struct (drawn, rng) =
            Rng.ofSeed 1L |> Rng.normals (count * Cases.demo.Time * Cases.features)

        let struct (targets, _) = Rng.normals count rng

        {
            Inputs = Array.map float32 drawn
            Count = count
            Time = Cases.demo.Time
            Features = Cases.features
            Targets = Array.map float32 targets
        }

    let private resident () : float =
        GC.Collect()
        GC.WaitForPendingFinalizers()
        GC.Collect()
        use self = Process.GetCurrentProcess()
        float self.WorkingSet64 / 1e6

    /// Trains the demo's network and prints, every so many steps, the process' resident memory and the tensors alive.
    let run () : unit =
        match Engine.check () with
        | Error fault -> Console.Out.WriteLine(Fault.describe fault)
        | Ok engine ->
            Console.Out.WriteLine
                $"{steps} steps of the demo's network ({Cases.demo.Name}); libtorch {engine.Version}, {engine.Threads} threads"

            Console.Out.WriteLine()
            Console.Out.WriteLine "   step  resident MB  live tensors"

            let watch: TrainingCallback =
                fun notice _ ->
                    match notice with
                    | TrainingNotice.BatchEnd(step, _) when step % every = 0 ->
                        Console.Out.WriteLine $"{step, 7}  {resident (), 11:F1}  {Scope.liveCount (), 12}"
                    | _ -> ()

            let config =
                { Loop.standard with
                    Limits =
                        {
                            Epochs = steps / perEpoch
                            Patience = None
                        }
                }

            use network =
                VolatilityTransformer.Create(
                    Cases.features,
                    (ExperimentConfig.Default Cases.features).Transformer,
                    Precision.Float32,
                    torch.CPU,
                    Rng.ofSeed 1L
                )

            Batches.using torch.CPU (samples (perEpoch * Cases.demo.Batch)) (fun train ->
                Batches.using torch.CPU (samples Cases.demo.Batch) (fun validation ->
                    Loop.fit config [ watch ] CancellationToken.None network train validation
                    |> ignore))
