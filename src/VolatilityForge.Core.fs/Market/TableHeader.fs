/// The header of a table: which column plays which role. Opens nothing.
namespace VolatilityForge

open System
open System.IO

/// The first row of a table and the rows after it.
type internal TableHeader =
    {
        Source: string
        /// The header's row in the text.
        Row: int
        Fields: string[]
        Cells: CsvRows
    }

/// Reading headers and finding columns in them.
[<RequireQualifiedAccess>]
module internal TableHeader =

    /// A name without case, spaces and underscores.
    let plain (name: string) : string =
        String.filter Char.IsLetterOrDigit (name.ToLowerInvariant())

    let timeNames =
        [
            "time"
            "datetime"
            "timestamp"
            "dt"
            "ts"
            "date"
            "day"
            "tradingday"
            "tradedate"
            "quotedate"
            "index"
        ]

    let symbolNames = [ "symbol"; "ticker"; "sym"; "symroot"; "asset"; "instrument" ]

    let private fault (header: TableHeader) (column: string) (rule: string) (remedy: string) : Fault =
        let found = BarRows.shown (String.Join(", ", header.Fields))
        Fault.badData header.Source header.Row column rule found remedy

    /// The header of a text, or why it is none.
    let read (options: TableOptions) (source: string) (text: TextReader) : Result<TableHeader, Fault> =
        let cells = CsvRows(text, options.Delimiter)

        let place row =
            {
                Source = source
                Row = row
                Column = ""
            }

        if not (cells.Read()) then
            Error(Fault.BadData(place 1, "the file must have a header row and rows of data", "nothing", ""))
        else
            let header =
                {
                    Source = source
                    Row = cells.Row
                    Fields = Array.init cells.Count cells.Text
                    Cells = cells
                }

            if cells.BadQuotes then
                Error(fault header "" "a quote in the header must be closed" "")
            elif header.Fields.Length < 2 then
                let remedy =
                    "Separate columns by comma, semicolon, tab or |, or name the delimiter (Delimiter in the options, --delimiter)."

                Error(fault header "" "the header must have several columns" remedy)
            elif (DateText.read header.Fields[0]).Shape <> DateShape.Unknown then
                Error(fault header "" "the first row must name the columns" "Add a header row.")
            else
                Ok header

    /// Where the column of a role stands: by the name the options give, else by the first of the usual names that the
    /// header has. Below 0 when it has none; a fault when a given name is not there or a name is there twice.
    let find (options: TableOptions) (header: TableHeader) (role: string) (names: string list) : Result<int, Fault> =
        let fields = header.Fields |> Array.map plain

        let positions (name: string) =
            [
                for index in 0 .. fields.Length - 1 do
                    if fields[index] = name then
                        index
            ]

        let given =
            options.Columns
            |> Map.tryPick (fun key name -> if plain key = plain role then Some name else None)

        let candidates =
            match given with
            | Some name -> [ plain name ]
            | None -> names

        match candidates |> List.map positions |> List.tryFind (List.isEmpty >> not), given with
        | Some [ single ], _ -> Ok single
        | Some _, _ -> Error(fault header role $"the header must have one column '{role}', not several" "")
        | None, Some name -> Error(fault header role $"the header must have the column '{name}'" "")
        | None, None -> Ok -1

    /// As find, for a column that must be there.
    let require (options: TableOptions) (header: TableHeader) (role: string) (names: string list) : Result<int, Fault> =
        match find options header role names with
        | Ok position when position < 0 ->
            let remedy =
                $"Rename the column, or say what the file calls it (Columns in the options, --column \"{role}=NAME\")."

            Error(fault header role $"the header must have a column '{role}'" remedy)
        | other -> other

    /// The positions of the time, of a time of day beside a date (below 0 when there is none), and of the symbol.
    let timeAndSymbol (options: TableOptions) (header: TableHeader) : Result<struct (int * int * int), Fault> =
        either {
            let! time = require options header "time" timeNames
            let! symbol = find options header "symbol" symbolNames

            let! date =
                find options header "date" [ "date"; "tradedate"; "quotedate"; "day"; "tradingday" ]

            let! clock =
                find options header "time of day" [ "time"; "timem"; "timeofday"; "clock" ]

            let split =
                date >= 0
                && clock >= 0
                && date <> clock
                && not (options.Columns.ContainsKey "time")

            return
                if split then
                    struct (date, clock, symbol)
                else
                    struct (time, -1, symbol)
        }

    /// A role or several that the options name but the reader has not: a fault that lists those it has.
    let checkRoles (options: TableOptions) (roles: string list) : Result<unit, Fault> =
        let known = "time" :: "date" :: "time of day" :: "symbol" :: roles

        options.Columns
        |> Map.toList
        |> List.tryFind (fun (role, _) -> not (known |> List.exists (fun name -> plain name = plain role)))
        |> function
            | Some(role, _) -> Error(Fault.UnknownName("column role", role, known))
            | None -> Ok()
