/// `volforge forecast`: the next forecasts, from a run's checkpoint and bars up to today.
namespace VolatilityForge.Cli

open System.Globalization
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module ForecastCommand =

    let private percent (row: OutlookRow) : float =
        100.0
        * (row.Variance |> Units.volatility |> Units.annualisedVolatility |> float)

    // JSON has no NaN and no infinity.
    let private number (value: float) : JsonNode =
        if System.Double.IsFinite value then
            JsonValue.Create value
        else
            null

    let private tailJson (level: float, quantile: float, shortfall: float) : JsonNode =
        let json = JsonObject()
        json["level"] <- JsonValue.Create level
        json["value_at_risk"] <- number quantile
        json["expected_shortfall"] <- number shortfall
        json

    let private json (outlooks: (string * OutlookRow list) list) : JsonNode =
        let root = JsonObject()

        root["forecasts"] <-
            JsonArray(
                [|
                    for symbol, rows in outlooks do
                        for row in rows ->
                            let entry = JsonObject()
                            entry["symbol"] <- JsonValue.Create symbol
                            entry["model"] <- JsonValue.Create row.Model
                            entry["horizon"] <- JsonValue.Create row.Horizon

                            entry["origin"] <-
                                JsonValue.Create(row.Origin.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))

                            entry["daily_variance"] <- JsonValue.Create(float row.Variance)
                            entry["annualised_volatility_percent"] <- JsonValue.Create(percent row)

                            match row.Interval with
                            | Some interval ->
                                entry["lower"] <- number (float interval.Lower)
                                entry["upper"] <- number (float interval.Upper)
                            | None -> ()

                            if not row.Tails.IsEmpty then
                                entry["next_return"] <- JsonArray [| for tail in row.Tails -> tailJson tail |]

                            entry :> JsonNode
                |]
            )

        root

    let private written (format: string) (value: float) : string =
        if System.Double.IsFinite value then
            value.ToString(format, CultureInfo.InvariantCulture)
        else
            "-"

    let private show (symbol: string, rows: OutlookRow list) : unit =
        let name = if symbol = "" then "" else symbol + ": "
        let intervals = rows |> List.exists _.Interval.IsSome

        let levels =
            rows
            |> List.collect _.Tails
            |> List.map (fun (level, _, _) -> level)
            |> List.distinct

        let shownLevel (level: float) = written "0.###" (100.0 * level) + " %"

        Terminal.table
            $"{name}forecasts from {rows.Head.Origin:O}"
            1
            [
                "model"
                "days ahead"
                "daily variance"
                "%/year"
                if intervals then
                    "lower"
                    "upper"
                for level in levels do
                    $"VaR {shownLevel level}"
                    $"ES {shownLevel level}"
            ]
            (rows
             |> List.map (fun row ->
                 [
                     row.Model
                     string row.Horizon
                     written "0.000e+00" (float row.Variance)
                     written "0.00" (percent row)
                     if intervals then
                         match row.Interval with
                         | Some interval ->
                             written "0.000e+00" (float interval.Lower)
                             written "0.000e+00" (float interval.Upper)
                         | None ->
                             ""
                             ""
                     for level in levels do
                         match row.Tails |> List.tryFind (fun (own, _, _) -> own = level) with
                         | Some(_, quantile, shortfall) ->
                             written "0.00000" quantile
                             written "0.00000" shortfall
                         | None ->
                             ""
                             ""
                 ]))

    let private reads (argument: ForecastArgs) : bool =
        match argument with
        | ForecastArgs.Inputs _
        | ForecastArgs.Device _ -> true
        | ForecastArgs.Returns _
        | ForecastArgs.Measure _
        | ForecastArgs.Simple
        | ForecastArgs.Append
        | ForecastArgs.Regressors_Ahead _
        | ForecastArgs.Hold_Regressors
        | ForecastArgs.Days_Ahead _
        | ForecastArgs.Paths _
        | ForecastArgs.Bootstrap
        | ForecastArgs.Quantile _
        | ForecastArgs.Extra _
        | ForecastArgs.Interval _
        | ForecastArgs.Threads _ -> false

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<ForecastArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared
        let checkpoint, data = arguments.GetResult ForecastArgs.Inputs

        either {
            do! Shared.checkReads "a forecast from a checkpoint" reads arguments
            let! stored = Checkpoint.load checkpoint
            let! config, ensembles = EnsembleCheckpoint.toEnsembles checkpoint stored
            let! states = EnsembleCheckpoint.risks checkpoint config stored

            let device =
                arguments.TryGetResult ForecastArgs.Device |> Option.defaultValue config.Device

            let config = config.WithDevice device
            do! Engine.checkDeviceName device
            let! read, histories = Shared.histories shared config data

            if read.Measure <> config.Measure then
                let rule = $"must be what the checkpoint's run read, {config.Measure}"
                return! Error(Fault.BadSetting("the variance", rule, read.Measure))

            if histories.Length > 1 then
                let symbols = histories |> List.map _.Symbol |> String.concat ", "

                return!
                    Error(
                        Fault.BadSetting("--symbol", "must name one symbol, the one that the checkpoint is of", symbols)
                    )

            let! outlooks =
                histories
                |> Checked.traverse (fun history ->
                    Outlook.forecast config ensembles history
                    |> Result.bind (Outlook.withRisk config states)
                    |> Result.map (fun rows -> history.Symbol, rows))
                |> Result.mapError (Shared.inFile data)

            if voice.Json then
                Terminal.json (json outlooks)
            else
                List.iter show outlooks
        }
