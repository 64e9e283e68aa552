/// The one interpreter of the training state machine: runs its effects on a network and feeds it the events.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Threading
open TorchSharp

/// Everything a training run depends on but the data.
type TrainingConfig =
    {
        Limits: TrainingLimits
        BatchSize: int
        Objective: Objective
        /// Highest learning rate, reached after the warm-up; a cosine takes it to 0 at the last step.
        PeakRate: float
        WarmupSteps: int
        Optimiser: AdamWConfig
        /// Seeds batch order and dropout.
        Seed: int64
    }

/// Training runs.
[<RequireQualifiedAccess>]
module Loop =

    /// At most 6 epochs of batches of 64, clipped QLIKE, peak rate 1.5e-3 after 30 steps; stops after 3 epochs
    /// without improvement.
    let standard: TrainingConfig =
        {
            Limits = { Epochs = 6; Patience = Some 3 }
            BatchSize = 64
            Objective = Objective.standard
            PeakRate = 1.5e-3
            WarmupSteps = 30
            Optimiser = AdamW.standard
            Seed = 0L
        }

    /// The config, or every setting outside its domain.
    let check (config: TrainingConfig) : Result<TrainingConfig, Fault> =
        let atLeastOne name value =
            if value < 1 then
                [ Fault.BadSetting(name, "must be at least 1", string value) ]
            else
                []

        let faults =
            atLeastOne "epochs" config.Limits.Epochs
            @ atLeastOne "batch size" config.BatchSize
            @ (config.Limits.Patience
               |> Option.map (atLeastOne "patience")
               |> Option.defaultValue [])
            @ [
                if not (config.PeakRate > 0.0 && Double.IsFinite config.PeakRate) then
                    Fault.BadSetting("learning rate", "must be positive and finite", string config.PeakRate)
                if config.WarmupSteps < 0 then
                    Fault.BadSetting("warm-up steps", "must not be negative", string config.WarmupSteps)
                if not (config.Optimiser.Decay >= 0.0 && Double.IsFinite config.Optimiser.Decay) then
                    Fault.BadSetting("weight decay", "must not be negative", string config.Optimiser.Decay)
                match config.Optimiser.ClipNorm with
                | Some bound when not (bound > 0.0) ->
                    Fault.BadSetting("gradient clip", "must be positive", string bound)
                | _ -> ()
            ]

        match faults with
        | [] -> Ok config
        | several -> Error(Fault.combine several)

    let private schedule (config: TrainingConfig) (samples: int) : Schedule =
        let perEpoch = (samples + config.BatchSize - 1) / config.BatchSize
        let total = perEpoch * config.Limits.Epochs
        Schedule.WarmupCosine(config.PeakRate, 0.0, min config.WarmupSteps total, total)

    /// Samples per forward pass of a validation: bounds its memory.
    let private validationChunk = 1024

    /// The network's mean loss over the samples, without dropout; samples are weighed alike.
    let evaluate (objective: Objective) (network: IDifferentiable) (samples: LoadedSamples) : float =
        let count = samples.Target.shape[0]
        let mutable total = 0.0

        for first in 0L .. int64 validationChunk .. count - 1L do
            let length = min (int64 validationChunk) (count - first)

            let mean =
                Scope.inference (fun () ->
                    let predicted = network.Forward(samples.Input.narrow (0L, first, length), None)

                    Objective.loss objective predicted (samples.Target.narrow (0L, first, length))
                    |> Ops.toFloat)

            total <- total + mean * float length

        total / float count

    /// The network's answers over the inputs, without dropout. inputs: (samples, time, features); result (samples).
    let predict (network: IDifferentiable) (input: Tensor) : float32[] =
        let count = input.shape[0]

        [|
            for first in 0L .. int64 validationChunk .. count - 1L do
                let length = min (int64 validationChunk) (count - first)
                Scope.inference (fun () -> network.Forward(input.narrow (0L, first, length), None) |> Ops.toArray)
        |]
        |> Array.concat

    /// Puts weights by name into a network. Raises when a name is missing or a shape differs.
    let load (network: IDifferentiable) (weights: StoredTensor list) : unit =
        StoredTensor.copyInto [ for parameter in network.Parameters -> parameter.Name, parameter.Value ] weights

    /// The gradients by the leaves; zeros by a leaf that the loss does not read.
    let private gradients (loss: Tensor) (leaves: Tensor[]) : Tensor[] =
        let found = torch.autograd.grad ([| loss |], leaves, allow_unused = true)

        leaves
        |> Array.mapi (fun index leaf ->
            if found[index].IsInvalid then
                torch.zeros_like leaf
            else
                found[index])

    let private copyOut (parameters: Parameter[]) : float32[][] =
        parameters |> Array.map (fun parameter -> Ops.toArray parameter.Value)

    let private copyIn (parameters: Parameter[]) (values: float32[][]) : unit =
        use guard = torch.no_grad ()
        use scope = torch.NewDisposeScope()

        for parameter, value in Array.zip parameters values do
            parameter.Value.copy_ (Ops.ofArray parameter.Value.shape value) |> ignore

    /// Trains the network in place and returns the last state; the network then has the best weights on validation,
    /// the untrained ones if nothing was better. Same samples, config and engine: the same bits on CPU.
    let fit
        (config: TrainingConfig)
        (callbacks: TrainingCallback list)
        (cancellation: CancellationToken)
        (network: IDifferentiable)
        (train: LoadedSamples)
        (validation: LoadedSamples)
        : TrainingState =
        let config = check config |> Fault.orRaise
        let network = Network.watched network
        let parameters = network.Parameters
        let leaves = parameters |> Array.map (fun parameter -> parameter.Value)
        let count = int train.Target.shape[0]
        let schedule = schedule config count
        let order = Rng.ofSeed config.Seed
        use generator = new torch.Generator(uint64 config.Seed)

        let mutable optimiser =
            Scope.keeping (fun state -> [ state.First; state.Second ]) (fun () -> AdamW.init parameters)

        let mutable best: float32[][] = [||]
        let mutable state = Trainer.ready
        let effects = Queue<TrainingEffect>()

        let raiseEvent (event: TrainingEvent) : unit =
            let next, more = Trainer.transition config.Limits state event
            state <- next
            Seq.iter effects.Enqueue more

        let breakOff (fault: Fault) : unit =
            match state.Phase with
            | TrainingPhase.Finished(StopReason.Failed _) -> ()
            | TrainingPhase.Finished _ ->
                // The machine has ended, on the last epoch's notices; the caller must hear of the error all the same.
                state <-
                    { state with
                        Phase = TrainingPhase.Finished(StopReason.Failed fault)
                    }
            | _ ->
                // What was still to be told and done belongs to a run that goes on.
                effects.Clear()
                raiseEvent (TrainingEvent.Broke fault)

        let trainBatch (numbers: int64[]) : unit =
            let rate = Schedule.rate schedule state.Step

            let loss, norm =
                Scope.run (fun () ->
                    let batch = Batches.take train numbers

                    let loss =
                        Objective.loss config.Objective (network.Forward(batch.Input, Some generator)) batch.Target

                    let gradients = gradients loss leaves
                    let gradient, norm = AdamW.flatten gradients |> AdamW.clip config.Optimiser.ClipNorm
                    let value = Ops.toFloat loss

                    if Double.IsFinite value && Double.IsFinite norm then
                        optimiser <- AdamW.update config.Optimiser rate gradient parameters optimiser

                    value, norm)

            raiseEvent (TrainingEvent.BatchTrained(loss, norm, rate))

        let rec drain () : unit =
            if effects.Count > 0 then
                perform (effects.Dequeue())
                drain ()

        and perform (effect: TrainingEffect) : unit =
            match effect with
            | TrainingEffect.TrainEpoch epoch ->
                for numbers in Batches.order order epoch config.BatchSize count do
                    if cancellation.IsCancellationRequested then
                        raiseEvent TrainingEvent.CancelRequested

                    if state.Phase = TrainingPhase.Training then
                        trainBatch numbers
                        drain ()

                raiseEvent TrainingEvent.EpochTrained
            | TrainingEffect.Validate ->
                raiseEvent (TrainingEvent.Validated(evaluate config.Objective network validation))
            | TrainingEffect.Save -> best <- copyOut parameters
            | TrainingEffect.Restore when best.Length > 0 -> copyIn parameters best
            | TrainingEffect.Restore -> ()
            | TrainingEffect.Report notice ->
                for callback in callbacks do
                    try
                        callback notice state
                    with error ->
                        breakOff (Fault.NotComputable("a training callback", error.Message.TrimEnd '.', ""))

        for leaf in leaves do
            leaf.requires_grad <- true

        try
            raiseEvent TrainingEvent.Begun
            drain ()
            state
        finally
            AdamW.dispose optimiser

            for leaf in leaves do
                leaf.requires_grad <- false
