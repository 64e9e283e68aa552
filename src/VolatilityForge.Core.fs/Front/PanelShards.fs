/// Parts of a panel run that are done apart, and joining them: a unit is one model at one horizon, of one symbol where the model forecasts each
/// by itself. Prints nothing.
namespace VolatilityForge

open System
open System.Security.Cryptography
open System.Text
open System.Text.Json.Nodes

/// Doing and joining shards of panel runs.
[<RequireQualifiedAccess>]
module PanelShards =

    /// The name of the symbol in a unit of all symbols together.
    let private together = "*"

    /// A run's models that are walked, by horizon.
    let private leaves
        (config: PanelConfig)
        (models: IPanelForecaster list)
        : Result<(int * IPanelForecaster list) list, Fault> =
        config.Horizons
        |> Checked.traverse (fun horizon ->
            PanelWalk.leaves horizon models |> Result.map (fun leaves -> horizon, leaves))

    /// Every unit of a run: by horizon, model, symbol. It depends on the settings, the models and the panel's symbols only.
    let private units (leaves: (int * IPanelForecaster list) list) (panel: Panel) : WorkUnit list =
        [
            for horizon, models in leaves do
                for model in models do
                    let symbols =
                        match model with
                        | :? IPanelBySymbol -> panel.Symbols
                        | _ -> [| together |]

                    for symbol in symbols do
                        {
                            Symbol = symbol
                            Model = model.Name
                            Horizon = horizon
                            First = 0
                            Last = 0
                            Closing = false
                        }
        ]

    /// As PanelJournal.identity, with what the models say of themselves.
    let private identity
        (config: PanelConfig)
        (leaves: (int * IPanelForecaster list) list)
        (common: CommonSeries list)
        (histories: History list)
        : ExperimentIdentity =
        let own = PanelJournal.identity config common histories
        let settings = JsonNode.Parse(own.Settings).AsObject()

        let told =
            [
                for horizon, models in leaves do
                    for model in models -> PanelWalk.settings horizon model
            ]
            |> String.concat "\n"

        settings["SettingsOfModels"] <-
            JsonValue.Create(told |> Encoding.UTF8.GetBytes |> SHA256.HashData |> Convert.ToHexStringLower)

        { own with
            Settings = settings.ToJsonString()
        }

    let private part (model: string) (horizon: int) (symbol: string) (forecasts: Variance[]) : ExperimentPart =
        {
            Result =
                {
                    Unit =
                        {
                            Symbol = symbol
                            Model = model
                            Horizon = horizon
                            First = 0
                            Last = forecasts.Length - 1
                            Closing = false
                        }
                    Forecast = forecasts
                    Clamped = 0
                    Refits = 0
                    Next = None
                    Parameters = []
                    NewsImpact = [||]
                }
            Training = []
        }

    /// A shard's raw forecasts of one model at one horizon.
    let private walk
        (threads: int)
        (monitor: PanelMonitor)
        (panel: Panel)
        (schedule: PanelSchedule)
        (model: IPanelForecaster)
        (symbols: string list)
        : ExperimentPart list =
        if monitor.Cancellation.IsCancellationRequested then
            Fault.raiseWith (Fault.Cancelled "The walk-forward")

        let places =
            match symbols with
            | [ all ] when all = together -> [| 0 .. panel.Count - 1 |]
            | _ ->
                symbols
                |> List.map (fun symbol -> Array.IndexOf(panel.Symbols, symbol))
                |> Array.ofList

        let key = PanelWalkForward.trackKey schedule.Horizon model

        let forecasts =
            match monitor.Recall key, model with
            | Some recalled, _ -> recalled
            | None, (:? IPanelBySymbol as apart) -> apart.WalkSymbols(panel, schedule, places, threads) |> Fault.orRaise
            | None, _ -> PanelWalk.ofModel threads panel schedule model

        monitor.Keep key forecasts

        List.ofArray (
            Array.map2 (fun place own -> part model.Name schedule.Horizon panel.Symbols[place] own) places forecasts
        )

    let private refuseNetworks (models: IPanelForecaster list) : Result<unit, Fault> =
        match PanelExperiment.networksOf models with
        | [] -> Ok()
        | network :: _ ->
            Error(
                Fault.BadSetting(
                    "shard",
                    "is not for runs with networks over a panel's symbols, which are trained as one; run those whole",
                    network.Name
                )
            )

    /// Does one shard of a panel run and writes its file, whole or not at all. Progress counts models and horizons. What the monitor keeps is of
    /// this shard alone. Faults: those of PanelExperiment.run, BadSetting for networks, and those of the path.
    let runWith
        (registry: PanelRegistry)
        (config: PanelConfig)
        (threads: int)
        (monitor: PanelMonitor)
        (shard: Shard)
        (path: string)
        (common: CommonSeries list)
        (histories: History list)
        : Result<unit, Fault> =
        either {
            // A shard's file has as many series as the settings name, in their order.
            let common =
                config.Common
                |> List.collect (fun name -> common |> List.filter (fun series -> series.Name = name))

            let! models, _ = PanelExperiment.models registry config
            do! refuseNetworks models
            do! PanelExperiment.checkReads registry config histories
            let! panel, _ = PanelExperiment.panel config common histories

            let! walkForward =
                PanelWalkForward.checkRun (PanelExperiment.walkForwardOf threads config) models panel

            let! leaves = leaves config models

            let ours =
                units leaves panel
                |> WorkPlan.ofShard shard
                |> List.groupBy (fun unit -> unit.Horizon, unit.Model)

            let! parts =
                PanelParallel.catch (fun () ->
                    ours
                    |> List.mapi (fun finished ((horizon, name), units) ->
                        let model =
                            leaves
                            |> List.find (fst >> (=) horizon)
                            |> snd
                            |> List.find (fun model -> model.Name = name)

                        let schedule = PanelWalkForward.schedule walkForward panel horizon

                        let parts = walk threads monitor panel schedule model (units |> List.map _.Symbol)

                        monitor.Progress(finished + 1, ours.Length)
                        parts))

            return!
                UnitFile.save
                    path
                    {
                        Identity = identity config leaves common histories
                        Shard = shard
                        Histories =
                            (histories |> List.map (fun history -> { history with Measures = Map.empty }))
                            @ List.map PanelJournal.asHistory common
                        Parts = List.concat parts
                    }
        }

    /// As `runWith`, with the models that come with the library.
    let run
        (config: PanelConfig)
        (threads: int)
        (monitor: PanelMonitor)
        (shard: Shard)
        (path: string)
        (common: CommonSeries list)
        (histories: History list)
        : Result<unit, Fault> =
        PanelExperiment.registry config threads monitor
        |> Result.bind (fun registry -> runWith registry config threads monitor shard path common histories)

    /// True for the files of a panel run's shards.
    let isPanel (files: UnitFile list) : bool =
        files
        |> List.tryHead
        |> Option.exists (fun file -> (PanelConfig.ofText "" file.Identity.Settings).IsOk)

    /// The result of a panel run out of the files of its shards, the same bits as from one run. Faults: those of the settings, of a registry
    /// that isn't the run's, and BadFile for files that lack a unit.
    let mergeWith (registry: PanelRegistry) (threads: int) (files: UnitFile list) : Result<PanelResult, Fault> =
        let refuse (reason: string) =
            Error(Fault.BadFile("the shards", reason, "Join the shards of one run with the models that made them."))

        either {
            if files.IsEmpty then
                return! Error(Fault.TooShort("A run in shards: files", 1, 0))

            let first = files.Head
            let! config = PanelConfig.ofText "the shards" first.Identity.Settings
            let series = config.Common.Length
            let histories = first.Histories |> List.take (first.Histories.Length - series)

            let common =
                first.Histories
                |> List.skip histories.Length
                |> List.map (fun series ->
                    {
                        Name = series.Symbol
                        Dates = series.Dates
                        Values = series.Variance |> Array.map Units.strip
                    })

            let! models, named = PanelExperiment.models registry config
            let! leaves = leaves config models
            let made = identity config leaves common histories

            // The data's own hash has measures in it, which shards don't carry.
            if made.Settings <> first.Identity.Settings then
                return! refuse "their models are not those of this program"

            let! panel, leftOut = PanelExperiment.panel config common histories

            let forecasts =
                files
                |> List.collect _.Parts
                |> List.map (fun part ->
                    let unit = part.Result.Unit
                    struct (unit.Model, unit.Horizon, unit.Symbol), part.Result.Forecast)
                |> dict

            let find (model: string) (horizon: int) : Variance[][] option =
                let found =
                    panel.Symbols
                    |> Array.choose (fun symbol ->
                        match forecasts.TryGetValue(struct (model, horizon, symbol)) with
                        | true, own -> Some own
                        | _ -> None)

                if found.Length = panel.Count then Some found else None

            let missing =
                [
                    for horizon, models in leaves do
                        for model in models do
                            if (find model.Name horizon).IsNone then
                                $"{model.Name} at {horizon}"
                ]

            if not missing.IsEmpty then
                return! refuse $"""they lack {String.concat ", " missing}"""

            return!
                PanelExperiment.compare
                    named
                    threads
                    { PanelWalkForward.unmonitored with
                        Recall = fun key -> find key.Model key.Horizon
                    }
                    models
                    (panel, leftOut)
        }

    /// As `mergeWith`, with the models that come with the library.
    let merge (threads: int) (files: UnitFile list) : Result<PanelResult, Fault> =
        mergeWith PanelModels.registry threads files
