/// What the charts of a panel's report show, as JSON for its script. Knows no page.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.Text.Json.Nodes
open VolatilityForge

/// Data of the charts.
[<RequireQualifiedAccess>]
module PanelCharts =

    let private array (items: JsonNode seq) : JsonNode = JsonArray(Seq.toArray items)

    /// As far as a chart shows; null for what is no number.
    let private number (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create(float (value.ToString("G5", CultureInfo.InvariantCulture)))
        else
            null

    let private text (day: DateOnly) : JsonNode =
        JsonValue.Create(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))

    /// Values by year, null where a model has none.
    let private byYear (years: string list) (value: string -> float option) : JsonNode =
        years
        |> Seq.map (fun year -> value year |> Option.map number |> Option.defaultValue null)
        |> array

    let private network (years: string list) (report: PanelNetworkReport) : JsonNode =
        let json = JsonObject()
        json["name"] <- JsonValue.Create $"{report.Model} on {report.Base}"

        json["percent"] <-
            byYear years (fun year ->
                report.Years
                |> List.tryFind (fun own -> own.Year = year)
                |> Option.map (fun own -> 100.0 * (own.Ratio - 1.0)))

        json

    let private horizon (result: PanelResult) (paths: PanelLossPath list) (days: int) : JsonNode =
        let cells = result.Table.ByYear |> List.filter (fun cell -> cell.Horizon = days)

        let years = cells |> List.map _.Part |> List.distinct |> List.sort
        let models = cells |> List.map _.Model |> List.distinct
        let own = paths |> List.filter (fun path -> path.Horizon = days)

        let json = JsonObject()
        json["horizon"] <- JsonValue.Create days
        json["years"] <- years |> Seq.map (fun year -> JsonValue.Create(int year) :> JsonNode) |> array

        json["models"] <-
            models
            |> Seq.map (fun model ->
                let qlike (year: string) =
                    cells
                    |> List.tryFind (fun cell -> cell.Model = model && cell.Part = year)
                    |> Option.map _.Qlike

                let json = JsonObject()
                json["name"] <- JsonValue.Create model
                json["qlike"] <- byYear years qlike
                json :> JsonNode)
            |> array

        match own with
        | [] -> ()
        | first :: _ ->
            json["dates"] <- first.Dates |> Seq.map text |> array

            json["paths"] <-
                own
                |> Seq.map (fun path ->
                    let json = JsonObject()
                    json["name"] <- JsonValue.Create path.Model
                    json["sum"] <- path.Sum |> Seq.map number |> array
                    json :> JsonNode)
                |> array

        json["networks"] <-
            result.Networks
            |> Seq.filter (fun report -> report.Horizon = days)
            |> Seq.map (network years)
            |> array

        json

    /// QLIKE by year, running sums against the baseline, and what networks are worth by year, for each horizon.
    let data (result: PanelResult) : JsonNode =
        let paths = PanelLossPath.ofTracks result.Table.Baseline result.Tracks
        let json = JsonObject()
        json["baseline"] <- JsonValue.Create result.Table.Baseline
        json["horizons"] <- result.Config.Horizons |> Seq.map (horizon result paths) |> array
        json
