/// `volforge measure`: daily variance by every estimator, as CSV.
namespace VolatilityForge.Cli

open System
open System.Globalization
open System.IO
open System.Text.Json.Nodes
open Argu
open VolatilityForge

/// The command.
[<RequireQualifiedAccess>]
module MeasureCommand =

    /// One symbol's measures: by date, a value where the measure has one.
    type private Sheet =
        {
            Symbol: string
            Dates: DateOnly[]
            Columns: (string * Variance option[]) list
        }

    let private column (bars: Bars) (measure: VarianceMeasure) : Result<string * Variance option[], Fault> =
        Range.measure measure bars
        |> Result.map (fun series ->
            let missing = bars.Length - series.Length

            let value day =
                if day < missing then
                    None
                else
                    Some series.Values[day - missing]

            Range.name measure, Array.init bars.Length value)

    let private sheet (measures: VarianceMeasure list) (bars: Bars) : Result<Sheet, Fault> =
        measures
        |> Checked.traverse (column bars)
        |> Result.map (fun columns ->
            {
                Symbol = bars.Symbol
                Dates = bars.Dates
                Columns = columns
            })

    let private date (day: DateOnly) : string =
        day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)

    let private text (value: Variance option) : string =
        match value with
        | Some variance -> (float variance).ToString("R", CultureInfo.InvariantCulture)
        | None -> ""

    let private write (sheets: Sheet list) (writer: TextWriter) : unit =
        let panel = sheets |> List.exists (fun sheet -> sheet.Symbol <> "")
        let names = sheets.Head.Columns |> List.map fst
        let start = if panel then [ "symbol"; "date" ] else [ "date" ]
        writer.WriteLine(String.Join(",", start @ names))

        for sheet in sheets do
            for day in 0 .. sheet.Dates.Length - 1 do
                let values = sheet.Columns |> List.map (fun (_, column) -> text column[day])

                let start =
                    if panel then
                        [ sheet.Symbol; date sheet.Dates[day] ]
                    else
                        [ date sheet.Dates[day] ]

                writer.WriteLine(String.Join(",", start @ values))

    let private json (sheets: Sheet list) : JsonNode =
        let array (items: JsonNode seq) = JsonArray(Seq.toArray items)
        let root = JsonObject()

        root["results"] <-
            array
                [
                    for sheet in sheets do
                        let entry = JsonObject()
                        entry["symbol"] <- JsonValue.Create sheet.Symbol
                        entry["date"] <- array [ for day in sheet.Dates -> JsonValue.Create(date day) ]

                        for name, column in sheet.Columns do
                            entry[name] <-
                                array
                                    [
                                        for value in column ->
                                            match value with
                                            | Some variance -> JsonValue.Create(float variance)
                                            | None -> null
                                    ]

                        entry
                ]

        root

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<MeasureArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared

        either {
            let! measures =
                match arguments.TryGetResult MeasureArgs.Measures with
                | Some names -> Shared.words names |> Checked.traverse Range.parse
                | None -> Ok Range.all

            let data = arguments.GetResult MeasureArgs.Data
            let! bars = Shared.bars shared data

            let! sheets =
                bars
                |> Checked.traverse (sheet measures)
                |> Result.mapError (Shared.inFile data)

            match arguments.TryGetResult MeasureArgs.Out with
            | Some path ->
                do! Shared.writeText path (arguments.Contains MeasureArgs.Force) (write sheets)
                let days = sheets |> List.sumBy (fun sheet -> sheet.Dates.Length)

                if voice.Json then
                    let written = JsonObject()
                    written["file"] <- JsonValue.Create path
                    written["rows"] <- JsonValue.Create days
                    Terminal.json written
                else
                    Terminal.note voice $"{path}: {days} days, {measures.Length} measures"
            | None when voice.Json -> Terminal.json (json sheets)
            | None -> write sheets Console.Out
        }
