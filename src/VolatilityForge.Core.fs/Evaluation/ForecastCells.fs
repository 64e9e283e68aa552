/// Cells of a file of forecasts as values, each fault with its place. Knows no layout.
namespace VolatilityForge

open System
open System.Globalization

/// A row of the file: where it stands, and its cells.
[<Struct>]
type internal ForecastRow = { Line: int; Cells: string[] }

/// Reading cells.
[<RequireQualifiedAccess>]
module internal ForecastCells =

    /// Raises Fault.BadData of a place in the file.
    let refuse (path: string) (line: int) (column: string) (rule: string) (found: string) (remedy: string) : 'a =
        Fault.raiseWith (Fault.badData path line column rule found remedy)

    /// A date.
    let date (path: string) (row: ForecastRow) (name: string) (index: int) : DateOnly =
        match
            DateOnly.TryParseExact(
                row.Cells[index].Trim(),
                [| "yyyy-MM-dd"; "yyyyMMdd"; "yyyy/MM/dd" |],
                CultureInfo.InvariantCulture,
                DateTimeStyles.None
            )
        with
        | true, day -> day
        | _ -> refuse path row.Line name "must be a date such as 2020-12-31" row.Cells[index] ""

    /// A finite number.
    let number (path: string) (row: ForecastRow) (name: string) (index: int) : float =
        match Double.TryParse(row.Cells[index], NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value when Double.IsFinite value -> value
        | _ -> refuse path row.Line name "must be a finite number" row.Cells[index] "Leave out days without one."

    /// A variance above zero.
    let forecast (path: string) (row: ForecastRow) (name: string) (index: int) : Variance =
        let value = number path row name index

        if not (value > 0.0) then
            refuse path row.Line name "a forecast of variance must be positive" row.Cells[index] "Give variances."

        value * 1.0< / day>

    /// A variance, zero or above.
    let realised (path: string) (row: ForecastRow) (name: string) (index: int) : Variance =
        let value = number path row name index

        if value < 0.0 then
            refuse path row.Line name "a variance must not be negative" row.Cells[index] "Give variances."

        value * 1.0< / day>

    /// The value of a result; a fault without a place gets the file.
    let sound (path: string) (result: Result<'a, Fault>) : 'a =
        match result with
        | Ok value -> value
        | Error(Fault.NotComputable(what, reason, remedy)) -> refuse path 0 "" $"{what}: {reason}" "" remedy
        | Error fault -> Fault.raiseWith fault

    /// The level in the name of a column, such as 0.01 in var:0.01.
    let levelIn (path: string) (name: string) (text: string) : float =
        match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, level when level > 0.0 && level < 1.0 -> level
        | _ -> refuse path 1 name "the level must lie between 0 and 1" text "Name it as in var:0.01."

    /// Columns KIND:LEVEL.
    let levels (path: string) (header: string[]) (kind: string) : (float * string * int) list =
        [
            for index in 0 .. header.Length - 1 do
                match header[index].ToLowerInvariant().Split ':' with
                | [| found; text |] when found = kind -> levelIn path header[index] text, text, index
                | _ -> ()
        ]

    /// Rows of a track whose cells in these columns hold something.
    let filled (columns: int list) (rows: ForecastRow[]) : ForecastRow[] =
        rows
        |> Array.filter (fun row -> columns |> List.forall (fun index -> row.Cells[index].Trim() <> ""))
