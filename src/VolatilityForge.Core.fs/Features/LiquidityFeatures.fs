/// Liquidity estimated over windows of prices, volumes and flows. Knows no quote.
namespace VolatilityForge

open System
open System.Runtime.Intrinsics

/// Definitions.
[<RequireQualifiedAccess>]
module LiquidityFeatures =

    let private define (name: string) (source: string) (summary: string) : FeatureDefinition =
        Feature.define name FeatureFamily.Microstructure source summary

    let private window (spec: FeatureSpec) : int = FeatureSpec.whole "window" spec

    let private windowed (rows: int) : FeatureSetting list =
        [
            { Feature.wholeSetting "window" rows with
                Lowest = 2.0
            }
        ]

    /// Calls the body with working columns for the windows that end at these rows: `make at row` fills place `at` of the columns from a
    /// row; `first` and `last` are the places of the rows.
    let inline private over
        (window: int)
        (rows: FeatureRows)
        ([<InlineIfLambda>] body: int -> int -> int -> int -> unit)
        : unit =
        let from = max 0 (rows.First - window + 1)
        body from (rows.Last - from + 1) (rows.First - from) (rows.Last - from)

    /// Fills a working column with a function of a row and the one before, of one column or two; NaN for row 0, which has none before.
    let inline private withBefore
        (from: int)
        (count: int)
        (a: float[])
        (b: float[])
        (made: float[])
        ([<InlineIfLambda>] value: Lanes -> Lanes -> Lanes -> Lanes)
        : unit =
        Lanes.reach (max 0 (from - 1)) (from + count - 1) a
        Lanes.reach from (from + count - 1) b
        Lanes.reach 0 (count - 1) made

        if from = 0 then
            made[0] <- nan

        Lanes.over
            (if from = 0 then 1 else 0)
            (count - 1)
            (fun at ->
                let row = from + at
                Lanes.store made at (value (Lanes.load a (row - 1)) (Lanes.load a row) (Lanes.load b row)))
            (fun at ->
                let row = from + at
                made[at] <- Lanes.first (value (Lanes.all a[row - 1]) (Lanes.all a[row]) (Lanes.all b[row])))

    let inline private changes (from: int) (count: int) (price: float[]) (made: float[]) : unit =
        withBefore from count price price made (fun before now _ -> now - before)

    /// Price moved per money traded.
    let amihud: FeatureDefinition =
        { define
              "amihud"
              "Amihud 2002, equation 1"
              "mean of |ln(close / close')| / (close volume) over the last `window` rows that have volume" with
            Roles = [ Define.price "close"; Define.quantity "volume" ]
            Settings = windowed 22
            Outputs =
                Define.named
                    (fun spec -> $"amihud_{window spec}")
                    (FeatureUnit.power -1.0 (FeatureUnit.multiply FeatureUnit.price FeatureUnit.quantity))
            Memory = window
            Kernel =
                fun spec _ rows outputs ->
                    let close, volume, output = rows.Columns[0], rows.Columns[1], outputs[0]
                    let window = window spec

                    over window rows (fun from count first last ->
                        Scratch.borrow count (fun ratio ->
                            Scratch.borrow count (fun traded ->
                                withBefore from count close volume ratio (fun before now volume ->
                                    let moved = Vector512.Abs(LaneMath.logRatio now before)
                                    let none = Vector512.Equals(volume, Lanes.Zero)
                                    Lanes.where none Lanes.Zero (moved / (now * volume)))

                                for at in 0 .. count - 1 do
                                    let volume = volume[from + at]

                                    traded[at] <-
                                        if volume > 0.0 then 1.0
                                        elif volume = 0.0 then 0.0
                                        else nan

                                Scratch.borrow count (fun sums ->
                                    Scratch.borrow count (fun counts ->
                                        Sliding.sum window ratio first last sums
                                        Sliding.sum window traded first last counts

                                        for at in first..last do
                                            output[from + at] <- sums[at] / counts[at])))))
        }

    /// Price moved per quantity of signed flow.
    let kyle: FeatureDefinition =
        { define
              "kyle-lambda"
              "Kyle 1985, equation 2.2, as a regression (Hasbrouck 2007, section 7.1)"
              "slope of the change of price on signed flow (signed volume, order flow imbalance) over the last `window` rows; NaN where the flow doesn't vary" with
            Roles = [ Define.price "mid"; Define.quantity "flow" ]
            Settings = windowed 100
            Outputs =
                fun spec units ->
                    [
                        {
                            Name = $"kyle_lambda_{window spec}"
                            Unit = Option.map2 FeatureUnit.divide units[0] units[1]
                        }
                    ]
            Memory = window
            Kernel =
                fun spec _ rows outputs ->
                    let price, flow, output = rows.Columns[0], rows.Columns[1], outputs[0]
                    let window = window spec

                    over window rows (fun from count first last ->
                        Scratch.borrow count (fun change ->
                            Scratch.borrow count (fun signed ->
                                Scratch.borrow count (fun squares ->
                                    changes from count price change
                                    Array.Copy(flow, from, signed, 0, count)

                                    Scratch.borrow count (fun products ->
                                        Sliding.regression window signed change first last squares products

                                        for at in first..last do
                                            output[from + at] <-
                                                if squares[at] > 0.0 then
                                                    products[at] / squares[at]
                                                else
                                                    nan)))))
        }

    /// The spread that bouncing prices imply.
    let roll: FeatureDefinition =
        { define
              "roll"
              "Roll 1984, equation 3"
              "2 sqrt(-cov(change of price, change before)) over the last `window` changes, divisor window - 1; 0 where the covariance is positive" with
            Roles = [ Define.price "price" ]
            Settings = windowed 100
            Outputs = Define.named (fun spec -> $"roll_{window spec}") FeatureUnit.price
            Memory = fun spec -> window spec + 1
            Kernel =
                fun spec _ rows outputs ->
                    let price, output = rows.Columns[0], outputs[0]
                    let window = window spec

                    over window rows (fun from count first last ->
                        Scratch.borrow count (fun now ->
                            Scratch.borrow count (fun before ->
                                changes from count price now
                                // The change before the first one kept is of rows that the memory still reaches.
                                before[0] <- if from < 2 then nan else price[from - 1] - price[from - 2]
                                Array.Copy(now, 0, before, 1, count - 1)

                                Scratch.borrow count (fun products ->
                                    Sliding.products window now before first last products
                                    let divisor = float (window - 1)
                                    Lanes.reach rows.First rows.Last output

                                    Lanes.over
                                        first
                                        last
                                        (fun at ->
                                            let bounce =
                                                Vector512.Max(-(Lanes.load products at / divisor), Lanes.Zero)

                                            Lanes.store output (from + at) (Vector512.Sqrt bounce * 2.0))
                                        (fun at ->
                                            output[from + at] <-
                                                2.0 * Math.Sqrt(Math.Max(-(products[at] / divisor), 0.0)))))))
        }

    let private root = 3.0 - 2.0 * sqrt 2.0

    let private twoDays (high: float[]) (low: float[]) (close: float[]) (row: int) : float =
        if row = 0 then
            nan
        else
            let before = close[row - 1]

            // The overnight move is taken out of the second day (section II.C).
            let gap =
                if low[row] > before then before - low[row]
                elif high[row] < before then before - high[row]
                else 0.0

            let highest, lowest = high[row] + gap, low[row] + gap
            let squared (ratio: float) = let log = Math.Log ratio in log * log
            let beta = squared (high[row - 1] / low[row - 1]) + squared (highest / lowest)

            let gamma =
                squared (Math.Max(highest, high[row - 1]) / Math.Min(lowest, low[row - 1]))

            let alpha = (sqrt (2.0 * beta) - sqrt beta) / root - sqrt (gamma / root)
            let spread = 2.0 * Math.Tanh(0.5 * alpha)
            if spread < 0.0 then 0.0 else spread

    /// The spread that daily ranges imply.
    let corwinSchultz: FeatureDefinition =
        { define
              "corwin-schultz"
              "Corwin and Schultz 2012, equations 14 and 18, sections II.A and II.C"
              "mean over the last `window` rows of 2 (e^a - 1) / (1 + e^a), a from two days' ranges; overnight moves taken out, negative two-day values set to 0; a share of the price" with
            Roles = [ Define.price "high"; Define.price "low"; Define.price "close" ]
            Settings = windowed 22
            Outputs = Define.named (fun spec -> $"corwin_schultz_{window spec}") FeatureUnit.one
            Memory = window
            Kernel =
                fun spec _ rows outputs ->
                    let high, low, close = rows.Columns[0], rows.Columns[1], rows.Columns[2]
                    let window = window spec

                    over window rows (fun from count first last ->
                        Scratch.borrow count (fun spreads ->
                            Scratch.borrow count (fun means ->
                                for at in 0 .. count - 1 do
                                    spreads[at] <- twoDays high low close (from + at)

                                Sliding.mean window spreads first last means
                                Array.Copy(means, first, outputs[0], rows.First, last - first + 1))))
        }

    /// Every feature of this module.
    let all: FeatureDefinition list = [ amihud; kyle; roll; corwinSchultz ]
