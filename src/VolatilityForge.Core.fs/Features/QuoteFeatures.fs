/// Features of one quote: prices, spreads, sizes. Knows no event before it.
namespace VolatilityForge

open System.Runtime.Intrinsics

/// Definitions. Prices are positive with bid <= ask, sizes not negative; what the formula has no value for is NaN.
[<RequireQualifiedAccess>]
module QuoteFeatures =

    let private prices = [ Define.price "bid"; Define.price "ask" ]

    let private book =
        prices @ [ Define.quantity "bid_size"; Define.quantity "ask_size" ]

    let private define (name: string) (source: string) (summary: string) : FeatureDefinition =
        { Feature.define name FeatureFamily.Microstructure source summary with
            Mends = true
        }

    let private named (name: string) =
        Define.named (fun spec -> name + Define.level spec)

    let inline private middle (bid: Lanes) (ask: Lanes) : Lanes = (bid + ask) * 0.5

    /// The middle of the quote.
    let mid: FeatureDefinition =
        { define "mid" "Hasbrouck 2007, section 2.2" "(bid + ask) / 2" with
            Roles = prices
            Outputs = named "mid" FeatureUnit.price
            Kernel = fun _ _ -> Elementwise.two (fun bid ask -> middle bid ask)
        }

    /// The quoted spread.
    let spread: FeatureDefinition =
        { define "spread" "Hasbrouck 2007, section 2.2" "ask - bid; the quoted spread" with
            Roles = prices
            Outputs = named "spread" FeatureUnit.price
            Kernel = fun _ _ -> Elementwise.two (fun bid ask -> ask - bid)
        }

    /// The quoted spread as a share of the mid.
    let relativeSpread: FeatureDefinition =
        { define "relative-spread" "Hasbrouck 2007, section 2.2" "(ask - bid) / mid" with
            Roles = prices
            Outputs = named "relative_spread" FeatureUnit.one
            Kernel = fun _ _ -> Elementwise.two (fun bid ask -> (ask - bid) / middle bid ask)
        }

    /// The mid weighted by the opposite sizes.
    let microprice: FeatureDefinition =
        { define
              "microprice"
              "Gatheral and Oomen 2010, section 2; the size-weighted mid"
              "(bid ask_size + ask bid_size) / (bid_size + ask_size); the mid where both sizes are 0" with
            Roles = book
            Outputs = named "microprice" FeatureUnit.price
            Kernel =
                fun _ _ ->
                    Elementwise.four (fun bid ask bidSize askSize ->
                        let depth = bidSize + askSize
                        let mid = middle bid ask
                        // About the mid, so that equal sizes give it exactly.
                        let weighted = mid + (ask - bid) * 0.5 * ((bidSize - askSize) / depth)
                        let empty = Lanes.where (Vector512.Equals(depth, Lanes.Zero)) mid (Lanes.all nan)
                        Lanes.where (Vector512.GreaterThan(depth, Lanes.Zero)) weighted empty)
        }

    /// How much of the size at the best prices is on the bid side.
    let queueImbalance: FeatureDefinition =
        { define
              "queue-imbalance"
              "Gould and Bonart 2016, equation 3"
              "(bid_size - ask_size) / (bid_size + ask_size), in [-1, 1]; 0 where both sizes are 0" with
            Roles = [ Define.quantity "bid_size"; Define.quantity "ask_size" ]
            Outputs = named "queue_imbalance" FeatureUnit.one
            Kernel =
                fun _ _ ->
                    Elementwise.two (fun bidSize askSize ->
                        let depth = bidSize + askSize
                        Lanes.where (Vector512.Equals(depth, Lanes.Zero)) Lanes.Zero ((bidSize - askSize) / depth))
        }

    /// Whether nobody stands at the best prices.
    let emptyBook: FeatureDefinition =
        { define "empty-book" "" "1 where both sizes are 0, else 0; the flag of the imbalance's zeros" with
            Roles = [ Define.quantity "bid_size"; Define.quantity "ask_size" ]
            Outputs = named "empty_book" FeatureUnit.one
            Kernel =
                fun _ _ ->
                    Elementwise.two (fun bidSize askSize ->
                        let depth = bidSize + askSize

                        Lanes.where (Vector512.Equals(depth, Lanes.Zero)) Lanes.One (depth * 0.0))
        }

    /// The sizes at the best prices together.
    let depth: FeatureDefinition =
        { define "depth" "Hasbrouck 2007, section 2.2" "bid_size + ask_size" with
            Roles = [ Define.quantity "bid_size"; Define.quantity "ask_size" ]
            Outputs = named "depth" FeatureUnit.quantity
            Kernel = fun _ _ -> Elementwise.two (fun bidSize askSize -> bidSize + askSize)
        }

    /// Basis points in one.
    [<Literal>]
    let private BasisPoints = 1e4

    /// Depth against cost, on a logarithmic scale.
    let liquidityScore: FeatureDefinition =
        { define
              "liquidity-score"
              "the library's own; the two dimensions of Kyle 1985, depth and tightness"
              "ln(1 + bid_size + ask_size) - ln(1 + 10^4 (ask - bid) / mid): grows with depth, falls with the spread in basis points, finite where bid <= ask, missing where the book is crossed by a basis point or more; +1 is e times the depth at one spread" with
            Roles = book
            Outputs = named "liquidity_score" FeatureUnit.one
            Homogeneous = false
            Kernel =
                fun _ _ ->
                    Elementwise.four (fun bid ask bidSize askSize ->
                        let mid = middle bid ask
                        // Both sides of the ratio times the mid.
                        LaneMath.logRatio ((Lanes.One + bidSize + askSize) * mid) (mid + (ask - bid) * BasisPoints))
        }

    /// Every feature of this module.
    let all: FeatureDefinition list =
        [
            mid
            spread
            relativeSpread
            microprice
            queueImbalance
            emptyBook
            depth
            liquidityScore
        ]
