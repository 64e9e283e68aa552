/// One pass over a table of times, numbers and words into columns, by symbol and in order of time. Knows the rules of
/// cells, not what a column means.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Globalization
open System.IO

/// What the numbers of a column obey.
[<RequireQualifiedAccess>]
type internal NumberRule =
    /// Finite.
    | Finite
    /// Finite and not negative.
    | NotNegative
    /// Finite and positive.
    | Positive

/// Where the columns of a table stand in its header; below 0 where it has no such column.
type internal TableLayout =
    {
        Time: int
        /// A time of day to be added to the time, which then is a date.
        TimeOfDay: int
        Symbol: int
        /// Dates besides the time.
        Dates: (string * int) list
        /// Numbers with their rule; true where one may be missing.
        Numbers: (string * int * NumberRule * bool) list
        Words: (string * int) list
        /// Columns of numbers only if their first cell is one: the others are left out with a note.
        Optional: (string * int) list
    }

/// The rows of one symbol, times not decreasing.
type internal SymbolTable =
    {
        Symbol: string
        /// Rows of the file.
        Rows: int[]
        /// Empty where the table has no time.
        Times: DateTime[]
        Dates: DateTime[] list
        Numbers: float[] list
        Words: string[] list
        Optional: (string * float[]) list
    }

/// Words that repeat, each kept once.
[<Sealed>]
type internal Lexicon() =
    let words = List<string>()
    let codes = Dictionary<string, int>()
    let mutable last = -1

    /// The code of a word.
    member _.Code(text: ReadOnlySpan<char>) : int =
        if last >= 0 && text.Equals(words[last], StringComparison.Ordinal) then
            last
        else
            let mutable code = -1
            let mutable index = 0

            // A scan of a few words costs less than the string that a dictionary would need.
            while code < 0 && index < min words.Count 24 do
                if text.Equals(words[index], StringComparison.Ordinal) then
                    code <- index

                index <- index + 1

            if code < 0 then
                let word = text.ToString()

                match codes.TryGetValue word with
                | true, known -> code <- known
                | _ ->
                    code <- words.Count
                    words.Add word
                    codes[word] <- code

            last <- code
            code

    /// The word of a code.
    member _.Word(code: int) : string = words[code]

    /// Every word.
    member _.All: string seq = words

/// A column of numbers only if its first cell is one.
[<Sealed>]
type internal OptionalColumn(name: string, position: int) =

    /// Rows after the first cell in which a number shows that the first cell was a mistake, not text.
    static let probed = 100

    let mutable firstCell: (int * string) option = None
    let mutable isText = false
    let mutable rowsSinceText = 0

    member _.Name: string = name
    member _.Position: int = position

    /// True once the column is known to hold text.
    member _.IsText: bool = isText

    /// Values so far.
    member val Values: List<float> = List<float>()

    /// Takes a cell; a rule and what was found where it breaks one.
    member column.Take(row: int, decimalComma: bool, text: ReadOnlySpan<char>) : struct (string * string) voption =
        if isText then
            column.Values.Add nan
            rowsSinceText <- rowsSinceText + 1

            if
                rowsSinceText <= probed
                && not (CellNumber.isMissing text)
                && (CellNumber.read decimalComma text).IsSome
            then
                rowsSinceText <- probed
                let place, found = firstCell.Value

                ValueSome(
                    struct ($"a column must hold numbers or text, not both (row {place} has {found})",
                            BarRows.shown (text.ToString()))
                )
            else
                ValueNone
        elif CellNumber.isMissing text then
            column.Values.Add nan
            ValueNone
        else
            match CellNumber.read decimalComma text with
            | ValueSome number when Double.IsInfinity number ->
                ValueSome(struct ("values must be finite", text.ToString()))
            | ValueSome number ->
                column.Values.Add number

                if firstCell.IsNone then
                    firstCell <- Some(row, "")

                ValueNone
            | ValueNone when firstCell.IsNone ->
                firstCell <- Some(row, BarRows.shown (text.ToString()))
                isText <- true
                column.Values.Add nan
                ValueNone
            | ValueNone ->
                let struct (rule, _) = BarRows.notNumber decimalComma (text.ToString())
                ValueSome(struct (rule, BarRows.shown (text.ToString())))

/// Reading tables.
[<RequireQualifiedAccess>]
module internal TableReader =

    let private stampRemedy =
        "Give the format (DateFormat in the options, --date-format), such as M/d/yyyy HH:mm."

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
            struct (name, "the value must be a time such as 2020-12-31T09:30:00.125", BarRows.shown text, stampRemedy)

    let private numberBreach (rule: NumberRule) (value: float) : string =
        if not (Double.IsFinite value) then
            "values must be finite"
        elif rule = NumberRule.Positive && value <= 0.0 then
            "values must be positive"
        elif rule = NumberRule.NotNegative && value < 0.0 then
            "values must not be negative"
        else
            null

    /// True when days come before months in a column; a fault when rows contradict each other or none tells.
    let private isDayFirst (findings: Findings) (name: string) (stamps: StampColumn) : bool =
        let struct (openRow, dayRow, monthRow) = stamps.Evidence

        if dayRow > 0 && monthRow > 0 then
            let earlier, later = min dayRow monthRow, max dayRow monthRow

            findings.Refuse(
                later,
                name,
                $"the dates mix day-month-year and month-day-year (row {earlier} against this one)",
                "",
                "Write all dates in one format."
            )
        elif openRow > 0 && dayRow = 0 && monthRow = 0 then
            let rule = "nothing in the file tells whether the day or the month comes first"
            findings.Refuse(openRow, name, rule, "", stampRemedy)

        dayRow > 0

    // One day is unpacked once: ticks of rows share their dates.
    let private unpack
        (findings: Findings)
        (name: string)
        (stamps: StampColumn)
        (rows: List<int>)
        (packed: List<int64>)
        : DateTime[] =
        let dayFirst = isDayFirst findings name stamps

        let shape =
            if stamps.Shape = DateShape.Unknown then
                DateShape.YearFirst
            else
                stamps.Shape

        let times = Array.zeroCreate<DateTime> packed.Count
        let mutable lastDate = -1L
        let mutable midnight = DateTime.MinValue

        for index in 0 .. times.Length - 1 do
            let date = packed[index] / TimeSpan.TicksPerDay

            if date <> lastDate then
                match StampColumn.Unpack(shape, dayFirst, date * TimeSpan.TicksPerDay) with
                | ValueSome day ->
                    lastDate <- date
                    midnight <- day
                | ValueNone ->
                    let found = $"{date / 1024L}, {date / 32L % 32L}, {date % 32L}"
                    findings.Refuse(rows[index], name, "there must be such a day", found, "")

            times[index] <- midnight.AddTicks(packed[index] % TimeSpan.TicksPerDay)

        times

    /// Positions of the rows of each symbol, in the order of the file.
    let private bySymbol (symbols: Lexicon) (codes: List<int>) : (string * int[]) list =
        let counts = Array.zeroCreate<int>(Seq.length symbols.All)

        for code in codes do
            counts[code] <- counts[code] + 1

        let positions = counts |> Array.map Array.zeroCreate<int>
        let filled = Array.zeroCreate<int> counts.Length

        for index in 0 .. codes.Count - 1 do
            let code = codes[index]
            positions[code][filled[code]] <- index
            filled[code] <- filled[code] + 1

        [
            for code in 0 .. counts.Length - 1 do
                if counts[code] > 0 then
                    symbols.Word code, positions[code]
        ]
        |> List.sortWith (fun (left, _) (right, _) -> String.CompareOrdinal(left, right))

    let stampText (time: DateTime) : string =
        time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture)

    /// The positions in order of time, or a fault for the first that isn't.
    let private inOrder
        (options: TableOptions)
        (findings: Findings)
        (symbol: string)
        (rows: List<int>)
        (times: DateTime[])
        (positions: int[])
        : int[] * IngestNote list =
        let mutable broken = 0
        let mutable first = -1

        for index in 1 .. positions.Length - 1 do
            if times[positions[index]] < times[positions[index - 1]] then
                broken <- broken + 1

                if first < 0 then
                    first <- index

        if broken = 0 then
            positions, []
        elif options.Sort then
            let ticks = positions |> Array.map (fun position -> times[position].Ticks)
            // Array.Sort is not stable; ties are broken by the order of the file.
            let order = Array.init positions.Length id

            Array.Sort(
                order,
                Comparison(fun left right ->
                    match compare ticks[left] ticks[right] with
                    | 0 -> compare left right
                    | other -> other)
            )

            order |> Array.map (fun index -> positions[index]), [ IngestNote.RowsSorted symbol ]
        else
            let before, after = positions[first - 1], positions[first]

            let found =
                $"{stampText times[after]} after {stampText times[before]}; {broken} such rows"

            let remedy = "Sort the file, or ask for sorting (Sort in the options, --sort)."
            findings.Refuse(rows[after], "time", "times must not decrease", found, remedy)
            positions, []

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
                for struct (name, _, column, packed) in stampColumns -> unpack findings name column rows packed
            ]

        let ordered =
            [
                for symbol, positions in bySymbol symbols codes do
                    if layout.Time >= 0 then
                        let positions, notes = inOrder options findings symbol rows times.Head positions

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
