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

    // A measure that needs days before has none on the first ones.
    let private column (bars: Bars) (measure: VarianceMeasure) : Result<string * float[], Fault> =
        Range.measure measure bars
        |> Result.map (fun series ->
            let missing = bars.Length - series.Length
            Range.name measure, Array.append (Array.create missing nan) (series.Values |> Array.map float))

    let private table (measures: VarianceMeasure list) (bars: Bars) : Result<RealisedMeasures, Fault> =
        measures
        |> Checked.traverse (column bars)
        |> Result.bind (RealisedMeasures.check bars.Symbol bars.Dates)

    let private write (measured: RealisedMeasures list) (writer: TextWriter) : unit =
        FrameCsv.writeText (List.map RealisedMeasures.toFrame measured) writer

    let private json (measured: RealisedMeasures list) : JsonNode =
        let entry (measures: RealisedMeasures) : JsonNode =
            Json.object' (
                [
                    "symbol", JsonValue.Create measures.Symbol :> JsonNode
                    "date", measures.Dates |> Seq.map Json.date |> Json.array
                ]
                @ [
                    for name in measures.Names ->
                        name, RealisedMeasures.measure name measures |> Fault.orRaise |> Json.numbers
                ]
            )

        Json.object' [ "results", measured |> Seq.map entry |> Json.array ]

    /// Options that mean nothing for this kind of data are refused, so that none is taken for heeded.
    let private refuseUnused (arguments: ParseResults<MeasureArgs>) (kind: TableKind option) : Result<unit, Fault> =
        let ofTicks =
            [
                "--sampling", arguments.Contains MeasureArgs.Sampling
                "--grids", arguments.Contains MeasureArgs.Grids
                "--session", arguments.Contains MeasureArgs.Session
                "--holidays", arguments.Contains MeasureArgs.Holidays
                "--half-days", arguments.Contains MeasureArgs.Half_Days
                "--halts", arguments.Contains MeasureArgs.Halts
                "--clean", arguments.Contains MeasureArgs.Clean
                "--arithmetic", arguments.Contains MeasureArgs.Arithmetic
            ]

        let rule, options =
            if kind = Some TableKind.Bars then
                "is for quotes and trades, which these aren't", ofTicks
            else
                "is for bars, which these aren't", [ "--splits", arguments.Contains MeasureArgs.Splits ]

        match options |> List.filter snd |> List.map fst with
        | [] -> Ok()
        | given ->
            let found = kind |> Option.map TableKind.name |> Option.defaultValue "ticks"
            Error(Fault.BadSetting(String.Join(", ", given), rule, found))

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
            CommaList.words text
            |> Checked.traverse split
            |> Result.bind (fun splits -> Split.adjust splits bars)

    let private ofBars
        (shared: ParseResults<Arguments>)
        (arguments: ParseResults<MeasureArgs>)
        (data: string)
        : Result<RealisedMeasures list, Fault> =
        either {
            let! measures =
                match arguments.TryGetResult MeasureArgs.Measures with
                | Some names -> CommaList.words names |> Checked.traverse Range.parse
                | None -> Ok Range.all

            let! bars = Shared.bars shared data
            let! bars = bars |> Checked.traverse (splits arguments)

            return!
                bars
                |> Checked.traverse (table measures)
                |> Result.mapError (Shared.inFile data)
        }

    let private countsJson (counts: SymbolCounts list) : JsonNode =
        Json.array
            [
                for symbol in counts do
                    for count in symbol.Counts ->
                        Json.object'
                            [
                                "symbol", JsonValue.Create symbol.Symbol
                                "step", JsonValue.Create count.Step
                                "rule", JsonValue.Create count.Rule
                                "touched", JsonValue.Create count.Touched
                                "left", JsonValue.Create count.Left
                            ]
            ]

    /// The kind that is given, or that the header of a CSV file tells; none for a database, whose columns tell once they are read.
    let private told
        (data: string)
        (options: TableOptions)
        (arguments: ParseResults<MeasureArgs>)
        : Result<TableKind option, Fault> =
        match arguments.TryGetResult MeasureArgs.Kind with
        | Some name -> TableKind.parse name |> Result.map Some
        | None when Sources.isCsv data ->
            TableKind.detect options data
            // What is no table of ticks is left to the reader of bars, whose faults tell what a bar file needs.
            |> Result.map (fun kind -> Some(if kind = TableKind.Frame then TableKind.Bars else kind))
        | None -> Ok None

    // A file of ticks that was taken for one of daily bars fails at its dates.
    let rec private orTicks (fault: Fault) : Fault =
        match fault with
        | Fault.BadData(place, rule, found, remedy) when place.Column = "date" ->
            let ticks =
                "If these are no daily bars, say what they are: --kind trades or --kind quotes."

            Fault.BadData(place, rule, found, (remedy + " " + ticks).TrimStart())
        | Fault.Several faults -> Fault.Several(List.map orTicks faults)
        | other -> other

    // A database of bars is told by no header.
    let private orBars (fault: Fault) : Fault =
        match fault with
        | Fault.BadSetting(field, rule, found) when
            found = TableKind.name TableKind.Frame || found = TableKind.name TableKind.Bars
            ->
            Fault.BadSetting(field, rule + "; say --kind bars where they are daily bars", found)
        | other -> other

    /// Runs the command; every fault is the caller's to tell.
    let run (shared: ParseResults<Arguments>) (arguments: ParseResults<MeasureArgs>) : Result<unit, Fault> =
        let voice = Shared.voice shared
        let data = arguments.GetResult MeasureArgs.Data

        either {
            let! options = Shared.table shared
            let! kind = told data options arguments
            do! refuseUnused arguments kind

            let! measured, counts =
                match kind with
                | None
                | Some TableKind.Quotes
                | Some TableKind.Trades ->
                    MeasureTicks.run shared arguments kind data
                    |> Result.mapError (orBars >> Shared.inFile data)
                | Some TableKind.Bars ->
                    ofBars shared arguments data
                    |> Result.map (fun measured -> measured, [])
                    |> Result.mapError (if arguments.Contains MeasureArgs.Kind then id else orTicks)
                | Some other ->
                    Error(Fault.BadSetting("kind of data", "must be bars, quotes or trades", TableKind.name other))

            for symbol in counts do
                for count in symbol.Counts do
                    let label = if symbol.Symbol = "" then "" else symbol.Symbol + ": "
                    Terminal.note voice $"{label}{count.Step}: {count.Touched} ({count.Rule}); {count.Left} left"

            match arguments.TryGetResult MeasureArgs.Out with
            | Some path ->
                do! Shared.writeText path (arguments.Contains MeasureArgs.Force) (write measured)
                let days = measured |> List.sumBy _.Length

                if voice.Json then
                    Terminal.json (
                        Json.object'
                            [
                                "file", JsonValue.Create path
                                "rows", JsonValue.Create days
                                if not counts.IsEmpty then
                                    "cleaning", countsJson counts
                            ]
                    )
                else
                    Terminal.note
                        voice
                        $"""{path}: {Noun.counted days "day"}, {Noun.counted measured.Head.Names.Length "measure"}"""
            | None when voice.Json ->
                let root = json measured

                if not counts.IsEmpty then
                    root["cleaning"] <- countsJson counts

                Terminal.json root
            | None -> write measured Console.Out
        }
