/// One pass over a table of times, numbers and words into columns, by symbol and in order of time. Knows the rules of
/// cells, not what a column means.
namespace VolatilityForge

open System
open System.Collections.Generic

/// Reading tables.
[<RequireQualifiedAccess>]
module internal TableReader =

    let private stampBreach (name: string) (stamps: StampColumn) (flaw: StampFlaw) (text: string) =
        match flaw with
        | StampFlaw.OtherShape ->
            struct (name,
                    $"every date must be written as in the rows above, {DateText.name stamps.Shape}",
                    BarRows.shown text,
                    "Write all dates in one format.")
        | StampFlaw.OtherZone ->
            let zone = if stamps.Zone = "" then "none" else stamps.Zone

            struct (name,
                    $"every time must be in the zone of the rows above, {zone}",
                    BarRows.shown text,
                    "Write all times in one zone.")
        | _ ->
            struct (name,
                    "the value must be a time such as 2020-12-31T09:30:00.125",
                    BarRows.shown text,
                    TableOrder.remedy)

    let private numberBreach (rule: NumberRule) (value: float) : string =
        if not (Double.IsFinite value) then
            "values must be finite"
        elif rule = NumberRule.Positive && value <= 0.0 then
            "values must be positive"
        elif rule = NumberRule.NotNegative && value < 0.0 then
            "values must not be negative"
        else
            null

    /// Reads every row below the header into columns by symbol, in ordinal order of symbols.
    let read
        (options: TableOptions)
        (source: string)
        (lone: string)
        (layout: TableLayout)
        (width: int)
        (cells: CsvRows)
        : Result<SymbolTable list * IngestNote list, Fault> =
        let findings = Findings(source, options.BadRows)
        let symbols = Lexicon()

        let loneCode =
            if layout.Symbol < 0 then
                symbols.Code(lone.AsSpan())
            else
                -1

        let rows, codes = List<int>(), List<int>()

        let stampColumns =
            [|
                if layout.Time >= 0 then
                    struct ("time", layout.Time, StampColumn options.DateFormat, List<int64>())
                for name, position in layout.Dates do
                    struct (name, position, StampColumn None, List<int64>())
            |]

        let numberColumns =
            [|
                for name, position, rule, missing in layout.Numbers ->
                    struct (name, position, rule, missing, List<float>())
            |]

        let wordColumns =
            [|
                for _, position in layout.Words -> struct (position, Lexicon(), List<int>())
            |]

        let optionalColumns =
            [| for name, position in layout.Optional -> OptionalColumn(name, position) |]

        let stamps = Array.zeroCreate<int64> stampColumns.Length
        let numbers = Array.zeroCreate<float> numberColumns.Length
        let wanted = HashSet<string>(options.Symbols)
        let skipped = HashSet<string>()

        let readRow () : struct (string * string * string * string) list =
            let mutable breaches = []

            for index in 0 .. stampColumns.Length - 1 do
                let struct (name, position, column, _) = stampColumns[index]
                let mutable packed = 0L

                match column.Read(cells.Row, cells.Field position, &packed) with
                | StampFlaw.None -> stamps[index] <- packed
                | flaw -> breaches <- stampBreach name column flaw (cells.Text position) :: breaches

            if layout.TimeOfDay >= 0 then
                let text = cells.Field layout.TimeOfDay
                let struct (ticks, stop) = StampColumn.TimeOfDay(text, 0)

                if ticks < 0L || stop <> text.Length || stamps[0] % TimeSpan.TicksPerDay <> 0L then
                    breaches <-
                        struct ("time",
                                "the value must be a time of day such as 09:30:00.125",
                                BarRows.shown (text.ToString()),
                                "")
                        :: breaches
                else
                    stamps[0] <- stamps[0] + ticks

            for index in 0 .. numberColumns.Length - 1 do
                let struct (name, position, rule, missing, _) = numberColumns[index]
                let text = cells.Field position

                if missing && CellNumber.isMissing text then
                    numbers[index] <- nan
                else
                    match CellNumber.read options.DecimalComma text with
                    | ValueSome value ->
                        numbers[index] <- value

                        match numberBreach rule value with
                        | null -> ()
                        | broken -> breaches <- struct (name, broken, text.ToString(), "") :: breaches
                    | ValueNone ->
                        let text = text.ToString()
                        let struct (broken, remedy) = BarRows.notNumber options.DecimalComma text
                        breaches <- struct (name, broken, BarRows.shown text, remedy) :: breaches

            if cells.BadQuotes then
                breaches <-
                    struct ("", "a quote must be closed on its line, and doubled inside a quoted field", "", "")
                    :: breaches

            breaches

        let readOptional () : struct (string * string * string * string) list =
            let mutable breaches = []

            for column in optionalColumns do
                match column.Take(cells.Row, options.DecimalComma, cells.Field column.Position) with
                | ValueNone -> ()
                | ValueSome(struct (rule, found)) -> breaches <- struct (column.Name, rule, found, "") :: breaches

            breaches

        let keep (symbol: int) : unit =
            match readOptional () with
            | [] ->
                rows.Add cells.Row
                codes.Add symbol

                for index in 0 .. stampColumns.Length - 1 do
                    let struct (_, _, _, column) = stampColumns[index]
                    column.Add stamps[index]

                for index in 0 .. numberColumns.Length - 1 do
                    let struct (_, _, _, _, column) = numberColumns[index]
                    column.Add numbers[index]

                for struct (position, lexicon, column) in wordColumns do
                    column.Add(lexicon.Code(cells.Field position))
            | breaches ->
                // Columns before the one that broke a rule have already taken the row.
                for column in optionalColumns do
                    if column.Values.Count > rows.Count then
                        column.Values.RemoveRange(rows.Count, column.Values.Count - rows.Count)

                findings.Row(cells.Row, breaches)

        while cells.Read() do
            if cells.Count <> width then
                let rule = $"a row must have {width} fields, as the header has"
                findings.Row(cells.Row, [ struct ("", rule, string cells.Count, "") ])
            elif
                layout.Symbol >= 0
                && wanted.Count > 0
                && not (wanted.Contains(cells.Text layout.Symbol))
            then
                skipped.Add(cells.Text layout.Symbol) |> ignore
            elif layout.Symbol >= 0 && (cells.Field layout.Symbol).Length = 0 then
                findings.Row(cells.Row, [ struct ("symbol", "a value is missing", "''", "") ])
            else
                match readRow () with
                | [] ->
                    keep (
                        if layout.Symbol >= 0 then
                            symbols.Code(cells.Field layout.Symbol)
                        else
                            loneCode
                    )
                | breaches -> findings.Row(cells.Row, List.rev breaches)

        let times =
            [
                for struct (name, _, column, packed) in stampColumns ->
                    TableOrder.unpack findings name column rows packed
            ]

        let ordered =
            [
                for symbol, positions in TableOrder.bySymbol symbols codes do
                    if layout.Time >= 0 then
                        let positions, notes =
                            TableOrder.inOrder options findings symbol rows times.Head positions

                        symbol, positions, notes
                    else
                        symbol, positions, []
            ]

        let table (symbol: string, positions: int[], _) : SymbolTable =
            let whole = positions.Length = rows.Count && layout.Time >= 0 && not options.Sort

            let gather (column: List<'a>) : 'a[] =
                if whole then
                    column.ToArray()
                else
                    positions |> Array.map (fun position -> column[position])

            let pick (column: DateTime[]) : DateTime[] =
                if whole then
                    column
                else
                    positions |> Array.map (fun position -> column[position])

            {
                Symbol = symbol
                Rows = gather rows
                Times = if layout.Time >= 0 then pick times.Head else [||]
                Dates = (if layout.Time >= 0 then times.Tail else times) |> List.map pick
                Numbers = [ for struct (_, _, _, _, column) in numberColumns -> gather column ]
                Words =
                    [
                        for struct (_, lexicon, column) in wordColumns -> gather column |> Array.map lexicon.Word
                    ]
                Optional =
                    [
                        for column in optionalColumns do
                            if not column.IsText then
                                column.Name, gather column.Values
                    ]
            }

        let missing =
            options.Symbols
            |> List.filter (fun symbol -> not (symbols.All |> Seq.contains symbol))

        let place =
            {
                Source = source
                Row = 0
                Column = ""
            }

        match findings.Outcome(fun () -> ()), missing with
        | Error fault, _ -> Error fault
        | Ok(), symbol :: _ when layout.Symbol >= 0 ->
            let known = Seq.append symbols.All skipped |> Seq.sort |> List.ofSeq
            Error(Fault.UnknownName("symbol", symbol, known))
        | Ok(), _ :: _ ->
            let found = String.Join(", ", options.Symbols)
            Error(Fault.BadSetting("Symbols", "must be empty for a file without a symbol column", found))
        | Ok(), _ when rows.Count = 0 ->
            Error(Fault.BadData(place, "the file must have rows below its header", "none", ""))
        | Ok(), _ ->
            let left =
                [
                    for column in optionalColumns do
                        if column.IsText then
                            IngestNote.ColumnLeftOut column.Name
                ]

            Ok(List.map table ordered, findings.Notes @ left @ List.collect (fun (_, _, notes) -> notes) ordered)
