/// A column that may hold numbers or text, which its cells tell. Knows no file.
namespace VolatilityForge

open System
open System.Collections.Generic

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
