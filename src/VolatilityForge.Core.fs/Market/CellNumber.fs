/// Numbers in cells, to the last bit and without a string. Knows no column.
namespace VolatilityForge

open System
open System.Globalization

/// Reading the numbers of cells.
[<RequireQualifiedAccess>]
module internal CellNumber =

    // Powers of ten that a double holds exactly: a whole number below 2^53 over one of them is rounded once, as the number
    // read digit by digit is (Clinger 1990).
    let private tens: float[] = Array.init 23 (fun power -> Math.Pow(10.0, float power))

    let private exactWhole = 1L <<< 53

    /// True for what stands for a missing number: nothing, NA, N/A, NaN, null, none, a point.
    let isMissing (text: ReadOnlySpan<char>) : bool =
        text.Length = 0
        || (text.Length <= 4
            && (text.Equals("NA", StringComparison.OrdinalIgnoreCase)
                || text.Equals("NaN", StringComparison.OrdinalIgnoreCase)
                || text.Equals("N/A", StringComparison.OrdinalIgnoreCase)
                || text.Equals("null", StringComparison.OrdinalIgnoreCase)
                || text.Equals("none", StringComparison.OrdinalIgnoreCase)
                || text.Equals(".", StringComparison.Ordinal)))

    /// The number of a cell written with a decimal point; none where it is not one.
    let point (text: ReadOnlySpan<char>) : float voption =
        let negative = text.Length > 0 && text[0] = '-'
        let mutable position = if negative then 1 else 0
        let mutable whole = 0L
        let mutable digits = 0
        let mutable decimals = 0
        let mutable seenPoint = false
        let mutable plain = true

        while plain && position < text.Length do
            let character = text[position]

            if Char.IsAsciiDigit character then
                whole <- whole * 10L + int64 character - int64 '0'
                digits <- digits + 1

                if seenPoint then
                    decimals <- decimals + 1

                // Beyond 18 digits the whole number could overflow.
                plain <- digits <= 18
            elif character = '.' && not seenPoint then
                seenPoint <- true
            else
                plain <- false

            position <- position + 1

        if plain && digits > 0 && whole <= exactWhole then
            let value = float whole / tens[decimals]
            ValueSome(if negative then -value else value)
        else
            let mutable value = 0.0

            if Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, &value) then
                ValueSome value
            else
                ValueNone

    /// The number of a cell; none where it is not one. With a decimal comma the cell may have a point instead, not both.
    let read (decimalComma: bool) (text: ReadOnlySpan<char>) : float voption =
        if decimalComma && text.Contains ',' then
            BarRows.number true (text.ToString())
        else
            point text
