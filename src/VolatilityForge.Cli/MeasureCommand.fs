/// `volforge measure`: daily variance of bars, quotes or trades by every estimator, as CSV.
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

    let private ofMeasures (measures: RealisedMeasures) : Sheet =
        let value (number: float) =
            if Double.IsNaN number then
                None
            else
                Some(number * 1.0< / day>)

        {
            Symbol = measures.Symbol
            Dates = measures.Dates
            Columns =
                [
                    for name in measures.Names ->
                        name, RealisedMeasures.measure name measures |> Fault.orRaise |> Array.map value
                ]
        }

    let private splits (arguments: ParseResults<MeasureArgs>) (bars: Bars) : Result<Bars, Fault> =
        let rule = "must be as 2014-06-09=7, comma-separated, or detect"

        let split (word: string) : Result<Split, Fault> =
            match word.Split '=' with
            | [| date; ratio |] ->
                match
                    DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None),
                    Double.TryParse(ratio, NumberStyles.Float, CultureInfo.InvariantCulture)
                with
                | (true, date), (true, ratio) -> Ok { Date = date; Ratio = ratio }
                | _ -> Error(Fault.BadSetting("--splits", rule, word))
            | _ -> Error(Fault.BadSetting("--splits", rule, word))

        match arguments.TryGetResult MeasureArgs.Splits with
        | None -> Ok bars
        | Some "detect" -> Split.adjust (Split.detected bars) bars
        | Some text ->
            Shared.words text
            |> Checked.traverse split
            |> Result.bind (fun splits -> Split.adjust splits bars)

    let private ofBars
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<MeasureArgs>)
        (data: string)
        : Result<Sheet list, Fault> =
        either {
            let! measures =
                match arguments.TryGetResult MeasureArgs.Measures with
                | Some names -> Shared.words names |> Checked.traverse Range.parse
                | None -> Ok Range.all

            let! bars = Shared.bars shared data
            let! bars = bars |> Checked.traverse (splits arguments)

            return!
                bars
                |> Checked.traverse (sheet measures)
                |> Result.mapError (Shared.inFile data)
        }

    let private countsJson (counts: SymbolCounts list) : JsonNode =
        let entries =
            [|
                for symbol in counts do
                    for count in symbol.Counts do
                        let entry = JsonObject()
                        entry["symbol"] <- JsonValue.Create symbol.Symbol
                        entry["step"] <- JsonValue.Create count.Step
                        entry["rule"] <- JsonValue.Create count.Rule
                        entry["touched"] <- JsonValue.Create count.Touched
                        entry["left"] <- JsonValue.Create count.Left
                        entry :> JsonNode
            |]

        JsonArray entries

    let private told
        (data: string)
        (options: TableOptions)
        (arguments: ParseResults<MeasureArgs>)
        : Result<TableKind, Fault> =
        match arguments.TryGetResult MeasureArgs.Kind with
        | Some name -> TableKind.parse name
        | None ->
            TableKind.detect options data
            // What is no table of ticks is left to the reader of bars, whose faults tell what a bar file needs.
            |> Result.map (fun kind -> if kind = TableKind.Frame then TableKind.Bars else kind)

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<MeasureArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared
        let data = arguments.GetResult MeasureArgs.Data

        either {
            let! options = Shared.table shared
            let! kind = told data options arguments

            let! sheets, counts =
                match kind with
                | TableKind.Quotes
                | TableKind.Trades ->
                    MeasureTicks.run shared arguments kind data
                    |> Result.map (fun (measured, counts) -> List.map ofMeasures measured, counts)
                    |> Result.mapError (Shared.inFile data)
                | TableKind.Bars -> ofBars shared arguments data |> Result.map (fun sheets -> sheets, [])
                | TableKind.OptionQuotes
                | TableKind.Frame ->
                    Error(Fault.BadSetting("kind of data", "must be bars, quotes or trades", TableKind.name kind))

            for symbol in counts do
                for count in symbol.Counts do
                    let label = if symbol.Symbol = "" then "" else symbol.Symbol + ": "
                    Terminal.note voice $"{label}{count.Step}: {count.Touched} ({count.Rule}); {count.Left} left"

            match arguments.TryGetResult MeasureArgs.Out with
            | Some path ->
                do! Shared.writeText path (arguments.Contains MeasureArgs.Force) (write sheets)
                let days = sheets |> List.sumBy (fun sheet -> sheet.Dates.Length)

                if voice.Json then
                    let written = JsonObject()
                    written["file"] <- JsonValue.Create path
                    written["rows"] <- JsonValue.Create days

                    if not counts.IsEmpty then
                        written["cleaning"] <- countsJson counts

                    Terminal.json written
                else
                    Terminal.note voice $"{path}: {days} days, {sheets.Head.Columns.Length} measures"
            | None when voice.Json ->
                let root = json sheets

                if not counts.IsEmpty then
                    root["cleaning"] <- countsJson counts

                Terminal.json root
            | None -> write sheets Console.Out
        }
