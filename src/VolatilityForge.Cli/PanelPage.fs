/// The HTML report of a panel run: its tables and the data of its charts. Knows no terminal.
namespace VolatilityForge.Cli

open VolatilityForge

/// Building the page.
[<RequireQualifiedAccess>]
module PanelPage =

    let private table (header: string list) (rows: string list list) : string =
        let line (tag: string) (texts: string list) = "<tr>" + Page.cells tag texts + "</tr>"
        let head = line "th" header
        let body = rows |> List.map (line "td") |> String.concat "\n"
        $"<table><thead>{head}</thead><tbody>\n{body}\n</tbody></table>"

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
                        |> Cell.orBlank (fun cell -> Cell.number "0.0000" cell.Qlike))))

        $"""<h3>QLIKE by {title}, {Noun.counted horizon "day"} ahead</h3>"""
        + "\n"
        + table (title :: models) rows

    let private section (title: string) (body: string) : string =
        $"<section><h2>{Page.escape title}</h2>\n{body}</section>"

    /// The page of a result, with the header and rows that the terminal shows.
    let html (header: string list) (rows: string list list) (result: PanelResult) : string =
        let models = result.Config.Models

        let networks =
            match PanelNetworkPage.tables result.Networks with
            | [] -> ""
            | tables ->
                tables
                |> List.map (fun (title, header, rows) -> $"<h3>{Page.escape title}</h3>\n" + table header rows)
                |> String.concat "\n"
                |> section "Networks"

        let parts =
            [
                for horizon in result.Config.Horizons do
                    byPart "year" models horizon result.Table.ByYear
                    byPart "symbol" models horizon result.Table.BySymbol
            ]
            |> String.concat "\n"

        Page.html
            {
                Tables =
                    section "All symbols" (table header rows + "<div class=\"panel-charts\"></div>")
                    + networks
                    + section "Parts" parts
                Config = (PanelConfig.toNode result.Config).ToJsonString()
                Data = "panelResult", PanelCharts.data result
                Scripts = [ "report.js"; "panel.js" ]
            }
