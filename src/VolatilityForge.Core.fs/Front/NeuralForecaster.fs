/// A network as a forecaster: it learns what a log-HAR leaves, and untrained it is that log-HAR.
namespace VolatilityForge

open System
open System.Collections.Concurrent
open System.IO
open System.Runtime.CompilerServices
open System.Threading
open TorchSharp

/// Networks as forecasters.
[<RequireQualifiedAccess>]
module NeuralForecaster =

    /// Tells nobody, never stops.
    let unmonitored: TrainingMonitor =
        {
            OnTrained = ignore
            Callbacks = []
            Cancellation = CancellationToken.None
            Checkpoints = None
            OnNote = ignore
        }

    /// A month of days, three seeds, half the answer applied, one fifth of the window for validation, refitted every two
    /// years. The half and the two years come from a study on other markets; nothing was chosen on the test days.
    let options (name: string) (recipe: NetworkRecipe) : NeuralOptions =
        {
            Name = name
            Recipe = recipe
            Device = "cpu"
            Training = Loop.standard
            Base = LogHar.defaults
            Time = 22
            Seeds = [ 1L; 2L; 3L ]
            Gain = 0.5
            ValidationShare = 0.2
            BaseShare = 0.25
            RefitEvery = 500
        }

    /// The fewest labels for training, and for validation.
    let private fewestLabels = 30

    /// Labels before the first base forecast inside a window.
    let private baseLabels (options: NeuralOptions) (horizon: int) (window: Window) : int =
        int (ceil (options.BaseShare * float (Labels.count horizon window)))

    /// The options, or every setting outside its domain.
    let check (options: NeuralOptions) : Result<NeuralOptions, Fault> =
        checked' {
            let! _ = Loop.check options.Training
            and! _ = LogHar.check options.Base

            and! _ =
                Checked.all
                    [
                        options.Time >= 1
                        |> Checked.require (
                            Fault.BadSetting("sequence length", "must be at least 1", string options.Time)
                        )
                        not options.Seeds.IsEmpty
                        |> Checked.require (Fault.BadSetting("seeds", "must be one or more", "none"))
                        (options.Gain > 0.0 && options.Gain <= 1.0)
                        |> Checked.require (Fault.BadSetting("gain", "must be in (0, 1]", string options.Gain))
                        (options.ValidationShare > 0.0 && options.ValidationShare < 1.0)
                        |> Checked.require (
                            Fault.BadSetting("validation share", "must be in (0, 1)", string options.ValidationShare)
                        )
                        (options.BaseShare > 0.0 && options.BaseShare < 1.0)
                        |> Checked.require (
                            Fault.BadSetting("base share", "must be in (0, 1)", string options.BaseShare)
                        )
                        options.RefitEvery >= 1
                        |> Checked.require (
                            Fault.BadSetting("refit-every", "must be at least 1", string options.RefitEvery)
                        )
                    ]

            return options
        }

    /// What the networks of an ensemble are made from; members differ in the seed.
    let context
        (options: NeuralOptions)
        (scaler: Scaler)
        (fittedBase: LogHarCoefficients option)
        : Result<NetworkContext, Fault> =
        Engine.device options.Device
        |> Result.map (fun device ->
            {
                Features = scaler.Mean.Length
                Time = options.Time
                Seed = 0L
                Device = device
                Scaler = scaler
                Base = fittedBase
            })

    let private restored (recipe: NetworkRecipe) (context: NetworkContext) (member': TrainedMember) : IDifferentiable =
        let network = NetworkRecipe.make recipe { context with Seed = member'.Seed }

        try
            Network.load network member'.Weights
            network
        with _ ->
            Network.release network
            reraise ()

    /// Rows of a window with labels and whole features, split in time into training and validation; between the two lie
    /// `horizon` rows that neither uses, so that no training label reaches a validation day.
    let split (options: NeuralOptions) (horizon: int) (window: Window) (isUsable: int -> bool) : int[] * int[] =
        let rows =
            [| max window.First (Inputs.firstDay options.Time) .. window.Last - horizon |]
            |> Array.filter isUsable

        let validation = int (ceil (options.ValidationShare * float rows.Length))
        let training = rows.Length - validation - horizon
        rows[.. training - 1], rows[max 0 (rows.Length - validation) ..]

    /// The newest whole checkpoint of a run. Damaged ones are told; where there is no whole one they are removed, which costs
    /// the time to train again and changes nothing else.
    let private earlierRun (monitor: TrainingMonitor) (policy: CheckpointPolicy) : FoundSnapshot option =
        let tell (fault: Fault) = monitor.OnNote(Fault.describe fault)

        match CheckpointFolder.tryLatest policy.Folder with
        | Ok found ->
            found |> Option.iter (fun found -> List.iter tell found.Damaged)
            found
        | Error fault ->
            tell fault
            CheckpointFolder.clear policy.Folder
            None

    /// Trains one member from its seed, or goes on with its training where the monitor's folder has a checkpoint of it;
    /// `run` is the member's folder there. Raises when training fails or is cancelled.
    let train
        (options: NeuralOptions)
        (monitor: TrainingMonitor)
        (context: NetworkContext)
        (run: string)
        (training: Samples)
        (validation: Samples)
        (seed: int64)
        : TrainedMember =
        let network = NetworkRecipe.make options.Recipe { context with Seed = seed }

        let trained (trainingOn: LoadedSamples) (validationOn: LoadedSamples) : TrainedMember =
            let config = { options.Training with Seed = seed }

            let policy =
                monitor.Checkpoints
                |> Option.map (fun root ->
                    { CheckpointFolder.policy (Path.Combine(root, run)) with
                        KeepLast = 1
                        KeepBest = false
                    })

            let saving = policy |> Option.map Callback.checkpoints |> Option.toList

            let named =
                monitor.Callbacks
                |> List.map (fun callback notice view -> callback notice { view with Run = run })

            let earlier = policy |> Option.bind (earlierRun monitor)

            let fit =
                match earlier with
                | Some found -> Loop.resume found
                | None -> Loop.fit

            let state =
                fit config (named @ saving) monitor.Cancellation network trainingOn validationOn

            match state.Phase with
            | TrainingPhase.Finished(StopReason.Failed fault) -> Fault.raiseWith fault
            | TrainingPhase.Finished StopReason.Cancelled -> Fault.raiseWith (Fault.Cancelled "Training")
            | _ ->
                {
                    Seed = seed
                    Weights = Network.state network
                    State = state
                }

        try
            Batches.using context.Device training (fun trainingOn ->
                Batches.using context.Device validation (fun validationOn -> trained trainingOn validationOn))
        finally
            Network.release network

    /// One member's answers to samples.
    let predict
        (recipe: NetworkRecipe)
        (context: NetworkContext)
        (samples: Samples)
        (member': TrainedMember)
        : float32[] =
        let network = restored recipe context member'

        try
            Scope.run (fun () ->
                let shape = [| int64 samples.Count; int64 samples.Time; int64 samples.Features |]
                Loop.predict network ((Ops.ofArray shape samples.Inputs).``to`` context.Device))
        finally
            Network.release network

    /// Origins answered by one pass. Passes are aligned to multiples of it and padded to it, so that an origin's answer has
    /// the same bits whatever days come after it.
    let private chunk = 64

    /// What the ensemble adds to ln of the base's forecast at the origins of one chunk: the gain times the mean answer, for
    /// levels less that of the log-HAR they started from. The base itself is newer than that one: it is refitted daily.
    let private answers (options: NeuralOptions) (ensemble: TrainedEnsemble) (history: History) (index: int) : float[] =
        let features = Inputs.ofHistory history
        let count = features.Length
        let width = options.Time * count
        let buffer = Array.zeroCreate (chunk * width)

        for place in 0 .. chunk - 1 do
            let day = index * chunk + place

            if day >= Inputs.firstDay options.Time && day < features[0].Length then
                Inputs.write ensemble.Scaler features options.Time day buffer (place * width)

        let samples =
            {
                Inputs = buffer
                Count = chunk
                Time = options.Time
                Features = count
                Targets = Array.zeroCreate chunk
            }

        let context = context options ensemble.Scaler (Some ensemble.Base) |> Fault.orRaise

        let each = ensemble.Members |> List.map (predict options.Recipe context samples)

        Array.init chunk (fun place ->
            let mean = each |> List.averageBy (fun answer -> float answer[place])

            match options.Recipe.Answer with
            | NetworkAnswer.Residual -> options.Gain * mean
            | NetworkAnswer.Level ->
                let day = min (index * chunk + place) (History.length history - 1)
                options.Gain * (mean - LogHar.level options.Base ensemble.Base history day))

    /// The ensemble over a fitted base. Answers are kept per history and chunk.
    let rec private over
        (options: NeuralOptions)
        (answered: ConditionalWeakTable<History, ConcurrentDictionary<int, Lazy<float[]>>>)
        (ensemble: TrainedEnsemble)
        (horizon: int)
        (baseModel: IForecaster)
        (fittedBase: IFitted)
        : IUpdatable =
        let residual (history: History) (origin: int) : float =
            let chunks = answered.GetValue(history, (fun _ -> ConcurrentDictionary()))

            let values =
                chunks.GetOrAdd(origin / chunk, fun index -> lazy (answers options ensemble history index))

            values.Value[origin % chunk]

        { new IUpdatable with
            member _.Forecast(history, origin) =
                fittedBase.Forecast(history, origin) * exp (residual history origin)

            member _.Update(history, window) =
                baseModel.Fit(history, window, horizon)
                |> Result.map (fun renewed -> over options answered ensemble horizon baseModel renewed :> IFitted)
        }

    /// The forecaster of an ensemble that was trained before, its base fitted on a window.
    let ofEnsemble
        (options: NeuralOptions)
        (ensemble: TrainedEnsemble)
        (history: History)
        (window: Window)
        : Result<IFitted, Fault> =
        let baseModel = LogHar.forecaster options.Base

        baseModel.Fit(history, window, ensemble.Horizon)
        |> Result.map (fun fittedBase ->
            over options (ConditionalWeakTable()) ensemble ensemble.Horizon baseModel fittedBase :> IFitted)

    /// The folder of a member's training run: nothing else of an experiment has the same.
    let private runName
        (options: NeuralOptions)
        (history: History)
        (window: Window)
        (horizon: int)
        (seed: int64)
        : string =
        let symbol =
            if history.Symbol = "" then
                ""
            else
                Uri.EscapeDataString history.Symbol + "."

        $"{symbol}{Uri.EscapeDataString options.Name}.h{horizon}.{history.Dates[window.Last]:O}.seed{seed}"

    let private fitEnsemble
        (options: NeuralOptions)
        (monitor: TrainingMonitor)
        (history: History)
        (window: Window)
        (horizon: int)
        (fittedBase: LogHarFit)
        (baseForecasts: float[])
        : Result<TrainedEnsemble, Fault> =
        let features = Inputs.ofHistory history
        let baseOf (day: int) = baseForecasts[day - window.First]

        let training, validation =
            split options horizon window (fun day -> Double.IsFinite(baseOf day))

        if min training.Length validation.Length < fewestLabels then
            Error(
                Fault.TooShort(
                    $"{options.Name} at horizon {horizon} (training or validation labels)",
                    fewestLabels,
                    min training.Length validation.Length
                )
            )
        else
            Fault.catch (fun () ->
                let scaler =
                    Inputs.fit (training[0] - options.Time + 1) training[training.Length - 1] features

                let samples (days: int[]) =
                    days
                    |> Array.map (fun day ->
                        let level = log (Units.strip (History.target horizon history day))

                        match options.Recipe.Answer with
                        | NetworkAnswer.Residual -> level - baseOf day
                        | NetworkAnswer.Level -> level)
                    |> Inputs.samples scaler features options.Time days

                let training, validation = samples training, samples validation
                let coefficients = LogHar.coefficients fittedBase
                let context = context options scaler (Some coefficients) |> Fault.orRaise

                let ensemble =
                    {
                        Model = options.Name
                        Horizon = horizon
                        FittedOn = history.Dates[window.Last]
                        Scaler = scaler
                        Base = coefficients
                        Members =
                            [
                                for seed in options.Seeds ->
                                    let run = runName options history window horizon seed
                                    train options monitor context run training validation seed
                            ]
                    }

                monitor.OnTrained ensemble
                ensemble)

    /// The network as a forecaster. Of residuals the forecast is exp(ln base + gain * mean answer): with an answer of 0 the
    /// log-HAR forecast, to the last bit. The base of a training row is a walk-forward forecast inside the window, never
    /// an in-sample fit. Of levels it is exp(ln base + gain * (mean answer - ln start)), where the start is the log-HAR of the
    /// window that the networks were trained on. Without the tensor engine Fit gives Fault.NoEngine.
    let forecaster (monitor: TrainingMonitor) (options: NeuralOptions) : IForecaster =
        let baseModel = LogHar.forecaster options.Base

        { new IForecaster with
            member _.Name = options.Name
            member _.RefitEvery = options.RefitEvery

            member _.MinimumDays horizon =
                let smallerShare = min options.ValidationShare (1.0 - options.ValidationShare)

                let rows =
                    ceil (float fewestLabels / smallerShare)
                    + float (horizon + Inputs.firstDay options.Time)

                int (ceil (rows / (1.0 - options.BaseShare))) + 2 * horizon

            member _.Fit(history, window, horizon) =
                either {
                    let! _ = check options
                    let! _ = Engine.check ()
                    let! fittedBase = baseModel.Fit(history, window, horizon)
                    let! start = LogHar.fit options.Base horizon history window

                    let! baseForecasts =
                        LogHar.walkForward options.Base horizon (baseLabels options horizon window) history window

                    let! ensemble =
                        fitEnsemble options monitor history window horizon start baseForecasts

                    return over options (ConditionalWeakTable()) ensemble horizon baseModel fittedBase :> IFitted
                }
          interface ISerialForecaster
        }
