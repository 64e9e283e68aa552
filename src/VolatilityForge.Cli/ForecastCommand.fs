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
                            entry :> JsonNode
                |]
            )

        root

    let private show (symbol: string, rows: OutlookRow list) : unit =
        let name = if symbol = "" then "" else symbol + ": "

        Terminal.table
            $"{name}forecasts from {rows.Head.Origin:O}"
            1
            [ "model"; "days ahead"; "daily variance"; "%/year" ]
            (rows
             |> List.map (fun row ->
                 [
                     row.Model
                     string row.Horizon
                     (float row.Variance).ToString("0.000e+00", CultureInfo.InvariantCulture)
                     (percent row).ToString("0.00", CultureInfo.InvariantCulture)
                 ]))

    let private runCheckpoint
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<ForecastArgs>)
        : Result<unit, Fault> =
        let voice = Shared.voice shared
        let checkpoint, data = arguments.GetResult ForecastArgs.Inputs

        either {
            let! stored = Checkpoint.load checkpoint
            let! config, ensembles = EnsembleCheckpoint.toEnsembles checkpoint stored

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
                    |> Result.map (fun rows -> history.Symbol, rows))
                |> Result.mapError (Shared.inFile data)

            if voice.Json then
                Terminal.json (json outlooks)
            else
                List.iter show outlooks
        }

    /// Runs the command, on a panel where its settings are given; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<ForecastArgs>) : Result<unit, Fault> =
        let checkpoint, _ = arguments.GetResult ForecastArgs.Inputs

        if PanelForecastCommand.isPanel checkpoint then
            PanelForecastCommand.run shared arguments
        else
            runCheckpoint shared arguments
