/// An experiment: data, walk-forward, models, table. Writes no file and prints nothing.
namespace VolatilityForge

open System.Collections.Concurrent
open System.Threading
open System.Threading.Tasks

/// The coefficients of a model over its refits, about one a month.
type ParameterPath =
    {
        Model: string
        Horizon: int
        /// Days of the fits.
        Dates: System.DateOnly[]
        Names: string list
        /// By day, then by name.
        Values: float[][]
    }

/// The news impact curve of a model's last fit.
type NewsImpactCurve =
    {
        Model: string
        Horizon: int
        /// Residuals in volatilities.
        Shocks: float[]
        /// Variance of the day after.
        Variance: Variance[]
    }

/// Everything an experiment found of a symbol.
type ExperimentResult =
    {
        Config: ExperimentConfig
        Table: ReportTable
        Tracks: ForecastTrack list
        /// Every fit of a network, in order.
        Training: TrainedEnsemble list
        /// Of the models that tell their coefficients, in the order of the tracks.
        Parameters: ParameterPath list
        /// Of the models that have one, in the order of the tracks.
        NewsImpact: NewsImpactCurve list
        /// Intervals and quantiles of every track, in the order of the tracks; empty where the settings ask for none.
        Risk: RiskTrack list
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
        /// The folder in which a run keeps its done units and networks in training keep checkpoints: a run with the same settings and
        /// data goes on from them.
        Checkpoints: string option
        /// Told of what was passed over, such as a damaged checkpoint.
        OnNote: string -> unit
        /// Units of the walk-forward done at the same time, networks apart; the results are the same for any number.
        Threads: int
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
            Threads = 1
        }

    /// How a config walks forward. Raises the fault of an unknown clamp.
    let walkForwardOf (config: ExperimentConfig) : WalkForwardConfig =
        { WalkForwardConfig.defaults with
            Window = config.Window
            Horizons = config.Horizons
            Embargo = config.Embargo
            Clamp = ClampRule.ofName config.Clamp |> Fault.orRaise
            RefitEvery =
                if config.RefitAllEvery = 0 then
                    None
                else
                    Some config.RefitAllEvery
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
            Fault.catch (fun () -> walkForwardOf config)
            |> Result.bind WalkForwardConfig.check
            |> Result.map ignore

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
                if MeasureFile.isColumn config.Measure then
                    Ok()
                else
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
                config.Risk |> Result.map ignore
            ]
        |> Result.map (fun () -> config)

    /// As `checkWith`, for the models that come with the library.
    let check (config: ExperimentConfig) : Result<ExperimentConfig, Fault> = checkWith Models.registry config

    /// The models by name, after everything that can be checked before the work.
    let private prepared
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (histories: History list)
        : Result<(string * IForecaster) list, Fault> =
        either {
            let! _ = checkWith models config

            let! forecasters =
                config.Models
                |> Checked.traverse (Models.forecaster models NeuralForecaster.unmonitored config)

            do! WalkForward.check (walkForwardOf config) forecasters histories

            match
                histories
                |> List.tryFind (fun history -> Array.forall ((=) 0.0) history.Returns)
            with
            | Some history when not config.VarLevels.IsEmpty ->
                let reason =
                    (if history.Symbol = "" then
                         "the history"
                     else
                         history.Symbol)
                    + " has no returns"

                return! Error(Fault.NotComputable("Value at Risk", reason, "Give a column of returns or prices."))
            | _ -> ()

            return List.zip config.Models forecasters
        }

    let private planOf (config: ExperimentConfig) (forecasters: (string * IForecaster) list) (histories: History list) =
        WorkPlan.units
            (walkForwardOf config)
            (forecasters |> List.map (fun (name, model) -> name, model.RefitEvery))
            histories

    /// The units of the walk-forward of the config's models through histories. Faults: those of the settings and of too short data.
    let planWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (histories: History list)
        : Result<WorkUnit list, Fault> =
        prepared models config histories
        |> Result.map (fun forecasters -> planOf config forecasters histories)

    /// Does a shard of the plan, but for the units that the monitor's folder of checkpoints holds; all its parts come back in the order
    /// of the plan. Faults: those of the settings, the data and the models.
    let partsWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (shard: Shard)
        (histories: History list)
        : Result<ExperimentPart list, Fault> =
        let trained = ConcurrentDictionary<WorkUnit, ResizeArray<TrainedEnsemble>>()

        // A network's fits are gathered by the unit that they are in.
        let network (unit: WorkUnit) : IForecaster =
            let fits = trained.GetOrAdd(unit, fun _ -> ResizeArray())

            let watcher =
                {
                    OnTrained = fits.Add
                    Callbacks = monitor.Callbacks
                    Cancellation = monitor.Cancellation
                    Checkpoints = monitor.Checkpoints
                    OnNote = monitor.OnNote
                }

            Models.forecaster models watcher config unit.Model |> Fault.orRaise

        either {
            let! forecasters = prepared models config histories
            let networks = Models.networks models config |> List.map fst |> Set.ofList
            let byName = Map.ofList forecasters
            let plan = planOf config forecasters histories |> WorkPlan.ofShard shard

            let! journal =
                match monitor.Checkpoints with
                | None -> Ok None
                | Some folder ->
                    UnitJournal.Open(folder, ExperimentIdentity.ofRun config histories, monitor.OnNote)
                    |> Result.map Some

            let done' =
                ConcurrentDictionary<WorkUnit, ExperimentPart>(
                    dict
                        [
                            for journal in Option.toList journal do
                                for part in journal.Known -> part.Result.Unit, part
                        ]
                )

            let rest = plan |> List.filter (done'.ContainsKey >> not)
            let total = plan |> List.sumBy _.Origins
            let made = ref (total - (rest |> List.sumBy _.Origins))

            let step () : unit =
                made.Value <- made.Value + 1
                monitor.Progress(made.Value, total)

            let finished (result: UnitResult) : unit =
                let part =
                    {
                        Result = result
                        Training =
                            match trained.TryGetValue result.Unit with
                            | true, fits -> List.ofSeq fits
                            | _ -> []
                    }

                done'[result.Unit] <- part
                journal |> Option.iter _.Keep(part)

            let outcome =
                WalkForward.units
                    { walkForwardOf config with
                        Threads = monitor.Threads
                    }
                    (fun model -> byName[model] :? ISerialForecaster)
                    (fun unit ->
                        if networks.Contains unit.Model then
                            network unit
                        else
                            byName[unit.Model])
                    finished
                    step
                    monitor.Cancellation
                    histories
                    rest

            match outcome, journal with
            | Error(Fault.Cancelled _), Some journal -> do! Fault.catch journal.Flush
            | _ -> ()

            let! _ = outcome
            return plan |> List.map (fun unit -> done'[unit])
        }

    let private paths (history: History) (parts: ExperimentPart list) : ParameterPath list =
        parts
        |> List.groupBy (fun part -> part.Result.Unit.Horizon, part.Result.Unit.Model)
        |> List.choose (fun ((horizon, model), parts) ->
            match parts |> List.collect _.Result.Parameters with
            | [] -> None
            | first :: _ as points ->
                Some
                    {
                        Model = model
                        Horizon = horizon
                        Dates = [| for point in points -> history.Dates[point.Origin] |]
                        Names = first.Values |> List.map fst
                        Values = [| for point in points -> [| for _, value in point.Values -> value |] |]
                    })

    let private risksOf (config: ExperimentConfig) (history: History) (tracks: ForecastTrack list) =
        if config.HasRisk then
            config.Risk
            |> Result.bind (fun risk -> tracks |> Checked.traverse (RiskTrack.ofTrack risk history))
        else
            Ok []

    /// The results by symbol, in the order of the histories, out of all parts of the plan in any order. Faults: a part that is
    /// missing or not of this plan, those of the losses.
    let ofPartsWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (threads: int)
        (histories: History list)
        (parts: ExperimentPart list)
        : Result<ExperimentResult list, Fault> =
        let described (unit: WorkUnit) : string =
            let symbol = if unit.Symbol = "" then "" else $" of {unit.Symbol}"
            $"{unit.Model} at horizon {unit.Horizon}{symbol}, days {unit.First} to {unit.Last}"

        let symbol (byUnit: Map<WorkUnit, ExperimentPart>) (plan: WorkUnit list) (history: History) =
            let own =
                plan
                |> List.filter (fun unit -> unit.Symbol = history.Symbol)
                |> List.map (fun unit -> byUnit[unit])

            let tracks = own |> List.map _.Result |> WalkForward.tracks [ history ]

            Checked.zip (Report.ofTracks HacLag.Automatic config.Baseline tracks) (risksOf config history tracks)
            |> Result.map (fun (table, risk) ->
                {
                    Config = config
                    Table = table
                    Tracks = tracks
                    Training = own |> List.collect _.Training
                    Parameters = paths history own
                    NewsImpact =
                        [
                            for part in own do
                                if part.Result.NewsImpact.Length > 0 then
                                    {
                                        Model = part.Result.Unit.Model
                                        Horizon = part.Result.Unit.Horizon
                                        Shocks = NewsImpact.shocks
                                        Variance = part.Result.NewsImpact
                                    }
                        ]
                    Risk = risk
                })

        either {
            let! forecasters =
                config.Models
                |> Checked.traverse (Models.forecaster models NeuralForecaster.unmonitored config)

            let plan = planOf config (List.zip config.Models forecasters) histories
            let byUnit = parts |> List.map (fun part -> part.Result.Unit, part) |> Map.ofList
            let planned = Set.ofList plan

            match
                plan |> List.tryFind (byUnit.ContainsKey >> not),
                parts |> List.tryFind (fun part -> not (planned.Contains part.Result.Unit))
            with
            | Some missing, _ ->
                return!
                    Error(
                        Fault.NotComputable(
                            "The results",
                            $"{described missing}, are missing",
                            "Give every part of the run."
                        )
                    )
            | None, Some foreign ->
                return!
                    Error(
                        Fault.NotComputable(
                            "The results",
                            $"{described foreign.Result.Unit}, are of another run",
                            "Give the parts of one run."
                        )
                    )
            | None, None -> ()

            let tables = Array.create histories.Length (Error(Fault.Cancelled "The table"))

            Parallel.For(
                0,
                histories.Length,
                ParallelOptions(MaxDegreeOfParallelism = max 1 threads),
                fun place -> tables[place] <- symbol byUnit plan (List.item place histories)
            )
            |> ignore

            return! tables |> List.ofArray |> Checked.sequence
        }

    /// Walks the config's models, drawn from the registry, forward through the histories of many symbols; results in their order.
    /// Faults: those of the settings, the data and the models.
    let runPanelWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (histories: History list)
        : Result<ExperimentResult list, Fault> =
        partsWith models config monitor Shard.whole histories
        |> Result.bind (ofPartsWith models config monitor.Threads histories)

    /// As `runPanelWith`, with the models that come with the library.
    let runPanel
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (histories: History list)
        : Result<ExperimentResult list, Fault> =
        runPanelWith Models.registry config monitor histories

    /// Walks the config's models, drawn from the registry, forward through a history. Faults: those of the settings, the data
    /// and the models.
    let runWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (history: History)
        : Result<ExperimentResult, Fault> =
        runPanelWith models config monitor [ history ] |> Result.map List.head

    /// As `runWith`, with the models that come with the library.
    let run
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (history: History)
        : Result<ExperimentResult, Fault> =
        runWith Models.registry config monitor history

    /// Bars as the config measures them. Faults: those of Measured.history.
    let historyOf (config: ExperimentConfig) (bars: Bars) : Result<History, Fault> =
        if MeasureFile.isColumn config.Measure then
            let rule = "names a column of a file of daily measures; these are bars"
            Error(Fault.BadSetting("measure", rule, config.Measure))
        else
            Range.parse config.Measure
            |> Result.bind (fun measure -> Measured.history VarianceFloor.SmallestSoFar measure bars)

    /// Measures bars and walks the config's models, drawn from the registry, forward through them.
    let runBarsWith
        (models: ModelRegistry)
        (config: ExperimentConfig)
        (monitor: ExperimentMonitor)
        (bars: Bars)
        : Result<ExperimentResult, Fault> =
        either {
            let! _ = checkWith models config
            let! history = historyOf config bars
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
