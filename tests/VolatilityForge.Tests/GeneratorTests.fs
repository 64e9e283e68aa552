/// The public generators of market data: what they call sound is sound, what they spoil is refused where they spoilt it.
module VolatilityForge.Tests.GeneratorTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.FsCheck

let private config = propertyConfig.WithArbitrary [ typeof<MarketArbitraries> ]

let private holds (name: string) (property: 'a -> bool) : Test =
    testPropertyWithConfig config name property

let private places (fault: Fault) : (int * string) list =
    Fault.flatten fault
    |> List.choose (fun single ->
        match single with
        | Fault.BadData(place, _, _, _) -> Some(place.Row, place.Column)
        | _ -> None)

let private refused (what: string) (check: 'columns -> Result<'sound, Fault>) : Test =
    holds $"spoilt {what} are refused at their row and column" (fun (spoilt: Spoilt<'columns>) ->
        match check spoilt.Columns with
        | Ok _ -> false
        | Error fault -> places fault |> List.contains (spoilt.Row + 1, spoilt.Column))

[<Tests>]
let suite: Test =
    testList
        "features: generators"
        [
            holds "variance of generated bars is finite and not negative" (fun (bars: Bars) ->
                match Range.measure VarianceMeasure.GarmanKlassYangZhang bars with
                | Ok series -> series.Values |> Array.forall (fun value -> Double.IsFinite(float value))
                | Error _ -> false)

            holds
                "generated quotes are never crossed, and cleaning leaves them positive spreads"
                (fun (quotes: Quotes) -> Array.forall2 (<) quotes.Bid quotes.Ask)

            holds "features of generated quotes stay in their ranges" (fun (quotes: Quotes) ->
                let book =
                    MarketMicrostructure(quotes.Bid, quotes.Ask, quotes.BidSize.Value, quotes.AskSize.Value)

                Array.forall (fun value -> abs value <= 1.0) book.QueueImbalance
                // A size of 0 on one side gives the other side's price but for rounding.
                && Array.forall2 (fun bid micro -> micro >= bid - 1e-12 * bid) quotes.Bid book.Microprice
                && Array.forall2 (fun ask micro -> micro <= ask + 1e-12 * ask) quotes.Ask book.Microprice
                && Array.forall Double.IsFinite book.LiquidityScore)

            holds "a trade's sign is that of its quote" (fun (trades: Trades) ->
                let below, above =
                    Array.map (fun price -> price - 0.02) trades.Price,
                    Array.map (fun price -> price + 0.01) trades.Price

                Microstructure.tradeSign trades.Price below above |> Array.forall ((=) 1.0))

            holds "a generated chain gives a smile for each expiry" (fun (chain: OptionQuotes) ->
                let smiles = OptionSurface.smiles OptionSurface.defaults chain
                smiles.Length = (chain.Expiry |> Array.distinct).Length)

            holds "features of any frame have a row for each of its rows, finite or missing" (fun (frame: Frame) ->
                let pipeline =
                    FeaturePipeline.Empty.AddNonlinearTransforms
                        {
                            Columns = [ "a"; "b" ]
                            Apply =
                                [
                                    FeatureSpec.create "rank" |> FeatureSpec.set "window" 3.0
                                    FeatureSpec.create "ewma"
                                    FeatureSpec.create "har"
                                ]
                        }

                match pipeline.FitTransform frame with
                | Ok made -> made.Length = frame.Length
                | Error _ -> false)

            refused "bars" Bars.check
            refused "quotes" Quotes.check
            refused "trades" Trades.check
            refused "option quotes" OptionQuotes.check
            refused "frames" (fun (index, columns) -> Frame.create "GEN" index columns)

            holds "dirty quotes are taken, and cleaned of what is crossed" (fun (dirty: DirtyQuotes) ->
                let cleaned = (QuoteCleaning.run QuoteCleaning.standard dirty.Quotes).Ticks
                Array.forall2 (<=) cleaned.Bid cleaned.Ask)

            holds
                "no columns of any doubles make a window's sum infinite or a rank leave [0, 1]"
                (fun (values: float[]) ->
                    let made (spec: FeatureSpec) =
                        match
                            Frame.create
                                ""
                                (Array.init values.Length (fun day -> DateTime(2020, 1, 1).AddDays(float day)))
                                [ "x", values ]
                        with
                        | Error _ -> [||]
                        | Ok frame -> FeatureRegistry.apply spec frame |> Fault.orRaise |> List.head |> snd

                    let spec (name: string) =
                        FeatureSpec.create name |> FeatureSpec.set "window" 2.0

                    not (Array.exists Double.IsInfinity (made (spec "mean")))
                    && made (spec "rank") |> Array.forall (fun rank -> not (rank < 0.0 || rank > 1.0)))
        ]
