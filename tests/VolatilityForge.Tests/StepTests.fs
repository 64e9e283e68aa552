/// One optimiser step: gathered parts, skipped steps.
module VolatilityForge.Tests.StepTests

open System
open System.Threading
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs

/// The tensor itself, whose gradient is multiplied by a number: what an overflow in half precision does to it.
type private Multiplied() =
    inherit torch.autograd.SingleTensorFunction<Multiplied>()

    override _.Name = "a multiplied gradient"

    override _.forward(context, arguments) =
        context.save_data ("factor", arguments[1])
        (arguments[0] :?> Tensor).clone()

    override _.backward(context, gradient) =
        Collections.Generic.List [ Ops.scale (context.get_data "factor" :?> float) gradient; null ]

let private multiplied (factor: float) (x: Tensor) : Tensor = Multiplied.apply (box x, box factor)

/// A line over two features of the only time step in float64; `through` stands between it and the loss.
let private line (through: Tensor -> Tensor) : IDifferentiable =
    let weight = draw "weight" [ 2; 1 ]
    let bias = draw "bias" [ 1 ]

    { new IDifferentiable with
        member _.Parameters = [| parameter "weight" true weight; parameter "bias" false bias |]

        member _.Forward(input, _) =
            (input.select(1L, -1L).matmul weight + bias).squeeze -1L |> through
    }

let private samples (count: int) : LoadedSamples =
    {
        Input = draw "input" [ count; 1; 2 ]
        Target = draw "target" [ count ]
    }

let private config: StepConfig =
    {
        Objective = Objective.Mse
        Optimiser =
            { Optimiser.standard with
                ClipNorm = None
            }
        Schedule =
            {
                Shape = ScheduleShape.Constant
                Peak = 0.05
                Steps = 100
            }
        PartSize = 64
        LossScale = None
        Average = None
    }

/// Runs a body on a network whose parameters require gradients.
let private trained (network: IDifferentiable) (body: unit -> 'result) : 'result =
    for parameter in network.Parameters do
        parameter.Value.requires_grad <- true

    try
        body ()
    finally
        for parameter in network.Parameters do
            parameter.Value.requires_grad <- false

let private run
    (config: StepConfig)
    (network: IDifferentiable)
    (count: int)
    (steps: int)
    : StepState * StepOutcome list =
    let samples = samples count

    trained network (fun () ->
        let start = Step.init config network.Parameters

        [ 1..steps ]
        |> List.mapFold
            (fun state _ ->
                let next, outcome =
                    Step.take config network None samples [| 0L .. int64 count - 1L |] state

                outcome, next)
            start
        |> fun (outcomes, state) -> state, outcomes)

let private parts =
    testList
        "parts of a batch"
        [
            testCase "of any size give the whole batch's loss, norm and weights"
            <| scoped (fun () ->
                let whole = line id
                let _, expected = run config whole 11 7

                for size in [ 1; 3; 5; 10; 11 ] do
                    let network = line id
                    let _, found = run { config with PartSize = size } network 11 7

                    for first, second in List.zip expected found do
                        match first, second with
                        | StepOutcome.Taken(loss, norm, rate), StepOutcome.Taken(otherLoss, otherNorm, otherRate) ->
                            Expect.isLessThan (abs (otherLoss / loss - 1.0)) roundingShare $"loss in parts of {size}"
                            Expect.isLessThan (abs (otherNorm / norm - 1.0)) roundingShare $"norm in parts of {size}"
                            Expect.equal otherRate rate "the rate"
                        | other -> failtest $"{other}"

                    for first, second in Array.zip whole.Parameters network.Parameters do
                        // Adam divides by the root of tiny second moments, which magnifies rounding.
                        nearTensor (100.0 * roundingShare) second.Value first.Value $"{first.Name} in parts of {size}")

            testCase "a training run with accumulation is the run with larger batches"
            <| scoped (fun () ->
                let still = { tiny with Dropout = 0.0 }

                let trained batch accumulation =
                    let network = network still

                    let state, loss =
                        fit
                            { quick with
                                BatchSize = batch
                                Accumulation = accumulation
                            }
                            []
                            network

                    state.Step, loss

                let steps, loss = trained 16 1
                let otherSteps, otherLoss = trained 4 4
                Expect.equal otherSteps steps "steps"
                // float32 sums in another order, over 24 steps.
                Expect.isLessThan (abs (otherLoss / loss - 1.0)) 1e-4 "the loss"
                Expect.equal (fst (trained 16 2)) (steps / 2) "half the steps")
        ]

let private skipping =
    testList
        "float16's loss scale"
        [
            testCase "a step whose gradient overflows moves nothing but the scale"
            <| scoped (fun () ->
                let mutable factor = 1.0
                let network = line (fun answer -> multiplied factor answer)

                let config =
                    { config with
                        LossScale =
                            Some
                                { LossScale.standard with
                                    Initial = 8.0
                                }
                        Average = Some Average.standard
                    }

                let samples, numbers = samples 7, [| 0L .. 6L |]

                trained network (fun () ->
                    let take state =
                        Step.take config network None samples numbers state

                    let state, _ = Step.init config network.Parameters |> take

                    let everything (state: StepState) =
                        [
                            for parameter in network.Parameters do
                                yield bits parameter.Value
                            for _, vector in Optimiser.slots state.Optimiser do
                                yield bits vector
                            yield bits state.Average.Value.Values
                        ]

                    let before = everything state

                    for injected in [ infinity; nan ] do
                        factor <- injected
                        let after, outcome = take state

                        match outcome with
                        | StepOutcome.Skipped _ -> ()
                        | other -> failtest $"{other}"

                        Expect.equal (everything after) before "weights, moments and average"
                        Expect.equal after.Optimiser.Step 1 "the optimiser's step"
                        Expect.equal after.Average.Value.Step 1 "the average's step"
                        Expect.equal after.LossScale.Value.Scale 4.0 "the scale is halved"
                        Expect.equal after.LossScale.Value.Skipped 1 "and the step counted"

                    factor <- 1.0
                    let after, outcome = take state

                    match outcome with
                    | StepOutcome.Taken _ -> ()
                    | other -> failtest $"{other}"

                    Expect.notEqual (everything after) before "the next step moves"))

            testCase "scaled by powers of two, a run without overflow is the run without a scale, bit for bit"
            <| scoped (fun () ->
                let plain, scaled = line id, line id
                run config plain 11 5 |> ignore

                let state, _ =
                    run
                        { config with
                            LossScale = Some { LossScale.standard with Interval = 2 }
                        }
                        scaled
                        11
                        5

                Expect.equal (weightBits scaled) (weightBits plain) "the weights"
                Expect.equal state.LossScale.Value.Scale (65536.0 * 4.0) "grown twice")

            testCase "gradients that overflow float16 are skipped until the scale fits them"
            <| scoped (fun () ->
                // The gradient passes through float16, as it does where matrix products are float16.
                let network =
                    line (fun answer ->
                        answer |> Ops.cast torch.ScalarType.Float16 |> Ops.cast torch.ScalarType.Float32)

                let config =
                    { config with
                        LossScale =
                            Some
                                { LossScale.standard with
                                    Initial = 1048576.0 * 16.0
                                }
                    }

                let state, outcomes = run config network 11 60

                let skipped =
                    outcomes |> List.filter (fun outcome -> outcome.IsSkipped) |> List.length

                Expect.isGreaterThan skipped 2 "the first steps are skipped"
                Expect.isTrue (outcomes |> List.skip skipped |> List.forall _.IsTaken) "and no later one"
                Expect.equal state.LossScale.Value.Skipped skipped "counted"

                Expect.equal state.LossScale.Value.Scale (1048576.0 * 16.0 / 2.0 ** float skipped) "halved for each"

                Expect.equal state.Optimiser.Step (60 - skipped) "the others are taken")

            testCase "a loss that is not finite ends a scaled run at once, told with its batch, and nothing has moved"
            <| scoped (fun () ->
                let network = network tiny
                let before = weightBits network
                let told = ResizeArray()

                let listen notice (view: TrainingView) =
                    match notice with
                    | TrainingNotice.NotFinite(loss, _) -> told.Add((loss, view.State.Step, view.Batch().Length))
                    | _ -> ()

                let broken =
                    { training with
                        Targets = training.Targets |> Array.map (fun _ -> 1e30f)
                    }

                let state, _ =
                    fitOn
                        broken
                        { quick with
                            LossScale = Some LossScale.standard
                        }
                        [ listen ]
                        CancellationToken.None
                        network

                match state.Phase with
                | TrainingPhase.Finished(StopReason.Failed _) -> ()
                | other -> failtest $"{other}"

                Expect.equal told.Count 1 "told once"
                let loss, _, tensors = told[0]
                Expect.isFalse (Double.IsFinite loss) "the loss"
                Expect.equal tensors 3 "input, target and samples"
                Expect.equal (weightBits network) before "the untrained weights")

            testCase "overflow at the smallest scale ends a run with its reason"
            <| scoped (fun () ->
                let network = line (multiplied infinity)

                let config =
                    { config with
                        LossScale =
                            Some
                                { LossScale.standard with
                                    Initial = 4.0
                                    Minimum = 2.0
                                }
                    }

                match run config network 7 2 |> snd with
                | [ StepOutcome.Skipped _; StepOutcome.Stopped(_, _, Fault.NotComputable(_, _, _)) ] -> ()
                | other -> failtest $"{other}")

            testCase "a training run goes on after skipped steps and counts none of them"
            <| scoped (fun () ->
                let inner = network { tiny with Dropout = 0.0 } :> IDifferentiable
                let mutable forwards = 0

                let network =
                    { new IDifferentiable with
                        member _.Parameters = inner.Parameters

                        member _.Forward(input, generator) =
                            let answer = inner.Forward(input, generator)

                            if generator.IsSome then
                                forwards <- forwards + 1

                            if generator.IsSome && forwards % 5 = 0 then
                                multiplied infinity answer
                            else
                                answer
                    }

                let config =
                    { quick with
                        LossScale = Some LossScale.standard
                    }

                let state, loss = fit config [] network
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Completed) "completed"
                Expect.equal forwards 24 "every batch is read"
                Expect.equal state.Step 20 "four are skipped"
                Expect.isTrue (Double.IsFinite loss) "and the loss is finite")
        ]

[<Tests>]
let suite = testList "Step" [ parts; skipping ] |> Needs.tensors
