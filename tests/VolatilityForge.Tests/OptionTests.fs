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

                    // Far out every figure is phi(d1) times something: a rounding of d1 counts d1^2-fold. What differs from zero
                    // by cancellation is held to the size of its parts.
                    let deviation = volatility * sqrt terms.Years

                    let d1 =
                        log (BlackScholes.forward terms / terms.Strike) / deviation + 0.5 * deviation

                    let allowed = 1e-13 * (1.0 + d1 * d1)

                    List.iteri
                        (fun at (name, actual) ->
                            let expected = number row[7 + at]

                            let size =
                                abs expected
                                + 1e-3
                                  * match name with
                                    | "price" -> abs (spot - terms.Strike)
                                    | "theta" -> spot
                                    | "vanna" -> found.Vega / (spot * deviation)
                                    | "volga" -> found.Vega / volatility
                                    | "charm" -> abs found.Delta / terms.Years
                                    | "speed" -> found.Gamma / spot / deviation
                                    | "zomma" -> found.Gamma / volatility
                                    | "color" -> found.Gamma / terms.Years
                                    | _ -> 0.0

                            if not (abs (actual - expected) <= allowed * size + 1e-280) then
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
