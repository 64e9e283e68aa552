/// Order flow imbalance: what quotes tell of orders that came, went and traded. Knows no price impact.
namespace VolatilityForge

open System
open System.Runtime.Intrinsics

/// Definitions after Cont, Kukanov and Stoikov (2014, equation 4).
[<RequireQualifiedAccess>]
module OrderFlowFeatures =

    let private source = "Cont, Kukanov and Stoikov 2014, section 2.1"

    let private book =
        [
            Define.price "bid"
            Define.price "ask"
            Define.quantity "bid_size"
            Define.quantity "ask_size"
        ]

    /// e_n of two quotes that follow each other.
    let inline private event
        (bidBefore: Lanes)
        (askBefore: Lanes)
        (bidSizeBefore: Lanes)
        (askSizeBefore: Lanes)
        (bid: Lanes)
        (ask: Lanes)
        (bidSize: Lanes)
        (askSize: Lanes)
        : Lanes =
        let none = Lanes.Zero

        let demand =
            Lanes.where (Vector512.GreaterThanOrEqual(bid, bidBefore)) bidSize none
            - Lanes.where (Vector512.LessThanOrEqual(bid, bidBefore)) bidSizeBefore none

        let supply =
            Lanes.where (Vector512.LessThanOrEqual(ask, askBefore)) askSize none
            - Lanes.where (Vector512.GreaterThanOrEqual(ask, askBefore)) askSizeBefore none

        // A missing price or size makes the event missing, though comparisons with NaN are false.
        demand - supply + (bid + ask + bidBefore + askBefore) * 0.0

    /// The last row from `row` to `last` whose time is before an end, times not decreasing; `row` is before it.
    let private lastBefore (index: DateTime[]) (ends: int64) (row: int) (last: int) : int =
        if index[last].Ticks < ends then
            last
        else
            let mutable inside = row
            let mutable outside = last

            while outside - inside > 1 do
                let middle = inside + (outside - inside) / 2

                if index[middle].Ticks < ends then
                    inside <- middle
                else
                    outside <- middle

            inside

    /// Events of rows first to last, at these rows less `shift`.
    let private events
        (index: DateTime[])
        (bid: float[])
        (ask: float[])
        (bidSize: float[])
        (askSize: float[])
        (first: int)
        (last: int)
        (shift: int)
        (output: float[])
        : unit =
        for column in [| bid; ask; bidSize; askSize |] do
            Lanes.reach first last column

        Lanes.reach (first - shift) (last - shift) output
        let mutable row = first

        while row <= last do
            let day = index[row].Ticks / TimeSpan.TicksPerDay

            let start =
                if row = 0 || index[row - 1].Ticks / TimeSpan.TicksPerDay <> day then
                    output[row - shift] <- 0.0
                    row + 1
                else
                    row

            let until = lastBefore index ((day + 1L) * TimeSpan.TicksPerDay) row last

            Lanes.over
                start
                until
                (fun row ->
                    let before = row - 1

                    Lanes.store
                        output
                        (row - shift)
                        (event
                            (Lanes.load bid before)
                            (Lanes.load ask before)
                            (Lanes.load bidSize before)
                            (Lanes.load askSize before)
                            (Lanes.load bid row)
                            (Lanes.load ask row)
                            (Lanes.load bidSize row)
                            (Lanes.load askSize row)))
                (fun row ->
                    let before = row - 1

                    output[row - shift] <-
                        event
                            (Lanes.all bid[before])
                            (Lanes.all ask[before])
                            (Lanes.all bidSize[before])
                            (Lanes.all askSize[before])
                            (Lanes.all bid[row])
                            (Lanes.all ask[row])
                            (Lanes.all bidSize[row])
                            (Lanes.all askSize[row])
                        |> Lanes.first)

            row <- until + 1

    let private define (name: string) (summary: string) : FeatureDefinition =
        Feature.define name FeatureFamily.Microstructure source summary

    /// The contribution of one quote.
    let perEvent: FeatureDefinition =
        { define
              "order-flow-event"
              "q_b 1{P_b >= P_b'} - q_b' 1{P_b <= P_b'} - q_a 1{P_a <= P_a'} + q_a' 1{P_a >= P_a'}, primes for the quote before; 0 at the first quote of a day" with
            Roles = book
            Outputs = Define.named (fun spec -> "order_flow_event" + Define.level spec) FeatureUnit.quantity
            Memory = fun _ -> 1
            Kernel =
                fun _ _ rows outputs ->
                    let columns = rows.Columns
                    events rows.Index columns[0] columns[1] columns[2] columns[3] rows.First rows.Last 0 outputs[0]
        }

    let private ticksPerMinute = float TimeSpan.TicksPerMinute

    /// Where the interval of its day that a time lies in ends; intervals are counted from `start` both ways, the last one of the day may be
    /// shorter.
    let private intervalEnd (start: int64) (ticks: int64) (time: DateTime) : int64 =
        let midnight = time.Ticks / TimeSpan.TicksPerDay * TimeSpan.TicksPerDay
        let since = time.Ticks - midnight - start

        let count =
            if since >= 0L then
                since / ticks
            else
                -1L - (-1L - since) / ticks

        min (midnight + TimeSpan.TicksPerDay) (midnight + start + (count + 1L) * ticks)

    /// Events summed from the beginning of an interval of the clock.
    let perInterval: FeatureDefinition =
        { define
              "order-flow-imbalance"
              "sum of order-flow-event since the interval began; intervals of `minutes` counted from `start`, the minute of the day at which trading opens (570: 09:30), both ways, so that none crosses it; with 0, the default, from midnight; the first quote from the start on adds nothing, as the first of a day; a missing event adds nothing" with
            Roles = book
            Settings =
                [
                    { Feature.wholeSetting "minutes" 1440 with
                        Highest = 1440.0
                    }
                    { Feature.wholeSetting "start" 0 with
                        Lowest = 0.0
                        Highest = 1439.0
                    }
                ]
            Outputs =
                Define.named
                    (fun spec ->
                        let start =
                            match FeatureSpec.whole "start" spec with
                            | 0 -> ""
                            | minute -> $"_from_{minute / 60:D2}h{minute % 60:D2}"

                        match FeatureSpec.whole "minutes" spec with
                        | 1440 -> $"order_flow_imbalance{start}{Define.level spec}"
                        | minutes -> $"order_flow_imbalance_{minutes}min{start}{Define.level spec}")
                    FeatureUnit.quantity
            Memory = fun _ -> 1
            Recursive = true
            Kernel =
                fun spec _ rows outputs ->
                    let ticks = int64 (FeatureSpec.setting "minutes" spec * ticksPerMinute)
                    let start = int64 (FeatureSpec.setting "start" spec * ticksPerMinute)
                    let index, columns, output = rows.Index, rows.Columns, outputs[0]

                    // The start ends an interval, so only the first row of one can be the first after it.
                    let opens row =
                        row > 0
                        && index[row].TimeOfDay.Ticks >= start
                        && index[row - 1].TimeOfDay.Ticks < start

                    events index columns[0] columns[1] columns[2] columns[3] rows.First rows.Last 0 output
                    let mutable row = rows.First

                    while row <= rows.Last do
                        let ends = intervalEnd start ticks index[row]
                        let until = lastBefore index ends row rows.Last
                        let mutable sum = 0.0

                        if row > 0 && intervalEnd start ticks index[row - 1] = ends then
                            sum <- output[row - 1]
                        elif opens row then
                            output[row] <- 0.0

                        for row in row..until do
                            let event = output[row]

                            if not (Double.IsNaN event) then
                                sum <- sum + event

                            output[row] <- sum

                        row <- until + 1
        }

    /// Events summed over the last quotes.
    let perWindow: FeatureDefinition =
        { define "order-flow-window" "sum of order-flow-event over the last `window` quotes" with
            Roles = book
            Settings = [ Feature.wholeSetting "window" 100 ]
            Outputs =
                Define.named
                    (fun spec -> $"""order_flow_window_{FeatureSpec.whole "window" spec}{Define.level spec}""")
                    FeatureUnit.quantity
            Memory = fun spec -> FeatureSpec.whole "window" spec
            Kernel =
                fun spec _ rows outputs ->
                    let window = FeatureSpec.whole "window" spec
                    let from = max 0 (rows.First - window + 1)
                    let count = rows.Last - from + 1
                    let columns = rows.Columns

                    Scratch.borrow count (fun single ->
                        Scratch.borrow count (fun sums ->
                            events rows.Index columns[0] columns[1] columns[2] columns[3] from rows.Last from single
                            Sliding.sum window single (rows.First - from) (rows.Last - from) sums
                            Array.Copy(sums, rows.First - from, outputs[0], rows.First, rows.Last - rows.First + 1)))
        }

    /// Events of several levels of the book over the mean depth.
    let multiLevel: FeatureDefinition =
        { define
              "multi-level-order-flow"
              "mean over the levels of their order-flow-event, over the mean depth per side of all levels; columns bid, ask, bid_size, ask_size of the first level, then of the second, ..." with
            Source = "Cont, Cucuringu and Zhang 2023, equations 3 and 4, per event"
            Roles = book
            Repeats = 4
            Outputs = Define.named (fun spec -> $"multi_level_order_flow_{spec.Columns.Length / 4}") FeatureUnit.one
            Memory = fun _ -> 1
            Kernel =
                fun spec _ rows outputs ->
                    let columns, output = rows.Columns, outputs[0]
                    let first, count = rows.First, rows.Last - rows.First + 1
                    Array.Clear(output, first, count)

                    Scratch.borrow count (fun single ->
                        for level in 0 .. spec.Columns.Length / 4 - 1 do
                            let bid, ask = columns[4 * level], columns[4 * level + 1]
                            let bidSize, askSize = columns[4 * level + 2], columns[4 * level + 3]
                            events rows.Index bid ask bidSize askSize first rows.Last first single

                            for at in 0 .. count - 1 do
                                output[first + at] <- output[first + at] + single[at])

                    for row in first .. rows.Last do
                        let mutable depth = 0.0

                        for level in 0 .. spec.Columns.Length / 4 - 1 do
                            depth <- depth + columns[4 * level + 2][row] + columns[4 * level + 3][row]

                        output[row] <-
                            if depth > 0.0 then
                                2.0 * output[row] / depth
                            else
                                0.0 * (output[row] + depth)
        }

    /// Every feature of this module.
    let all: FeatureDefinition list = [ perEvent; perInterval; perWindow; multiLevel ]
