/// One optimiser step: forward, loss, gradients, scale, clip, update, average. Knows no epoch.
namespace VolatilityForge

open System
open TorchSharp

/// What a step does, whatever the batch.
type StepConfig =
    {
        Objective: Objective
        Optimiser: OptimiserConfig
        Schedule: Schedule
        /// Samples per forward pass; a larger batch is read in parts whose gradients are gathered.
        PartSize: int
        /// For networks that compute in float16.
        LossScale: LossScaleConfig option
        Average: AverageConfig option
    }

/// Everything that a step remembers.
type StepState =
    {
        Optimiser: OptimiserState
        Schedule: ScheduleState
        LossScale: LossScaleState option
        Average: AverageState option
    }

/// A state's numbers, without its tensors.
type StepNumbers =
    {
        OptimiserStep: int
        Schedule: ScheduleState
        LossScale: LossScaleState option
        AverageStep: int option
    }

/// What came of a step.
[<RequireQualifiedAccess>]
type StepOutcome =
    /// The batch's mean loss, the gradient's norm before clipping, the rate. Where loss or norm is not finite, nothing moved.
    | Taken of loss: float * gradientNorm: float * rate: float
    /// The scaled gradients overflowed: nothing moved but the loss scale.
    | Skipped of loss: float
    /// The loss scale has no way to go.
    | Stopped of loss: float * gradientNorm: float * Fault

/// The pair init and take.
[<RequireQualifiedAccess>]
module Step =

    /// Before the first step. The caller owns the state's tensors.
    let init (config: StepConfig) (parameters: Parameter[]) : StepState =
        {
            Optimiser =
                Scope.keeping (fun state -> Seq.map snd (Optimiser.slots state)) (fun () ->
                    Optimiser.init config.Optimiser parameters)
            Schedule = Schedule.start
            LossScale = config.LossScale |> Option.map LossScale.start
            Average = config.Average |> Option.map (fun _ -> Average.init parameters)
        }

    /// The mean loss of a batch and its gradient, of the scaled loss where there is a scale.
    let private gathered
        (config: StepConfig)
        (scale: LossScaleState option)
        (network: IDifferentiable)
        (leaves: Tensor[])
        (generator: torch.Generator option)
        (samples: LoadedSamples)
        (numbers: int64[])
        : float * Tensor =
        let mutable mean = 0.0
        let mutable gathered: GatheredGradient option = None

        for part in Array.chunkBySize config.PartSize numbers do
            let gradient, value =
                Scope.keeping (fst >> Seq.singleton) (fun () ->
                    let batch = Batches.take samples part

                    let loss =
                        Objective.loss config.Objective (network.Forward(batch.Input, generator)) batch.Target

                    let scaled = Option.fold (fun loss scale -> LossScale.scale scale loss) loss scale
                    Gradient.ofLoss leaves scaled, Ops.toFloat loss)

            let sum = Gradient.gather part.Length gradient gathered
            mean <- mean + (value - mean) * float part.Length / float sum.Samples
            gathered <- Some sum

        mean, gathered.Value.Mean

    /// Moves the network's parameters by one step on the samples of the numbers. The parameters require gradients. The
    /// state's tensors are changed in place; its numbers are those of the result.
    let take
        (config: StepConfig)
        (network: IDifferentiable)
        (generator: torch.Generator option)
        (samples: LoadedSamples)
        (numbers: int64[])
        (state: StepState)
        : StepState * StepOutcome =
        let parameters = network.Parameters
        let leaves = parameters |> Array.map _.Value
        let rate = Schedule.rate config.Schedule state.Schedule state.Optimiser.Step

        Scope.run (fun () ->
            let loss, gradient =
                gathered config state.LossScale network leaves generator samples numbers

            let gradient =
                match state.LossScale with
                | Some scale -> LossScale.unscale scale gradient
                | None -> gradient

            let gradient, norm = Gradient.clip config.Optimiser.ClipNorm gradient
            let finite = Double.IsFinite norm

            match
                Option.map2 (fun rule scale -> LossScale.observe rule finite scale) config.LossScale state.LossScale
            with
            // The loss is read before it is scaled: no lower scale would mend it.
            | _ when not (Double.IsFinite loss) -> state, StepOutcome.Taken(loss, norm, rate)
            | Some(Error fault) -> state, StepOutcome.Stopped(loss, norm, fault)
            | Some(Ok scale) when not finite -> { state with LossScale = Some scale }, StepOutcome.Skipped loss
            | scale when finite ->
                let moved =
                    Optimiser.update config.Optimiser rate gradient parameters state.Optimiser

                { state with
                    Optimiser = moved
                    LossScale = scale |> Option.bind Result.toOption
                    Average =
                        Option.map2
                            (fun rule average -> Average.update rule parameters average)
                            config.Average
                            state.Average
                },
                StepOutcome.Taken(loss, norm, rate)
            | _ -> state, StepOutcome.Taken(loss, norm, rate))

    /// The state after a validation loss: a plateau's rate may fall.
    let observe (config: StepConfig) (loss: float) (state: StepState) : StepState =
        { state with
            Schedule = Schedule.observe config.Schedule loss state.Schedule
        }

    /// Runs a body while the parameters have the values that are validated and kept: the average's, where there is one.
    let validating (parameters: Parameter[]) (state: StepState) (body: unit -> 'result) : 'result =
        match state.Average with
        | Some average -> Average.during parameters average body
        | None -> body ()

    /// The state's vectors by name, for saving: the optimiser's slots, and "average".
    let tensors (state: StepState) : (string * Tensor) list =
        Optimiser.slots state.Optimiser
        @ (state.Average
           |> Option.map (fun average -> "average", average.Values)
           |> Option.toList)

    /// The state's numbers, for saving.
    let numbers (state: StepState) : StepNumbers =
        {
            OptimiserStep = state.Optimiser.Step
            Schedule = state.Schedule
            LossScale = state.LossScale
            AverageStep = state.Average |> Option.map _.Step
        }

    /// The state with saved numbers over its own tensors.
    let withNumbers (numbers: StepNumbers) (state: StepState) : StepState =
        {
            Optimiser =
                { state.Optimiser with
                    Step = numbers.OptimiserStep
                }
            Schedule = numbers.Schedule
            LossScale = numbers.LossScale
            Average =
                Option.map2
                    (fun (average: AverageState) step -> { average with Step = step })
                    state.Average
                    numbers.AverageStep
        }

    /// Frees the state's tensors.
    let dispose (state: StepState) : unit =
        Optimiser.dispose state.Optimiser
        Option.iter Average.dispose state.Average
