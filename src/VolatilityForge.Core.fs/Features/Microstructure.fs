/// Microstructure features of arrays, and of the four columns of a quote. Knows no pipeline.
namespace VolatilityForge

open System

/// Features of arrays, one element per quote, trade or day; what they need of time is none, so nothing is reset at the open.
/// NaN where the formula has no value. Raises VolatilityForgeException (Fault.BadShape) for arrays of different lengths and
/// (Fault.BadSetting) for a setting outside its domain.
[<RequireQualifiedAccess>]
module Microstructure =

    let private many
        (definition: FeatureDefinition)
        (settings: (string * float) list)
        (columns: float[] list)
        : float[][] =
        let length = columns.Head.Length

        columns
        |> List.iteri (fun at column ->
            if column.Length <> length then
                let axis =
                    $"length of {definition.Roles[min at (definition.Roles.Length - 1)].Name}"

                Fault.raiseWith (Fault.BadShape(definition.Name, axis, string length, string column.Length)))

        let spec =
            Feature.complete
                definition
                {
                    Feature = definition.Name
                    Columns = columns |> List.mapi (fun at _ -> string at)
                    Settings = Map.ofList settings
                }
            |> Fault.orRaise

        let outputs = definition.Outputs spec (columns |> List.map (fun _ -> None))
        FeatureBlocks.batch definition spec [||] outputs.Length (Array.zeroCreate length) (Array.ofList columns)

    let private one definition settings columns = (many definition settings columns)[0]

    /// (bid + ask) / 2.
    let mid (bid: float[]) (ask: float[]) : float[] = one QuoteFeatures.mid [] [ bid; ask ]

    /// ask - bid.
    let spread (bid: float[]) (ask: float[]) : float[] =
        one QuoteFeatures.spread [] [ bid; ask ]

    /// (ask - bid) / mid.
    let relativeSpread (bid: float[]) (ask: float[]) : float[] =
        one QuoteFeatures.relativeSpread [] [ bid; ask ]

    /// The mid weighted by the opposite sizes; the mid where both are 0.
    let microprice (bid: float[]) (ask: float[]) (bidSize: float[]) (askSize: float[]) : float[] =
        one QuoteFeatures.microprice [] [ bid; ask; bidSize; askSize ]

    /// (bidSize - askSize) / (bidSize + askSize); 0 where both are 0.
    let queueImbalance (bidSize: float[]) (askSize: float[]) : float[] =
        one QuoteFeatures.queueImbalance [] [ bidSize; askSize ]

    /// bidSize + askSize.
    let depth (bidSize: float[]) (askSize: float[]) : float[] =
        one QuoteFeatures.depth [] [ bidSize; askSize ]

    /// ln(1 + depth) - ln(1 + spread in basis points of the mid).
    let liquidityScore (bid: float[]) (ask: float[]) (bidSize: float[]) (askSize: float[]) : float[] =
        one QuoteFeatures.liquidityScore [] [ bid; ask; bidSize; askSize ]

    /// The order flow of each quote against the one before (Cont, Kukanov and Stoikov 2014); 0 for the first.
    let orderFlowEvent (bid: float[]) (ask: float[]) (bidSize: float[]) (askSize: float[]) : float[] =
        one OrderFlowFeatures.perEvent [] [ bid; ask; bidSize; askSize ]

    /// The order flow summed over the last `window` quotes.
    let orderFlowWindow (window: int) (bid: float[]) (ask: float[]) (bidSize: float[]) (askSize: float[]) : float[] =
        one OrderFlowFeatures.perWindow [ "window", float window ] [ bid; ask; bidSize; askSize ]

    /// The order flow of several levels, each of bid, ask, bidSize, askSize, over their mean depth.
    let multiLevelOrderFlow (levels: (float[] * float[] * float[] * float[]) list) : float[] =
        levels
        |> List.collect (fun (bid, ask, bidSize, askSize) -> [ bid; ask; bidSize; askSize ])
        |> one OrderFlowFeatures.multiLevel []

    /// 1 for a buyer's trade, -1 for a seller's, 0 while unknown (Lee and Ready 1991).
    let tradeSign (price: float[]) (bid: float[]) (ask: float[]) : float[] =
        one TradeFeatures.sign [] [ price; bid; ask ]

    /// 2 |price - mid|.
    let effectiveSpread (price: float[]) (bid: float[]) (ask: float[]) : float[] =
        one TradeFeatures.effectiveSpread [] [ price; bid; ask ]

    /// The realised spread of the trade `trades` rows ago against the mid now.
    let realisedSpread (trades: int) (price: float[]) (bid: float[]) (ask: float[]) : float[] =
        one TradeFeatures.realisedSpread [ "trades", float trades ] [ price; bid; ask ]

    /// The price impact of the trade `trades` rows ago, by the mid now.
    let priceImpact (trades: int) (price: float[]) (bid: float[]) (ask: float[]) : float[] =
        one TradeFeatures.priceImpact [ "trades", float trades ] [ price; bid; ask ]

    /// The mean of |return| per money traded over the last `window` days with volume (Amihud 2002).
    let amihud (window: int) (close: float[]) (volume: float[]) : float[] =
        one LiquidityFeatures.amihud [ "window", float window ] [ close; volume ]

    /// The slope of price changes on signed flow over the last `window` rows.
    let kyleLambda (window: int) (price: float[]) (flow: float[]) : float[] =
        one LiquidityFeatures.kyle [ "window", float window ] [ price; flow ]

    /// Roll's (1984) spread over the last `window` price changes; 0 where their covariance is positive.
    let roll (window: int) (price: float[]) : float[] =
        one LiquidityFeatures.roll [ "window", float window ] [ price ]

    /// Corwin and Schultz's (2012) relative spread, the mean of the last `window` days.
    let corwinSchultz (window: int) (high: float[]) (low: float[]) (close: float[]) : float[] =
        one LiquidityFeatures.corwinSchultz [ "window", float window ] [ high; low; close ]

/// Features of a series of quotes: four columns of one element per quote, prices positive, sizes not negative. Computed when
/// first asked for. Raises VolatilityForgeException (Fault.BadShape) for columns of different lengths.
[<Sealed>]
type MarketMicrostructure(bid: float[], ask: float[], bidSize: float[], askSize: float[]) =

    do
        for name, column in [ "ask", ask; "bidSize", bidSize; "askSize", askSize ] do
            if column.Length <> bid.Length then
                Fault.raiseWith (
                    Fault.BadShape("MarketMicrostructure", $"length of {name}", string bid.Length, string column.Length)
                )

    let bid, ask, bidSize, askSize =
        Array.copy bid, Array.copy ask, Array.copy bidSize, Array.copy askSize

    let later (compute: unit -> float[]) : Lazy<float[]> = Lazy<float[]> compute
    let mid = later (fun () -> Microstructure.mid bid ask)
    let spread = later (fun () -> Microstructure.spread bid ask)
    let relative = later (fun () -> Microstructure.relativeSpread bid ask)
    let micro = later (fun () -> Microstructure.microprice bid ask bidSize askSize)
    let queue = later (fun () -> Microstructure.queueImbalance bidSize askSize)
    let depth = later (fun () -> Microstructure.depth bidSize askSize)
    let score = later (fun () -> Microstructure.liquidityScore bid ask bidSize askSize)
    let flow = later (fun () -> Microstructure.orderFlowEvent bid ask bidSize askSize)

    /// Quotes.
    member _.Length: int = bid.Length

    /// (bid + ask) / 2.
    member _.Mid: float[] = mid.Value

    /// ask - bid.
    member _.Spread: float[] = spread.Value

    /// (ask - bid) / mid.
    member _.RelativeSpread: float[] = relative.Value

    /// The mid weighted by the opposite sizes.
    member _.Microprice: float[] = micro.Value

    /// (bidSize - askSize) / (bidSize + askSize): of the queues as they stand, not of what came.
    member _.QueueImbalance: float[] = queue.Value

    /// bidSize + askSize.
    member _.Depth: float[] = depth.Value

    /// ln(1 + depth) - ln(1 + spread in basis points of the mid).
    member _.LiquidityScore: float[] = score.Value

    /// The order flow of each quote against the one before (Cont, Kukanov and Stoikov 2014); 0 for the first.
    member _.OrderFlowImbalance: float[] = flow.Value

    /// The order flow summed over the last `window` quotes.
    member _.OrderFlowWindow(window: int) : float[] =
        Microstructure.orderFlowWindow window bid ask bidSize askSize
