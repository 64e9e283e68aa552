/// The one interpreter of the training state machine: runs its effects on a network and feeds it the events.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text
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

    let private stored (parameters: Parameter[]) : StoredTensor list =
        [
            for parameter in parameters -> StoredTensor.ofTensor parameter.Name parameter.Value
        ]

    let private copyIn (parameters: Parameter[]) (values: StoredTensor list) : unit =
        StoredTensor.copyInto [ for parameter in parameters -> parameter.Name, parameter.Value ] values

    /// The gradients by the leaves; zeros by a leaf that the loss does not read.
    let private gradients (loss: Tensor) (leaves: Tensor[]) : Tensor[] =
        let found = torch.autograd.grad ([| loss |], leaves, allow_unused = true)

        leaves
        |> Array.mapi (fun index leaf ->
            if found[index].IsInvalid then
                torch.zeros_like leaf
            else
                found[index])

    let private identify (config: TrainingConfig) (samples: LoadedSamples list) : RunIdentity =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        for each in samples do
            for tensor in [ each.Input; each.Target ] do
                hash.AppendData(Encoding.UTF8.GetBytes(Axes.showShape tensor.shape))
                hash.AppendData(MemoryMarshal.AsBytes(ReadOnlySpan(Ops.toArray tensor)))

        {
            Config = (RecordJson.toNode config).ToJsonString()
            Data = Convert.ToHexStringLower(hash.GetHashAndReset())
        }

    let private optimiserSlots (state: AdamWState) : (string * Tensor) list =
        [ "first", state.First; "second", state.Second ]

    let private run
        (start: FoundSnapshot option)
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
        let identity = lazy (identify config [ train; validation ])
        use generator = new torch.Generator(uint64 config.Seed)

        let mutable optimiser =
            Scope.keeping (fun state -> [ state.First; state.Second ]) (fun () -> AdamW.init parameters)

        let mutable best: StoredTensor list = []
        let mutable state = Trainer.ready
        let mutable batchNumbers: int64[] = [||]
        let effects = Queue<TrainingEffect>()

        let snapshot (state: TrainingState) : Snapshot =
            {
                Identity = identity.Value
                State = state
                Weights = stored parameters
                Best = best
                Optimiser =
                    [
                        for name, slot in optimiserSlots optimiser -> StoredTensor.ofTensor name slot
                    ]
                Generator = Scope.run (fun () -> generator.get_state().data<byte>().ToArray())
                Rest = Map [ "optimiser.step", string optimiser.Step ]
            }

        let goOnFrom (found: FoundSnapshot) : unit =
            let from = Snapshot.check found.Path identity.Value found.Snapshot |> Fault.orRaise
            copyIn parameters from.Weights
            StoredTensor.copyInto (optimiserSlots optimiser) from.Optimiser
            Scope.run (fun () -> generator.set_state (torch.from_array from.Generator))

            optimiser <-
                { optimiser with
                    Step = int from.Rest["optimiser.step"]
                }

            best <- from.Best
            state <- from.State
            Trainer.resume state |> Seq.iter effects.Enqueue

        let batch () : StoredTensor list =
            if batchNumbers.Length = 0 then
                []
            else
                Scope.run (fun () ->
                    let batch = Batches.take train batchNumbers

                    [
                        StoredTensor.ofTensor "input" batch.Input
                        StoredTensor.ofTensor "target" batch.Target
                        {
                            Name = "samples"
                            Shape = [| batchNumbers.LongLength |]
                            Values = StoredValues.Int64 batchNumbers
                        }
                    ])

        let raiseEvent (event: TrainingEvent) : unit =
            let next, more = Trainer.transition config.Limits state event
            state <- next
            Seq.iter effects.Enqueue more

        let rec tell (notice: TrainingNotice) (told: TrainingState) : unit =
            let view =
                {
                    State = told
                    Snapshot = fun () -> snapshot told
                    Batch = batch
                }

            for callback in callbacks do
                try
                    callback notice view
                with
                | :? VolatilityForgeException as raised -> breakOff raised.Fault
                | error -> breakOff (Fault.NotComputable("a training callback", error.Message.TrimEnd '.', ""))

        and breakOff (fault: Fault) : unit =
            match state.Phase with
            | TrainingPhase.Finished(StopReason.Failed _) -> ()
            | TrainingPhase.Finished _ ->
                // The machine has ended, on the last epoch's notices; the caller must hear of the error all the same.
                let ended = state

                state <-
                    { state with
                        Phase = TrainingPhase.Finished(StopReason.Failed fault)
                    }

                tell TrainingNotice.Interrupted ended
            | _ ->
                // What was still to be told and done belongs to a run that goes on.
                effects.Clear()
                raiseEvent (TrainingEvent.Broke fault)

        let trainBatch (numbers: int64[]) : unit =
            let rate = Schedule.rate schedule state.Step
            batchNumbers <- numbers

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
                for numbers in Batches.order order epoch config.BatchSize count |> Array.skip state.Batches do
                    if cancellation.IsCancellationRequested then
                        raiseEvent TrainingEvent.CancelRequested

                    if state.Phase = TrainingPhase.Training then
                        trainBatch numbers
                        drain ()

                raiseEvent TrainingEvent.EpochTrained
            | TrainingEffect.Validate ->
                raiseEvent (TrainingEvent.Validated(evaluate config.Objective network validation))
            | TrainingEffect.Save -> best <- stored parameters
            | TrainingEffect.Restore when not best.IsEmpty -> copyIn parameters best
            | TrainingEffect.Restore -> ()
            | TrainingEffect.Report notice -> tell notice state
            | TrainingEffect.Interrupt resumable -> tell TrainingNotice.Interrupted resumable

        for leaf in leaves do
            leaf.requires_grad <- true

        try
            match start with
            | Some found -> goOnFrom found
            | None -> ()

            if state.Phase = TrainingPhase.Ready then
                raiseEvent TrainingEvent.Begun

            drain ()
            state
        finally
            AdamW.dispose optimiser

            for leaf in leaves do
                leaf.requires_grad <- false

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
        run None config callbacks cancellation network train validation

    /// Goes on from a snapshot: the network, whose weights are overwritten, ends with the bits of a run that was not
    /// interrupted (on CPU). Raises Fault.BadFile when config or samples are not those of the snapshot's run, and the faults
    /// of weights that don't fit the network.
    let resume
        (found: FoundSnapshot)
        (config: TrainingConfig)
        (callbacks: TrainingCallback list)
        (cancellation: CancellationToken)
        (network: IDifferentiable)
        (train: LoadedSamples)
        (validation: LoadedSamples)
        : TrainingState =
        run (Some found) config callbacks cancellation network train validation
