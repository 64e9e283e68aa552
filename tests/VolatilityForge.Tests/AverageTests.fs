/// Training runs that keep an average of the weights or lower the rate on a plateau.
module VolatilityForge.Tests.AverageTests

open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs

[<Tests>]
let suite =
    testList
        "average and plateau"
        [
            testCase "what is validated and kept is the average of the weights"
            <| scoped (fun () ->
                let config =
                    { quick with
                        Average = Some { Decay = 0.9; WarmUp = false }
                    }

                let averaged, plain = network tiny, network tiny
                let state, loss = fit config [] averaged
                fit quick [] plain |> ignore
                Expect.equal loss state.BestLoss "the kept weights are the validated ones"
                Expect.notEqual (weightBits averaged) (weightBits plain) "not the last ones"
                // Ten steps or so behind: it has learned, and less than the weights themselves.
                Expect.isLessThan loss (Seq.last state.History).ValidationLoss "better than untrained")

            testCase "a plateau's rate falls with the validation losses of the run"
            <| scoped (fun () ->
                let rates, listen = keptRates ()

                let config =
                    { quick with
                        // A threshold that no loss can beat: every validation after the first is bad.
                        Schedule =
                            ScheduleShape.Plateau
                                { ScheduleShape.plateau with
                                    Patience = 0
                                    Factor = 0.5
                                    Threshold = 0.99
                                }
                    }

                fitOn training config [ listen ] CancellationToken.None (network tiny) |> ignore
                Expect.equal (List.ofSeq rates |> List.distinct) [ 0.01; 0.005; 0.0025; 0.00125 ] "halved each epoch")

            testCase "settings as the documentation shows them train"
            <| scoped (fun () ->
                let training =
                    { Loop.standard with
                        Optimiser =
                            { Optimiser.standard with
                                Rule = Optimiser.ofName "sgd" |> Fault.orRaise
                                Groups =
                                    [
                                        {
                                            Pattern = "head.*"
                                            RateFactor = 0.5
                                            Decay = None
                                        }
                                    ]
                            }
                        Schedule = ScheduleShape.OneCycle ScheduleShape.oneCycle
                        Accumulation = 2
                        Average = Some Average.standard
                    }

                let state, _ = fit training [] (network tiny)
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Completed) "trained")

            testCase "a run with every optimiser learns and frees its tensors"
            <| scoped (fun () ->
                for name, rule in Optimiser.known do
                    let network = network tiny
                    let before = liveTensors ()

                    let config =
                        { quick with
                            Optimiser = { Optimiser.standard with Rule = rule }
                            Average = Some { Decay = 0.5; WarmUp = true }
                            LossScale = Some LossScale.standard
                        }

                    let state, loss = fit config [] network
                    Expect.equal (Scope.liveCount ()) before $"{name}: all freed"
                    Expect.isLessThan loss (0.9 * (List.last state.History).ValidationLoss) $"{name}: learned")
        ]
    |> Needs.tensors
