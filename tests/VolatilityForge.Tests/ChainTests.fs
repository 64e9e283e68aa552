/// What chains are read as, against the rules as they are written, and sums over strikes by hand.
module VolatilityForge.Tests.ChainTests

open System
open Expecto
open VolatilityForge

let private day = DateTime(2024, 3, 1)

let private expiry (days: int) : DateOnly = DateOnly.FromDateTime(day).AddDays days

/// A chain of calls and puts: days, strike, right, bid, ask.
let private chain (rows: (int * float * OptionRight * float * float) list) : OptionQuotes =
    let column pick = rows |> List.map pick |> Array.ofList

    OptionQuotes.check
        {
            Underlying = "X"
            Times = Array.create rows.Length day
            Expiry = column (fun (days, _, _, _, _) -> expiry days)
            Strike = column (fun (_, strike, _, _, _) -> strike)
            Right = Some(column (fun (_, _, right, _, _) -> right))
            Bid = Some(column (fun (_, _, _, bid, _) -> bid))
            Ask = Some(column (fun (_, _, _, _, ask) -> ask))
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

/// Both rights at these strikes, spreads of whole cents drawn, middles off by up to a third of them.
let private noisy (seed: int) (days: int) (strikes: float list) : (int * float * OptionRight * float * float) list =
    let pick = Random seed

    [
        for strike in strikes do
            for right in [ OptionRight.Call; OptionRight.Put ] do
                let terms =
                    {
                        Right = right
                        Spot = 100.0
                        Strike = strike
                        Years = float days / 365.0
                        Rate = 0.05
                        Yield = 0.0
                    }

                let volatility = 0.2 + 0.001 * float days - 0.3 * log (strike / 100.0)
                let half = 0.01 * float (pick.Next 5)

                let price =
                    BlackScholes.price volatility terms + half * (pick.NextDouble() - 0.5) / 1.5

                days, strike, right, max 0.0 (price - half), price + half
    ]

let private smileOf (quotes: OptionQuotes) : Smile =
    OptionSurface.smiles OptionSurface.defaults quotes |> List.exactlyOne

[<Tests>]
let suite: Test =
    testList
        "options: rules of chains"
        [
            testCase
                "a forward is that of the ten nearest strikes, weighted by inverse squares of their spreads"
                (fun () ->
                    for seed in 1..20 do
                        let rows = noisy seed 60 [ 85.0..2.0..121.0 ]
                        let strikes = rows |> List.map (fun (_, strike, _, _, _) -> strike) |> List.distinct

                        let side right =
                            strikes
                            |> List.map (fun strike ->
                                rows
                                |> List.pick (fun (_, other, kind, bid, ask) ->
                                    if other = strike && kind = right then
                                        Some(0.5 * (bid + ask), ask - bid)
                                    else
                                        None))

                        let points =
                            List.zip3 strikes (side OptionRight.Call) (side OptionRight.Put)
                            |> List.map (fun (strike, (call, callSpread), (put, putSpread)) ->
                                strike, call - put, callSpread + putSpread)
                            |> List.sortBy (fun (_, difference, _) -> abs difference)
                            |> List.truncate 10

                        // Spreads of zero, or of the rounding of one, count as the least that isn't.
                        let least =
                            points
                            |> List.map (fun (_, _, spread) -> spread)
                            |> List.filter (fun spread -> spread > 0.0)
                            |> List.min

                        let weights =
                            points
                            |> List.map (fun (_, _, spread) -> 1.0 / (max spread least * max spread least))

                        let mean value =
                            (List.map2 (fun weight point -> weight * value point) weights points |> List.sum)
                            / List.sum weights

                        let centre = mean (fun (strike, _, _) -> strike)
                        let height = mean (fun (_, difference, _) -> difference)

                        let discount =
                            -(mean (fun (strike, difference, _) -> (strike - centre) * (difference - height)))
                            / mean (fun (strike, _, _) -> (strike - centre) * (strike - centre))

                        Expect.floatClose
                            Accuracy.high
                            (smileOf (chain rows)).Forward
                            (centre + height / discount)
                            $"seed {seed}")

            testCase "a quote that is crossed, or has no bid, is as if it weren't there" (fun () ->
                let rows = noisy 3 60 [ 85.0..2.0..121.0 ]
                let out = [ 99.0; 101.0; 115.0 ]

                let kept =
                    rows |> List.filter (fun (_, strike, _, _, _) -> not (List.contains strike out))

                let spoilt spoil =
                    rows
                    |> List.map (fun (days, strike, right, bid, ask) ->
                        let bid, ask = if List.contains strike out then spoil bid ask else bid, ask
                        days, strike, right, bid, ask)

                let expected = smileOf (chain kept)

                for what, spoil in
                    [
                        "crossed", (fun bid _ -> bid, 0.9 * bid)
                        "no bid", (fun _ ask -> 0.0, ask)
                        "missing", (fun bid _ -> bid, nan)
                    ] do
                    let found = smileOf (chain (spoilt spoil))
                    Expect.equal found.Strikes expected.Strikes what
                    Expect.equal found.Volatilities expected.Volatilities what)

            testCase "characteristics lie between those of the expiries about them, by the rule of each" (fun () ->
                let quotes =
                    [ 20; 45; 120 ]
                    |> List.collect (fun days -> noisy days days [ 70.0..2.0..140.0 ])
                    |> chain

                let options =
                    { OptionSurface.defaults with
                        Maturities = [ 10; 30; 90; 200 ]
                    }

                let smiles = OptionSurface.smiles options quotes
                Expect.equal smiles.Length 3 "expiries"
                let frame = Expect.wantOk (OptionSurface.characteristics options quotes) "made"

                let value (name: string) =
                    (Expect.wantOk (Frame.column name frame) name)[0]

                /// Linear over the points about a time, flat beyond them.
                let between (years: float) (points: (float * float) list) =
                    match points |> List.pairwise |> List.tryFind (fun (_, (late, _)) -> years <= late) with
                    | _ when years <= fst points.Head -> snd points.Head
                    | Some((early, near), (late, far)) ->
                        (near * (late - years) + far * (years - early)) / (late - early)
                    | None -> snd (List.last points)

                let total (years: float) (points: (float * float) list) =
                    let first, last = fst points.Head, fst (List.last points)

                    (points
                     |> List.map (fun (time, variance) -> time, time * variance)
                     |> between years)
                    / min last (max first years)

                let times = smiles |> List.map _.Years

                let at (read: Smile -> float) =
                    List.zip times (smiles |> List.map read)

                let shape read = at (Smile.shape >> read)

                for days in options.Maturities do
                    let years = float days / 365.0

                    for name, expected in
                        [
                            "atm_skew", between years (shape _.Skew)
                            "risk_reversal", between years (shape _.RiskReversal)
                            "butterfly", between years (shape _.Butterfly)
                            "atm_volatility", sqrt (total years (shape (fun shape -> shape.AtTheMoney ** 2.0)))
                            "model_free_variance", total years (at ModelFreeVariance.integral)
                            "vix_variance", total years (at (ModelFreeVariance.vixOfSmile >> Fault.orRaise))
                        ] do
                        Expect.floatClose Accuracy.high (value $"{name}_{days}") expected $"{name} of {days} days"

                Expect.floatClose
                    Accuracy.high
                    (value "term_slope")
                    (value "atm_volatility_200" - value "atm_volatility_10")
                    "slope from the first maturity to the last")

            testCase "the VIX sum is that of its definition over uneven strikes" (fun () ->
                let strikes, prices = [| 80.0; 90.0; 95.0; 110.0 |], [| 0.5; 2.0; 6.0; 1.0 |]
                let widths = [| 10.0; 7.5; 10.0; 15.0 |]
                let forward, years = 97.0, 0.25

                let sum =
                    Array.map3 (fun strike price width -> width / (strike * strike) * price) strikes prices widths
                    |> Array.sum

                let expected = (2.0 * sum - (97.0 / 95.0 - 1.0) ** 2.0) / years

                Expect.floatClose
                    Accuracy.veryHigh
                    (Expect.wantOk (ModelFreeVariance.vix forward years strikes prices) "sum")
                    expected
                    "sum"

                let volatilities = [| 0.3; 0.25; 0.22; 0.2 |]
                let smile = Expect.wantOk (Smile.create forward years strikes volatilities) "smile"

                let price right at =
                    BlackScholes.undiscounted right forward strikes[at] (volatilities[at] * sqrt years)

                let quoted =
                    [|
                        price OptionRight.Put 0
                        price OptionRight.Put 1
                        0.5 * (price OptionRight.Put 2 + price OptionRight.Call 2)
                        price OptionRight.Call 3
                    |]

                Expect.floatClose
                    Accuracy.veryHigh
                    (Expect.wantOk (ModelFreeVariance.vixOfSmile smile) "sum")
                    (Expect.wantOk (ModelFreeVariance.vix forward years strikes quoted) "sum")
                    "prices of the smile, at the strike below the forward the mean of put and call")

            testCase "skew reads the strikes within a standard deviation alone" (fun () ->
                let strikes = [| 70.0..2.0..140.0 |]
                let reach = 0.2 * sqrt 0.5

                let smile (far: float) =
                    strikes
                    |> Array.map (fun strike ->
                        if abs (log (strike / 100.0)) <= reach then
                            0.2 - 0.1 * log (strike / 100.0)
                        else
                            far)
                    |> Smile.create 100.0 0.5 strikes
                    |> fun made -> Expect.wantOk made "smile"

                Expect.equal (Smile.shape (smile 0.9)).Skew (Smile.shape (smile 0.3)).Skew "far strikes"
                Expect.floatClose Accuracy.high (Smile.shape (smile 0.9)).Skew -0.1 "skew")

            testCase "contracts without a price of the underlying have the discounted forward" (fun () ->
                let frames =
                    chain (noisy 5 60 [ 85.0..2.0..121.0 ])
                    |> OptionRows.frames OptionSurface.defaults
                    |> fun made -> Expect.wantOk made "frames"

                for frame in frames do
                    let value name =
                        (Expect.wantOk (Frame.column name frame) name)[0]

                    Expect.equal (value "underlying") (value "discount" * value "forward") frame.Symbol
                    Expect.isLessThan (value "discount") 0.999 frame.Symbol)

            testCase "an implied volatility has the same bits beside any other options" (fun () ->
                // Some take more steps than others; a group of eight goes on until its last is done.
                let pick = Random 15
                let count = 12_003
                let deviation = Array.init count (fun _ -> exp (6.0 * pick.NextDouble() - 5.0))

                let strike =
                    deviation
                    |> Array.map (fun deviation -> exp (min 20.0 (8.0 * pick.NextDouble() * deviation)))

                let price =
                    Array.map2 (BlackScholes.undiscounted OptionRight.Call 1.0) strike deviation

                let implied (from: int) =
                    let one = Array.create (count - from) 1.0

                    Frame.create
                        ""
                        (Array.init (count - from) (fun second -> day.AddSeconds(float second)))
                        [
                            "price", price[from..]
                            "forward", one
                            "strike", strike[from..]
                            "years", one
                            "right", one
                            "discount", one
                        ]
                    |> Result.bind (FeatureRegistry.apply (FeatureSpec.create "implied-volatility"))
                    |> fun made -> Expect.wantOk made "implied" |> List.exactlyOne |> snd

                let whole = implied 0

                for from in [ 1; 3; 5 ] do
                    Array.iter2
                        (fun (expected: float) (found: float) -> Expect.isTrue (expected.Equals found) $"from {from}")
                        whole[from..]
                        (implied from))

            testCase "columns keep volatilities of the shortest deviations to 1e-10 too" (fun () ->
                let deviations = [| for power in 0..16 -> 10.0 ** (0.25 * float power - 6.0) |]
                let count = deviations.Length
                let one = Array.create count 1.0

                for away in [ 0.0; 0.5; 2.0; 5.0 ] do
                    let strike = deviations |> Array.map (fun deviation -> exp (away * deviation))

                    let price =
                        Array.map2 (BlackScholes.undiscounted OptionRight.Call 1.0) strike deviations

                    let found =
                        Frame.create
                            ""
                            (Array.init count (fun second -> day.AddSeconds(float second)))
                            [
                                "price", price
                                "forward", one
                                "strike", strike
                                "years", one
                                "right", one
                                "discount", one
                            ]
                        |> Result.bind (FeatureRegistry.apply (FeatureSpec.create "implied-volatility"))
                        |> fun made -> Expect.wantOk made "implied" |> List.exactlyOne |> snd

                    for at in 0 .. count - 1 do
                        // A rounding of the strike moves its distance, which is `away` deviations, by away / deviation roundings.
                        let allowed = 1e-10 + 1e-15 * (1.0 + away * away) / deviations[at]
                        let error = abs (found[at] / deviations[at] - 1.0)
                        Expect.isLessThan error allowed $"{away} deviations of {deviations[at]} out")

            testCase "a price out of bounds is told them, a put's strike discounted too" (fun () ->
                let terms =
                    {
                        Right = OptionRight.Put
                        Spot = 100.0
                        Strike = 80.0
                        Years = 0.5
                        Rate = 0.04
                        Yield = 0.01
                    }

                match ImpliedVolatility.ofPrice 90.0 terms with
                | Error(Fault.NotComputable(_, reason, _)) ->
                    Expect.stringContains reason $"bounds 0 and {80.0 * exp (-0.04 * 0.5)}" "bounds"
                | other -> failtestf "%A" other)
        ]
