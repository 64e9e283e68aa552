/// The header and the cells of bar files: column names, delimiter, numbers. Opens nothing.
namespace VolatilityForge

open System
open System.Globalization

/// Reading the header and the cells of bar files.
[<RequireQualifiedAccess>]
module internal BarRows =

    /// What a column is called in faults.
    let columnName (column: BarColumn) : string =
        match column with
        | BarColumn.Date -> "date"
        | BarColumn.Open -> "open"
        | BarColumn.High -> "high"
        | BarColumn.Low -> "low"
        | BarColumn.Close -> "close"
        | BarColumn.AdjustedClose -> "adjusted close"
        | BarColumn.Volume -> "volume"
        | BarColumn.Symbol -> "symbol"

    let private plain (name: string) : string =
        String.filter Char.IsLetterOrDigit (name.ToLowerInvariant())

    /// Columns in the order in which cells are read, with the names that exporters give them, in plain form.
    let private known: (BarColumn * bool * string list) list =
        [
            BarColumn.Date, true, [ "date"; "time"; "datetime"; "timestamp"; "day"; "tradingday"; "tradedate" ]
            BarColumn.Open, true, [ "open"; "openprice"; "o" ]
            BarColumn.High, true, [ "high"; "highprice"; "h" ]
            BarColumn.Low, true, [ "low"; "lowprice"; "l" ]
            BarColumn.Close, true, [ "close"; "closeprice"; "last"; "c" ]
            BarColumn.AdjustedClose, false, [ "adjclose"; "adjustedclose"; "closeadj"; "closeadjusted" ]
            BarColumn.Volume, false, [ "volume"; "vol"; "v" ]
            BarColumn.Symbol, false, [ "symbol"; "ticker"; "sym" ]
        ]

    /// Text from a file, short and free of control characters, for a fault.
    let shown (text: string) : string =
        let clean =
            String.map (fun character -> if Char.IsControl character then '?' else character) text

        if clean.Length > 60 then
            $"'{clean[..59]}...'"
        else
            $"'{clean}'"

    /// The delimiter that occurs most often in the header.
    let delimiter (header: string) : char =
        [ ','; ';'; '\t'; '|' ]
        |> List.maxBy (fun candidate -> header |> Seq.filter ((=) candidate) |> Seq.length)

    let private remedy (column: BarColumn) : string =
        let name = columnName column
        $"Rename the column, or say what the file calls it (Columns in the options, --column \"{name}=NAME\")."

    /// Where each column stands in the header, or a fault for each required or named column that isn't there and for
    /// each that is there twice.
    let resolve (options: IngestOptions) (place: Place) (header: string[]) : Checked<Map<BarColumn, int>> =
        let found = shown (String.Join(", ", header))
        let fields = header |> Array.map plain

        let locate (column: BarColumn, required: bool, names: string list) =
            let named = options.Columns |> Map.tryFind column

            let names =
                match named with
                | Some given -> [ plain given ]
                | None -> names

            let positions =
                [
                    for index in 0 .. fields.Length - 1 do
                        if List.contains fields[index] names then
                            index
                ]

            let fault rule =
                let place =
                    { place with
                        Column = columnName column
                    }

                Error(Fault.BadData(place, rule, found, remedy column))

            match positions, named with
            | [ single ], _ -> Ok(Some(column, single))
            | [], Some given -> fault $"the header must have the column '{given}'"
            | [], None when required -> fault $"the header must have a column '{columnName column}'"
            | [], None -> Ok None
            | _, _ -> fault $"the header must have one column '{columnName column}', not several"

        known |> Checked.traverse locate |> Result.map (List.choose id >> Map.ofList)

    /// The number of a cell; none where it is not written as one.
    let number (decimalComma: bool) (text: string) : float voption =
        let text =
            if decimalComma && not (text.Contains '.') then
                text.Replace(',', '.')
            else
                text

        let mutable value = 0.0

        if
            (not decimalComma || text.IndexOf '.' = text.LastIndexOf '.')
            && Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, &value)
        then
            ValueSome value
        else
            ValueNone

    /// The rule and the remedy for a cell that is no number.
    let notNumber (decimalComma: bool) (text: string) : struct (string * string) =
        if text = "" then
            struct ("a value is missing", "")
        elif not decimalComma && text.Contains ',' then
            struct ("numbers must have a decimal point and no thousands separators",
                    "Remove thousands separators; for a decimal comma say so (DecimalComma in the options, --decimal-comma).")
        elif decimalComma && text.Contains '.' then
            struct ("numbers must have a decimal comma, as the options say, and no thousands separators",
                    "Remove thousands separators, or take DecimalComma (--decimal-comma) away.")
        else
            struct ("the value must be a number", "")
