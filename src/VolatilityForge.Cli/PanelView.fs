/// The result of a panel run as a table, as JSON and as files. Runs nothing.
namespace VolatilityForge.Cli

open System
open System.IO
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

    let private rows (result: PanelResult) : string list list =
        result.Table.Rows
        |> List.map (fun row ->
            [
                row.Model
                string row.Horizon
                Cell.number "0.0000" row.Qlike
                Cell.number "0.000" row.QlikeRatio
                (if row.Model = result.Table.Baseline then
                     ""
                 else
                     $"{row.Better}/{row.Symbols}")
                Cell.versus row.Versus
                Cell.confidence row.Confidence
                string row.Clamped
                string row.Refits
            ])

    let private cell (part: string) (cell: PanelReportCell) : JsonNode =
        Json.object'
            [
                "model", JsonValue.Create cell.Model
                "horizon", JsonValue.Create cell.Horizon
                part, JsonValue.Create cell.Part
                "qlike", Json.number cell.Qlike
                "forecasts", JsonValue.Create cell.Forecasts
            ]

    let private fields (row: PanelReportRow) : (string * JsonNode) list =
        [
            "model", JsonValue.Create row.Model
            "horizon", JsonValue.Create row.Horizon
            "qlike", Json.number row.Qlike
            "qlike_ratio", Json.number row.QlikeRatio
            "better_on", JsonValue.Create row.Better
            "symbols", JsonValue.Create row.Symbols
            "dm_statistic", row.Versus |> Json.optional (fun test -> Json.number test.Statistic)
            "dm_p_value", row.Versus |> Json.optional (fun test -> Json.number test.PValue)
            "mcs_p_value", row.Confidence |> Json.optional (fun place -> Json.number place.PValue)
            "in_confidence_set", row.Confidence |> Json.optional (fun place -> JsonValue.Create place.Included)
            "clamped", JsonValue.Create row.Clamped
            "fits", JsonValue.Create row.Refits
        ]

    let private memberJson (trained: TrainedMember) : JsonNode =
        Json.object'
            [
                "seed", JsonValue.Create trained.Seed
                "best_epoch", JsonValue.Create trained.State.BestEpoch
                "validation_losses", trained.State.History |> List.rev |> Seq.map _.ValidationLoss |> Json.numbers
            ]

    let private fitJson (used: PanelNetworkUse) : JsonNode =
        Json.object'
            [
                "fitted_on", Json.date used.Fit.FittedOn
                "gain", Json.number used.Gain
                "untrained", JsonValue.Create used.Fit.Untrained
                "symbols", JsonValue.Create used.Fit.Symbols.Length
                "training_dates", JsonValue.Create used.Fit.TrainingDates
                "validation_dates", JsonValue.Create used.Fit.ValidationDates
                "members", used.Fit.Members |> Seq.map memberJson |> Json.array
            ]

    let private yearJson (year: PanelNetworkYear) : JsonNode =
        Json.object'
            [
                "year", JsonValue.Create year.Year
                "base_qlike", Json.number year.Base
                "qlike", Json.number year.Network
                "difference", Json.number (year.Network - year.Base)
            ]

    let private networkJson (report: PanelNetworkReport) : JsonNode =
        let seedJson (seed: PanelNetworkSeed) : JsonNode =
            Json.object' (fields seed.Row @ [ "seed", JsonValue.Create seed.Seed ])

        Json.object' (
            fields report.Row
            @ [
                "base", JsonValue.Create report.Base
                "by_year", report.Years |> Seq.map yearJson |> Json.array
                "network_fits", report.Fits |> Seq.map fitJson |> Json.array
                "by_seed", report.Seeds |> Seq.map seedJson |> Json.array
            ]
        )

    let private json (result: PanelResult) : JsonObject =
        Json.object'
            [
                "baseline", JsonValue.Create result.Table.Baseline
                "config", PanelConfig.toNode result.Config
                "table",
                result.Table.Rows
                |> Seq.map (fun row -> Json.object' (fields row) :> JsonNode)
                |> Json.array
                "by_symbol", result.Table.BySymbol |> Seq.map (cell "symbol") |> Json.array
                "by_year", result.Table.ByYear |> Seq.map (cell "year") |> Json.array
                "by_refit", result.ByRefit |> Seq.map (cell "refit") |> Json.array
                if not result.Networks.IsEmpty then
                    "networks", result.Networks |> Seq.map networkJson |> Json.array
            ]

    let private title (result: PanelResult) : string =
        let symbols = result.Tracks |> List.map _.Symbol |> List.distinct |> List.length
        let first = result.Tracks |> List.map (fun track -> track.Dates[0]) |> List.min

        $"""{Noun.counted symbols "symbol"}, forecasts from {first:O} on; QLIKE is the mean over symbols; """
        + $"ratio, DM and better on against {result.Table.Baseline}; * in the 90 %% confidence set"

    /// The result on standard output, and what was left out on standard error.
    let tell (voice: Voice) (folder: string) (result: PanelResult) : unit =
        for symbol, days in result.LeftOut do
            Terminal.note voice $"""note: {symbol}: {Noun.counted days "day"} near zero left out."""

        for symbol, horizon, days in result.Unforecast do
            Terminal.note
                voice
                $"""note: {symbol}: {Noun.counted days "day"} at horizon {horizon} left out, of which a model has nothing to say."""

        if voice.Json then
            let json = json result
            json["folder"] <- JsonValue.Create folder
            Terminal.json json
        else
            Terminal.table (title result) 1 header (rows result)
            let page = Path.Combine(folder, "report.html")
            Console.Out.WriteLine $"report: {page}"

    /// result.json, forecasts.csv, report.html and panel.json into an existing folder.
    let write (folder: string) (result: PanelResult) : Result<unit, Fault> =
        let file (name: string) (text: TextWriter -> unit) =
            Shared.writeText (Path.Combine(folder, name)) false text

        either {
            do! file "result.json" (fun writer -> writer.WriteLine(Json.indented (json result)))
            do! file "forecasts.csv" (fun writer -> ResultFiles.writeForecasts writer result.Tracks)
            do! file "report.html" (fun writer -> writer.Write(PanelPage.html header (rows result) result))

            do! file settingsName (fun writer -> writer.WriteLine(Json.indented (PanelConfig.toNode result.Config)))
        }
