/// Times as files write them: one format and one zone over a whole file. Knows no file.
namespace VolatilityForge

open System
open System.Globalization

/// Why a cell is no time.
[<RequireQualifiedAccess>]
type internal StampFlaw =
    | None = 0
    | NotATime = 1
    | OtherShape = 2
    | OtherZone = 3

/// Reads one column of times. The date is kept as year and two numbers until the whole file has told which is the month.
[<Sealed>]
type internal StampColumn(format: string option) =

    let mutable shape = DateShape.Unknown
    let mutable zone: string = null
    let mutable openRow, dayFirstRow, monthFirstRow = 0, 0, 0

    // The epoch counts of feeds, by their number of digits: seconds, milli-, micro- and nanoseconds since 1970.
    static member private OfEpoch(count: int64, digits: int) : DateTime =
        match digits with
        | 10 -> DateTime.UnixEpoch.AddTicks(count * TimeSpan.TicksPerSecond)
        | 13 -> DateTime.UnixEpoch.AddTicks(count * TimeSpan.TicksPerMillisecond)
        | 16 -> DateTime.UnixEpoch.AddTicks(count * TimeSpan.TicksPerMicrosecond)
        | _ -> DateTime.UnixEpoch.AddTicks(count / 100L)

    // Year, first and second number in one number that sorts and leaves room for the ticks of a day.
    static member private Pack(year: int, first: int, second: int) : int64 =
        int64 (year * 1024 + first * 32 + second)

    static member private PackDate(time: DateTime) : int64 =
        StampColumn.Pack(time.Year, time.Month, time.Day) * TimeSpan.TicksPerDay
        + time.TimeOfDay.Ticks

    static member private Digits(text: ReadOnlySpan<char>, from: int) : int =
        let mutable position = from

        while position < text.Length && Char.IsAsciiDigit text[position] do
            position <- position + 1

        position - from

    static member private Whole(text: ReadOnlySpan<char>, from: int, length: int) : int64 =
        let mutable value = 0L

        for position in from .. from + length - 1 do
            value <- value * 10L + int64 text[position] - int64 '0'

        value

    /// A time of day, HH:MM, HH:MM:SS, HHMMSS with a fraction of a second: its ticks and the position after it; ticks
    /// below 0 where there is none. Digits beyond 100 nanoseconds are cut.
    static member TimeOfDay(text: ReadOnlySpan<char>, from: int) : struct (int64 * int) =
        let digits = StampColumn.Digits(text, from)
        let mutable after = from + digits
        let mutable hour, minute, second = -1L, 0L, 0L

        if digits = 6 then
            let clock = StampColumn.Whole(text, from, 6)
            hour <- clock / 10000L
            minute <- clock / 100L % 100L
            second <- clock % 100L
        elif
            (digits = 1 || digits = 2)
            && after < text.Length
            && text[after] = ':'
            && StampColumn.Digits(text, after + 1) = 2
        then
            hour <- StampColumn.Whole(text, from, digits)
            minute <- StampColumn.Whole(text, after + 1, 2)
            after <- after + 3

            if
                after < text.Length
                && text[after] = ':'
                && StampColumn.Digits(text, after + 1) = 2
            then
                second <- StampColumn.Whole(text, after + 1, 2)
                after <- after + 3

        if hour < 0L || hour > 23L || minute > 59L || second > 59L then
            struct (-1L, from)
        else
            let mutable ticks = ((hour * 60L + minute) * 60L + second) * TimeSpan.TicksPerSecond

            if
                after < text.Length
                && (text[after] = '.' || text[after] = ',')
                && StampColumn.Digits(text, after + 1) > 0
            then
                let length = StampColumn.Digits(text, after + 1)
                let kept = min length 7
                let mutable fraction = StampColumn.Whole(text, after + 1, kept)

                for _ in kept..6 do
                    fraction <- fraction * 10L

                ticks <- ticks + fraction
                after <- after + 1 + length

            struct (ticks, after)

    member private _.SameZone(text: ReadOnlySpan<char>) : bool =
        if isNull zone then
            zone <- text.ToString()
            true
        else
            text.Equals(zone, StringComparison.Ordinal)

    static member private IsZone(text: ReadOnlySpan<char>) : bool =
        text.Length = 0
        || (text.Length = 1 && (text[0] = 'Z' || text[0] = 'z'))
        || ((text[0] = '+' || text[0] = '-')
            && (let digits = StampColumn.Digits(text, 1)

                ((digits = 2 || digits = 4) && text.Length = digits + 1)
                || (digits = 2
                    && text.Length = 6
                    && text[3] = ':'
                    && StampColumn.Digits(text, 4) = 2)))

    // The date at the start of the text: shape, three numbers, the position after it; Unknown where there is none.
    static member private Date(text: ReadOnlySpan<char>) : struct (DateShape * int * int * int * int) =
        let none = struct (DateShape.Unknown, 0, 0, 0, 0)
        let length = StampColumn.Digits(text, 0)

        if length = 8 then
            let whole = int (StampColumn.Whole(text, 0, 8))
            struct (DateShape.Compact, whole / 10000, whole / 100 % 100, whole % 100, 8)
        elif (length <> 4 && length <> 1 && length <> 2) || length >= text.Length then
            none
        else
            let separator = text[length]
            let second = StampColumn.Digits(text, length + 1)
            let afterSecond = length + 1 + second

            if
                second < 1
                || second > 2
                || afterSecond >= text.Length
                || text[afterSecond] <> separator
            then
                none
            else
                let third = StampColumn.Digits(text, afterSecond + 1)
                let after = afterSecond + 1 + third
                let one = int (StampColumn.Whole(text, 0, length))
                let two = int (StampColumn.Whole(text, length + 1, second))

                if
                    length = 4
                    && third >= 1
                    && third <= 2
                    && (separator = '-' || separator = '/' || separator = '.')
                then
                    struct (DateShape.YearFirst, one, two, int (StampColumn.Whole(text, afterSecond + 1, third)), after)
                elif length = 4 || third <> 4 then
                    none
                else
                    let year = int (StampColumn.Whole(text, afterSecond + 1, 4))

                    match separator with
                    | '/' -> struct (DateShape.Slashed, year, one, two, after)
                    | '-' -> struct (DateShape.Dashed, year, one, two, after)
                    | '.' -> struct (DateShape.Dotted, year, one, two, after)
                    | _ -> none

    member private column.ReadFound(row: int, text: ReadOnlySpan<char>, packed: byref<int64>) : StampFlaw =
        let digits = StampColumn.Digits(text, 0)

        if
            digits = text.Length
            && (digits = 10 || digits = 13 || digits = 16 || digits = 19)
        then
            packed <- StampColumn.PackDate(StampColumn.OfEpoch(StampColumn.Whole(text, 0, digits), digits))

            // Counts of seconds have no shape of their own; they are year first once read.
            if shape <> DateShape.Unknown && shape <> DateShape.YearFirst then
                StampFlaw.OtherShape
            else
                shape <- DateShape.YearFirst

                if column.SameZone("Z".AsSpan()) then
                    StampFlaw.None
                else
                    StampFlaw.OtherZone
        else
            let struct (found, year, first, second, after) = StampColumn.Date text

            let struct (ticks, stop) =
                if
                    found <> DateShape.Unknown
                    && after < text.Length
                    && (text[after] = 'T' || text[after] = ' ')
                then
                    StampColumn.TimeOfDay(text, after + 1)
                else
                    struct (0L, after)

            if
                found = DateShape.Unknown
                || year = 0
                || first > 31
                || second > 31
                || ticks < 0L
                || not (StampColumn.IsZone(text.Slice stop))
            then
                StampFlaw.NotATime
            elif shape <> DateShape.Unknown && shape <> found then
                StampFlaw.OtherShape
            elif not (column.SameZone(text.Slice stop)) then
                StampFlaw.OtherZone
            else
                shape <- found

                if DateText.isOpen found then
                    if openRow = 0 then
                        openRow <- row

                    if first > 12 && dayFirstRow = 0 then
                        dayFirstRow <- row

                    if second > 12 && monthFirstRow = 0 then
                        monthFirstRow <- row

                packed <- StampColumn.Pack(year, first, second) * TimeSpan.TicksPerDay + ticks
                StampFlaw.None

    /// Reads a cell into its packed form.
    member column.Read(row: int, text: ReadOnlySpan<char>, packed: byref<int64>) : StampFlaw =
        match format with
        | Some format ->
            let mutable time = DateTime.MinValue

            if DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, &time) then
                packed <- StampColumn.PackDate time
                StampFlaw.None
            else
                StampFlaw.NotATime
        | None -> column.ReadFound(row, text, &packed)

    /// The shape of the dates read so far.
    member _.Shape: DateShape = shape

    /// The zone of the times read so far, as written; empty where none is.
    member _.Zone: string = if isNull zone then "" else zone

    /// The first row whose two numbers may be read either way, or only as day first, or only as month first; 0 for none.
    member _.Evidence: MonthEvidence =
        {
            Open = openRow
            DayFirst = dayFirstRow
            MonthFirst = monthFirstRow
        }

    /// The time of a packed cell; none where there is no such day.
    static member Unpack(shape: DateShape, dayFirst: bool, packed: int64) : DateTime voption =
        let date = int (packed / TimeSpan.TicksPerDay)

        let raw =
            {
                Shape = shape
                Year = date / 1024
                First = date / 32 % 32
                Second = date % 32
            }

        match DateText.toDate dayFirst raw with
        | ValueSome day -> ValueSome(day.ToDateTime(TimeOnly.MinValue).AddTicks(packed % TimeSpan.TicksPerDay))
        | ValueNone -> ValueNone
