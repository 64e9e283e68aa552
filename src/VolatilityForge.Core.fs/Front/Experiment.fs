/// An experiment: data, walk-forward, models, table. Writes no file and prints nothing.
namespace VolatilityForge

open System.Collections.Concurrent
open System.Threading
open System.Threading.Tasks

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
    let walkForwardOf (config: ExperimentConfig) : WalkForwardConfig = ExperimentCheck.walkForwardOf config

    /// The settings, or every one outside its domain; the models' names are those of the registry.
    let checkWith (models: ModelRegistry) (config: ExperimentConfig) : Result<ExperimentConfig, Fault> =
        ExperimentCheck.check models config

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
