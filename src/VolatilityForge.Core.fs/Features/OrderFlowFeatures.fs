/// Order flow imbalance: what quotes tell of orders that came, went and traded. Knows no price impact.
namespace VolatilityForge

open System

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
        (bidBefore: float)
        (askBefore: float)
        (bidSizeBefore: float)
        (askSizeBefore: float)
        (bid: float)
        (ask: float)
        (bidSize: float)
        (askSize: float)
        : float =
        let demand =
            (if bid >= bidBefore then bidSize else 0.0)
            - (if bid <= bidBefore then bidSizeBefore else 0.0)

        let supply =
            (if ask <= askBefore then askSize else 0.0)
            - (if ask >= askBefore then askSizeBefore else 0.0)

        // A missing price or size makes the event missing, though comparisons with NaN are false.
        demand - supply + 0.0 * (bid + ask + bidBefore + askBefore)

    let inline private eventAt
        (index: DateTime[])
        (bid: float[])
        (ask: float[])
        (bidSize: float[])
        (askSize: float[])
        (row: int)
        : float =
        if row = 0 || index[row].Date <> index[row - 1].Date then
            0.0
        else
            event
                bid[row - 1]
                ask[row - 1]
                bidSize[row - 1]
                askSize[row - 1]
                bid[row]
                ask[row]
                bidSize[row]
                askSize[row]

    let private events: FeatureKernel =
        fun rows outputs ->
            let columns = rows.Columns

            for row in rows.First .. rows.Last do
                outputs[0][row] <- eventAt rows.Index columns[0] columns[1] columns[2] columns[3] row

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
            Kernel = fun _ _ -> events
        }

    let private ticksPerMinute = float TimeSpan.TicksPerMinute

    /// The interval of its day that a time lies in, counted from `start`, negative before it; the last one before the start and of the day
    /// may be shorter.
    let inline private interval (start: int64) (ticks: int64) (time: DateTime) : int64 =
        let since = time.Ticks % TimeSpan.TicksPerDay - start

        let count =
            if since >= 0L then
                since / ticks
            else
                -1L - (-1L - since) / ticks

        time.Ticks / TimeSpan.TicksPerDay * TimeSpan.TicksPerDay + count

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

                    let opens row =
                        row > 0
                        && index[row].TimeOfDay.Ticks >= start
                        && index[row - 1].TimeOfDay.Ticks < start

                    for row in rows.First .. rows.Last do
                        let event = eventAt index columns[0] columns[1] columns[2] columns[3] row
                        let event = if Double.IsNaN event || opens row then 0.0 else event

                        output[row] <-
                            if row > 0 && interval start ticks index[row] = interval start ticks index[row - 1] then
                                output[row - 1] + event
                            else
                                event
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
                    let single = GC.AllocateUninitializedArray<float>(rows.Last + 1)
                    events { rows with First = from } [| single |]
                    Sliding.sum window single rows.First rows.Last outputs[0]
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
                    let levels = spec.Columns.Length / 4
                    let columns = rows.Columns

                    for row in rows.First .. rows.Last do
                        let mutable flow = 0.0
                        let mutable depth = 0.0

                        for level in 0 .. levels - 1 do
                            let at = 4 * level

                            flow <-
                                flow
                                + eventAt rows.Index columns[at] columns[at + 1] columns[at + 2] columns[at + 3] row

                            depth <- depth + columns[at + 2][row] + columns[at + 3][row]

                        outputs[0][row] <-
                            if depth > 0.0 then
                                2.0 * flow / depth
                            else
                                0.0 * (flow + depth)
        }

    /// Every feature of this module.
    let all: FeatureDefinition list = [ perEvent; perInterval; perWindow; multiLevel ]
