/// Features of trades beside the quotes that stood before them. Knows no bar.
namespace VolatilityForge

open System
open System.Runtime.Intrinsics

/// Definitions. Rows are trades; bid and ask are those that stood when the trade came.
[<RequireQualifiedAccess>]
module TradeFeatures =

    let private roles = [ Define.price "price"; Define.price "bid"; Define.price "ask" ]

    let private define (name: string) (source: string) (summary: string) : FeatureDefinition =
        Feature.define name FeatureFamily.Microstructure source summary

    let private trades = [ Feature.wholeSetting "trades" 10 ]

    let private count (spec: FeatureSpec) : int = FeatureSpec.whole "trades" spec

    /// Who began the trade.
    let sign: FeatureDefinition =
        { define
              "trade-sign"
              "Lee and Ready 1991, section III"
              "1 for a trade above the mid, -1 below it; at the mid the sign of the last price change (tick test); 0 before there is one. Second output: the tick test alone" with
            Roles = roles
            Outputs =
                fun _ _ ->
                    [
                        {
                            Name = "trade_sign"
                            Unit = Some FeatureUnit.one
                        }
                        {
                            Name = "tick_sign"
                            Unit = Some FeatureUnit.one
                        }
                    ]
            Memory = fun _ -> 1
            Recursive = true
            Kernel =
                fun _ _ rows outputs ->
                    let price, bid, ask = rows.Columns[0], rows.Columns[1], rows.Columns[2]
                    let signs, ticks = outputs[0], outputs[1]

                    for row in rows.First .. rows.Last do
                        ticks[row] <-
                            if row = 0 then 0.0
                            elif price[row] > price[row - 1] then 1.0
                            elif price[row] < price[row - 1] then -1.0
                            else ticks[row - 1]

                        let mid = 0.5 * (bid[row] + ask[row])

                        signs[row] <-
                            if price[row] > mid then 1.0
                            elif price[row] < mid then -1.0
                            elif Double.IsNaN(price[row] + mid) then nan
                            else ticks[row]
        }

    /// What a trade costs against the mid.
    let effectiveSpread: FeatureDefinition =
        { define "effective-spread" "Huang and Stoll 1996, section 2" "2 |price - mid|" with
            Roles = roles
            Outputs = Define.output "effective_spread" FeatureUnit.price
            Mends = true
            Kernel = fun _ _ -> Elementwise.three (fun price bid ask -> Vector512.Abs(price - (bid + ask) * 0.5) * 2.0)
        }

    /// A kernel of a trade `trades` rows ago (price and mid then) and the mid now.
    let inline private later
        ([<InlineIfLambda>] f: float -> float -> float -> float)
        (spec: FeatureSpec)
        : FeatureKernel =
        let lag = count spec

        fun rows outputs ->
            let price, bid, ask = rows.Columns[0], rows.Columns[1], rows.Columns[2]

            for row in rows.First .. rows.Last do
                outputs[0][row] <-
                    if row < lag then
                        nan
                    else
                        let before = row - lag
                        f price[before] (0.5 * (bid[before] + ask[before])) (0.5 * (bid[row] + ask[row]))

    /// -1, 0 or 1; NaN stays NaN.
    let inline private direction (x: float) : float =
        if x > 0.0 then 1.0
        elif x < 0.0 then -1.0
        else x

    /// What of a trade's cost stays with the maker of the market.
    let realisedSpread: FeatureDefinition =
        { define
              "realised-spread"
              "Huang and Stoll 1996, section 2"
              "2 sign(price' - mid') (price' - mid) of the trade `trades` rows ago (primes) and the mid now: known only now, so dated now" with
            Roles = roles
            Settings = trades
            Outputs = Define.named (fun spec -> $"realised_spread_{count spec}") FeatureUnit.price
            Memory = count
            Kernel = fun spec _ -> later (fun price mid now -> 2.0 * direction (price - mid) * (price - now)) spec
        }

    /// What of a trade's cost is information.
    let priceImpact: FeatureDefinition =
        { define
              "price-impact"
              "Huang and Stoll 1996, section 2"
              "2 sign(price' - mid') (mid - mid') of the trade `trades` rows ago (primes) and the mid now: effective less realised spread" with
            Roles = roles
            Settings = trades
            Outputs = Define.named (fun spec -> $"price_impact_{count spec}") FeatureUnit.price
            Memory = count
            Kernel = fun spec _ -> later (fun price mid now -> 2.0 * direction (price - mid) * (now - mid)) spec
        }

    /// Every feature of this module.
    let all: FeatureDefinition list =
        [ sign; effectiveSpread; realisedSpread; priceImpact ]
