/// A panel experiment: histories, groups, walk-forward, tables. Writes no file and prints nothing.
namespace VolatilityForge

open System
open System.Collections.Generic

/// Everything a panel experiment found.
type PanelResult =
    {
        Config: PanelConfig
        Table: PanelReportTable
        /// QLIKE of the days that each fit forecasts: by horizon, model and date of the fit.
        ByRefit: PanelReportCell list
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

    /// Blocks of features of the settings' common series and measures, which every panel model has beside its own.
    let extraBlocks (config: PanelConfig) : Result<FeatureBlock list, Fault> =
        config.Measures
        |> Checked.traverse PanelMeasure.ofText
        |> Result.bind (fun measures ->
            PanelModels.checkExtra (
                List.map PanelFeatures.commonBlock config.Common
                @ List.map PanelMeasure.block measures
            ))

    /// A model of all symbols together by name; None for other names.
    let private together (registry: PanelRegistry) (extra: FeatureBlock list) (name: string) : IPanelForecaster option =
        match Registry.tryFind name registry with
        | Some make -> Some(make (PanelFeatures.ofBlocks extra))
        | None -> PanelModels.withoutExtra extra name

    /// A model of one symbol by name.
    let private single (registry: PanelRegistry) (name: string) : Result<IForecaster, Fault> =
        let panelNames = Registry.names registry
        let others = Models.registry

        match Registry.tryFind name others with
        | None ->
            let names =
                Registry.names others
                |> List.filter (fun other -> not (List.contains other panelNames))

            Error(Fault.UnknownName("model", name, panelNames @ names))
        | Some _ ->
            Models.create others (ExperimentConfig.Default Inputs.names.Length) name
            |> Result.bind (fun model ->
                match model with
                | Model.Forecaster forecaster -> Ok forecaster
                | Model.Network _ ->
                    Error(
                        Fault.BadSetting(
                            "models",
                            "must be panel models or classical models in a panel run; networks of one symbol run without panel models",
                            name
                        )
                    ))

    /// The library's panel models, with its networks as the settings have them.
    let registry (config: PanelConfig) (threads: int) (monitor: PanelMonitor) : Result<PanelRegistry, Fault> =
        PanelNetworks.addTo PanelModels.registry threads monitor.Cancellation config.Network

    /// A model by name: of the panel registry, or of one symbol, run on each by itself.
    let model (registry: PanelRegistry) (config: PanelConfig) (name: string) : Result<IPanelForecaster, Fault> =
        extraBlocks config
        |> Result.bind (fun extra ->
            match together registry extra name with
            | Some model -> Ok model
            | None ->
                let options =
                    match config.Window with
                    | Some labels ->
                        { PanelAdapter.defaults with
                            Window = WindowRule.Rolling labels
                        }
                    | None -> PanelAdapter.defaults

                single registry name |> Result.map (PanelAdapter.ofForecaster options))

    /// Refuses models of one symbol that are fitted on returns, and measures, where no history has what they read.
    let internal checkReads
        (registry: PanelRegistry)
        (config: PanelConfig)
        (histories: History list)
        : Result<unit, Fault> =
        either {
            let! extra = extraBlocks config

            let alone =
                config.Models |> List.filter (fun name -> (together registry extra name).IsNone)

            do!
                alone
                |> Checked.traverse (single registry)
                |> Result.bind (
                    Checked.traverse (fun forecaster ->
                        histories
                        |> List.tryPick (WalkForward.returnsFault forecaster)
                        |> Option.map Error
                        |> Option.defaultValue (Ok()))
                )
                |> Result.map ignore

            let! measures = config.Measures |> Checked.traverse PanelMeasure.ofText
            do! measures |> List.map (PanelMeasure.check histories) |> Checked.all
        }

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

    let internal networksOf (models: IPanelForecaster list) : IPanelNetwork list =
        models
        |> List.choose (fun model ->
            match model with
            | :? IPanelNetwork as network -> Some network
            | _ -> None)

    /// Refuses networks whose settings or engine are not sound, before other models take their time.
    let internal checkNetworks (models: IPanelForecaster list) : Result<unit, Fault> =
        networksOf models |> List.map _.Check() |> Checked.all

    /// Refuses a base that has the name of another model and not its settings: forecasts are shared by name.
    let private checkBases (horizons: int list) (models: IPanelForecaster list) : Result<unit, Fault> =
        let bases = networksOf models |> List.map _.Base

        [
            for own in bases do
                for other in models @ bases do
                    if own.Name = other.Name && not (obj.ReferenceEquals(own, other)) then
                        horizons
                        |> List.forall (fun horizon ->
                            PanelWalk.settings horizon own = PanelWalk.settings horizon other)
                        |> Checked.require (
                            Fault.BadSetting(
                                "base of the network",
                                "must be the run's model of its name, with the same settings",
                                own.Name
                            )
                        )
        ]
        |> Checked.all

    /// The bases of networks that are not among the models.
    let private missingBases (models: IPanelForecaster list) : IPanelForecaster list =
        let names = models |> List.map _.Name

        networksOf models
        |> List.map _.Base
        |> List.distinctBy _.Name
        |> List.filter (fun own -> not (List.contains own.Name names))

    /// The models of settings and the bases of their networks, and the settings that name them all. Faults: unknown names, a baseline that is
    /// none of them, a base that is not the model of its name.
    let internal models
        (registry: PanelRegistry)
        (config: PanelConfig)
        : Result<IPanelForecaster list * PanelConfig, Fault> =
        either {
            let! named = config.Models |> Checked.traverse (model registry config)
            do! checkBases config.Horizons named
            let bases = missingBases named

            let config =
                { config with
                    Models = config.Models @ (bases |> List.map _.Name)
                }

            do!
                List.contains config.Baseline config.Models
                |> Checked.require (
                    Fault.BadSetting("baseline", "must be one of the models of the run", config.Baseline)
                )

            return named @ bases, config
        }

    /// Walks models forward through a panel that was made as the settings say, and compares them.
    let internal compare
        (config: PanelConfig)
        (threads: int)
        (monitor: PanelMonitor)
        (models: IPanelForecaster list)
        (panel: Panel, leftOut: (string * int) list)
        : Result<PanelResult, Fault> =
        either {
            let walkForward = walkForwardOf threads config
            let networks = networksOf models
            let bases = networks |> List.map _.Base.Name
            let raw = Dictionary<struct (string * int), Variance[][]>()

            let keeping =
                { monitor with
                    Keep =
                        fun key forecasts ->
                            if List.contains key.Model bases then
                                raw[struct (key.Model, key.Horizon)] <- forecasts

                            monitor.Keep key forecasts
                }

            let! tracks = PanelWalkForward.run walkForward keeping models panel
            let! table = PanelReport.ofTracks config.Baseline tracks

            let rawOf (name: string) (horizon: int) : Variance[][] option =
                match raw.TryGetValue(struct (name, horizon)) with
                | true, forecasts -> Some forecasts
                | _ -> None

            let! reports =
                networks
                |> Checked.traverse (fun network ->
                    PanelNetworkReport.ofNetwork walkForward monitor (rawOf network.Base.Name) panel tracks network)

            return
                {
                    Config = config
                    Table = table
                    ByRefit = PanelReport.byRefit (PanelWalkForward.schedule walkForward panel) tracks
                    Tracks = tracks
                    LeftOut = leftOut
                    Unforecast = PanelWalkForward.leftOut walkForward tracks panel
                    Networks = List.concat reports
                }
        }

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
            let! models, config = models registry config
            do! checkReads registry config histories

            do! checkNetworks models
            let! made = panel config common histories
            return! compare config threads monitor models made
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
