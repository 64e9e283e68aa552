/// The result of a panel run as a table, as JSON and as files. Runs nothing.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.Text.Json
open System.Text.Json.Nodes
open VolatilityForge

/// Showing and writing panel results.
[<RequireQualifiedAccess>]
module PanelView =

    /// The settings of a panel run, from which `volforge forecast` goes on.
    let settingsName: string = "panel.json"

    let private header: string list =
        [
            "model"
            "days ahead"
            "QLIKE"
            "ratio"
            "better on"
            "DM p"
            "MCS p"
            "clamped"
            "fits"
        ]

    let private shown (format: string) (value: float) : string =
        if Double.IsFinite value then
            value.ToString(format, CultureInfo.InvariantCulture)
        else
            "-"

    let private shownP (p: float) : string =
        if p < 0.001 then "<0.001" else shown "0.000" p

    let private rows (result: PanelResult) : string list list =
        result.Table.Rows
        |> List.map (fun row ->
            [
                row.Model
                string row.Horizon
                shown "0.0000" row.Qlike
                shown "0.000" row.QlikeRatio
                (if row.Model = result.Table.Baseline then
                     ""
                 else
                     $"{row.Better}/{row.Symbols}")
                row.Versus
                |> Option.map (fun test -> shownP test.PValue)
                |> Option.defaultValue ""
                row.Confidence
                |> Option.map (fun place -> shownP place.PValue + (if place.Included then "*" else ""))
                |> Option.defaultValue ""
                string row.Clamped
                string row.Refits
            ])

    let private number (value: float) : JsonNode =
        if Double.IsFinite value then
            JsonValue.Create value
        else
            null

    let private cell (part: string) (cell: PanelReportCell) : JsonNode =
        let json = JsonObject()
        json["model"] <- JsonValue.Create cell.Model
        json["horizon"] <- JsonValue.Create cell.Horizon
        json[part] <- JsonValue.Create cell.Part
        json["qlike"] <- number cell.Qlike
        json["forecasts"] <- JsonValue.Create cell.Forecasts
        json

    let private rowJson (row: PanelReportRow) : JsonNode =
        let json = JsonObject()
        json["model"] <- JsonValue.Create row.Model
        json["horizon"] <- JsonValue.Create row.Horizon
        json["qlike"] <- number row.Qlike
        json["qlike_ratio"] <- number row.QlikeRatio
        json["better_on"] <- JsonValue.Create row.Better
        json["symbols"] <- JsonValue.Create row.Symbols

        json["dm_statistic"] <-
            row.Versus
            |> Option.map (fun test -> number test.Statistic)
            |> Option.defaultValue null

        json["dm_p_value"] <-
            row.Versus
            |> Option.map (fun test -> number test.PValue)
            |> Option.defaultValue null

        json["mcs_p_value"] <-
            row.Confidence
            |> Option.map (fun place -> number place.PValue)
            |> Option.defaultValue null

        json["in_confidence_set"] <-
            row.Confidence
            |> Option.map (fun place -> JsonValue.Create place.Included :> JsonNode)
            |> Option.defaultValue null

        json["clamped"] <- JsonValue.Create row.Clamped
        json["fits"] <- JsonValue.Create row.Refits
        json

    let private array (items: JsonNode seq) : JsonNode = JsonArray(Seq.toArray items)

    let private fitJson (used: PanelNetworkUse) : JsonNode =
        let json = JsonObject()
        json["fitted_on"] <- JsonValue.Create(used.Fit.FittedOn.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
        json["gain"] <- number used.Gain
        json["untrained"] <- JsonValue.Create used.Fit.Untrained
        json["symbols"] <- JsonValue.Create used.Fit.Symbols.Length
        json["training_dates"] <- JsonValue.Create used.Fit.TrainingDates
        json["validation_dates"] <- JsonValue.Create used.Fit.ValidationDates

        json["members"] <-
            used.Fit.Members
            |> Seq.map (fun trained ->
                let json = JsonObject()
                json["seed"] <- JsonValue.Create trained.Seed
                json["best_epoch"] <- JsonValue.Create trained.State.BestEpoch

                json["validation_losses"] <-
                    trained.State.History
                    |> List.rev
                    |> Seq.map (fun epoch -> number epoch.ValidationLoss)
                    |> array

                json :> JsonNode)
            |> array

        json

    let private networkJson (report: PanelNetworkReport) : JsonNode =
        let json = rowJson report.Row :?> JsonObject
        json["base"] <- JsonValue.Create report.Base

        json["by_year"] <-
            report.Years
            |> Seq.map (fun year ->
                let json = JsonObject()
                json["year"] <- JsonValue.Create year.Year
                json["base_qlike"] <- number year.Base
                json["qlike"] <- number year.Network
                json["difference"] <- number (year.Network - year.Base)
                json :> JsonNode)
            |> array

        json["network_fits"] <- report.Fits |> Seq.map fitJson |> array

        json["by_seed"] <-
            report.Seeds
            |> Seq.map (fun seed ->
                let json = rowJson seed.Row :?> JsonObject
                json["seed"] <- JsonValue.Create seed.Seed
                json :> JsonNode)
            |> array

        json

    let private json (result: PanelResult) : JsonObject =
        let json = JsonObject()
        json["baseline"] <- JsonValue.Create result.Table.Baseline
        json["config"] <- PanelConfig.toNode result.Config
        json["table"] <- result.Table.Rows |> Seq.map rowJson |> array
        json["by_symbol"] <- result.Table.BySymbol |> Seq.map (cell "symbol") |> array
        json["by_year"] <- result.Table.ByYear |> Seq.map (cell "year") |> array
        json["by_refit"] <- result.ByRefit |> Seq.map (cell "refit") |> array

        if not result.Networks.IsEmpty then
            json["networks"] <- result.Networks |> Seq.map networkJson |> array

        json

    let private title (result: PanelResult) : string =
        let symbols = result.Tracks |> List.map _.Symbol |> List.distinct |> List.length
        let first = result.Tracks |> List.map (fun track -> track.Dates[0]) |> List.min

        $"{symbols} symbols, forecasts from {first:O} on; QLIKE is the mean over symbols; "
        + $"ratio, DM and better on against {result.Table.Baseline}; * in the 90 %% confidence set"

    /// The result on standard output, and what was left out on standard error.
    let tell (voice: Voice) (folder: string) (result: PanelResult) : unit =
        for symbol, days in result.LeftOut do
            Terminal.note voice $"note: {symbol}: {days} days near zero are left out."

        for symbol, horizon, days in result.Unforecast do
            Terminal.note
                voice
                $"note: {symbol}: {days} days at horizon {horizon} are left out, because a model has nothing to say of them."

        if voice.Json then
            let json = json result
            json["folder"] <- JsonValue.Create folder
            Terminal.json json
        else
            Terminal.table (title result) 1 header (rows result)
            let page = Path.Combine(folder, "report.html")
            Console.Out.WriteLine $"report: {page}"

    let private indented = JsonSerializerOptions(WriteIndented = true)

    /// result.json, forecasts.csv, report.html and panel.json into an existing folder.
    let write (folder: string) (result: PanelResult) : Result<unit, Fault> =
        let file (name: string) (text: TextWriter -> unit) =
            Shared.writeText (Path.Combine(folder, name)) false text

        either {
            do! file "result.json" (fun writer -> writer.WriteLine((json result).ToJsonString indented))
            do! file "forecasts.csv" (fun writer -> ResultFiles.writeForecasts writer result.Tracks)
            do! file "report.html" (fun writer -> writer.Write(PanelPage.html header (rows result) result))

            do!
                file settingsName (fun writer ->
                    writer.WriteLine((PanelConfig.toNode result.Config).ToJsonString indented))
        }
