/// Option prices, their derivatives and implied volatilities against 60-digit arithmetic, and their laws.
module VolatilityForge.Tests.OptionTests

open System
open System.Globalization
open System.IO
open Expecto
open VolatilityForge

let private cells (file: string) : string[][] =
    match Market.repositoryFile $"tests/golden/{file}" with
    | None -> invalidOp $"{file} is missing"
    | Some path -> File.ReadAllLines(path)[2..] |> Array.map _.Split(',')

let private number (text: string) : float =
    Double.Parse(text, CultureInfo.InvariantCulture)

let private relative (expected: float) (actual: float) : float = abs (actual - expected) / abs expected

/// Half a unit in the last place of one.
let private rounding = 1.1e-16

let private terms (right: OptionRight) (strike: float) (years: float) : OptionTerms =
    {
        Right = right
        Spot = 100.0
        Strike = strike
        Years = years
        Rate = 0.04
        Yield = 0.01
    }

[<Tests>]
let normalised: Test =
    testList
        "options: Black's normalised price"
        [
            testCase
                "has every digit that its arguments hold, from 1e-8 to 12 deviations, to 30 standard deviations out"
                (fun () ->
                    let rows = cells "normalised_black.csv" |> Array.map (Array.map number)
                    Expect.isGreaterThan rows.Length 200 "cases"

                    for row in rows do
                        let distance, deviation, price = row[0], row[1], row[2]
                        let a, t = distance / deviation, 0.5 * deviation
                        // One rounding of a moves the price by a^2 roundings, one of t by t^2.
                        let allowed = rounding * (16.0 + 2.0 * (a * a + t * t))
                        let error = relative price (NormalisedBlack.price distance deviation)

                        if not (error <= allowed) then
                            failtest $"distance {distance}, deviation {deviation}: off by {error}, {allowed} allowed")

            testCase "is inverted to 1e-10 and better wherever the price tells the deviation" (fun () ->
                let mutable worst = 0.0

                for row in cells "normalised_black.csv" |> Array.map (Array.map number) do
                    let distance, deviation, price = row[0], row[1], row[2]
                    let found = NormalisedBlack.deviation distance price
                    // What a rounding of the price, and of its most, does to the deviation.
                    let most = exp (-0.5 * distance)

                    let blur =
                        rounding * (if price < 0.5 * most then price else most)
                        / (deviation * NormalisedBlack.slope distance deviation)

                    let allowed = 8.0 * rounding + 24.0 * blur
                    let error = relative deviation found

                    if blur < 1e-12 then
                        worst <- max worst error

                    if not (error <= allowed) then
                        failtest $"distance {distance}, deviation {deviation}: off by {error}, {allowed} allowed"

                Expect.isLessThan worst 1e-10 "the promise")

            testCase "the scaled complement of the error function has all digits" (fun () ->
                // erfcx at 0, 1, 4.999, 5.001, 30, 1e9, by mpmath.
                for x, expected in
                    [
                        0.0, 1.0
                        1.0, 0.42758357615580700442
                        4.999, 0.11072597456427540369
                        5.001, 0.11068330898323994314
                        30.0, 0.018795888861416751497
                        1e9, 5.6418958354775628667e-10
                    ] do
                    Expect.isLessThan (relative expected (NormalisedBlack.scaledComplement x)) 1e-15 $"erfcx {x}")
        ]

[<Tests>]
let greeks: Test =
    testList
        "options: prices and derivatives"
        [
            testCase "agree with derivatives taken in 60 digits" (fun () ->
                for row in cells "options.csv" do
                    let right = if row[0] = "C" then OptionRight.Call else OptionRight.Put
                    let spot, volatility = number row[1], number row[6]

                    let terms =
                        {
                            Right = right
                            Spot = spot
                            Strike = number row[2]
                            Years = number row[3]
                            Rate = number row[4]
                            Yield = number row[5]
                        }

                    let found = BlackScholes.greeks volatility terms

                    let pairs =
                        [
                            "price", found.Price
                            "delta", found.Delta
                            "gamma", found.Gamma
                            "vega", found.Vega
                            "theta", found.Theta
                            "rho", found.Rho
                            "vanna", found.Vanna
                            "volga", found.Volga
                            "charm", found.Charm
                            "speed", found.Speed
                            "zomma", found.Zomma
                            "color", found.Color
                        ]

                    // Far out every figure is phi(d1) times something: a rounding of d1 counts d1^2-fold.
                    let deviation = volatility * sqrt terms.Years

                    let d1 =
                        log (BlackScholes.forward terms / terms.Strike) / deviation + 0.5 * deviation

                    let allowed = 1e-13 * (1.0 + d1 * d1)
                    // Differences in 60 digits of prices of thousands have no more.
                    let lost = 1e-40

                    List.iteri
                        (fun at (name, actual) ->
                            let expected = number row[7 + at]

                            // Of the parts that cancel, not of what is left of them.
                            let size =
                                abs expected
                                + match name with
                                  | "theta" -> spot * (abs terms.Rate + abs terms.Yield)
                                  | "vanna" -> found.Vega / (spot * deviation)
                                  | "volga" -> found.Vega / volatility
                                  | "charm" -> found.Gamma * spot * deviation / terms.Years
                                  | "speed" -> found.Gamma / (spot * deviation)
                                  | "zomma" -> found.Gamma / volatility
                                  | "color" -> found.Gamma / terms.Years
                                  | _ -> 0.0

                            if not (abs (actual - expected) <= allowed * size + lost) then
                                failtest
                                    $"{name} of {terms}, volatility {volatility}: {expected:R} expected, {actual:R} found")
                        pairs)

            testProperty "call less put is the discounted forward less strike" (fun (seed: int) ->
                let pick = Random seed
                let strike, years = 50.0 + 100.0 * pick.NextDouble(), 0.01 + 3.0 * pick.NextDouble()
                let volatility = 0.05 + pick.NextDouble()

                let call, put =
                    terms OptionRight.Call strike years, terms OptionRight.Put strike years

                let expected = exp (-call.Rate * years) * (BlackScholes.forward call - strike)
                let actual = BlackScholes.price volatility call - BlackScholes.price volatility put
                abs (actual - expected) < 1e-11)

            testCase "vega is gamma spot^2 volatility years" (fun () ->
                let terms = terms OptionRight.Call 110.0 0.7
                let greeks = BlackScholes.greeks 0.25 terms
                Expect.floatClose Accuracy.veryHigh greeks.Vega (greeks.Gamma * 1e4 * 0.25 * 0.7) "vega")
        ]

[<Tests>]
let implied: Test =
    testList
        "options: implied volatility"
        [
            testProperty "gives back the volatility of a price, out of the money to its last digits" (fun (seed: int) ->
                let pick = Random seed
                let years = 0.003 + 2.0 * pick.NextDouble()
                let volatility = 0.03 + 1.5 * pick.NextDouble()
                let sds = 16.0 * (pick.NextDouble() - 0.5)
                let strike = 100.0 * exp (sds * volatility * sqrt years)

                let right =
                    if strike > 100.0 * exp (0.03 * years) then
                        OptionRight.Call
                    else
                        OptionRight.Put

                let terms = terms right strike years
                let price = BlackScholes.price volatility terms
                let found = Expect.wantOk (ImpliedVolatility.ofPrice price terms) "implied"
                relative volatility found < 1e-12)

            testCase "refuses prices at and beyond the bounds, and says which they are" (fun () ->
                let terms = terms OptionRight.Call 90.0 0.5
                let lower = exp (-0.01 * 0.5) * 100.0 - 90.0 * exp (-0.04 * 0.5)

                for price in [ -1.0; 0.0; lower - 1e-9; 100.0; 1e9 ] do
                    match ImpliedVolatility.ofPrice price terms with
                    | Error(Fault.NotComputable(_, reason, remedy)) ->
                        Expect.stringContains reason "no-arbitrage bounds" "reason"
                        Expect.notEqual remedy "" "remedy"
                    | other -> failtestf "%f: %A" price other)

            testCase "refuses terms that are none" (fun () ->
                let sound = terms OptionRight.Put 90.0 0.5

                for bad in
                    [
                        { sound with Spot = 0.0 }
                        { sound with Strike = nan }
                        { sound with Years = -1.0 }
                        { sound with Rate = infinity }
                    ] do
                    match ImpliedVolatility.ofPrice 1.0 bad with
                    | Error(Fault.BadSetting _) -> ()
                    | other -> failtestf "%A" other)
        ]

let private wantSmile (forward: float) (years: float) (strikes: float[]) (volatilities: float[]) : Smile =
    Expect.wantOk (Smile.create forward years strikes volatilities) "smile"

[<Tests>]
let smiles: Test =
    testList
        "options: smiles and chains"
        [
            testCase "a flat smile has its level, no shape, and its square as model-free variance" (fun () ->
                for volatility, years in [ 0.1, 0.02; 0.35, 0.5; 0.9, 2.0 ] do
                    let strikes = [| 40.0..2.0..260.0 |]
                    let smile = wantSmile 101.0 years strikes (Array.create strikes.Length volatility)
                    let shape = Smile.shape smile
                    Expect.floatClose Accuracy.veryHigh shape.AtTheMoney volatility "level"

                    Expect.isLessThan
                        (abs (ModelFreeVariance.integral smile / (volatility * volatility) - 1.0))
                        1e-9
                        "integral"

                    if years > 0.1 && years < 1.0 then
                        Expect.isLessThan (abs shape.Skew) 1e-12 "skew"
                        Expect.isLessThan (abs shape.RiskReversal) 1e-14 "risk reversal"
                        Expect.isLessThan (abs shape.Butterfly) 1e-14 "butterfly")

            testCase "the VIX sum goes to the integral as strikes become dense and wide" (fun () ->
                let variance (step: float) =
                    let strikes = [| 20.0 .. step .. 400.0 |]

                    let smile =
                        wantSmile 100.3 0.25 strikes (strikes |> Array.map (fun k -> 0.3 - 0.1 * log (k / 100.0)))

                    Expect.wantOk (ModelFreeVariance.vixOfSmile smile) "sum"
                    / ModelFreeVariance.integral smile
                    - 1.0

                Expect.isLessThan (abs (variance 5.0)) 3e-2 "five apart"
                Expect.isLessThan (abs (variance 0.1)) 1e-5 "a tenth apart")

            testCase "shape reads slope and wings where they are" (fun () ->
                let strikes = [| 60.0..1.0..150.0 |]
                // Falls with log-moneyness by 0.2, so that the slope at the money is -0.2 and puts are dearer.
                let smile =
                    wantSmile 100.0 0.5 strikes (strikes |> Array.map (fun k -> 0.25 - 0.2 * log (k / 100.0)))

                let shape = Smile.shape smile
                Expect.floatClose Accuracy.high shape.Skew -0.2 "skew"
                Expect.isLessThan shape.RiskReversal -0.02 "risk reversal"
                let narrow = wantSmile 100.0 0.5 [| 99.0; 101.0 |] [| 0.2; 0.21 |]
                Expect.isTrue (Double.IsNaN (Smile.shape narrow).RiskReversal) "strikes that don't reach the wings"
                Expect.isTrue (Double.IsNaN (Smile.shape narrow).Skew) "too few strikes near the money")

            testCase "what is no smile is refused" (fun () ->
                Expect.isError (Smile.create 100.0 0.5 [| 90.0 |] [| 0.2 |]) "one strike"
                Expect.isError (Smile.create 100.0 0.5 [| 90.0; 80.0 |] [| 0.2; 0.2 |]) "strikes that fall"
                Expect.isError (Smile.create 100.0 0.0 [| 90.0; 99.0 |] [| 0.2; 0.2 |]) "no time"
                Expect.isError (Smile.create 100.0 1.0 [| 90.0; 99.0 |] [| 0.2; -0.2 |]) "a negative volatility"
                Expect.isError (Smile.create 100.0 1.0 [| 90.0 |] [| 0.2; 0.2 |]) "columns of two lengths"

                Expect.isError
                    (ModelFreeVariance.vix 80.0 1.0 [| 90.0; 100.0; 110.0 |] [| 1.0; 1.0; 1.0 |])
                    "no strike below")

            testCase "put-call parity gives back forward and discount" (fun () ->
                let strikes = [| 80.0..5.0..120.0 |]

                let prices right =
                    strikes
                    |> Array.map (fun strike -> BlackScholes.price 0.3 (terms right strike 0.75))

                let calls, puts = prices OptionRight.Call, prices OptionRight.Put

                let fit =
                    Expect.wantOk (ParityForward.regression (Array.create 9 1.0) strikes calls puts) "fit"

                let expected = terms OptionRight.Call 100.0 0.75
                Expect.floatClose Accuracy.high fit.Forward (BlackScholes.forward expected) "forward"
                Expect.floatClose Accuracy.high fit.Discount (exp (-0.04 * 0.75)) "discount"
                Expect.isLessThan fit.Residual 1e-12 "nothing is left"

                let nearest =
                    Expect.wantOk (ParityForward.nearest fit.Discount strikes calls puts) "nearest"

                Expect.floatClose Accuracy.high nearest fit.Forward "the nearest strike's forward"
                Expect.isError (ParityForward.regression [| 1.0 |] [| 90.0 |] [| 9.0 |] [| 1.0 |]) "one strike"
                Expect.isError (ParityForward.regression (Array.create 9 1.0) strikes puts calls) "no discount")

            testCase "a chain of prices gives the volatility it was priced with" (fun () ->
                let strikes = [| 70.0..2.5..140.0 |]
                let date = DateOnly(2024, 3, 1)

                let rows =
                    [|
                        for days in [ 20; 60; 200 ] do
                            for right in [ OptionRight.Call; OptionRight.Put ] do
                                for strike in strikes do
                                    let years = float days / 365.0

                                    date.AddDays days,
                                    strike,
                                    right,
                                    BlackScholes.price 0.22 (terms right strike years)
                    |]
                    // A price below a cent is no quote.
                    |> Array.filter (fun (_, _, _, price) -> price > 0.01)

                let prices = rows |> Array.map (fun (_, _, _, price) -> price)

                let quotes =
                    OptionQuotes.check
                        {
                            Underlying = "XYZ"
                            Times = Array.create rows.Length (date.ToDateTime TimeOnly.MinValue)
                            Expiry = rows |> Array.map (fun (expiry, _, _, _) -> expiry)
                            Strike = rows |> Array.map (fun (_, strike, _, _) -> strike)
                            Right = Some(rows |> Array.map (fun (_, _, right, _) -> right))
                            Bid = Some(prices |> Array.map (fun price -> price - 0.001))
                            Ask = Some(prices |> Array.map (fun price -> price + 0.001))
                            BidSize = None
                            AskSize = None
                            BidVolatility = None
                            AskVolatility = None
                            Forward = None
                            Years = None
                            CallMid = None
                            UnderlyingPrice = None
                        }

                let frame =
                    Expect.wantOk quotes "quotes"
                    |> OptionSurface.characteristics OptionSurface.defaults
                    |> fun made -> Expect.wantOk made "characteristics"

                let value name =
                    (Expect.wantOk (Frame.column name frame) name)[0]

                Expect.equal frame.Names (OptionSurface.names OptionSurface.defaults) "names"
                Expect.isLessThan (abs (value "atm_volatility_30" - 0.22)) 1e-6 "level"
                Expect.isLessThan (abs (value "model_free_variance_90" - 0.22 * 0.22)) 1e-5 "model-free variance"
                Expect.isLessThan (abs (value "risk_reversal_90")) 1e-5 "risk reversal"
                Expect.isLessThan (abs (value "term_slope")) 1e-6 "slope"
                Expect.equal (value "expiries") 3.0 "expiries")

            testCase "S&P 500 options at the close of 2023-02-15 give the VIX of that day" (fun () ->
                let path = Market.developmentFile "options/gatheral_spx_ivols_20230215.csv.gz"

                let quotes =
                    (Expect.wantOk (OptionsCsv.read TableOptions.Default path) "quotes").Head

                let frame =
                    Expect.wantOk (OptionSurface.characteristics OptionSurface.defaults quotes) "characteristics"

                let value name =
                    (Expect.wantOk (Frame.column name frame) name)[0]
                // It closed at 18.23. The data are of that close, not of the index's own 15-second mids.
                Expect.isLessThan (abs (100.0 * sqrt (value "vix_variance_30") - 18.23)) 0.1 "the sum"
                Expect.isLessThan (abs (100.0 * sqrt (value "model_free_variance_30") - 18.23)) 0.1 "the integral"
                Expect.equal (value "expiries") 48.0 "expiries")
        ]
