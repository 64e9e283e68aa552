/// One symbol's daily bars as checked columns, and what follows from them without a model. Knows no file.
namespace VolatilityForge

open System
open System.Globalization

/// Columns of daily bars before the check: one element per day in each.
type BarColumns =
    {
        /// The symbol; may be empty for a lone series.
        Symbol: string
        Dates: DateOnly[]
        Open: float[]
        High: float[]
        Low: float[]
        Close: float[]
        /// Closes adjusted for splits and dividends, where the source has them.
        AdjustedClose: float[] option
        /// Traded quantity, where the source has it.
        Volume: float[] option
    }

/// One symbol's daily bars. Made by Bars.check only: at least one day, dates strictly increasing, prices finite and
/// positive, low <= open, close <= high, volume finite and not negative. Arrays are not to be written to.
[<Sealed>]
type Bars internal (columns: BarColumns) =

    /// The symbol, or an empty string for a lone series.
    member _.Symbol: string = columns.Symbol

    /// Strictly increasing.
    member _.Dates: DateOnly[] = columns.Dates

    /// First price of the day.
    member _.Open: float[] = columns.Open

    /// Highest price of the day.
    member _.High: float[] = columns.High

    /// Lowest price of the day.
    member _.Low: float[] = columns.Low

    /// Last price of the day.
    member _.Close: float[] = columns.Close

    /// Closes adjusted for splits and dividends, where the source has them.
    member _.AdjustedClose: float[] option = columns.AdjustedClose

    /// Traded quantity, where the source has it.
    member _.Volume: float[] option = columns.Volume

    /// Days.
    member _.Length: int = columns.Dates.Length

/// An overnight jump that looks like a split no one adjusted for.
type SplitLike =
    {
        /// Index of the day that opens after the jump.
        Day: int
        Date: DateOnly
        /// New shares, then old shares: (7, 1) for a seven-for-one split, (1, 8) for a reverse split.
        Ratio: struct (int * int)
        /// Open over the close before.
        Jump: float
    }

/// Making and reading daily bars.
[<RequireQualifiedAccess>]
module Bars =

    /// What one number of a bar breaks: column, rule, found, remedy.
    type internal Breach = (struct (string * string * string * string)) option

    let private negativeRemedy =
        "Bars are read as log returns, which a price of zero or below does not have; prices that go negative need arithmetic returns, which bars do not offer."

    let private shown (number: float) : string =
        number.ToString("R", CultureInfo.InvariantCulture)

    let private priceBreach (column: string) (price: float) : Breach =
        if not (Double.IsFinite price) then
            Some(struct (column, "prices must be finite", shown price, ""))
        elif price <= 0.0 then
            Some(struct (column, "prices must be positive", shown price, negativeRemedy))
        else
            None

    /// The first rule that one day's prices break.
    let internal breach (opened: float) (high: float) (low: float) (close: float) : Breach =
        priceBreach "open" opened
        |> Option.orElseWith (fun () -> priceBreach "high" high)
        |> Option.orElseWith (fun () -> priceBreach "low" low)
        |> Option.orElseWith (fun () -> priceBreach "close" close)
        |> Option.orElseWith (fun () ->
            if high < max opened close || high < low then
                let found =
                    $"high {shown high}, open {shown opened}, low {shown low}, close {shown close}"

                Some(struct ("high", "the high must not be below open, close or low", found, ""))
            elif low > min opened close then
                let found = $"low {shown low}, open {shown opened}, close {shown close}"
                Some(struct ("low", "the low must not be above open or close", found, ""))
            else
                None)

    /// The rule that an adjusted close breaks.
    let internal adjustedBreach (adjusted: float) : Breach = priceBreach "adjusted close" adjusted

    /// The rule that a volume breaks.
    let internal volumeBreach (volume: float) : Breach =
        if Double.IsFinite volume && volume >= 0.0 then
            None
        else
            Some(struct ("volume", "volumes must be finite and not negative", shown volume, ""))

    let private extents (columns: BarColumns) : (string * int) list =
        [
            "open", columns.Open.Length
            "high", columns.High.Length
            "low", columns.Low.Length
            "close", columns.Close.Length
        ]
        @ (columns.AdjustedClose
           |> Option.map (fun column -> "adjusted close", column.Length)
           |> Option.toList)
        @ (columns.Volume
           |> Option.map (fun column -> "volume", column.Length)
           |> Option.toList)

    let private dayBreach (columns: BarColumns) (day: int) : Breach =
        breach columns.Open[day] columns.High[day] columns.Low[day] columns.Close[day]
        |> Option.orElseWith (fun () -> columns.AdjustedClose |> Option.bind (fun column -> adjustedBreach column[day]))
        |> Option.orElseWith (fun () -> columns.Volume |> Option.bind (fun column -> volumeBreach column[day]))

    let private isoDate (date: DateOnly) : string =
        date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)

    /// Bars, or every broken rule: equal lengths, at least one day, dates strictly increasing, and the rules of Bars
    /// for each day. Rows in faults count days from 1; the source is the symbol.
    let check (columns: BarColumns) : Result<Bars, Fault> =
        let days = columns.Dates.Length
        let source = if columns.Symbol = "" then "bars" else columns.Symbol

        let place (day: int) (column: string) : Place =
            {
                Source = source
                Row = day + 1
                Column = column
            }

        let lengths =
            extents columns
            |> List.filter (fun (_, length) -> length <> days)
            |> List.map (fun (name, length) ->
                Fault.BadShape("bars", name, $"as long as the dates ({days})", string length))

        if not lengths.IsEmpty then
            Error(Fault.combine lengths)
        elif days = 0 then
            Error(Fault.TooShort(source, 1, 0))
        else
            let unordered =
                match Series.firstUnordered columns.Dates with
                | Some day ->
                    [
                        Fault.BadData(place day "date", "dates must strictly increase", isoDate columns.Dates[day], "")
                    ]
                | None -> []

            let breaches =
                [
                    for day in 0 .. days - 1 do
                        match dayBreach columns day with
                        | Some(struct (column, rule, found, remedy)) ->
                            Fault.BadData(place day column, rule, found, remedy)
                        | None -> ()
                ]

            match unordered @ breaches with
            | [] -> Ok(Bars columns)
            | faults -> Error(Fault.combine faults)

    /// The days from first to last by index, both included; both must lie inside.
    let slice (first: int) (last: int) (bars: Bars) : Bars =
        let days (column: 'a[]) = column[first..last]

        Bars
            {
                Symbol = bars.Symbol
                Dates = days bars.Dates
                Open = days bars.Open
                High = days bars.High
                Low = days bars.Low
                Close = days bars.Close
                AdjustedClose = Option.map days bars.AdjustedClose
                Volume = Option.map days bars.Volume
            }

    /// The closes that returns are taken from: adjusted where the source has them.
    let private returnCloses (bars: Bars) : float[] =
        Option.defaultValue bars.Close bars.AdjustedClose

    /// Close-to-close log returns, one per day, from adjusted closes where the source has them; 0 on the first day.
    let returns (bars: Bars) : float[] =
        let closes = returnCloses bars
        Array.init bars.Length (fun day -> if day = 0 then 0.0 else log (closes[day] / closes[day - 1]))

    /// Overnight log returns, close before to open, one per day, free of splits and dividends where the source has
    /// adjusted closes; 0 on the first day.
    let overnight (bars: Bars) : float[] =
        let closes = returnCloses bars

        Array.init bars.Length (fun day ->
            if day = 0 then
                0.0
            else
                log (bars.Open[day] / bars.Close[day] * closes[day] / closes[day - 1]))

    /// True when no return differs from zero and no day has a range: nothing can be estimated from such bars.
    let isConstant (bars: Bars) : bool =
        Array.forall ((=) bars.Close[0]) bars.Close
        && Array.forall2 (=) bars.High bars.Low

    // What companies have done: forward splits, and the same ratios reversed.
    let private splitRatios: struct (int * int) list =
        [
            for struct (many, few) in
                [
                    struct (3, 2)
                    (2, 1)
                    (3, 1)
                    (4, 1)
                    (5, 1)
                    (6, 1)
                    (7, 1)
                    (8, 1)
                    (10, 1)
                    (15, 1)
                    (20, 1)
                    (25, 1)
                    (30, 1)
                    (50, 1)
                ] do
                struct (many, few)
                struct (few, many)
        ]

    /// How far the overnight move may lie from a split ratio, in log terms, and still look like one. Ordinary overnight
    /// moves of single stocks stay well within 5 percent.
    let splitTolerance: float = 0.05

    /// Days whose overnight jump is within splitTolerance of a split ratio and no adjusted close explains it.
    let splitLike (bars: Bars) : SplitLike list =
        let jumps = overnight bars

        [
            for day in 1 .. bars.Length - 1 do
                let distance (struct (many, few)) =
                    abs (jumps[day] + log (float many / float few))

                let nearest = splitRatios |> List.minBy distance

                if distance nearest <= splitTolerance then
                    {
                        Day = day
                        Date = bars.Dates[day]
                        Ratio = nearest
                        Jump = exp jumps[day]
                    }
        ]
