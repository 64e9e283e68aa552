/// The memory of training runs: every tensor is freed, and steps live on what the last one freed.
module VolatilityForge.Tests.TrainingMemoryTests

open System
open System.IO
open System.Diagnostics
open System.Threading
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs

/// Steps before memory is compared: allocators and the runtime have found their sizes.
let private warmUpSteps = 300

/// Steps over which memory must not grow.
let private watchedSteps = 2000

/// Growth that the runtime's own work explains; one leaked tensor a step would be about as much, a leaked step far more.
let private growthAllowed = 6L * 1024L * 1024L

let private eachBatch: StepConfig =
    {
        Objective = Objective.standard
        Optimiser = Optimiser.standard
        Schedule =
            {
                Shape = ScheduleShape.Constant
                Peak = 1e-3
                Steps = 1
            }
        PartSize = 64
        LossScale = None
        Average = None
    }

/// Per step. The collector's own pages come to a few; tensors that are mapped anew each time to about 90.
let private faultsAllowed = 30L

[<Tests>]
let suite =
    testList
        "Memory of training"
        [
            testCase "live tensors after 50 steps are those after 5, and none is left after training"
            <| scoped (fun () ->
                let counts = ResizeArray()

                let listen notice _ =
                    match notice with
                    | TrainingNotice.BatchEnd((5 | 50), _) -> counts.Add(Scope.liveCount ())
                    | _ -> ()

                let network = network tiny
                let before = liveTensors ()

                fit
                    { quick with
                        Limits = { Epochs = 9; Patience = None }
                    }
                    [ listen ]
                    network
                |> ignore

                Expect.hasLength counts 2 "both were seen"
                Expect.equal counts[1] counts[0] "flat"
                Expect.equal (Scope.liveCount ()) before "all freed")

            testCase "a run that fails or is broken off leaves no tensor"
            <| scoped (fun () ->
                let network = network tiny
                let before = liveTensors ()

                fit
                    quick
                    [
                        (fun notice _ ->
                            if told notice = "batch 3" then
                                failwith "stop")
                    ]
                    network
                |> ignore

                let wrong =
                    { samplesOf 8 3 5 target with
                        Features = 5
                    }

                fitOn wrong quick [] CancellationToken.None network |> ignore
                Expect.equal (Scope.liveCount ()) before "all freed")

            testCase "resident memory is flat over 2,000 steps"
            <| scoped (fun () ->
                let resident () =
                    GC.Collect()
                    GC.WaitForPendingFinalizers()
                    GC.Collect()
                    use self = Process.GetCurrentProcess()
                    self.WorkingSet64

                let sizes = ResizeArray()

                let listen notice _ =
                    match notice with
                    | TrainingNotice.BatchEnd(step, _) when step = warmUpSteps || step = warmUpSteps + watchedSteps ->
                        sizes.Add(resident ())
                    | _ -> ()

                let perEpoch = 24
                let epochs = (warmUpSteps + watchedSteps) / perEpoch + 1

                let config =
                    { quick with
                        BatchSize = training.Count / perEpoch
                        Limits = { Epochs = epochs; Patience = None }
                    }

                fit config [ listen ] (network tiny) |> ignore
                Expect.hasLength sizes 2 "both were seen"
                Expect.isLessThan (sizes[1] - sizes[0]) growthAllowed "growth in bytes")

            testCase "a step lives on the memory that the last one freed"
            <| scoped (fun () ->
                let stat = "/proc/thread-self/stat"

                if not (File.Exists stat) then
                    skiptest "page faults are told by Linux alone"

                // The name in brackets may hold spaces; the count is the tenth field.
                let faults () =
                    let text = File.ReadAllText stat
                    int64 (text[text.LastIndexOf ')' + 2 ..].Split(' ')[7])

                let sizes =
                    { TransformerConfig.small with
                        Dim = 16
                        Depth = 1
                        Dropout = 0.2
                    }

                use network =
                    VolatilityTransformer.Create(5, sizes, Precision.Float32, torch.CPU, Rng.ofSeed 1L)

                let parameters = (network :> IDifferentiable).Parameters

                for parameter in parameters do
                    parameter.Value.requires_grad <- true

                use generator = new torch.Generator(1UL)

                let samples =
                    {
                        Input = torch.randn [| 64L; 22L; 5L |]
                        Target = torch.randn [| 64L |]
                    }

                let mutable state = Step.init eachBatch parameters

                let steps (count: int) =
                    for _ in 1..count do
                        state <-
                            Step.take eachBatch network (Some generator) samples [| 0L .. 63L |] state
                            |> fst

                steps 23
                let before = faults ()
                steps 53
                Expect.isLessThan (faults () - before) (53L * faultsAllowed) "page faults"
                Step.dispose state)
            |> Needs.ownEngine
        ]
    |> Needs.tensors
