/// Frames in CSV, plain or gzipped: a time, a symbol where there are several, a column of numbers each. Knows no meaning
/// of a column.
namespace VolatilityForge

open System
open System.Globalization
open System.IO

/// Reading and writing frames as CSV.
[<RequireQualifiedAccess>]
module FrameCsv =

    let private layout (options: TableOptions) (header: TableHeader) : Result<TableLayout, Fault> =
        either {
            do! TableHeader.checkRoles options []
            let! struct (time, clock, symbol) = TableHeader.timeAndSymbol options header

            let values =
                [
                    for position in 0 .. header.Fields.Length - 1 do
                        if position <> time && position <> clock && position <> symbol then
                            header.Fields[position], position
                ]

            let kept =
                if options.Keep.IsEmpty then
                    values
                else
                    values |> List.filter (fun (name, _) -> List.contains name options.Keep)

            match
                options.Keep
                |> List.tryFind (fun name -> not (List.exists (fst >> (=) name) values))
            with
            | Some name -> return! Error(Fault.UnknownName($"column in {header.Source}", name, List.map fst values))
            | None -> ()

            return
                {
                    Time = time
                    TimeOfDay = clock
                    Symbol = symbol
                    Dates = []
                    Numbers = []
                    Words = []
                    Optional = kept
                }
        }

    // Rows are in order of time; of rows of one time the first or the last stays, or they are a fault.
    let private single
        (options: TableOptions)
        (source: string)
        (table: SymbolTable)
        : Result<SymbolTable * IngestNote list, Fault> =
        let times = table.Times
        let repeats row = row > 0 && times[row] = times[row - 1]

        match seq { 1 .. times.Length - 1 } |> Seq.tryFind repeats, options.Duplicates with
        | None, _ -> Ok(table, [])
        | Some row, DuplicateDates.Reject ->
            let place =
                {
                    Source = source
                    Row = table.Rows[row]
                    Column = "time"
                }

            let remedy =
                "Remove one, or say which to keep (Duplicates in the options, --duplicates)."

            let rule =
                $"a time must occur once per symbol; row {table.Rows[row - 1]} has it too"

            Error(Fault.BadData(place, rule, DateText.stamp times[row], remedy))
        | Some _, policy ->
            let stays row =
                match policy with
                | DuplicateDates.KeepLast -> row = times.Length - 1 || times[row + 1] <> times[row]
                | _ -> not (repeats row)

            let kept = [| 0 .. times.Length - 1 |] |> Array.filter stays

            let gather (column: 'a[]) =
                kept |> Array.map (fun row -> column[row])

            Ok(
                { table with
                    Rows = gather table.Rows
                    Times = gather times
                    Optional = table.Optional |> List.map (fun (name, values) -> name, gather values)
                },
                [ IngestNote.DuplicatesMerged(table.Symbol, times.Length - kept.Length) ]
            )

    /// The frames of a text, one per symbol in ordinal order of symbols, and the notes; the source is what faults call it,
    /// and its stem the symbol of a file without symbols. The first cell with a value decides whether a column holds
    /// numbers; columns of text are left out with a note. Empty cells, NA, NaN, null, none and a point are missing values.
    let readText
        (options: TableOptions)
        (source: string)
        (text: TextReader)
        : Result<Frame list * IngestNote list, Fault> =
        either {
            let! header = TableHeader.read options source text
            let! layout = layout options header

            let! tables, notes =
                TableReader.read options source (Source.stem source) layout header.Fields.Length header.Cells

            let! singles = tables |> Checked.traverse (single options source)

            let! frames =
                singles
                |> Checked.traverse (fun (table, _) -> Frame.own table.Symbol table.Times table.Optional)

            return frames, notes @ List.collect snd singles
        }

    /// The frames of a file and what a reader should know of it, as readText.
    let readNoted (options: TableOptions) (path: string) : Result<Frame list * IngestNote list, Fault> =
        Source.read path (readText options path)

    /// The frames of a file, one per symbol in ordinal order of symbols.
    let read (options: TableOptions) (path: string) : Result<Frame list, Fault> =
        readNoted options path |> Result.map fst

    let private quoted (text: string) : string =
        if text.AsSpan().IndexOfAny(",\"\n") >= 0 then
            "\"" + text.Replace("\"", "\"\"") + "\""
        else
            text

    /// How times are written: as dates when none has a time of day.
    let private timeFormat (frames: Frame list) : string =
        let isDaily (frame: Frame) =
            frame.Index |> Array.forall (fun time -> time.TimeOfDay = TimeSpan.Zero)

        if List.forall isDaily frames then
            "yyyy-MM-dd"
        else
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"

    /// Writes frames of the same columns to a text: a symbol column when any has a symbol, the time (as a date when no
    /// time has a time of day), the columns; missing values are empty cells. Every number reads back to the same bits. Raises
    /// VolatilityForgeException (Fault.BadShape) for frames of different columns, before a letter is written.
    let writeText (frames: Frame list) (writer: TextWriter) : unit =
        let names = frames |> List.tryHead |> Option.map _.Names |> Option.defaultValue []

        match frames |> List.tryFind (fun frame -> frame.Names <> names) with
        | Some other ->
            let listed (names: string list) = String.Join(", ", names)
            Fault.raiseWith (Fault.BadShape("frames in one file", "columns", listed names, listed other.Names))
        | None -> ()

        let symbols = frames |> List.exists (fun frame -> frame.Symbol <> "")
        let format = timeFormat frames
        let time = if format.Contains 'T' then "time" else "date"
        let start = if symbols then [ "symbol"; time ] else [ time ]
        writer.Write(String.Join(",", start @ names |> List.map quoted))
        writer.Write '\n'
        let cell = Array.zeroCreate<char> 64

        for frame in frames do
            let columns = frame.Columns |> List.map snd |> Array.ofList
            let symbol = quoted frame.Symbol

            for row in 0 .. frame.Length - 1 do
                if symbols then
                    writer.Write symbol
                    writer.Write ','

                let mutable written = 0

                frame.Index[row].TryFormat(cell.AsSpan(), &written, format.AsSpan(), CultureInfo.InvariantCulture)
                |> ignore

                writer.Write(cell, 0, written)

                for column in columns do
                    writer.Write ','
                    let value = column[row]

                    if not (Double.IsNaN value) then
                        value.TryFormat(cell.AsSpan(), &written, "R".AsSpan(), CultureInfo.InvariantCulture)
                        |> ignore

                        writer.Write(cell, 0, written)

                writer.Write '\n'

    /// That frames can share one table: the same columns, a symbol each once. Fault.BadShape, BadSetting otherwise.
    let internal sameColumns (frames: Frame list) : Result<unit, Fault> =
        match frames with
        | [] -> Error(Fault.TooShort("A file of frames", 1, 0))
        | first :: rest ->
            let symbols = frames |> List.map _.Symbol
            let listed (names: string list) = String.Join(", ", names)

            match rest |> List.tryFind (fun frame -> frame.Names <> first.Names) with
            | Some other ->
                Error(Fault.BadShape("frames in one file", "columns", listed first.Names, listed other.Names))
            | None ->
                List.distinct symbols = symbols
                |> Either.require (
                    Fault.BadSetting("frames in one file", "must have different symbols", listed symbols)
                )

    /// Writes frames to a file, whole or not at all, gzipped where the path ends in .gz; an existing file is a fault
    /// unless `replace` is set. Faults: frames of different columns, symbols that repeat, a file that can't be written.
    let write (replace: bool) (path: string) (frames: Frame list) : Result<unit, Fault> =
        sameColumns frames
        |> Result.bind (fun () -> Target.text path replace (writeText frames))
