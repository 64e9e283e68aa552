/// An experiment: data, walk-forward, models, table. Writes no file and prints nothing.
namespace VolatilityForge

open System
open System.Threading

/// Everything an experiment found.
type ExperimentResult =
    {
        Config: ExperimentConfig
        Table: ReportTable
        Tracks: ForecastTrack list
        /// Every fit of a network, in order.
        Training: TrainedEnsemble list
    }

    /// The row of a model at a horizon, or a fault that lists the known names.
    member result.Row(model: string, horizon: int) : Result<ReportRow, Fault> =
        match
            result.Table.Rows
            |> List.tryFind (fun row -> row.Model = model && row.Horizon = horizon)
        with
        | Some row -> Ok row
        | None ->
            let known =
                result.Table.Rows |> List.map (fun row -> $"{row.Model} at {row.Horizon}")

            Error(Fault.UnknownName("row", $"{model} at {horizon}", known))

/// What an experiment tells and asks while it runs.
type ExperimentMonitor =
    {
        /// Forecasts made and in all.
        Progress: int * int -> unit
        Callbacks: TrainingCallback list
        Cancellation: CancellationToken
        /// The folder in which networks in training keep checkpoints: a run with the same settings and data goes on from them.
        Checkpoints: string option
        /// Told of what was passed over, such as a damaged checkpoint.
        OnNote: string -> unit
    }

/// Running experiments.
[<RequireQualifiedAccess>]
module Experiment =

    /// Tells nobody, never stops.
    let unmonitored: ExperimentMonitor =
        {
            Progress = ignore
            Callbacks = []
            Cancellation = CancellationToken.None
            Checkpoints = None
            OnNote = ignore
        }

    /// How a config walks forward.
    let walkForwardOf (config: ExperimentConfig) : WalkForwardConfig =
        { WalkForwardConfig.defaults with
            Window = config.Window
            Horizons = config.Horizons
        }

    /// The settings, or every one outside its domain; the models' names are those of the registry.
    let checkWith (models: ModelRegistry) (config: ExperimentConfig) : Result<ExperimentConfig, Fault> =
        let known (name: string) : Result<unit, Fault> =
            if List.contains name (Registry.names models) then
                Ok()
            elif (Registry.tryFind name models).IsSome then
                // Results are told apart by names: another case of one is another name.
                Error(Fault.UnknownName(models.Kind, name, Registry.names models))
            else
                Models.create models config name |> Result.map ignore

        // The sizes of the library's networks are checked below, whichever of them is among the models.
        let sizes =
            [
                TransformerConfig.check config.Transformer |> Result.map ignore
                MlpConfig.check config.Mlp |> Result.map ignore
                HarNetConfig.check config.HarNet |> Result.map ignore
            ]

        let makeable (name: string) : Result<unit, Fault> =
            match Registry.tryFind name models with
            | Some _ when List.forall Result.isOk sizes -> Models.create models config name |> Result.map ignore
            | _ -> Ok()

        // Neighbouring values of a window share most of their days, so that tomorrow's would nearly be known.
        let singleDay (measure: VarianceMeasure) : Result<unit, Fault> =
            match measure with
            | VarianceMeasure.YangZhang _ ->
                let rule =
                    "must measure single days to be forecast; Yang-Zhang averages over a window"

                Error(Fault.BadSetting("measure", rule, config.Measure))
            | _ -> Ok()

        let names =
            Checked.all
                [
                    Objective.ofName config.Objective |> Result.map ignore
                    Optimiser.ofName config.Optimiser |> Result.map ignore
                    ScheduleShape.ofName config.Schedule |> Result.map ignore
                    Precision.ofName config.Precision |> Result.map ignore
                ]

        // The rest of the training settings are checked even when a name is wrong.
        let training =
            let sound = ExperimentConfig.Default config.Features

            Models.training
                { config with
                    Objective = sound.Objective
                    Optimiser = sound.Optimiser
                    Schedule = sound.Schedule
                    Precision = sound.Precision
                }
            |> Loop.check
            |> Result.map ignore

        let neural =
            { NeuralForecaster.options "network" (NetworkRecipe.residual (fun _ -> invalidOp "never made")) with
                Time = config.SequenceLength
                Seeds = config.Seeds
                Gain = config.Gain
                RefitEvery = config.RefitEvery
            }
            |> NeuralForecaster.check
            |> Result.map ignore

        let walkForward =
            walkForwardOf config |> WalkForwardConfig.check |> Result.map ignore

        Checked.all
            [
                config.Features >= 1
                |> Checked.require (Fault.BadSetting("features", "must be at least 1", string config.Features))
                not config.Models.IsEmpty
                |> Checked.require (Fault.BadSetting("models", "must be one or more", "none"))
                config.Models |> List.map known |> Checked.all
                config.Models |> List.map makeable |> Checked.all
                List.contains config.Baseline config.Models
                |> Checked.require (
                    Fault.BadSetting("baseline", "must be one of the models of the run", config.Baseline)
                )
                Range.parse config.Measure |> Result.bind singleDay
                Ewma.check
                    { Ewma.defaults with
                        Lambda = config.EwmaDecay
                    }
                |> Result.map ignore
                yield! sizes
                config.SequenceLength <= config.Transformer.MaxLength
                |> Checked.require (
                    Fault.BadSetting(
                        "sequence length",
                        $"must be at most the Transformer's max length ({config.Transformer.MaxLength})",
                        string config.SequenceLength
                    )
                )
                Engine.checkDeviceName config.Device
                names
                training
                neural
                walkForward
            ]
        |> Result.map (fun () -> config)

    /// As `checkWith`, for the models that come with the library.
    let check (config: ExperimentConfig) : Result<ExperimentConfig, Fault> = checkWith Models.registry config

    /// Walks the config's models, drawn from the registry, forward through a history. Faults: those of the settings, the data
    /// and the models.
    let runWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (history: History)
        : Result<ExperimentResult, Fault> =
        let trained = ResizeArray<TrainedEnsemble>()

        let watcher =
            {
                OnTrained = trained.Add
                Callbacks = monitor.Callbacks
                Cancellation = monitor.Cancellation
                Checkpoints = monitor.Checkpoints
                OnNote = monitor.OnNote
            }

        either {
            let! _ = checkWith models config

            let! forecasters =
                config.Models |> Checked.traverse (Models.forecaster models watcher config)

            let! tracks =
                WalkForward.run (walkForwardOf config) monitor.Progress monitor.Cancellation forecasters history

            let! table = Report.ofTracks HacLag.Automatic config.Baseline tracks

            return
                {
                    Config = config
                    Table = table
                    Tracks = tracks
                    Training = List.ofSeq trained
                }
        }

    /// As `runWith`, with the models that come with the library.
    let run
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (history: History)
        : Result<ExperimentResult, Fault> =
        runWith Models.registry config monitor history

    /// Measures bars and walks the config's models, drawn from the registry, forward through them.
    let runBarsWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (bars: Bars)
        : Result<ExperimentResult, Fault> =
        either {
            let! _ = checkWith models config
            let! measure = Range.parse config.Measure
            let! history = Measured.history VarianceFloor.SmallestSoFar measure bars
            return! runWith models config monitor history
        }

    /// As `runBarsWith`, with the models that come with the library.
    let runBars (config: ExperimentConfig) (monitor: ExperimentMonitor) (bars: Bars) : Result<ExperimentResult, Fault> =
        runBarsWith Models.registry config monitor bars

/// The last step of the builder.
[<AutoOpen>]
module ExperimentConfigBuild =

    type ExperimentConfig with

        /// The settings, or every fault in them at once.
        member config.Build() : Result<ExperimentConfig, Fault> = Experiment.check config

        /// As Build, for a registry of one's own.
        member config.Build(models: ModelRegistry) : Result<ExperimentConfig, Fault> =
            Experiment.checkWith models config
