/// What the columns of quotes, trades and option quotes obey. Knows no file and none of these in particular.
namespace VolatilityForge

open System
open System.Globalization

/// Checks of columns over time.
[<RequireQualifiedAccess>]
module internal TickRules =

    let private broken (source: string) (row: int) (column: string) (rule: string) (found: string) : Fault =
        Fault.badData source (row + 1) column rule found ""

    let shown (number: float) : string =
        number.ToString("R", CultureInfo.InvariantCulture)

    /// Times that don't go back.
    let ordered (source: string) (times: DateTime[]) : Checked<unit> =
        let mutable row = 1

        while row < times.Length && times[row - 1] <= times[row] do
            row <- row + 1

        if row < times.Length then
            Error(broken source row "time" "times must not decrease" (DateText.stamp times[row]))
        else
            Ok()

    /// A column as long as the times.
    let asLong (source: string) (rows: int) (name: string) (column: 'a[]) : Checked<unit> =
        if column.Length <> rows then
            Error(Fault.BadShape(source, $"column {name}", $"as long as the times ({rows})", string column.Length))
        else
            Ok()

    /// A column as long as the times whose values all obey a rule; the first that doesn't is the fault.
    let every
        (source: string)
        (rows: int)
        (name: string)
        (rule: string)
        (obeys: float -> bool)
        (column: float[])
        : Checked<unit> =
        match asLong source rows name column with
        | Error fault -> Error fault
        | Ok() ->
            match Array.tryFindIndex (obeys >> not) column with
            | Some row -> Error(broken source row name rule (shown column[row]))
            | None -> Ok()

    /// Prices: finite, or NaN where missing. Zero and below are for cleaning to judge.
    let prices (source: string) (rows: int) (name: string) (column: float[]) : Checked<unit> =
        every source rows name "prices must be finite, or NaN where missing" (Double.IsInfinity >> not) column

    /// Sizes and the like: finite and not negative, or NaN where missing.
    let sizes (source: string) (rows: int) (name: string) (column: float[]) : Checked<unit> =
        let obeys value =
            Double.IsNaN value || (value >= 0.0 && not (Double.IsInfinity value))

        every source rows name "values must be finite and not negative, or NaN where missing" obeys column

    /// A check of a column that may not be there.
    let optional (check: 'a -> Checked<unit>) (column: 'a option) : Checked<unit> =
        match column with
        | Some values -> check values
        | None -> Ok()

    /// The rows of a column at these positions.
    let gather (positions: int[]) (column: 'a[]) : 'a[] =
        let taken = Array.zeroCreate<'a> positions.Length

        for index in 0 .. positions.Length - 1 do
            taken[index] <- column[positions[index]]

        taken

    /// Where rows at these positions stood first, by where the rows they are taken from stood; None where those are the first.
    let origin (positions: int[]) (before: int[] option) : int[] =
        match before with
        | Some before -> gather positions before
        | None -> positions
