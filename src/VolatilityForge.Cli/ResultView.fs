/// The results of a run as tables, as JSON and as files. Runs nothing.
namespace VolatilityForge.Cli

open System
open System.Globalization
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

    let private shown (format: string) (value: float) : string =
        if Double.IsFinite value then
            value.ToString(format, CultureInfo.InvariantCulture)
        else
            "-"

    /// A p-value too small for its digits is shown as a bound.
    let private shownP (p: float) : string =
        if p < 0.001 then "<0.001" else shown "0.000" p

    let rows (result: ExperimentResult) : string list list =
        result.Table.Rows
        |> List.map (fun row ->
            [
                row.Model
                string row.Horizon
                shown "0.0000" row.Metrics.Qlike
                shown "0.000" row.QlikeRatio
                // Squared percent per day: the scale on which daily variances are near 1.
                shown "0.000" (1e4 * float row.Metrics.Rmse)
                row.Versus
                |> Option.map (fun test -> shownP test.PValue)
                |> Option.defaultValue ""
                row.Confidence
                |> Option.map (fun place -> shownP place.PValue + (if place.Included then "*" else ""))
                |> Option.defaultValue ""
                string row.Clamped
                shown "0.0" (100.0 * (row.Next |> Units.volatility |> Units.annualisedVolatility |> float))
            ])

    let private title (result: ExperimentResult) : string =
        let track = result.Tracks.Head

        let symbol =
            if result.Table.Symbol = "" then
                ""
            else
                result.Table.Symbol + ": "

        $"{symbol}{track.Origins.Length} forecasts from {track.Dates[0]:O} on; {result.Config.Measure} variance; "
        + $"ratio and DM against {result.Table.Baseline}; * in the 90 %% confidence set"

    /// Every table on standard output.
    let tables (results: ExperimentResult list) : unit =
        for result in results do
            Terminal.table (title result) 1 header (rows result)

    /// Where the report is.
    let place (folder: string) : unit =
        let page = Path.Combine(folder, "report.html")
        Console.Out.WriteLine $"report: {page}"

    /// The results as the one JSON object of a command.
    let json (folder: string) (results: ExperimentResult list) : unit =
        let json = ResultFiles.json results
        json["folder"] <- JsonValue.Create folder
        Terminal.json json

    /// result.json, forecasts.csv, the report and the checkpoint into an existing folder.
    let write (folder: string) (results: ExperimentResult list) : Result<unit, Fault> =
        Shared.writeText (Path.Combine(folder, "report.html")) false (fun writer ->
            writer.Write(ReportPage.html header rows results))
        |> Result.bind (fun () -> ResultFiles.write folder results)
