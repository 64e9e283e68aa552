/// One pass over the text of a bar file: cells read and checked row by row, faults gathered. Leaves to Ingest what needs
/// the whole file: which number is the month, order, duplicates.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open CsvHelper
open CsvHelper.Configuration

/// The numbers of the row that is being read; one buffer serves all rows.
[<Sealed>]
type internal RowNumbers(decimalComma: bool, at: BarColumn -> int) =

    let numbered =
        [|
            BarColumn.Open
            BarColumn.High
            BarColumn.Low
            BarColumn.Close
            BarColumn.AdjustedClose
            BarColumn.Volume
        |]
        |> Array.map (fun column -> struct (BarRows.columnName column, at column))

    let adjusted, volume = at BarColumn.AdjustedClose >= 0, at BarColumn.Volume >= 0
    let values = Array.zeroCreate<float> numbered.Length

    let cellBreaches (parser: CsvParser) =
        let mutable breaches = []

        for index in numbered.Length - 1 .. -1 .. 0 do
            let struct (name, position) = numbered[index]

            if position >= 0 then
                let cell = parser[position]

                match BarRows.number decimalComma cell with
                | ValueSome number -> values[index] <- number
                | ValueNone ->
                    let struct (rule, remedy) = BarRows.notNumber decimalComma cell
                    breaches <- struct (name, rule, BarRows.shown cell, remedy) :: breaches

        breaches

    /// Open, high, low, close, adjusted close, volume; 0 where the file has no such column.
    member _.Values: float[] = values

    /// Reads the row's numbers: what they break, cells that are no numbers first.
    member _.Fill(parser: CsvParser) : struct (string * string * string * string) list =
        match cellBreaches parser with
        | [] ->
            [
                Bars.breach values[0] values[1] values[2] values[3]
                (if adjusted then Bars.adjustedBreach values[4] else None)
                (if volume then Bars.volumeBreach values[5] else None)
            ]
            |> List.choose id
        | breaches -> breaches

/// Reading the rows.
[<RequireQualifiedAccess>]
module internal BarReader =

    let dateRemedy =
        "Give the format (DateFormat in the options, --date-format), such as M/d/yyyy or d/M/yyyy."

    /// Far beyond any cell of a bar file.
    let private longestField = 4096.0

    let private parser (delimiter: char) (onBadQuotes: unit -> unit) (text: TextReader) : CsvParser =
        let configuration =
            CsvConfiguration(
                CultureInfo.InvariantCulture,
                Delimiter = string delimiter,
                HasHeaderRecord = false,
                TrimOptions = TrimOptions.Trim,
                // A quote that is never closed would otherwise swallow the rest of the file.
                MaxFieldSize = longestField,
                BadDataFound = fun _ -> onBadQuotes ()
            )

        new CsvParser(text, configuration, true)

    /// The first line that isn't blank, and its row; none at the end of the text.
    let headerLine (text: TextReader) : struct (string * int) voption =
        let mutable row = 1
        let mutable line = text.ReadLine()

        while not (isNull line) && String.IsNullOrWhiteSpace line do
            row <- row + 1
            line <- text.ReadLine()

        if isNull line then
            ValueNone
        else
            ValueSome(struct (line, row))

    /// The cells of the header; none when one is beyond all measure.
    let headerFields (delimiter: char) (line: string) : string[] =
        try
            use text = new StringReader(line)
            use parser = parser delimiter ignore text
            if parser.Read() then parser.Record else [||]
        with :? MaxFieldSizeException ->
            [||]

    /// The date of a cell as far as one row tells it, or the broken rule.
    let private readDate (options: IngestOptions) (shape: DateShape) (text: string) =
        match options.DateFormat with
        | Some format ->
            let mutable date = DateOnly.MinValue

            if DateOnly.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, &date) then
                Ok
                    {
                        Shape = DateShape.YearFirst
                        Year = date.Year
                        First = date.Month
                        Second = date.Day
                    }
            else
                Error(struct ("date", $"the date must be written as {format}", BarRows.shown text, ""))
        | None ->
            let raw = DateText.read text

            if raw.Shape = DateShape.Unknown then
                Error(struct ("date", "the value must be a date such as 2020-12-31", BarRows.shown text, dateRemedy))
            elif shape <> DateShape.Unknown && shape <> raw.Shape then
                let rule = $"every date must be written as in the rows above, {DateText.name shape}"
                Error(struct ("date", rule, BarRows.shown text, "Write all dates in one format."))
            else
                Ok raw

    /// All rows of the text below the header, by symbol, checked but for what needs the whole file.
    let read
        (options: IngestOptions)
        (findings: Findings)
        (lone: string)
        (columns: Map<BarColumn, int>)
        (width: int)
        (headerRow: int)
        (delimiter: char)
        (text: TextReader)
        : Dictionary<string, List<BarCells>> =
        let bySymbol = Dictionary<string, List<BarCells>>()
        let mutable badQuotes = false
        let mutable shape = DateShape.Unknown
        use parser = parser delimiter (fun () -> badQuotes <- true) text

        let at column =
            columns |> Map.tryFind column |> Option.defaultValue -1

        let dateAt, symbolAt = at BarColumn.Date, at BarColumn.Symbol

        let numbers = RowNumbers(options.DecimalComma, at)

        let keep (symbol: string) (cells: BarCells) =
            match bySymbol.TryGetValue symbol with
            | true, rows -> rows.Add cells
            | _ -> bySymbol[symbol] <- List<BarCells>([ cells ])

        let mutable lastRow = headerRow

        let advance () : bool =
            try
                parser.Read()
            with :? MaxFieldSizeException ->
                let rule = $"a field must not be longer than {longestField} characters"
                findings.Refuse(lastRow + 1, "", rule, "a longer one", "Is a quote opened here and never closed?")
                false

        while advance () do
            let row = headerRow + parser.RawRow
            lastRow <- row

            if parser.Count <> width then
                let rule = $"a row must have {width} fields, as the header has"
                findings.Row(row, [ struct ("", rule, string parser.Count, "") ])
            else
                badQuotes <- false
                let symbol = if symbolAt >= 0 then parser[symbolAt] else lone

                // Rows of symbols that nobody asked for need not be sound, but their names are told when one is missing.
                if options.Symbols.IsEmpty || List.contains symbol options.Symbols then
                    let date = readDate options shape parser[dateAt]

                    let breaches =
                        [
                            match date with
                            | Error breach -> breach
                            | Ok _ -> ()
                            yield! numbers.Fill parser
                            if badQuotes then
                                struct ("", "a quote inside a field must be doubled and the field quoted", "", "")
                            if symbol = "" then
                                struct ("symbol", "a value is missing", "''", "")
                        ]

                    match date, breaches with
                    | Ok raw, [] ->
                        shape <- raw.Shape

                        keep
                            symbol
                            {
                                Row = row
                                Raw = raw
                                Date = DateOnly.MinValue
                                Prices =
                                    struct (numbers.Values[0], numbers.Values[1], numbers.Values[2], numbers.Values[3])
                                Adjusted = numbers.Values[4]
                                Volume = numbers.Values[5]
                            }
                    | _ -> findings.Row(row, breaches)
                elif not (bySymbol.ContainsKey symbol) then
                    bySymbol[symbol] <- List<BarCells>()

        bySymbol
