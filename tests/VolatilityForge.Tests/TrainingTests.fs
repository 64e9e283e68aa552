/// Training runs by what they promise: they learn, keep the best weights and repeat bit for bit.
module VolatilityForge.Tests.TrainingTests

open System
open System.Threading
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs

let private learning =
    testList
        "Learning"
        [
            for pooling in [ Pooling.Attention; Pooling.Mean; Pooling.Last ] do
                testCase $"a simple function is learned (pooling {pooling})"
                <| scoped (fun () ->
                    let network =
                        network
                            { tiny with
                                Dropout = 0.0
                                Pooling = pooling
                            }

                    // The other poolings must first find the last step: half the loss is enough there.
                    let share = if pooling = Pooling.Last then 0.1 else 0.5

                    let state, loss =
                        fit
                            { quick with
                                Limits = { Epochs = 30; Patience = None }
                            }
                            []
                            network

                    let untrained = (List.last state.History).ValidationLoss
                    Expect.isLessThan loss (share * untrained) "well below the untrained network")

            testCase "bfloat16 learns too"
            <| scoped (fun () ->
                let network =
                    VolatilityTransformer.Create(2, tiny, Precision.BFloat16, torch.CPU, Rng.ofSeed 7L)

                let state, loss =
                    fit
                        { quick with
                            Limits = { Epochs = 20; Patience = None }
                        }
                        []
                        network

                Expect.isLessThan loss (0.6 * (List.last state.History).ValidationLoss) "well below"
                Expect.equal network.Weights.Embed.Weight.dtype torch.ScalarType.Float32 "weights stay float32")

            testCase "the network has the best weights after training, bit for bit"
            <| scoped (fun () ->
                // Training pulls the one weight up to 10 by at most the rate a step; validation is best at 1.
                let network = constant ()

                let all (value: float32) (samples: Samples) =
                    { samples with
                        Targets = Array.create samples.Count value
                    }

                let config =
                    { quick with
                        PeakRate = 0.1
                        Limits = { Epochs = 12; Patience = Some 3 }
                    }

                let train, validation =
                    Batches.load torch.CPU (all 10.0f training), Batches.load torch.CPU (all 1.0f validation)

                let state = Loop.fit config [] CancellationToken.None network train validation
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.EarlyStopped) "stopped early"
                Expect.isGreaterThan state.BestEpoch 0 "training helped"
                Expect.equal state.Epoch (state.BestEpoch + 3) "and then went wrong"
                Expect.equal (Loop.evaluate config.Objective network validation) state.BestLoss "the best loss again"
                let weight = Ops.toFloat network.Parameters[0].Value
                Expect.isLessThan (abs (weight - 1.0)) 0.35 "within half an epoch's way of the best")

            testCase "when nothing is better than the untrained network, it is what stays"
            <| scoped (fun () ->
                // Training targets of the opposite sign make every epoch worse.
                let misleading =
                    { training with
                        Targets = training.Targets |> Array.map (fun value -> -3.0f * value)
                    }

                let network = network tiny
                let before = weightBits network
                let state, loss = fitOn misleading quick [] CancellationToken.None network
                Expect.equal (state.BestEpoch, loss) (0, state.BestLoss) "epoch 0"
                Expect.equal (weightBits network) before "the same weights")

            testCase "with checkpointed blocks a run has the same bits, dropout and all"
            <| scoped (fun () ->
                let trained checkpointing =
                    let network =
                        network
                            { tiny with
                                Depth = 2
                                Checkpointing = checkpointing
                            }

                    let state, _ = fit quick [] network
                    weightBits network, state.History.Head

                Expect.equal (trained true) (trained false) "weights and losses")

            testCase "as many epochs as early stopping needs: the rate doesn't overflow"
            <| scoped (fun () ->
                let rates, listen = keptRates ()

                let misleading =
                    { training with
                        Targets = training.Targets |> Array.map (fun value -> -3.0f * value)
                    }

                let config =
                    { quick with
                        Limits =
                            {
                                Epochs = Int32.MaxValue
                                Patience = Some 2
                            }
                    }

                fitOn misleading config [ listen ] CancellationToken.None (network tiny)
                |> ignore

                Expect.equal rates.Count 12 "two epochs"
                Expect.all rates (fun rate -> rate > 0.0) "all above zero")

            testCase "the same seed gives the same bits; another seed others"
            <| scoped (fun () ->
                let run seed =
                    let network = network tiny
                    let state, _ = fit { quick with Seed = seed } [] network

                    weightBits network,
                    state.History
                    |> List.map (fun metrics -> BitConverter.DoubleToInt64Bits metrics.TrainLoss)

                let first = run 3L
                Expect.equal (run 3L) first "same"
                Expect.notEqual (run 4L) first "different")

            testCase "evaluating is a mean over samples, whatever the chunks, and changes nothing"
            <| scoped (fun () ->
                // 2,500 samples are three chunks, the last a short one.
                let loaded = Batches.load torch.CPU (samplesOf 2500 3 2 target)
                let network = network tiny
                let before = weightBits network
                let loss = Loop.evaluate Objective.Mse network loaded
                let predicted = Loop.predict network loaded.Input |> Array.map float
                let targets = Ops.toDoubles loaded.Target

                let expected =
                    Array.map2 (fun p y -> (p - y) ** 2.0) predicted targets |> Array.average

                Expect.isLessThan (abs (loss / expected - 1.0)) 1e-6 "the mean"
                Expect.equal (weightBits network) before "unchanged")

            testCase "a weight that the loss does not read stays as it is, and the others learn"
            <| scoped (fun () ->
                let read = constant ()
                let idle = torch.ones [| 2L; 3L |]

                let network =
                    { new IDifferentiable with
                        member _.Parameters = [| parameter "idle" false idle; read.Parameters[0] |]
                        member _.Forward(input, generator) = read.Forward(input, generator)
                    }

                let state, loss = fit quick [] network
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Completed) "completed"
                Expect.isLessThan loss (List.last state.History).ValidationLoss "better than untrained"
                Expect.allEqual (Ops.toArray idle) 1.0f "as it was")

            testCase "afterwards no weight asks for a gradient, also when training fails"
            <| scoped (fun () ->
                let network = network tiny
                fit quick [] network |> ignore

                let wrong =
                    { samplesOf 8 3 5 target with
                        Features = 5
                    }

                match (fitOn wrong quick [] CancellationToken.None network |> fst).Phase with
                | TrainingPhase.Finished(StopReason.Failed(Fault.BadShape(_, "features", _, _))) -> ()
                | other -> failtest $"{other}"

                Expect.all
                    (network :> IDifferentiable).Parameters
                    (fun parameter -> not parameter.Value.requires_grad)
                    "none")

            testCase "a loss that is not finite fails and keeps the best weights"
            <| scoped (fun () ->
                let broken =
                    { training with
                        Targets = training.Targets |> Array.map (fun _ -> 1e30f)
                    }

                let network = network tiny
                let before = weightBits network
                let state, loss = fitOn broken quick [] CancellationToken.None network

                match state.Phase with
                | TrainingPhase.Finished(StopReason.Failed(Fault.NotComputable("training", _, _))) -> ()
                | other -> failtest $"{other}"

                Expect.equal (weightBits network) before "the untrained weights"
                Expect.equal loss state.BestLoss "finite")

            testCase "a config outside its domain is refused with every fault"
            <| fun () ->
                let bad =
                    { quick with
                        Limits = { Epochs = 0; Patience = Some 0 }
                        BatchSize = 0
                        Objective = Objective.Huber -1.0
                        PeakRate = nan
                        Accumulation = 0
                        Schedule = ScheduleShape.WarmupCosine(-1, 0.0)
                        LossScale = Some { LossScale.standard with Interval = 0 }
                        Average = Some { Average.standard with Decay = 1.0 }
                        Optimiser =
                            { Optimiser.standard with
                                Decay = -1.0
                                ClipNorm = Some 0.0
                            }
                    }

                match Loop.check bad with
                | Error(Fault.Several faults) -> Expect.hasLength faults 11 "all eleven"
                | other -> failtest $"{other}"

                Expect.equal (Loop.check Loop.standard) (Ok Loop.standard) "the standard passes"
        ]

[<Tests>]
let suite = testList "Training" [ learning ] |> Needs.tensors
