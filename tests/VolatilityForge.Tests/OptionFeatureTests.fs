/// Features of single options and what chains are read as.
module VolatilityForge.Tests.OptionFeatureTests

open System
open Expecto
open VolatilityForge

let private frame (right: float) : Frame =
    Frame.create
        ""
        [| DateTime(2024, 1, 2) |]
        [
            "price", [| 12.0 |]
            "underlying", [| 100.0 |]
            "forward", [| 100.0 |]
            "strike", [| 95.0 |]
            "years", [| 0.5 |]
            "right", [| right |]
            "discount", [| 0.99 |]
            "volatility", [| 0.3 |]
        ]
    |> fun made -> Expect.wantOk made "frame"

let private values (feature: string) (frame: Frame) : float list =
    Expect.wantOk (FeatureRegistry.apply (FeatureSpec.create feature) frame) feature
    |> List.map (fun (_, values) -> values[0])

/// A chain of calls and puts at one volatility, in a currency, at a time of day.
let private chain (scale: float) (time: DateTime) (days: int list) (spread: float) : OptionQuotes =
    let rows =
        [|
            for day in days do
                let expiry = DateOnly.FromDateTime(time).AddDays day

                let years =
                    if time.TimeOfDay = TimeSpan.Zero then
                        float day / 365.0
                    else
                        (expiry.ToDateTime(TimeOnly(16, 0)) - time).TotalDays / 365.0

                // Within three deviations on the last day too.
                let step = if day = 0 then 0.5 else 5.0

                for right in [ OptionRight.Call; OptionRight.Put ] do
                    for strike in [ for place in -2.0 .. 2.0 -> 100.0 + step * place ] do
                        let terms =
                            {
                                Right = right
                                Spot = 100.0
                                Strike = strike
                                Years = max 1e-6 years
                                Rate = 0.03
                                Yield = 0.0
                            }

                        expiry, scale * strike, right, scale * BlackScholes.price 0.25 terms
        |]

    OptionQuotes.check
        {
            Underlying = "X"
            Times = Array.create rows.Length time
            Expiry = rows |> Array.map (fun (expiry, _, _, _) -> expiry)
            Strike = rows |> Array.map (fun (_, strike, _, _) -> strike)
            Right = Some(rows |> Array.map (fun (_, _, right, _) -> right))
            Bid = Some(rows |> Array.map (fun (_, _, _, price) -> max 0.0 (price - scale * spread)))
            Ask = Some(rows |> Array.map (fun (_, _, _, price) -> price + scale * spread))
            BidSize = None
            AskSize = None
            BidVolatility = None
            AskVolatility = None
            Forward = None
            Years = None
            CallMid = None
            UnderlyingPrice = None
        }
    |> fun made -> Expect.wantOk made "chain"

[<Tests>]
let suite: Test =
    testList
        "options: features"
        [
            testCase "a right that is missing or neither 1 nor -1 gives no value, not a call's" (fun () ->
                for feature in [ "implied-volatility"; "greeks" ] do
                    Expect.isFalse (values feature (frame 1.0) |> List.exists Double.IsNaN) $"{feature} of a call"
                    Expect.isFalse (values feature (frame -1.0) |> List.exists Double.IsNaN) $"{feature} of a put"

                    for bad in [ nan; 0.0; 2.0 ] do
                        Expect.isTrue (values feature (frame bad) |> List.forall Double.IsNaN) $"{feature} of {bad}")

            testCase "one convention of time: a year is a pure number in every feature" (fun () ->
                // days-since is a count of days.
                for definition, spec in
                    FeatureFrames.specs
                    |> List.filter (fun (definition, _) -> definition.Name <> "days-since") do
                    for output in definition.Outputs spec (spec.Columns |> List.map FeatureUnit.ofColumn) do
                        match output.Unit with
                        | Some unit' -> Expect.equal unit'.Day 0.0 $"{definition.Name}: {output.Name}"
                        | None -> ())

            testCase "a stray volatility near zero costs neither time nor the variance of the others" (fun () ->
                let strikes = [| 60.0..2.0..160.0 |]

                let smile (stray: float) =
                    let volatilities = Array.create strikes.Length 0.2
                    volatilities[5] <- stray
                    Expect.wantOk (Smile.create 100.0 0.25 strikes volatilities) "smile"

                let watch = Diagnostics.Stopwatch.StartNew()
                let variance = ModelFreeVariance.integral (smile 1e-6)
                Expect.isLessThan watch.Elapsed.TotalSeconds 5.0 "seconds"
                // The strike is 3.6 deviations out: its price is 1e-4 of the whole.
                Expect.isLessThan (abs (variance - 0.04)) 1e-4 "variance"
                let finer = ModelFreeVariance.integral (smile 0.05)
                Expect.isLessThan (abs (finer - 0.04)) 1e-4 "a milder one")

            testProperty
                "deep in the money too, a price gives back the volatility as far as it holds it"
                (fun (seed: int) ->
                    let pick = Random seed
                    let years = 0.05 + pick.NextDouble()
                    let volatility = 0.1 + 0.9 * pick.NextDouble()
                    let deviation = volatility * sqrt years
                    let strike = 100.0 * exp ((pick.NextDouble() - 0.5) * 10.0 * deviation)
                    let right = if strike < 100.0 then OptionRight.Call else OptionRight.Put

                    let terms =
                        {
                            Right = right
                            Spot = 100.0
                            Strike = strike
                            Years = years
                            Rate = 0.02
                            Yield = 0.01
                        }

                    let price = BlackScholes.price volatility terms
                    let vega = (BlackScholes.greeks volatility terms).Vega
                    // A rounding of the price, most of which is intrinsic, over vega is what is left of the volatility.
                    let allowed = 16.0 * 2.2e-16 * (price + 100.0 + strike) / vega

                    match ImpliedVolatility.ofPrice price terms with
                    | Ok found -> abs (found - volatility) <= allowed + 1e-12 * volatility
                    | Error _ -> allowed > 1e-3 * volatility)

            testCase "the day of expiry has a smile until the hour of expiry, and what has none says why" (fun () ->
                let morning = chain 1.0 (DateTime(2024, 3, 1, 10, 0, 0)) [ 0; 30 ] 0.001
                let smiles = OptionSurface.smiles OptionSurface.defaults morning
                Expect.equal smiles.Length 2 "smiles"
                Expect.floatClose Accuracy.high smiles.Head.Years (0.25 / 365.0) "six hours"
                let evening = chain 1.0 (DateTime(2024, 3, 1, 17, 0, 0)) [ 0; 30 ] 0.001

                match OptionSurface.expiries OptionSurface.defaults evening with
                | [ _, Error(Fault.NotComputable(_, reason, remedy)); _, Ok _ ] ->
                    Expect.stringContains reason "no time is left" "reason"
                    Expect.notEqual remedy "" "remedy"
                | other -> failtestf "%A" other)

            testCase "two negative prices imply no volatility, in eights and in the rows after them" (fun () ->
                let rows = 11
                let times = Array.init rows (fun day -> DateTime(2024, 1, 1).AddDays day)

                // The call's price as it stands over a forward and a strike of the other sign.
                let frame (sign: float) =
                    Frame.create
                        ""
                        times
                        [
                            "price", Array.create rows 12.0
                            "forward", Array.create rows (sign * 100.0)
                            "strike", Array.create rows (sign * 105.0)
                            "years", Array.create rows 0.5
                            "right", Array.create rows 1.0
                            "discount", Array.create rows 0.99
                        ]
                    |> fun made -> Expect.wantOk made "frame"

                let implied (sign: float) =
                    Expect.wantOk
                        (FeatureRegistry.apply (FeatureSpec.create "implied-volatility") (frame sign))
                        "implied volatility"
                    |> List.exactlyOne
                    |> snd

                Expect.all (implied 1.0) Double.IsFinite "positive prices"
                Expect.all (implied -1.0) Double.IsNaN "negative prices")

            testCase "smiles don't depend on the currency" (fun () ->
                let level (scale: float) =
                    let quotes = chain scale (DateTime(2024, 3, 1)) [ 30 ] 1e-4
                    (Smile.shape (OptionSurface.smiles OptionSurface.defaults quotes).Head).AtTheMoney

                for scale in [ 1e-4; 1e4 ] do
                    Expect.floatClose Accuracy.veryHigh (level scale) (level 1.0) $"scale {scale}")

            testCase "a chain is read contract by contract, with the columns that features of options read" (fun () ->
                let quotes = chain 1.0 (DateTime(2024, 3, 1)) [ 30; 90 ] 0.001

                let frames =
                    Expect.wantOk (OptionRows.frames OptionSurface.defaults quotes) "frames"

                Expect.equal frames.Length 20 "contracts"
                let first = frames.Head
                Expect.equal first.Symbol "X 2024-03-31 100 C" "symbol"
                Expect.equal first.Names OptionRows.names "columns"

                let fitted =
                    Expect.wantOk (FeaturePipeline.Empty.AddOptionCharacteristics().Fit frames) "fitted"

                for name in [ "standardised_moneyness"; "vega_proxy"; "implied_volatility"; "delta" ] do
                    Expect.contains fitted.Names name name

                for frame in frames do
                    let made = Expect.wantOk (fitted.Transform frame) "features"

                    let value name =
                        (Expect.wantOk (Frame.column name made) name)[0]

                    Expect.isLessThan (abs (value "implied_volatility" - 0.25)) 1e-6 frame.Symbol
                    Expect.equal (value "delta" > 0.0) (frame.Symbol.EndsWith 'C') frame.Symbol)
        ]
