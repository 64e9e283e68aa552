/// Dates as files write them: one format over a whole file, never guessed row by row. Knows no file.
namespace VolatilityForge

open System

/// The shapes a date may have in text.
[<RequireQualifiedAccess>]
type internal DateShape =
    | Unknown = 0
    | YearFirst = 1
    | Compact = 2
    | Slashed = 3
    | Dotted = 4
    | Dashed = 5

/// A date as read: the year, and the two other numbers in the order of the text.
[<Struct>]
type internal RawDate =
    {
        Shape: DateShape
        Year: int
        First: int
        Second: int
    }

/// Reading dates.
[<RequireQualifiedAccess>]
module internal DateText =

    let name (shape: DateShape) : string =
        match shape with
        | DateShape.YearFirst -> "YYYY-MM-DD"
        | DateShape.Compact -> "YYYYMMDD"
        | DateShape.Slashed -> "M/D/YYYY or D/M/YYYY"
        | DateShape.Dotted -> "D.M.YYYY"
        | DateShape.Dashed -> "M-D-YYYY or D-M-YYYY"
        | _ -> "unknown"

    /// A time for a fault, to 100 nanoseconds.
    let stamp (time: DateTime) : string =
        time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", Globalization.CultureInfo.InvariantCulture)

    let private none =
        {
            Shape = DateShape.Unknown
            Year = 0
            First = 0
            Second = 0
        }

    /// The digits from a position: their value and the position after them; -1 when there are none or too many.
    let private digits (text: string) (from: int) : struct (int * int) =
        let mutable position = from
        let mutable value = 0

        while position < text.Length
              && position - from < 9
              && Char.IsAsciiDigit text[position] do
            value <- value * 10 + int text[position] - int '0'
            position <- position + 1

        struct ((if position = from then -1 else value), position)

    // After the date a time may follow, as in 2000-01-03T00:00 or "2000-01-03 16:00:00-05:00": bars are daily.
    let private endsOrTime (text: string) (position: int) : bool =
        position = text.Length
        || ((text[position] = 'T' || text[position] = ' ')
            && position + 1 < text.Length
            && Char.IsAsciiDigit text[position + 1])

    /// The numbers of a date and their shape, Unknown when the text is none of the shapes.
    let read (text: string) : RawDate =
        let struct (first, afterFirst) = digits text 0

        if first >= 0 && afterFirst = 8 && endsOrTime text 8 then
            {
                Shape = DateShape.Compact
                Year = first / 10000
                First = first / 100 % 100
                Second = first % 100
            }
        elif first < 0 || afterFirst >= text.Length then
            none
        else
            let separator = text[afterFirst]
            let struct (second, afterSecond) = digits text (afterFirst + 1)

            if second < 0 || afterSecond >= text.Length || text[afterSecond] <> separator then
                none
            else
                let struct (third, afterThird) = digits text (afterSecond + 1)

                if third < 0 || not (endsOrTime text afterThird) then
                    none
                elif afterFirst = 4 && (separator = '-' || separator = '/' || separator = '.') then
                    {
                        Shape = DateShape.YearFirst
                        Year = first
                        First = second
                        Second = third
                    }
                elif afterThird - afterSecond - 1 <> 4 then
                    none
                else
                    let shape =
                        match separator with
                        | '/' -> DateShape.Slashed
                        | '.' -> DateShape.Dotted
                        | '-' -> DateShape.Dashed
                        | _ -> DateShape.Unknown

                    {
                        Shape = shape
                        Year = third
                        First = first
                        Second = second
                    }

    /// True where the shape leaves open which number is the month.
    let isOpen (shape: DateShape) : bool =
        shape = DateShape.Slashed || shape = DateShape.Dashed

    /// The date, when there is such a day.
    let toDate (dayFirst: bool) (raw: RawDate) : DateOnly voption =
        let month, day =
            if raw.Shape = DateShape.Dotted || (isOpen raw.Shape && dayFirst) then
                raw.Second, raw.First
            else
                raw.First, raw.Second

        if
            raw.Year >= 1
            && raw.Year <= 9999
            && month >= 1
            && month <= 12
            && day >= 1
            && day <= DateTime.DaysInMonth(raw.Year, month)
        then
            ValueSome(DateOnly(raw.Year, month, day))
        else
            ValueNone
