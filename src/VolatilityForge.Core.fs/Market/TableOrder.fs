/// What only the whole table tells: which number of a date is the month, which rows are a symbol's, whether they are in
/// order. Opens nothing.
namespace VolatilityForge

open System
open System.Collections.Generic

/// Putting rows in order.
[<RequireQualifiedAccess>]
module internal TableOrder =

    let remedy =
        "Give the format (DateFormat in the options, --date-format), such as M/d/yyyy HH:mm."

    /// True when days come before months in a column; a fault when rows contradict each other or none tells.
    let private isDayFirst (findings: Findings) (name: string) (stamps: StampColumn) : bool =
        match MonthOrder.isDayFirst remedy stamps.Evidence with
        | Ok dayFirst -> dayFirst
        | Error struct (row, rule, remedy) ->
            findings.Refuse(row, name, rule, "", remedy)
            // Rows before the one at fault are read as they say, and aren't refused too.
            stamps.Evidence.DayFirst > 0

    // One day is unpacked once: ticks of rows share their dates.
    let unpack
        (findings: Findings)
        (name: string)
        (stamps: StampColumn)
        (rows: List<int>)
        (packed: List<int64>)
        : DateTime[] =
        let dayFirst = isDayFirst findings name stamps

        let shape =
            if stamps.Shape = DateShape.Unknown then
                DateShape.YearFirst
            else
                stamps.Shape

        let times = Array.zeroCreate<DateTime> packed.Count
        let mutable lastDate = -1L
        let mutable midnight = DateTime.MinValue

        for index in 0 .. times.Length - 1 do
            let date = packed[index] / TimeSpan.TicksPerDay

            if date <> lastDate then
                match StampColumn.Unpack(shape, dayFirst, date * TimeSpan.TicksPerDay) with
                | ValueSome day ->
                    lastDate <- date
                    midnight <- day
                | ValueNone ->
                    let found = $"{date / 1024L}, {date / 32L % 32L}, {date % 32L}"
                    findings.Refuse(rows[index], name, "there must be such a day", found, "")

            times[index] <- midnight.AddTicks(packed[index] % TimeSpan.TicksPerDay)

        times

    /// Positions of the rows of each symbol, in the order of the file.
    let bySymbol (symbols: Lexicon) (codes: List<int>) : (string * int[]) list =
        let counts = Array.zeroCreate<int>(Seq.length symbols.All)

        for code in codes do
            counts[code] <- counts[code] + 1

        let positions = counts |> Array.map Array.zeroCreate<int>
        let filled = Array.zeroCreate<int> counts.Length

        for index in 0 .. codes.Count - 1 do
            let code = codes[index]
            positions[code][filled[code]] <- index
            filled[code] <- filled[code] + 1

        [
            for code in 0 .. counts.Length - 1 do
                if counts[code] > 0 then
                    symbols.Word code, positions[code]
        ]
        |> List.sortWith (fun (left, _) (right, _) -> String.CompareOrdinal(left, right))

    /// The positions in order of time, or a fault for the first that isn't.
    let inOrder
        (options: TableOptions)
        (findings: Findings)
        (symbol: string)
        (rows: List<int>)
        (times: DateTime[])
        (positions: int[])
        : int[] * IngestNote list =
        let mutable broken = 0
        let mutable first = -1

        for index in 1 .. positions.Length - 1 do
            if times[positions[index]] < times[positions[index - 1]] then
                broken <- broken + 1

                if first < 0 then
                    first <- index

        if broken = 0 then
            positions, []
        elif options.Sort then
            let ticks = positions |> Array.map (fun position -> times[position].Ticks)
            // Array.Sort is not stable; ties are broken by the order of the file.
            let order = Array.init positions.Length id

            Array.Sort(
                order,
                Comparison(fun left right ->
                    match compare ticks[left] ticks[right] with
                    | 0 -> compare left right
                    | other -> other)
            )

            order |> Array.map (fun index -> positions[index]), [ IngestNote.RowsSorted symbol ]
        else
            let before, after = positions[first - 1], positions[first]

            let found =
                $"""{DateText.stamp times[after]} after {DateText.stamp times[before]}; {Noun.counted broken "such row"}"""

            let remedy = "Sort the file, or ask for sorting (Sort in the options, --sort)."
            findings.Refuse(rows[after], "time", "times must not decrease", found, remedy)
            positions, []
