/// The one interpreter of the training state machine: runs its effects on a network and feeds it the events.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text
open System.Threading
open TorchSharp

/// Training runs.
[<RequireQualifiedAccess>]
module Loop =

    /// At most 6 epochs of batches of 64, clipped QLIKE, AdamW with peak rate 1.5e-3 after 30 steps and a cosine to 0; stops
    /// after 3 epochs without improvement.
    let standard: TrainingConfig =
        {
            Limits = { Epochs = 6; Patience = Some 3 }
            BatchSize = 64
            Objective = Objective.standard
            Accumulation = 1
            PeakRate = 1.5e-3
            Schedule = ScheduleShape.standard
            Optimiser = Optimiser.standard
            LossScale = None
            Average = None
            Seed = 0L
        }

    /// The config, or every setting outside its domain.
    let check (config: TrainingConfig) : Result<TrainingConfig, Fault> =
        let atLeastOne name value =
            if value < 1 then
                [ Fault.BadSetting(name, "must be at least 1", string value) ]
            else
                []

        let ignoring result =
            result |> Result.map ignore |> Either.fold List.singleton (fun () -> [])

        let faults =
            atLeastOne "epochs" config.Limits.Epochs
            @ atLeastOne "batch size" config.BatchSize
            @ atLeastOne "accumulation" config.Accumulation
            @ (config.Limits.Patience
               |> Option.map (atLeastOne "patience")
               |> Option.defaultValue [])
            @ ignoring (
                Schedule.check
                    {
                        Shape = config.Schedule
                        Peak = config.PeakRate
                        Steps = 1
                    }
            )
            @ ignoring (Objective.check config.Objective)
            @ ignoring (Optimiser.check config.Optimiser)
            @ (config.LossScale
               |> Option.map (LossScale.check >> ignoring)
               |> Option.defaultValue [])
            @ (config.Average
               |> Option.map (Average.check >> ignoring)
               |> Option.defaultValue [])

        match faults with
        | [] -> Ok config
        | several -> Error(Fault.combine several)

    let private stepConfig (config: TrainingConfig) (samples: int) : StepConfig =
        let perStep = config.BatchSize * config.Accumulation
        let stepsPerEpoch = (samples + perStep - 1) / perStep

        {
            Objective = config.Objective
            Optimiser = config.Optimiser
            Schedule =
                {
                    Shape = config.Schedule
                    Peak = config.PeakRate
                    Steps = int (min (int64 Int32.MaxValue) (int64 stepsPerEpoch * int64 config.Limits.Epochs))
                }
            PartSize = config.BatchSize
            LossScale = config.LossScale
            Average = config.Average
        }

    /// Samples per forward pass of a validation: bounds its memory.
    let private validationChunk = 1024

    /// The network's mean loss over the samples, without dropout; targets are weighed alike.
    let evaluate (objective: Objective) (network: IDifferentiable) (samples: LoadedSamples) : float =
        let count = samples.Target.shape[0]
        let mutable total = 0.0
        let mutable targets = 0.0

        for first in 0L .. int64 validationChunk .. count - 1L do
            let length = min (int64 validationChunk) (count - first)

            let mean, weight =
                Scope.inference (fun () ->
                    let predicted = network.Forward(samples.Input.narrow (0L, first, length), None)
                    let target = samples.Target.narrow (0L, first, length)
                    Objective.loss objective predicted target |> Ops.toFloat, Objective.targets target)

            total <- total + mean * weight
            targets <- targets + weight

        total / targets

    /// The network's answers over the inputs, without dropout. inputs: (samples, time, features); result (samples).
    let predict (network: IDifferentiable) (input: Tensor) : float32[] =
        let count = input.shape[0]

        [|
            for first in 0L .. int64 validationChunk .. count - 1L do
                let length = min (int64 validationChunk) (count - first)
                Scope.inference (fun () -> network.Forward(input.narrow (0L, first, length), None) |> Ops.toArray)
        |]
        |> Array.concat

    let private identify
        (config: TrainingConfig)
        (network: IDifferentiable)
        (samples: LoadedSamples list)
        : RunIdentity =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        for each in samples do
            for tensor in [ each.Input; each.Target ] do
                hash.AppendData(Encoding.UTF8.GetBytes(Axes.showShape tensor.shape))
                hash.AppendData(MemoryMarshal.AsBytes(ReadOnlySpan(Ops.toArray tensor)))

        {
            Config = (RecordJson.toNode config).ToJsonString()
            Data = Convert.ToHexStringLower(hash.GetHashAndReset())
            Network =
                [
                    for parameter in network.Parameters do
                        yield $"{parameter.Name} {Axes.showShape parameter.Value.shape} {parameter.Value.dtype}"
                    match network with
                    | :? IDescribed as described -> yield described.Description
                    | _ -> ()
                ]
                |> String.concat "; "
        }

    /// Operands on different devices may end the process.
    let private checkDevice (leaf: Tensor) (samples: LoadedSamples list) : unit =
        for each in samples do
            if string each.Input.device <> string leaf.device then
                Fault.raiseWith (
                    Fault.BadSetting(
                        "samples",
                        $"must be on the network's device ({leaf.device})",
                        string each.Input.device
                    )
                )

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
        let watched = Network.watchedFor train.Target.shape[1..] network
        let parameters = network.Parameters
        let leaves = parameters |> Array.map (fun parameter -> parameter.Value)
        let count = int train.Target.shape[0]
        let step = stepConfig config count
        let order = Rng.ofSeed config.Seed
        let identity = lazy (identify config network [ train; validation ])
        use generator = new torch.Generator(uint64 config.Seed)
        checkDevice leaves[0] [ train; validation ]
        let wereRecorded = leaves |> Array.map _.requires_grad

        let mutable progress = Step.init step parameters
        let mutable best: StoredTensor list = []
        let mutable state = Trainer.ready
        let mutable batchNumbers: int64[] = [||]
        let effects = Queue<TrainingEffect>()

        let snapshot (state: TrainingState) : Snapshot =
            {
                Identity = identity.Value
                State = state
                Weights = Network.state network
                Best = best
                Optimiser =
                    [
                        for name, vector in Step.tensors progress -> StoredTensor.ofTensor name vector
                    ]
                Numbers = Step.numbers progress
                Generator = Scope.run (fun () -> generator.get_state().data<byte>().ToArray())
            }

        let goOnFrom (found: FoundSnapshot) : unit =
            let from = Snapshot.check found.Path identity.Value found.Snapshot |> Fault.orRaise
            Network.load network from.Weights
            StoredTensor.copyInto (Step.tensors progress) from.Optimiser
            progress <- Step.withNumbers from.Numbers progress

            Scope.run (fun () ->
                if int64 from.Generator.Length <> generator.get_state().numel() then
                    let remedy = "Go on with the tensor engine that wrote it."
                    Fault.raiseWith (Fault.BadFile(found.Path, "its generator's state is another engine's", remedy))

                generator.set_state (torch.from_array from.Generator))

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
                    Run = ""
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

        /// Runs the network; an error of it or of the engine ends training as any other does.
        let guarded (work: unit -> unit) : unit =
            try
                work ()
            with
            | :? VolatilityForgeException as raised -> breakOff raised.Fault
            | error -> breakOff (Fault.NotComputable("the network in training", error.Message.TrimEnd '.', ""))

        let trainBatch (numbers: int64[]) : unit =
            batchNumbers <- numbers
            use before = Scope.one generator.get_state
            let mutable whole = false

            // A step that was not made must not have drawn either: the run goes on with the same batch.
            let undraw () =
                if not whole then
                    generator.set_state before

            let take () =
                let next, outcome = Step.take step watched (Some generator) train numbers progress

                progress <- next

                match outcome with
                | StepOutcome.Taken(loss, norm, rate) ->
                    whole <- Double.IsFinite loss && Double.IsFinite norm
                    undraw ()
                    raiseEvent (TrainingEvent.BatchTrained(loss, norm, rate))
                | StepOutcome.Skipped _ ->
                    whole <- true
                    raiseEvent TrainingEvent.BatchSkipped
                | StepOutcome.Stopped(loss, norm, fault) ->
                    undraw ()
                    tell (TrainingNotice.NotFinite(loss, norm)) state
                    breakOff fault

            guarded (fun () ->
                try
                    take ()
                with _ ->
                    undraw ()
                    reraise ())

        let rec drain () : unit =
            if effects.Count > 0 then
                perform (effects.Dequeue())
                drain ()

        and perform (effect: TrainingEffect) : unit =
            match effect with
            | TrainingEffect.TrainEpoch epoch ->
                let size = config.BatchSize * config.Accumulation

                for numbers in Batches.order order epoch size count |> Array.skip state.Batches do
                    if cancellation.IsCancellationRequested then
                        raiseEvent TrainingEvent.CancelRequested

                    if state.Phase = TrainingPhase.Training then
                        trainBatch numbers
                        drain ()

                raiseEvent TrainingEvent.EpochTrained
            | TrainingEffect.Validate ->
                guarded (fun () ->
                    let loss =
                        Step.validating parameters progress (fun () -> evaluate config.Objective watched validation)

                    progress <- Step.observe step loss progress
                    raiseEvent (TrainingEvent.Validated loss))
            | TrainingEffect.Save -> best <- Step.validating parameters progress (fun () -> Network.state network)
            | TrainingEffect.Restore when not best.IsEmpty -> Network.load network best
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
            Step.dispose progress

            Array.iter2 (fun (leaf: Tensor) recorded -> leaf.requires_grad <- recorded) leaves wereRecorded

    /// Trains the network in place and returns the last state; the network then has the best weights on validation,
    /// the untrained ones if nothing was better. Every parameter is trained. Same samples, config and engine: the same bits
    /// on CPU. An error of the network, the engine or a callback is the last state's fault.
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
    /// interrupted (on CPU). Raises Fault.BadFile when config, samples or network are not those of the snapshot's run, and the faults
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
