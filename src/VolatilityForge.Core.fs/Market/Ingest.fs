/// Daily bars from CSV and gzipped CSV, with every fault found named by file, row, column, rule and remedy.
/// Knows no model and no measure.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Globalization
open System.IO

/// Reading bar files.
[<RequireQualifiedAccess>]
module Ingest =

    /// Faults and dropped rows beyond this many are counted, not listed.
    let mostListed: int = Findings.MostListed

    /// Columns by their usual names, delimiter and date format found out, decimal point, nothing bad accepted.
    let defaults: IngestOptions =
        {
            Columns = Map.empty
            Delimiter = None
            DateFormat = None
            DecimalComma = false
            BadRows = BadRows.Reject
            Duplicates = DuplicateDates.Reject
            Sort = false
            Symbols = []
        }

    let private isoDate (date: DateOnly) : string =
        date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)

    /// True when days come before months, from the rows that can only be read one way; a fault when rows contradict each
    /// other, or when none tells, and then nothing.
    let private isDayFirst (findings: Findings) (rows: seq<BarCells>) : bool option =
        let openRows = rows |> Seq.filter (fun cells -> DateText.isOpen cells.Raw.Shape)

        let first (tells: BarCells -> bool) =
            openRows |> Seq.tryFind tells |> Option.map _.Row |> Option.defaultValue 0

        let evidence =
            {
                Open =
                    if Seq.isEmpty openRows then
                        0
                    else
                        openRows |> Seq.map _.Row |> Seq.min
                DayFirst = first (fun cells -> cells.Raw.First > 12)
                MonthFirst = first (fun cells -> cells.Raw.Second > 12)
            }

        match MonthOrder.isDayFirst BarReader.dateRemedy evidence with
        | Ok dayFirst -> Some dayFirst
        | Error struct (row, rule, remedy) ->
            let raw = (openRows |> Seq.find (fun cells -> cells.Row = row)).Raw
            findings.Refuse(row, "date", rule, $"{raw.First}, {raw.Second}, {raw.Year}", remedy)
            None

    /// The rows with their dates; a row whose day does not exist is a fault or dropped.
    let private dated (findings: Findings) (dayFirst: bool) (rows: List<BarCells>) : BarCells[] =
        [|
            for cells in rows do
                match DateText.toDate dayFirst cells.Raw with
                | ValueSome date -> { cells with Date = date }
                | ValueNone ->
                    let found = $"{cells.Raw.First}, {cells.Raw.Second}, {cells.Raw.Year}"
                    findings.Row(cells.Row, [ struct ("date", "there must be such a day", found, "") ])
        |]

    let private inOrder (options: IngestOptions) (findings: Findings) (symbol: string) (rows: BarCells[]) =
        let broken =
            rows
            |> Array.pairwise
            |> Array.filter (fun (before, after) -> after.Date < before.Date)

        if broken.Length = 0 then
            rows, []
        elif options.Sort then
            // Stable, so that "first" and "last" of a date mean the order of the file.
            List.ofArray rows |> List.sortBy _.Date |> Array.ofList, [ IngestNote.RowsSorted symbol ]
        else
            let before, after = broken[0]

            let found =
                $"""{isoDate after.Date} after {isoDate before.Date}; {Noun.counted broken.Length "such row"}"""

            let remedy = "Sort the file, or ask for sorting (Sort in the options, --sort)."
            findings.Refuse(after.Row, "date", "dates must increase", found, remedy)
            rows, []

    let private withoutDuplicates (options: IngestOptions) (findings: Findings) (symbol: string) (rows: BarCells[]) =
        let repeated =
            rows
            |> Array.pairwise
            |> Array.filter (fun (before, after) -> after.Date = before.Date)

        let kept (choose: BarCells[] -> BarCells) =
            let single = rows |> Array.groupBy _.Date |> Array.map (snd >> choose)
            single, [ IngestNote.DuplicatesMerged(symbol, rows.Length - single.Length) ]

        match repeated, options.Duplicates with
        | [||], _ -> rows, []
        | _, DuplicateDates.KeepFirst -> kept Array.head
        | _, DuplicateDates.KeepLast -> kept Array.last
        | _, DuplicateDates.Reject ->
            for before, after in repeated do
                let rule = $"a date must occur once per symbol; row {before.Row} has it too"

                let remedy =
                    "Remove one, or say which to keep (Duplicates in the options, --duplicates)."

                findings.Refuse(after.Row, "date", rule, isoDate after.Date, remedy)

            rows, []

    let private toColumns (columns: Map<BarColumn, int>) (symbol: string) (rows: BarCells[]) : BarColumns =
        let whenThere column pick =
            if columns.ContainsKey column then
                Some(Array.map pick rows)
            else
                None

        {
            Symbol = symbol
            Dates = rows |> Array.map _.Date
            Open =
                rows
                |> Array.map (fun cells -> let struct (price, _, _, _) = cells.Prices in price)
            High =
                rows
                |> Array.map (fun cells -> let struct (_, price, _, _) = cells.Prices in price)
            Low =
                rows
                |> Array.map (fun cells -> let struct (_, _, price, _) = cells.Prices in price)
            Close =
                rows
                |> Array.map (fun cells -> let struct (_, _, _, price) = cells.Prices in price)
            AdjustedClose = whenThere BarColumn.AdjustedClose _.Adjusted
            Volume = whenThere BarColumn.Volume _.Volume
        }

    /// The bars of every symbol, and the notes; faults of the whole file go to the findings.
    let private assemble
        (options: IngestOptions)
        (findings: Findings)
        (columns: Map<BarColumn, int>)
        (bySymbol: Dictionary<string, List<BarCells>>)
        : (BarColumns * IngestNote list) list =
        match isDayFirst findings (Seq.concat bySymbol.Values) with
        | None -> []
        | Some dayFirst ->
            [
                for symbol in
                    bySymbol.Keys
                    |> Seq.sortWith (fun left right -> String.CompareOrdinal(left, right)) do
                    let rows, sorted =
                        dated findings dayFirst bySymbol[symbol] |> inOrder options findings symbol

                    let rows, merged = withoutDuplicates options findings symbol rows

                    if rows.Length > 0 then
                        toColumns columns symbol rows, sorted @ merged
            ]

    let private splitNotes (bars: Bars) : IngestNote list =
        Bars.splitLike bars
        |> List.map (fun jump -> IngestNote.SplitLikeJump(bars.Symbol, jump))

    let private headerFault (source: string) (row: int) (rule: string) (found: string) (remedy: string) =
        Error(Fault.badData source row "" rule found remedy)

    /// The bars of a text; the source is what faults call it, and its stem the symbol of a file without symbols.
    let barsOfText (options: IngestOptions) (source: string) (text: TextReader) : Result<Ingested, Fault> =
        match BarReader.headerLine text with
        | ValueNone -> headerFault source 1 "the file must have a header row and rows of bars" "nothing" ""
        | ValueSome(struct (header, headerRow)) ->
            let delimiter =
                options.Delimiter |> Option.defaultWith (fun () -> BarRows.delimiter header)

            let fields = BarReader.headerFields delimiter header

            let place =
                {
                    Source = source
                    Row = headerRow
                    Column = ""
                }

            if fields.Length < 2 then
                let remedy =
                    "Separate columns by comma, semicolon, tab or |, or name the delimiter (Delimiter in the options, --delimiter)."

                headerFault source headerRow "the header must have several columns" (BarRows.shown header) remedy
            elif (DateText.read fields[0]).Shape <> DateShape.Unknown then
                headerFault
                    source
                    headerRow
                    "the first row must name the columns"
                    (BarRows.shown header)
                    "Add a header row."
            else
                either {
                    let! columns = BarRows.resolve options place fields

                    if not options.Symbols.IsEmpty && not (columns.ContainsKey BarColumn.Symbol) then
                        let found = String.Join(", ", options.Symbols)

                        return!
                            Error(
                                Fault.BadSetting("Symbols", "must be empty for a file without a symbol column", found)
                            )

                    let findings = Findings(source, options.BadRows)

                    let bySymbol =
                        BarReader.read
                            options
                            findings
                            (Source.stem source)
                            columns
                            fields.Length
                            headerRow
                            delimiter
                            text

                    let assembled = assemble options findings columns bySymbol
                    let! assembled = findings.Outcome(fun () -> assembled)

                    for symbol in options.Symbols do
                        do!
                            bySymbol.ContainsKey symbol
                            |> Either.require (Fault.UnknownName("symbol", symbol, List.ofSeq (Seq.sort bySymbol.Keys)))

                    if assembled.IsEmpty then
                        return! headerFault source 0 "the file must have rows of bars below its header" "none" ""

                    let! panel = assembled |> Checked.traverse (fst >> Bars.check)

                    let notes =
                        findings.Notes @ List.collect snd assembled @ List.collect splitNotes panel

                    return { Panel = panel; Notes = notes }
                }

    /// The bars of a CSV file, plain or gzipped: columns date, open, high, low, close; adjusted close, volume and symbol
    /// where there are. Every fault found is in the result, the first mostListed in full.
    let bars (options: IngestOptions) (path: string) : Result<Ingested, Fault> =
        Source.read path (barsOfText options path)

    /// A note in one sentence.
    let describe (note: IngestNote) : string =
        match note with
        | IngestNote.RowDropped(place, rule, found) -> Fault.describe (Fault.BadData(place, rule, found, "Dropped."))
        | IngestNote.RowsDropped count -> $"""{Noun.counted count "row"} dropped."""
        | IngestNote.DuplicatesMerged(symbol, count) ->
            $"""{symbol}: {Noun.counted count "row"} repeated a date and were left out."""
        | IngestNote.RowsSorted symbol -> $"{symbol}: rows were not in order of date and have been sorted."
        | IngestNote.ColumnLeftOut column -> $"column {column} holds text and was left out."
        | IngestNote.SplitLikeJump(symbol, jump) ->
            let struct (many, few) = jump.Ratio
            let factor = jump.Jump.ToString("0.000", CultureInfo.InvariantCulture)
            $"{symbol}: on {isoDate jump.Date} the price opened at {factor} times the close before, like a {many}:{few} split that is not adjusted for."
