/// The HTML report of a panel run: one file that opens without a network. Knows no terminal.
namespace VolatilityForge.Cli

open System.Globalization
open System.IO
open System.Net
open System.Reflection
open VolatilityForge

/// Building the page.
[<RequireQualifiedAccess>]
module PanelPage =

    let private resource (name: string) : string =
        match Assembly.GetExecutingAssembly().GetManifestResourceStream name with
        | null -> ""
        | stream ->
            use reader = new StreamReader(stream)
            reader.ReadToEnd()

    let private escape (text: string) : string = WebUtility.HtmlEncode text

    let private table (header: string list) (rows: string list list) : string =
        let cells (tag: string) (texts: string list) =
            texts
            |> List.map (fun text -> $"<{tag}>{escape text}</{tag}>")
            |> String.concat ""

        let line (tag: string) (texts: string list) = "<tr>" + cells tag texts + "</tr>"
        let head = line "th" header
        let body = rows |> List.map (line "td") |> String.concat "\n"
        $"<table><thead>{head}</thead><tbody>\n{body}\n</tbody></table>"

    let private number (value: float) : string =
        if System.Double.IsFinite value then
            value.ToString("0.0000", CultureInfo.InvariantCulture)
        else
            "-"

    /// Parts in rows, models in columns.
    let private byPart (title: string) (models: string list) (horizon: int) (cells: PanelReportCell list) : string =
        let own = cells |> List.filter (fun cell -> cell.Horizon = horizon)

        let rows =
            own
            |> List.groupBy _.Part
            |> List.map (fun (part, found) ->
                part
                :: (models
                    |> List.map (fun model ->
                        found
                        |> List.tryFind (fun cell -> cell.Model = model)
                        |> Option.map (fun cell -> number cell.Qlike)
                        |> Option.defaultValue "")))

        $"<h3>QLIKE by {title}, {horizon} days ahead</h3>\n"
        + table (title :: models) rows

    let private section (title: string) (body: string) : string =
        $"<section><h2>{escape title}</h2>\n{body}</section>"

    /// The page of a result, with the header and rows that the terminal shows.
    let html (header: string list) (rows: string list list) (result: PanelResult) : string =
        let models = result.Config.Models

        let networks =
            match PanelNetworkPage.tables result.Networks with
            | [] -> ""
            | tables ->
                tables
                |> List.map (fun (title, header, rows) -> $"<h3>{escape title}</h3>\n" + table header rows)
                |> String.concat "\n"
                |> section "Networks"

        let parts =
            [
                for horizon in result.Config.Horizons do
                    byPart "year" models horizon result.Table.ByYear
                    byPart "symbol" models horizon result.Table.BySymbol
            ]
            |> String.concat "\n"

        (resource "report.html")
            .Replace("/*css*/", resource "dygraph.css" + resource "report.css")
            .Replace(
                "<!--tables-->",
                section "All symbols" (table header rows + "<div class=\"panel-charts\"></div>")
                + networks
                + section "Parts" parts
            )
            .Replace(
                "<!--missing-->",
                (if resource "dygraph.js" = "" then
                     ReportPage.missingCharts
                 else
                     "")
            )
            .Replace("<!--config-->", escape ((PanelConfig.toNode result.Config).ToJsonString()))
            .Replace("/*library*/", ReportPage.inlineScript (resource "dygraph.js"))
            .Replace(
                "/*data*/",
                "const panelResult = "
                + ReportPage.inlineScript ((PanelCharts.data result).ToJsonString())
                + ";"
            )
            .Replace("/*script*/", resource "report.js" + resource "panel.js")
