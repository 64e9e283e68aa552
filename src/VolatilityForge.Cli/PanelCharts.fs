/// What the charts of a panel's report show, as JSON for its script. Knows no page.
namespace VolatilityForge.Cli

open System.Text.Json.Nodes
open VolatilityForge

/// Data of the charts.
[<RequireQualifiedAccess>]
module PanelCharts =

    // Digits that a chart can show.
    let private number: float -> JsonNode = Json.rounded 5

    /// Values by year, null where a model has none.
    let private byYear (years: string list) (value: string -> float option) : JsonNode =
        years |> Seq.map (value >> Json.optional number) |> Json.array

    let private network (years: string list) (report: PanelNetworkReport) : JsonNode =
        let percent (year: string) =
            report.Years
            |> List.tryFind (fun own -> own.Year = year)
            |> Option.map (fun own -> 100.0 * (own.Ratio - 1.0))

        Json.object'
            [
                "name", JsonValue.Create $"{report.Model} on {report.Base}"
                "percent", byYear years percent
            ]

    let private horizon (result: PanelResult) (paths: PanelLossPath list) (days: int) : JsonNode =
        let cells = result.Table.ByYear |> List.filter (fun cell -> cell.Horizon = days)

        let years = cells |> List.map _.Part |> List.distinct |> List.sort
        let models = cells |> List.map _.Model |> List.distinct
        let own = paths |> List.filter (fun path -> path.Horizon = days)

        let model (name: string) : JsonNode =
            let qlike (year: string) =
                cells
                |> List.tryFind (fun cell -> cell.Model = name && cell.Part = year)
                |> Option.map _.Qlike

            Json.object' [ "name", JsonValue.Create name; "qlike", byYear years qlike ]

        let path (path: PanelLossPath) : JsonNode =
            Json.object'
                [
                    "name", JsonValue.Create path.Model
                    "sum", path.Sum |> Seq.map number |> Json.array
                ]

        Json.object'
            [
                "horizon", JsonValue.Create days
                "years",
                years
                |> Seq.map (fun year -> JsonValue.Create(int year) :> JsonNode)
                |> Json.array
                "models", models |> Seq.map model |> Json.array
                match own with
                | [] -> ()
                | first :: _ ->
                    "dates", first.Dates |> Seq.map Json.date |> Json.array
                    "paths", own |> Seq.map path |> Json.array
                "networks",
                result.Networks
                |> Seq.filter (fun report -> report.Horizon = days)
                |> Seq.map (network years)
                |> Json.array
            ]

    /// QLIKE by year, running sums against the baseline, and what networks are worth by year, for each horizon.
    let data (result: PanelResult) : JsonNode =
        let paths = PanelLossPath.ofTracks result.Table.Baseline result.Tracks

        Json.object'
            [
                "baseline", JsonValue.Create result.Table.Baseline
                "horizons", result.Config.Horizons |> Seq.map (horizon result paths) |> Json.array
            ]
