/// A panel experiment: histories, groups, walk-forward, tables. Writes no file and prints nothing.
namespace VolatilityForge

open System
open System.Collections.Generic

/// Everything a panel experiment found.
type PanelResult =
    {
        Config: PanelConfig
        Table: PanelReportTable
        Tracks: ForecastTrack list
        /// Days left out as errors of the record, by symbol.
        LeftOut: (string * int) list
        /// Days left out because a model had nothing to say of the symbol: symbol, horizon, days.
        Unforecast: (string * int * int) list
        /// What each network was worth to its base, by model and horizon.
        Networks: PanelNetworkReport list
    }

/// Running panel experiments.
[<RequireQualifiedAccess>]
module PanelExperiment =

    /// How settings walk forward.
    let walkForwardOf (threads: int) (config: PanelConfig) : PanelWalkForwardConfig =
        { PanelWalkForward.defaults with
            Horizons = config.Horizons
            From = config.From
            WarmUp = config.WarmUp
            RefitEvery = config.RefitEvery
            Threads = threads
        }

    /// The library's panel models, with its networks as the settings have them.
    let registry (config: PanelConfig) (threads: int) (monitor: PanelMonitor) : Result<PanelRegistry, Fault> =
        PanelNetworks.addTo PanelModels.registry threads monitor.Cancellation config.Network

    /// A model by name: of the panel registry, or of one symbol, run on each by itself.
    let model (registry: PanelRegistry) (config: PanelConfig) (name: string) : Result<IPanelForecaster, Fault> =
        let extra = config.Common |> List.collect PanelFeatures.ofCommon

        match Registry.tryFind name registry with
        | Some make -> Ok(make extra)
        | None ->
            let single = Models.registry

            match Registry.tryFind name single with
            | None ->
                Error(
                    Fault.UnknownName(
                        "model",
                        name,
                        Registry.names registry
                        @ (Registry.names single
                           |> List.filter (fun other -> not (List.contains other (Registry.names registry))))
                    )
                )
            | Some _ ->
                let options =
                    match config.Window with
                    | Some labels ->
                        { PanelAdapter.defaults with
                            Window = WindowRule.Rolling labels
                        }
                    | None -> PanelAdapter.defaults

                Models.create single (ExperimentConfig.Default Inputs.names.Length) name
                |> Result.bind (fun model ->
                    match model with
                    | Model.Forecaster forecaster -> Ok(PanelAdapter.ofForecaster options forecaster)
                    | Model.Network _ ->
                        Error(
                            Fault.BadSetting(
                                "models",
                                "must be panel models or classical models in a panel run; networks of one symbol run without panel models",
                                name
                            )
                        ))

    /// Refuses models of one symbol that are fitted on returns where a history has none.
    let private checkReturns
        (registry: PanelRegistry)
        (config: PanelConfig)
        (histories: History list)
        : Result<unit, Fault> =
        config.Models
        |> List.filter (fun name -> (Registry.tryFind name registry).IsNone)
        |> Checked.traverse (fun name ->
            Models.create Models.registry (ExperimentConfig.Default Inputs.names.Length) name
            |> Result.bind (fun model ->
                match model with
                | Model.Forecaster forecaster ->
                    match histories |> List.tryPick (WalkForward.returnsFault forecaster) with
                    | Some fault -> Error fault
                    | None -> Ok()
                | Model.Network _ -> Ok()))
        |> Result.map ignore

    /// The panel of histories, cleaned and with groups, lead and common series as set, and the days left out by symbol.
    let panel
        (config: PanelConfig)
        (common: CommonSeries list)
        (histories: History list)
        : Result<Panel * (string * int) list, Fault> =
        let missing =
            config.Common
            |> List.filter (fun name -> not (common |> List.exists (fun series -> series.Name = name)))

        either {
            match missing with
            | name :: _ -> return! Error(Fault.UnknownName("common series", name, common |> List.map _.Name))
            | [] -> ()

            let! share = NearZero.check config.NearZero

            let cleaned =
                histories
                |> List.map (fun history ->
                    let struct (kept, dropped) = NearZero.drop share history
                    kept, (history.Symbol, dropped))

            let! panel = Panel.create (List.map fst cleaned)
            let! panel = Panel.withGroups config.Groups panel

            let! panel =
                match config.Lead with
                | Some symbol -> Panel.withLead symbol panel
                | None -> Ok panel

            let! panel =
                common
                |> List.fold (fun panel series -> panel |> Result.bind (Panel.withCommon series)) (Ok panel)

            return panel, cleaned |> List.map snd |> List.filter (fun (_, dropped) -> dropped > 0)
        }

    let private networksOf (models: IPanelForecaster list) : IPanelNetwork list =
        models
        |> List.choose (fun model ->
            match model with
            | :? IPanelNetwork as network -> Some network
            | _ -> None)

    /// The bases of networks that are not among the models.
    let private missingBases (models: IPanelForecaster list) : IPanelForecaster list =
        let names = models |> List.map _.Name

        networksOf models
        |> List.map _.Base
        |> List.distinctBy _.Name
        |> List.filter (fun own -> not (List.contains own.Name names))

    /// As `run`, with a registry of one's own.
    let runWith
        (registry: PanelRegistry)
        (config: PanelConfig)
        (threads: int)
        (monitor: PanelMonitor)
        (common: CommonSeries list)
        (histories: History list)
        : Result<PanelResult, Fault> =
        either {
            let! named = config.Models |> Checked.traverse (model registry config)
            do! checkReturns registry config histories
            // Before other models take their time.
            if not (networksOf named).IsEmpty then
                let! _ = Engine.check ()
                ()

            let bases = missingBases named
            let models = named @ bases

            let config =
                { config with
                    Models = config.Models @ (bases |> List.map _.Name)
                }

            do!
                List.contains config.Baseline config.Models
                |> Checked.require (
                    Fault.BadSetting("baseline", "must be one of the models of the run", config.Baseline)
                )

            let! panel, leftOut = panel config common histories

            let walkForward = walkForwardOf threads config
            let raw = Dictionary<struct (string * int), Variance[][]>()

            let keeping =
                { monitor with
                    Keep =
                        fun (name, horizon) forecasts ->
                            raw[struct (name, horizon)] <- forecasts
                            monitor.Keep (name, horizon) forecasts
                }

            let! tracks = PanelWalkForward.run walkForward keeping models panel
            let! table = PanelReport.ofTracks config.Baseline tracks

            let rawOf (name: string) (horizon: int) : Variance[][] option =
                match raw.TryGetValue(struct (name, horizon)) with
                | true, forecasts -> Some forecasts
                | _ -> None

            let! networks =
                networksOf models
                |> Checked.traverse (fun network ->
                    PanelNetworkReport.ofNetwork walkForward monitor (rawOf network.Base.Name) panel tracks network)

            return
                {
                    Config = config
                    Table = table
                    Tracks = tracks
                    LeftOut = leftOut
                    Unforecast = PanelWalkForward.leftOut walkForward tracks panel
                    Networks = List.concat networks
                }
        }

    /// Walks the models of the settings forward through the panel of histories, and compares them. Faults: those of the settings, the
    /// panel and the models.
    let run
        (config: PanelConfig)
        (threads: int)
        (monitor: PanelMonitor)
        (common: CommonSeries list)
        (histories: History list)
        : Result<PanelResult, Fault> =
        registry config threads monitor
        |> Result.bind (fun registry -> runWith registry config threads monitor common histories)
