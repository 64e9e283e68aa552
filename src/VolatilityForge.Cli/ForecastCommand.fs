/// `volforge forecast`: the next forecasts, from a run's checkpoint and bars up to today.
namespace VolatilityForge.Cli

open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module ForecastCommand =

    let private percent (row: OutlookRow) : float =
        100.0
        * (row.Variance |> Units.volatility |> Units.annualisedVolatility |> float)

    let private tailJson (level: float, quantile: float, shortfall: float) : JsonNode =
        Json.object'
            [
                "level", JsonValue.Create level
                "value_at_risk", Json.number quantile
                "expected_shortfall", Json.number shortfall
            ]

    let private rowJson (symbol: string) (row: OutlookRow) : JsonNode =
        Json.object'
            [
                "symbol", JsonValue.Create symbol
                "model", JsonValue.Create row.Model
                "horizon", JsonValue.Create row.Horizon
                "origin", Json.date row.Origin
                "daily_variance", JsonValue.Create(float row.Variance)
                "annualised_volatility_percent", JsonValue.Create(percent row)
                match row.Interval with
                | Some interval ->
                    "lower", Json.number (float interval.Lower)
                    "upper", Json.number (float interval.Upper)
                | None -> ()
                if not row.Tails.IsEmpty then
                    "next_return", row.Tails |> Seq.map tailJson |> Json.array
            ]

    let private json (outlooks: (string * OutlookRow list) list) : JsonNode =
        Json.object'
            [
                "forecasts",
                Json.array
                    [
                        for symbol, rows in outlooks do
                            for row in rows -> rowJson symbol row
                    ]
            ]

    let private show (symbol: string, rows: OutlookRow list) : unit =
        let name = if symbol = "" then "" else symbol + ": "
        let intervals = rows |> List.exists _.Interval.IsSome

        let levels =
            rows
            |> List.collect _.Tails
            |> List.map (fun (level, _, _) -> level)
            |> List.distinct

        let shownLevel (level: float) =
            Cell.number "0.###" (100.0 * level) + " %"

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
                     Cell.number "0.000e+00" (float row.Variance)
                     Cell.number "0.00" (percent row)
                     if intervals then
                         match row.Interval with
                         | Some interval ->
                             Cell.number "0.000e+00" (float interval.Lower)
                             Cell.number "0.000e+00" (float interval.Upper)
                         | None ->
                             ""
                             ""
                     for level in levels do
                         match row.Tails |> List.tryFind (fun (own, _, _) -> own = level) with
                         | Some(_, quantile, shortfall) ->
                             Cell.number "0.00000" quantile
                             Cell.number "0.00000" shortfall
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

            do! Shared.checkVariance "the checkpoint's run" config.Measure read

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
