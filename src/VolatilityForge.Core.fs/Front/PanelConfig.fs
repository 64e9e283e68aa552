/// Settings of a panel experiment, as a value that is kept with its results. Knows no data.
namespace VolatilityForge

open System
open System.Text.Json
open System.Text.Json.Nodes

/// What a panel experiment does.
type PanelConfig =
    {
        /// Names of panel models, or of models of one symbol, which run on each symbol by itself.
        Models: string list
        /// The model that others are compared with; one of the models.
        Baseline: string
        /// Own trading days ahead.
        Horizons: int list
        /// Symbol and group, such as its region.
        Groups: (string * string) list
        /// The market that others follow.
        Lead: string option
        /// Common series that every model of the panel reads, such as "vix".
        Common: string list
        /// Further daily measures of each symbol that every model of the panel reads, as PanelMeasure.toText writes them.
        Measures: string list
        /// The first date on which a forecast counts; None for the first weekday on which a symbol is past its warm-up.
        From: DateOnly option
        /// Own days of a symbol before its first forecast that counts.
        WarmUp: int
        /// Weekdays between fits.
        RefitEvery: int
        /// Labels that a model of one symbol sees; None for all.
        Window: int option
        /// Days below this share of their running median are left out as errors of the record; 0 keeps all.
        NearZero: float
        /// The measure of the histories' variances, by name, or of a file of daily measures "column:NAME"; a record of how they were
        /// made, since histories are given whole.
        Measure: string
        /// What networks among the models have in common.
        Network: PanelNetworkSettings
    }

/// Making and reading settings.
[<RequireQualifiedAccess>]
module PanelConfig =

    /// Log-HAR and the panel model at a day, a week and a month, forecasts from a symbol's 1,022nd day, fits every 22 weekdays.
    let defaults: PanelConfig =
        {
            Models = [ "log-har"; "panel" ]
            Baseline = "log-har"
            Horizons = PanelWalkForward.defaults.Horizons
            Groups = []
            Lead = None
            Common = []
            Measures = []
            From = None
            WarmUp = PanelWalkForward.defaults.WarmUp
            RefitEvery = PanelWalkForward.defaults.RefitEvery
            Window = None
            NearZero = NearZero.share
            Measure = (ExperimentConfig.Default Inputs.names.Length).Measure
            Network = PanelNetworks.settings
        }

    /// The settings as JSON.
    let toNode (config: PanelConfig) : JsonNode = RecordJson.toNode config

    /// Settings that runs did not have at first: what they did was what the defaults do.
    let private later = [ "Measures"; "Measure"; "Network" ]

    /// The settings of a JSON text that `toNode` gave, of this version or an earlier one; Fault.BadFile for any other.
    let ofText (source: string) (text: string) : Result<PanelConfig, Fault> =
        try
            match JsonNode.Parse text with
            | :? JsonObject as settings ->
                let usual = (toNode defaults).AsObject()

                for name in later do
                    if not (settings.ContainsKey name) then
                        settings[name] <- usual[name].DeepClone()

                Ok(RecordJson.ofElement<PanelConfig>(settings.Deserialize<JsonElement>()))
            | _ -> raise (FormatException "Settings are an object")
        with
        | :? JsonException
        | :? FormatException
        | :? InvalidOperationException
        | :? Collections.Generic.KeyNotFoundException
        | :? ArgumentException ->
            Error(Fault.BadFile(source, "holds no settings of a panel", "Name the panel.json that a panel run wrote."))
