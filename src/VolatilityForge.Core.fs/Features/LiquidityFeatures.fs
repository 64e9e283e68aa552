/// Liquidity estimated over windows of prices, volumes and flows. Knows no quote.
namespace VolatilityForge

open System

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

    /// A scratch column of which rows from `from` to the last are filled, in the places they have in the data.
    let inline private scratch (rows: FeatureRows) (from: int) ([<InlineIfLambda>] value: int -> float) : float[] =
        let column = GC.AllocateUninitializedArray<float>(rows.Last + 1)

        for row in from .. rows.Last do
            column[row] <- value row

        column

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
                    let from = max 0 (rows.First - window spec + 1)

                    let ratio =
                        scratch rows from (fun row ->
                            if row = 0 then
                                nan
                            elif volume[row] = 0.0 then
                                0.0
                            else
                                abs (Math.Log(close[row] / close[row - 1])) / (close[row] * volume[row]))

                    let traded =
                        scratch rows from (fun row ->
                            if volume[row] > 0.0 then 1.0
                            elif volume[row] = 0.0 then 0.0
                            else nan)

                    Sliding.sum (window spec) ratio rows.First rows.Last output
                    let counts = GC.AllocateUninitializedArray<float>(rows.Last + 1)
                    Sliding.sum (window spec) traded rows.First rows.Last counts

                    for row in rows.First .. rows.Last do
                        output[row] <- output[row] / counts[row]
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
                    let from = max 0 (rows.First - window spec + 1)

                    let change =
                        scratch rows from (fun row -> if row = 0 then nan else price[row] - price[row - 1])

                    let means = GC.AllocateUninitializedArray<float>(rows.Last + 1)
                    let squares = GC.AllocateUninitializedArray<float>(rows.Last + 1)
                    Sliding.moments (window spec) flow rows.First rows.Last means squares
                    Sliding.products (window spec) flow change rows.First rows.Last output

                    for row in rows.First .. rows.Last do
                        output[row] <-
                            if squares[row] > 0.0 then
                                output[row] / squares[row]
                            else
                                nan
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
                    let from = max 0 (rows.First - window spec + 1)

                    let change (row: int) =
                        if row < 1 then nan else price[row] - price[row - 1]

                    let now = scratch rows from change
                    let before = scratch rows from (fun row -> change (row - 1))
                    Sliding.products (window spec) now before rows.First rows.Last output

                    for row in rows.First .. rows.Last do
                        let covariance = output[row] / float (window spec - 1)
                        output[row] <- if covariance > 0.0 then 0.0 else 2.0 * sqrt -covariance
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
                    let from = max 0 (rows.First - window spec + 1)
                    let spreads = scratch rows from (twoDays high low close)
                    Sliding.mean (window spec) spreads rows.First rows.Last outputs[0]
        }

    /// Every feature of this module.
    let all: FeatureDefinition list = [ amihud; kyle; roll; corwinSchultz ]
