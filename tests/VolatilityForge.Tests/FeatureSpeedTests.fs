/// Fast paths of features against the plain ways: blocks, threads, columns written again, eight rows at a time.
module VolatilityForge.Tests.FeatureSpeedTests

open System
open System.Numerics
open Expecto
open VolatilityForge
open VolatilityForge.Tests.FeatureFrames

let private bits (values: float[]) : int64[] =
    values
    |> Array.map (fun value -> BitConverter.DoubleToInt64Bits(if Double.IsNaN value then nan else value))

let private fit (spec: FeatureSpec) (frame: Frame) : FittedPipeline =
    let read = Expect.wantOk (Frame.select (List.distinct spec.Columns) frame) "columns"
    Expect.wantOk (FeaturePipeline.Empty.Add([ spec ]).Fit(Frame.rows 0 700 read)) (label spec)

let private columns (frame: Frame) (names: string list) : float[] list =
    names |> List.map (fun name -> Expect.wantOk (Frame.column name frame) name)

/// One call of the kernel over all rows, nothing written past the cache.
let private atOnce (fitted: FittedPipeline) (frame: Frame) : float[] list =
    let feature = fitted.Features.Head

    let outputs =
        feature.Outputs
        |> List.map (fun _ -> Array.zeroCreate<float> frame.Length)
        |> Array.ofList

    Feature.run
        feature.Definition
        (feature.Definition.Kernel feature.Spec feature.Learned)
        {
            Index = frame.Index
            Columns = feature.Spec.Columns |> columns frame |> Array.ofList
            First = 0
            Last = frame.Length - 1
            Streamed = false
        }
        outputs

    List.ofArray outputs

let private agree (what: string) (expected: float[] list) (fitted: FittedPipeline) (made: Result<Frame, Fault>) : unit =
    let made = Expect.wantOk made what

    List.iter2
        (fun expected actual -> Expect.isTrue (bits expected = bits actual) what)
        expected
        (columns made fitted.Names)

/// The column over its values of a feature that reads the row alone.
let private valuesOf (spec: FeatureSpec) (inputs: (string * float[]) list) : float[] =
    let rows = (snd inputs.Head).Length

    Frame.create "" (index rows) inputs
    |> Result.bind (FeatureRegistry.apply spec)
    |> fun made -> Expect.wantOk made (label spec) |> List.exactlyOne |> snd

/// Units in the last place of the expected value.
let private ulps (expected: float) (actual: float) : float =
    abs (actual - expected) / (Math.BitIncrement(abs expected) - abs expected)

/// A number as a whole one times a power of two.
let private parts (value: float) : struct (BigInteger * int) =
    let bits = BitConverter.DoubleToInt64Bits value
    let exponent = int (bits >>> 52) &&& 0x7FF
    let fraction = bits &&& 0xFFFFFFFFFFFFFL

    let whole =
        if exponent = 0 then
            fraction
        else
            fraction ||| 0x10000000000000L

    struct (BigInteger(if value < 0.0 then -whole else whole), max exponent 1 - 1075)

/// Binary digits after the point.
[<Literal>]
let private Digits = 1200

let private fixedPoint (value: float) : BigInteger =
    let struct (whole, exponent) = parts value
    whole <<< (Digits + exponent)

/// 2 atanh(up / down).
let private twiceAtanh (up: BigInteger) (down: BigInteger) : BigInteger =
    let mutable power = (up <<< Digits) / down
    let mutable sum = 0I
    let mutable term = 1

    while not power.IsZero do
        sum <- sum + power / BigInteger term
        power <- power * up * up / (down * down)
        term <- term + 2

    2I * sum

let private logTwo: Lazy<BigInteger> = lazy (twiceAtanh 1I 3I)

/// ln(a / b) of positive numbers, to 1,000 binary digits.
let private exactLog (a: float) (b: float) : BigInteger =
    let twos = Math.ILogB a - Math.ILogB b
    let a, b = fixedPoint a, fixedPoint b
    let b = if twos >= 0 then b <<< twos else b >>> -twos
    twiceAtanh (a - b) (a + b) + BigInteger twos * logTwo.Value

/// How far a number is from an exact one, in units of its last place.
let private unitsOff (exact: BigInteger) (found: float) : float =
    let unit' = fixedPoint (Math.BitIncrement(abs found) - abs found)
    float (1000I * BigInteger.Abs(fixedPoint found - exact) / unit') / 1000.0

[<Tests>]
let suite: Test =
    testList
        "features: fast paths"
        [
            testCase "blocks, threads and columns written again have the bits of one call over all rows" (fun () ->
                // Three blocks and a rest that is no multiple of eight.
                let frame = FeatureFrames.frame 31L 17_403 61

                for _, spec in specs do
                    let fitted = fit spec frame
                    let expected = atOnce fitted frame
                    agree $"{label spec}, one thread" expected fitted (fitted.Transform(frame, 1))
                    agree $"{label spec}, three threads" expected fitted (fitted.Transform(frame, 3))
                    let again = FeatureColumns()
                    fitted.TransformInto(again, FeatureFrames.frame 32L 17_403 0, 1) |> ignore
                    agree $"{label spec}, again" expected fitted (fitted.TransformInto(again, frame, 2)))

            testCase "columns too long for the cache are the same" (fun () ->
                let frame = FeatureFrames.frame 33L 100_013 1_009

                for feature in [ "mid"; "microprice"; "liquidity-score"; "effective-spread" ] do
                    let spec =
                        (specs |> List.find (fun (definition, _) -> definition.Name = feature) |> snd)

                    let fitted = fit spec frame
                    let expected = atOnce fitted frame
                    agree $"{feature}, one thread" expected fitted (fitted.Transform(frame, 1))
                    agree $"{feature}, two threads" expected fitted (fitted.Transform(frame, 2)))

            testCase "a row beside hostile ones has the bits it has alone" (fun () ->
                let hostile =
                    [|
                        0.0
                        -1.0
                        1e-300
                        1e300
                        -1e300
                        Double.Epsilon
                        nan
                        1e8
                        100.0
                        0.5
                        1.0
                        30.0
                    |]

                let pick = Random 12
                let names = FeatureFrames.columns 1L 1 0 1.0 1.0 |> List.map fst

                let frame =
                    names
                    |> List.map (fun name -> name, Array.init 203 (fun _ -> hostile[pick.Next hostile.Length]))
                    |> Frame.create "" (index 203)
                    |> fun made -> Expect.wantOk made "hostile"

                for definition, spec in specs do
                    if definition.Fit.IsNone then
                        let fitted = fit spec (FeatureFrames.frame 1L 701 0)
                        let stream = FeatureStream fitted
                        let inputs = columns frame stream.Inputs

                        let rows =
                            frame.Index
                            |> Array.mapi (fun row time ->
                                let values = inputs |> List.map (fun column -> column[row]) |> Array.ofList
                                Expect.wantOk (stream.Update(time, values)) (label spec))

                        atOnce fitted frame
                        |> List.iteri (fun at batch ->
                            let streamed = rows |> Array.map (fun row -> row[at])
                            Expect.isTrue (bits batch = bits streamed) (label spec)))

            testCase
                "logarithms are within a unit in the last place, from the smallest number to the largest"
                (fun () ->
                    let pick = Random 13

                    let x =
                        [|
                            Double.Epsilon
                            2.2250738585072014e-308
                            1e-310
                            Math.BitDecrement 1.0
                            1.0
                            Math.BitIncrement 1.0
                            sqrt 0.5
                            sqrt 2.0
                            Double.MaxValue
                            for _ in 1..20_000 do
                                Math.Exp(1400.0 * pick.NextDouble() - 700.0)
                            for _ in 1..20_000 do
                                0.5 + pick.NextDouble()
                        |]

                    let found =
                        valuesOf (FeatureSpec.create "log" |> FeatureSpec.columns [ "x" ]) [ "x", x ]

                    for row in 0 .. x.Length - 1 do
                        let expected = Math.Log x[row]

                        if found[row] <> expected then
                            Expect.isLessThanOrEqual (ulps expected found[row]) 1.0 $"ln {x[row]:R}")

            testCase "logarithms of ratios are within two units in the last place, however near to 1" (fun () ->
                let pick = Random 16

                let x =
                    [|
                        for _ in 1..100 do
                            let before = Math.Exp(20.0 * pick.NextDouble() - 10.0)
                            before
                            before * (1.0 + 1e-3 * (pick.NextDouble() - 0.5))
                            Math.BitIncrement before
                            before * (0.2 + pick.NextDouble() * 5.0)
                            2.0 * before
                        1e-300
                        1e300
                        1e299
                        1e-5
                        Double.Epsilon
                        1.0
                        Double.MaxValue
                        1e-305
                    |]

                let found =
                    valuesOf (FeatureSpec.create "log-return" |> FeatureSpec.columns [ "x" ]) [ "x", x ]

                for row in 1 .. x.Length - 1 do
                    let name = $"ln({x[row]:R} / {x[row - 1]:R})"

                    if Double.IsInfinity(x[row] / x[row - 1]) || x[row] / x[row - 1] = 0.0 then
                        Expect.isTrue (Double.IsNaN found[row]) name
                    else
                        Expect.isLessThanOrEqual (unitsOff (exactLog x[row] x[row - 1]) found[row]) 2.0 name)

            testCase "powers of 4/3 are within two units in the last place" (fun () ->
                // Tripower quarticity of x, 1, 1 is 9 mu^-3 x^(4/3), rounded once more.
                let pick = Random 17

                let quarticity x =
                    Quarticity.tripower [| x; 1.0; 1.0 |] |> float

                let scale = fixedPoint (quarticity 1.0)

                for x in
                    [|
                        1e-229
                        1e229
                        for _ in 1..300 do
                            Math.Exp(1000.0 * pick.NextDouble() - 500.0)
                        for _ in 1..300 do
                            1.0 + 8.0 * pick.NextDouble()
                    |] do
                    let exact, found = fixedPoint x, fixedPoint (quarticity x)
                    // (found / scale)^3 against x^4.
                    let cube = BigInteger.Pow(scale, 3) * BigInteger.Pow(exact, 4)
                    let off = (BigInteger.Pow(found, 3) <<< (4 * Digits)) - cube
                    let units = float ((BigInteger.Abs off <<< 52) * 1000I / (3I * cube)) / 1000.0
                    Expect.isLessThanOrEqual units 2.5 $"{x:R}"

                Expect.equal (quarticity 1e-320) 0.0 "the least")

            testCase "exponentials are within two units in the last place" (fun () ->
                // The proxy of vega is phi(m) where deviation and years are 1, m = ln(strike / forward).
                let pick = Random 14
                let rows = 20_000
                let m = Array.init rows (fun _ -> 60.0 * pick.NextDouble() - 30.0)
                let ones = Array.create rows 1.0
                let strike = m |> Array.map Math.Exp

                let found =
                    valuesOf
                        (FeatureSpec.create "vega-proxy")
                        [ "forward", ones; "strike", strike; "years", ones; "atm_volatility", ones ]

                for row in 0 .. rows - 1 do
                    let m = Math.Log strike[row]
                    let expected = Math.Exp(-0.5 * m * m) / sqrt (2.0 * Math.PI)
                    // The logarithm's last bit moves the exponent, and so the value, by m times it.
                    Expect.isLessThanOrEqual (ulps expected found[row]) (4.0 + 4.0 * m * m) $"phi({m})")

            testCase
                "implied volatilities of eight at a time are those of one, wherever the price tells them"
                (fun () ->
                    let pick = Random 15
                    let rows = 4_003
                    let years = Array.init rows (fun _ -> Math.Exp(8.0 * pick.NextDouble() - 6.0))
                    let volatility = Array.init rows (fun _ -> Math.Exp(5.0 * pick.NextDouble() - 4.0))
                    let right = Array.init rows (fun row -> if row % 3 = 0 then -1.0 else 1.0)

                    // Up to eight deviations out of the money or in it, some at the money.
                    let strike =
                        Array.init rows (fun row ->
                            let away = if row % 17 = 0 then 0.0 else 16.0 * pick.NextDouble() - 8.0

                            100.0
                            * Math.Exp(Math.Clamp(away * volatility[row] * sqrt years[row], -20.0, 20.0)))

                    let kind row =
                        if right[row] > 0.0 then
                            OptionRight.Call
                        else
                            OptionRight.Put

                    let price =
                        Array.init rows (fun row ->
                            BlackScholes.price
                                volatility[row]
                                {
                                    Right = kind row
                                    Spot = 100.0
                                    Strike = strike[row]
                                    Years = years[row]
                                    Rate = 0.0
                                    Yield = 0.0
                                })

                    let found =
                        valuesOf
                            (FeatureSpec.create "implied-volatility")
                            [
                                "price", price
                                "forward", Array.create rows 100.0
                                "strike", strike
                                "years", years
                                "right", right
                                "discount", Array.create rows 1.0
                            ]

                    let mutable compared = 0

                    for row in 0 .. rows - 1 do
                        let expected =
                            ImpliedVolatility.ofUndiscounted (kind row) 100.0 strike[row] years[row] price[row]

                        Expect.equal (Double.IsNaN found[row]) (Double.IsNaN expected) $"row {row}: a value or none"

                        if not (Double.IsNaN expected) then
                            let deviation = expected * sqrt years[row]
                            let distance = abs (log (strike[row] / 100.0))
                            let slope = NormalisedBlack.slope distance deviation
                            let rest = NormalisedBlack.price distance deviation
                            let most = exp (-0.5 * distance)
                            let isOut = (right[row] > 0.0) = (strike[row] > 100.0)
                            let whole = price[row] / sqrt (100.0 * strike[row])
                            // What a rounding of the price, intrinsic value included, and of its most does to the deviation; of its exponent it
                            // counts a^2-fold.
                            let rounded =
                                if not isOut then max whole most
                                elif rest < 0.5 * most then rest
                                else most

                            let a = distance / deviation
                            let blur = 2.2e-16 * (1.0 + a * a) * rounded / (deviation * slope)
                            // Eight at a time take the price as a difference, which below one deviation loses digits.
                            let lost = 2e-15 / deviation

                            if blur < 1e-11 then
                                compared <- compared + 1

                                Expect.isLessThan
                                    (abs (found[row] - expected) / expected)
                                    (1e-13 + 24.0 * blur + lost)
                                    $"row {row}: {found[row]:R} for {expected:R}, deviation {deviation}, distance {distance}"

                    Expect.isGreaterThan compared (rows / 4) "prices that tell")
        ]
