/// The results of a run as tables, as JSON and as files. Runs nothing.
namespace VolatilityForge.Cli

open System
open System.IO
open System.Text.Json.Nodes
open VolatilityForge

/// Showing and writing results.
[<RequireQualifiedAccess>]
module ResultView =

    let header: string list =
        [
            "model"
            "days ahead"
            "QLIKE"
            "ratio"
            "RMSE %²"
            "DM p"
            "MCS p"
            "clamped"
            "next %/year"
        ]

    /// The names of the models in the tables.
    let private modelsOf (results: ExperimentResult list) : string list =
        results
        |> List.collect (fun result -> result.Table.Rows |> List.map _.Model)
        |> List.distinct

    let rows (result: ExperimentResult) : string list list =
        let label = ModelLabels.ofModels (modelsOf [ result ])

        result.Table.Rows
        |> List.map (fun row ->
            [
                label row.Model
                string row.Horizon
                Cell.number "0.0000" row.Metrics.Qlike
                Cell.number "0.000" row.QlikeRatio
                // Squared percent per day: the scale on which daily variances are near 1.
                Cell.number "0.000" (1e4 * float row.Metrics.Rmse)
                Cell.versus row.Versus
                Cell.confidence row.Confidence
                string row.Clamped
                Cell.number "0.0" (100.0 * (row.Next |> Units.volatility |> Units.annualisedVolatility |> float))
            ])

    let private title (result: ExperimentResult) : string =
        let track = result.Tracks.Head

        let symbol =
            if result.Table.Symbol = "" then
                ""
            else
                result.Table.Symbol + ": "

        $"""{symbol}{Noun.counted track.Origins.Length "forecast"} from {track.Dates[0]:O} on; {result.Config.Measure} variance; """
        + $"ratio and DM against {result.Table.Baseline}; * in the 90 %% confidence set"

    /// The header of the table over all symbols.
    let pooledHeader: string list =
        [ "model"; "days ahead"; "QLIKE"; "ratio"; "DM p"; "wins"; "best"; "in MCS" ]

    /// The rows over all symbols; empty for one symbol.
    let pooledRows (results: ExperimentResult list) : string list list =
        let included (model: string) (horizon: int) : int =
            results
            |> List.sumBy (fun result ->
                result.Table.Rows
                |> List.filter (fun row ->
                    row.Model = model
                    && row.Horizon = horizon
                    && row.Confidence |> Option.exists _.Included)
                |> List.length)

        let label = ModelLabels.ofModels (modelsOf results)

        ResultFiles.pooled results
        |> List.map (fun row ->
            [
                label row.Model
                string row.Horizon
                Cell.number "0.0000" row.Qlike
                Cell.number "0.000" row.QlikeRatio
                Cell.versus row.Versus
                string row.Wins
                string row.Best
                string (included row.Model row.Horizon)
            ])

    /// What the table over all symbols is.
    let pooledTitle (results: ExperimentResult list) : string =
        $"""{Noun.counted results.Length "symbol"}: mean QLIKE over symbols; ratio, DM (by day) and wins against """
        + $"{results.Head.Table.Baseline}; best and in the 90 %% confidence set of so many symbols"

    /// Symbols up to which each has its table on the terminal; beyond, the report has them.
    let private fewSymbols = 4

    /// The tables on standard output.
    let tables (results: ExperimentResult list) : unit =
        if results.Length <= fewSymbols then
            for result in results do
                Terminal.table (title result) 1 header (rows result)

        match pooledRows results with
        | [] -> ()
        | rows -> Terminal.table (pooledTitle results) 1 pooledHeader rows

        for line in ModelLabels.legend (modelsOf results) do
            Console.Out.WriteLine line

    /// Where the report is.
    let private place (folder: string) : unit =
        let page = Path.Combine(folder, "report.html")
        Console.Out.WriteLine $"report: {page}"

    /// The results as the one JSON object of a command.
    let private json (folder: string) (results: ExperimentResult list) : unit =
        let json = ResultFiles.json results
        json["folder"] <- JsonValue.Create folder
        Terminal.json json

    /// The results on standard output.
    let tell (voice: Voice) (folder: string) (results: ExperimentResult list) : unit =
        if voice.Json then
            json folder results
        else
            tables results
            place folder

    /// result.json, forecasts.csv, the report and the checkpoint into an existing folder.
    let write (folder: string) (results: ExperimentResult list) : Result<unit, Fault> =
        Shared.writeText (Path.Combine(folder, "report.html")) false (fun writer ->
            let pooled = pooledTitle results, pooledHeader, pooledRows results
            writer.Write(ReportPage.html header rows pooled results))
        |> Result.bind (fun () -> ResultFiles.write folder results)
