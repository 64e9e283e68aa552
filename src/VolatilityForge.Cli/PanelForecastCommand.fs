/// `volforge forecast` from a panel run: every symbol's next forecasts with intervals.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module PanelForecastCommand =

    /// True for the settings that a panel run leaves, told by what the file holds: a stored fit is a JSON object too.
    let isPanel (checkpoint: string) : bool =
        try
            use file = File.OpenText checkpoint

            if char (file.Peek()) <> '{' then
                false
            else
                use document = JsonDocument.Parse(file.ReadToEnd())

                [ "Models"; "Baseline"; "WarmUp" ]
                |> List.forall (fun name -> document.RootElement.TryGetProperty name |> fst)
        with
        | :? IOException
        | :? UnauthorizedAccessException
        | :? JsonException -> false

    let private reads (argument: ForecastArgs) : bool =
        match argument with
        | ForecastArgs.Inputs _
        | ForecastArgs.Extra _
        | ForecastArgs.Interval _
        | ForecastArgs.Threads _ -> true
        | ForecastArgs.Device _
        | ForecastArgs.Returns _
        | ForecastArgs.Measure _
        | ForecastArgs.Simple
        | ForecastArgs.Append
        | ForecastArgs.Regressors_Ahead _
        | ForecastArgs.Hold_Regressors
        | ForecastArgs.Days_Ahead _
        | ForecastArgs.Paths _
        | ForecastArgs.Bootstrap
        | ForecastArgs.Quantile _ -> false

    let private percent (variance: Variance) : float =
        100.0 * (variance |> Units.volatility |> Units.annualisedVolatility |> float)

    let private rowJson (row: PanelOutlookRow) : JsonNode =
        Json.object'
            [
                "symbol", JsonValue.Create row.Symbol
                "model", JsonValue.Create row.Model
                "horizon", JsonValue.Create row.Horizon
                "origin", Json.date row.Origin
                "daily_variance", Json.number (float row.Variance)
                "lower", Json.number (float row.Interval.Lower)
                "upper", Json.number (float row.Interval.Upper)
                "held", Json.number row.Held
                "errors", JsonValue.Create row.Errors
                "annualised_volatility_percent", Json.number (percent row.Variance)
            ]

    let private json (rows: PanelOutlookRow list) : JsonNode =
        Json.object' [ "forecasts", rows |> Seq.map rowJson |> Json.array ]

    let private cells (row: PanelOutlookRow) : string list =
        [
            row.Symbol
            row.Model
            string row.Horizon
            Cell.date row.Origin
            (float row.Variance).ToString("0.000e+00", CultureInfo.InvariantCulture)
            Cell.number "0.0" (percent row.Variance)
            Cell.number "0.0" (percent row.Interval.Lower)
            Cell.number "0.0" (percent row.Interval.Upper)
            Cell.number "0.0" (100.0 * row.Held)
        ]

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<ForecastArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared
        let settings, data = arguments.GetResult ForecastArgs.Inputs

        either {
            do! Shared.checkReads "a forecast of a panel" reads arguments

            let! text = Shared.readText settings
            let! config = PanelConfig.ofText settings text
            let! threads = Shared.threads (arguments.TryGetResult ForecastArgs.Threads)

            let! common =
                arguments.GetResults ForecastArgs.Extra |> PanelRunCommand.common shared

            let usual = ExperimentConfig.Default Inputs.names.Length

            let asked =
                if MeasureFile.isColumn config.Measure then
                    usual
                else
                    usual.WithMeasure config.Measure

            let! read, histories = Shared.histories shared asked data

            do! Shared.checkVariance "the panel's run" config.Measure read

            let conformal =
                { Conformal.defaults with
                    Coverage =
                        arguments.TryGetResult ForecastArgs.Interval
                        |> Option.defaultValue Conformal.defaults.Coverage
                }

            let! rows =
                Terminal.progress voice "forecasting" (fun report ->
                    PanelOutlook.forecast
                        config
                        conformal
                        threads
                        { PanelWalkForward.unmonitored with
                            Progress = report
                        }
                        common
                        histories)
                |> Result.mapError (Shared.inFile data)

            if voice.Json then
                Terminal.json (json rows)
            else
                let share =
                    (100.0 * conformal.Coverage).ToString("0.#", CultureInfo.InvariantCulture)

                Terminal.table
                    $"next forecasts, annualised in percent, with intervals that are to hold {share} %% of days"
                    2
                    [
                        "symbol"
                        "model"
                        "days ahead"
                        "from"
                        "daily variance"
                        "%/year"
                        "low"
                        "high"
                        "held %"
                    ]
                    (List.map cells rows)
        }
