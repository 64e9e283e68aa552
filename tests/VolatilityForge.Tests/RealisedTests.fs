/// Realised measures: golden values, naive twins, laws, and simulations whose integrated variance is known.
module VolatilityForge.Tests.RealisedTests

open System
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private document: Lazy<JsonElement> =
    lazy
        (match Market.repositoryFile "tests/golden/realised.json" with
         | Some path -> JsonDocument.Parse(File.ReadAllText path).RootElement
         | None -> invalidOp "tests/golden/realised.json is missing")

/// Sums of twelve uniforms less six, as realised.py builds them.
let private nearNormals (seed: int) (count: int) : float[] =
    uniforms seed (12 * count)
    |> Array.chunkBySize 12
    |> Array.map (fun draws -> Array.sum draws - 6.0)

let private goldenReturns: float[] =
    let values = nearNormals 11 79 |> Array.map (fun draw -> 0.001 * draw)
    values[40] <- values[40] + 0.02
    values[10] <- 0.0
    values[60] <- 0.0
    values

let private accumulate (steps: float[]) : float[] = Array.scan (+) 0.0 steps

let private opens = DateTime(2020, 1, 2, 9, 30, 0)

let private goldenTicks: Lazy<DateTime[] * float[]> =
    lazy
        (let gaps = uniforms 5 4000 |> Array.map (fun draw -> floor (draw * 1170.0) / 100.0)

         let times =
             Array.scan (+) 0.25 gaps
             |> Array.map (fun second -> opens.AddTicks(int64 (Math.Round(second * 1e7))))

         let efficient =
             nearNormals 7 4000 |> Array.map (fun draw -> 0.0002 * draw) |> accumulate

         times, Array.map2 (fun level draw -> level + 0.0003 * draw) efficient (nearNormals 9 4001))

/// Rounding differs with the order of sums and the powers of numpy: a dozen of the last bits.
let private close (found: float) (expected: float) (what: string) : unit =
    Expect.isLessThanOrEqual (abs (found - expected)) (1e-11 * abs expected) $"{what}: {found} for {expected}"

let private byName (name: string) : float[] -> float =
    match name with
    | "rv" -> PowerVariation.realised >> float
    | "bipower" -> PowerVariation.bipower >> float
    | "min_rv" -> PowerVariation.minimum >> float
    | "med_rv" -> PowerVariation.median >> float
    | "negative_semivariance" -> PowerVariation.downside >> float
    | "positive_semivariance" -> PowerVariation.upside >> float
    | "quarticity" -> Quarticity.realised >> float
    | "tripower_quarticity" -> Quarticity.tripower >> float
    | "min_rq" -> Quarticity.minimum >> float
    | "med_rq" -> Quarticity.median >> float
    | "bns_statistic" -> fun returns -> (JumpTests.barndorffNielsenShephard returns).Statistic
    | "bns_p_value" -> fun returns -> (JumpTests.barndorffNielsenShephard returns).PValue
    | other -> failtestf "no measure %s" other

let private ofLevels (name: string) (parameter: int) : float[] -> float =
    match name with
    | "kernel_parzen" -> RealisedKernel.estimate KernelShape.Parzen parameter >> float
    | "kernel_tukey_hanning" -> RealisedKernel.estimate KernelShape.TukeyHanning parameter >> float
    | "two_scale" -> Subsampling.twoScale parameter >> float
    | "rv_subsampled" -> Subsampling.realised parameter >> float
    | "noise_variance" -> Subsampling.noiseVariance parameter >> float
    | "pre_averaged" -> PreAverage.estimate parameter >> float
    | other -> failtestf "no measure %s" other

let private varianceNames =
    [
        "rv"
        "bipower"
        "min_rv"
        "med_rv"
        "negative_semivariance"
        "positive_semivariance"
    ]

let private quarticityNames =
    [ "quarticity"; "tripower_quarticity"; "min_rq"; "med_rq" ]

let private levelCases =
    [
        "kernel_parzen", 7
        "kernel_tukey_hanning", 7
        "two_scale", 5
        "rv_subsampled", 5
        "noise_variance", 5
        "pre_averaged", 6
    ]

/// The kernel as a double sum over pairs of returns.
let private naiveKernel (shape: KernelShape) (bandwidth: int) (levels: float[]) : float =
    let returns = Sampling.returns levels

    Seq.sum (
        seq {
            for left in 0 .. returns.Length - 1 do
                for right in 0 .. returns.Length - 1 do
                    let weight =
                        RealisedKernel.weight shape (float (abs (left - right)) / float (bandwidth + 1))

                    weight * returns[left] * returns[right]
        }
    )

/// Each grid of every stride-th level by itself.
let private naiveGrids (stride: int) (levels: float[]) : float =
    List.init stride (fun offset ->
        [| for index in offset..stride .. levels.Length - 1 -> levels[index] |]
        |> Sampling.returns
        |> Array.sumBy (fun change -> change * change))
    |> List.average

/// Pre-averaged returns as differences of averages of levels, for an even window.
let private naivePreAverage (window: int) (levels: float[]) : float =
    let k = float window
    let half = window / 2
    let n = levels.Length - 1
    let mean first last = Array.average levels[first..last]

    let squares =
        Seq.sum (
            seq {
                for first in 0 .. n - window + 1 do
                    let average =
                        0.5 * (mean (first + half) (first + window - 1) - mean first (first + half - 1))

                    average * average
            }
        )

    // For even windows sum (g(j/k) - g((j-1)/k))^2 is 1 / k and sum g^2 is (k^2 + 2) / (12 k).
    let psi1, psi2 = 1.0, (k * k + 2.0) / (12.0 * k * k)

    let realised =
        Sampling.returns levels |> Array.sumBy (fun change -> change * change)

    let correction = psi1 / (2.0 * psi2 * k * k)

    (float n / float (n - window + 2) / (psi2 * k) * squares - correction * realised)
    / (1.0 - correction)

let private levelsOf (seed: int64) (count: int) : float[] =
    let struct (draws, _) = Rng.normals count (Rng.ofSeed seed)
    accumulate (draws |> Array.map (fun draw -> 0.001 * draw))

/// Days of n returns with variance 1 a day, constant within it.
let private simulate (days: int) (n: int) (seed: int64) : float[][] =
    Array.init days (fun day ->
        let struct (draws, _) = Rng.normals n (Rng.splitAt day (Rng.ofSeed seed))
        draws |> Array.map (fun draw -> draw / sqrt (float n)))

let private mean (values: float[]) : float = Array.average values

let private variance (values: float[]) : float =
    let centre = mean values

    (values |> Array.sumBy (fun value -> (value - centre) * (value - centre)))
    / float (values.Length - 1)

/// The Monte Carlo error of a mean.
let private error (values: float[]) : float =
    sqrt (variance values / float values.Length)

/// Four errors: one run in 16,000 by chance, and the seeds are fixed.
let private within (values: float[]) (expected: float) (what: string) : unit =
    Expect.isLessThan (abs (mean values - expected)) (4.0 * error values) $"{what}: {mean values} for {expected}"

let private tooShort (body: unit -> 'a) : bool =
    match Fault.catch (fun () -> body () |> ignore) with
    | Error(Fault.TooShort _) -> true
    | _ -> false

[<Tests>]
let golden =
    testList
        "realised measures, golden"
        [
            testCase "measures of returns are numpy's" (fun () ->
                for entry in (document.Value.GetProperty "returns").EnumerateObject() do
                    close (byName entry.Name goldenReturns) (entry.Value.GetDouble()) entry.Name)

            testCase "measures of levels are numpy's" (fun () ->
                let _, levels = goldenTicks.Value

                for entry in (document.Value.GetProperty "levels").EnumerateArray() do
                    let name = entry.GetProperty("name").GetString()
                    let parameter = entry.GetProperty("parameter").GetInt32()
                    let cut = if name.StartsWith "kernel" then levels[..499] else levels
                    close (ofLevels name parameter cut) (entry.GetProperty("value").GetDouble()) $"{name} {parameter}")

            testCase "constants of bandwidths are those of the integrals" (fun () ->
                for shape in [ KernelShape.Parzen; KernelShape.TukeyHanning ] do
                    let expected =
                        (document.Value.GetProperty "constants")
                            .GetProperty((RealisedKernel.name shape).Replace('-', '_'))

                    close (RealisedKernel.bandwidthConstant shape) (expected.GetDouble()) (RealisedKernel.name shape))

            testCase "Lee-Mykland statistics are numpy's" (fun () ->
                let expected =
                    [|
                        for value in (document.Value.GetProperty "leeMykland").EnumerateArray() -> value.GetDouble()
                    |]

                let found = JumpTests.leeMykland 20 79 goldenReturns
                Expect.isTrue (found[..18] |> Array.forall Double.IsNaN) "no window"

                Array.iter2
                    (fun found expected -> Expect.floatClose Accuracy.veryHigh found expected "statistic")
                    found[19..]
                    expected

                let critical = JumpTests.leeMyklandCritical 0.01

                Expect.equal
                    (found
                     |> Array.indexed
                     |> Array.filter (fun (_, value) -> value > critical)
                     |> Array.map fst)
                    [| 40 |]
                    "the jump")

            testCase "a day of ticks has numpy's measures, parameters chosen by the day" (fun () ->
                let times, levels = goldenTicks.Value

                let prices =
                    Expect.wantOk (TickPrices.check ReturnKind.Arithmetic "X" "price" times levels) "sound"

                let config =
                    { Intraday.defaults with
                        Calendar = Calendar.weekdays Session.usEquities
                    }

                let day =
                    Expect.wantOk (Intraday.measure config IntradayMeasure.all prices) "measured"

                for entry in (document.Value.GetProperty "day").EnumerateObject() do
                    let found = Expect.wantOk (RealisedMeasures.measure entry.Name day) entry.Name
                    // Ticks of 100 ns against seconds in floating point: the stamps agree, the levels to 1e-13.
                    Expect.floatClose
                        { absolute = 1e-15; relative = 1e-9 }
                        found[0]
                        (entry.Value.GetDouble())
                        entry.Name)
        ]

[<Tests>]
let laws =
    testList
        "realised measures, laws"
        [
            testProperty
                "variances are homogeneous of degree 2, quarticities of degree 4, jump tests of degree 0"
                (fun (seed: int64) ->
                    let levels = levelsOf seed 60
                    let returns = Sampling.returns levels
                    // A power of two scales without rounding.
                    let scaled = Array.map ((*) 8.0)

                    (varianceNames
                     |> List.forall (fun name -> byName name (scaled returns) = 64.0 * byName name returns))
                    && (quarticityNames
                        |> List.forall (fun name ->
                            let expected = 4096.0 * byName name returns
                            abs (byName name (scaled returns) - expected) <= 1e-14 * expected))
                    && (levelCases
                        |> List.forall (fun (name, parameter) ->
                            ofLevels name parameter (scaled levels) = 64.0 * ofLevels name parameter levels))
                    && abs (byName "bns_statistic" (scaled returns) - byName "bns_statistic" returns) < 1e-12)

            testProperty "a shift of the log price changes nothing but rounding" (fun (seed: int64) ->
                let levels = levelsOf seed 60
                let moved = levels |> Array.map ((+) 4.0)

                levelCases
                |> List.forall (fun (name, parameter) ->
                    abs (ofLevels name parameter moved - ofLevels name parameter levels) < 1e-14))

            testProperty "semivariances add up to the realised variance" (fun (seed: int64) ->
                let returns = Sampling.returns (levelsOf seed 60)

                let sum =
                    byName "negative_semivariance" returns + byName "positive_semivariance" returns

                abs (sum - byName "rv" returns) <= 1e-15 * 60.0)

            testProperty "no estimator but the two-scale and the pre-averaged is negative" (fun (seed: int64) ->
                let levels = levelsOf seed 30

                (varianceNames @ quarticityNames
                 |> List.forall (fun name -> byName name (Sampling.returns levels) >= 0.0))
                && ofLevels "kernel_parzen" 9 levels >= 0.0)

            testProperty
                "kernels are the double sum, and the realised variance at bandwidth 0"
                (fun (seed: int64) (size: int) ->
                    let bandwidth = abs size % 20
                    let levels = levelsOf seed 40

                    [ KernelShape.Parzen; KernelShape.TukeyHanning ]
                    |> List.forall (fun shape ->
                        abs (
                            float (RealisedKernel.estimate shape bandwidth levels)
                            - naiveKernel shape bandwidth levels
                        )
                            <
                            1e-17
                        && abs (
                            float (RealisedKernel.estimate shape 0 levels)
                            - byName "rv" (Sampling.returns levels)
                        )
                            <
                            1e-18))

            testProperty "strided sums are those of the grids one by one" (fun (seed: int64) (size: int) ->
                let stride = 2 + abs size % 12
                let levels = levelsOf seed 50
                let n = 50.0
                let k = float stride
                let grids = naiveGrids stride levels
                let share = (n - k + 1.0) / k / n

                let twoScale =
                    (grids - share * byName "rv" (Sampling.returns levels)) / (1.0 - share)

                abs (float (Subsampling.realised stride levels) - grids * n / (n - k + 1.0)) < 1e-16
                && abs (float (Subsampling.twoScale stride levels) - twoScale) < 1e-16)

            testProperty "pre-averaged returns are differences of averages" (fun (seed: int64) (size: int) ->
                let window = 4 + 2 * (abs size % 8)
                let levels = levelsOf seed 50
                abs (float (PreAverage.estimate window levels) - naivePreAverage window levels) < 1e-15)

            testCase "long days, worked on a stretch at a time, have the sums of one loop" (fun () ->
                let struct (draws, _) = Rng.normals 10_007 (Rng.ofSeed 4L)
                let returns = draws |> Array.map (fun draw -> 1e-3 * draw)
                returns[100] <- 0.0
                let levels = Array.scan (+) 1.5 returns
                let returns = Sampling.returns levels
                let n = returns.Length
                let near (what: string) (expected: float) (found: float) = close found expected what

                for bandwidth in [ 0; 1; 30; 2_500 ] do
                    let weight lag =
                        RealisedKernel.weight KernelShape.Parzen (float lag / float (bandwidth + 1))

                    let covariance lag =
                        Seq.sum (seq { for j in lag .. n - 1 -> returns[j] * returns[j - lag] })

                    let expected =
                        Seq.sum (
                            seq {
                                for lag in 0..bandwidth -> (if lag = 0 then 1.0 else 2.0) * weight lag * covariance lag
                            }
                        )

                    RealisedKernel.estimate KernelShape.Parzen bandwidth levels
                    |> float
                    |> near $"kernel of bandwidth {bandwidth}" expected

                for window in [ 3; 4; 7; 100; 101 ] do
                    let k = float window
                    let g (j: int) = min (float j / k) (1.0 - float j / k)
                    let weights = Array.init (window - 1) (fun j -> g (j + 1))
                    let psi2 = (weights |> Array.sumBy (fun w -> w * w)) / k

                    let psi1 =
                        k
                        * Seq.sum (seq { for j in 1..window -> (g j - g (j - 1)) * (g j - g (j - 1)) })

                    let squares =
                        Seq.sum (
                            seq {
                                for first in 0 .. n - window + 1 do
                                    let average =
                                        weights |> Array.mapi (fun j w -> w * returns[first + j]) |> Array.sum

                                    average * average
                            }
                        )

                    let correction = psi1 / (2.0 * psi2 * k * k)
                    let realised = returns |> Array.sumBy (fun r -> r * r)

                    let expected =
                        (float n / float (n - window + 2) / (psi2 * k) * squares - correction * realised)
                        / (1.0 - correction)

                    PreAverage.estimate window levels
                    |> float
                    |> near $"pre-averaged, {window}" expected

                let product j =
                    abs (returns[j] * returns[j - 1] * returns[j - 2])

                let scale = float n * float n / float (n - 2) / 0.8308609250295592 ** 3.0

                Quarticity.tripower returns
                |> float
                |> near
                    "tripower quarticity"
                    (scale * Seq.sum (seq { for j in 2 .. n - 1 -> product j ** (4.0 / 3.0) })))

            testCase "too few returns are a fault that says how many are needed" (fun () ->
                for name, needed in
                    [
                        "rv", 1
                        "bipower", 2
                        "min_rv", 2
                        "med_rv", 3
                        "tripower_quarticity", 3
                        "med_rq", 3
                    ] do
                    Expect.isTrue (tooShort (fun () -> byName name (Array.create (needed - 1) 0.1))) name
                    Expect.isFalse (tooShort (fun () -> byName name (Array.create needed 0.1))) name

                for name, parameter in levelCases do
                    Expect.isTrue (tooShort (fun () -> ofLevels name parameter (Array.create parameter 0.1))) name)

            testCase "returns that are not finite are a fault, never NaN" (fun () ->
                for bad in [ nan; infinity ] do
                    let returns = [| 0.1; bad; 0.1; 0.1; 0.1 |]

                    for name in varianceNames @ quarticityNames do
                        match Fault.catch (fun () -> byName name returns) with
                        | Error(Fault.BadData _) -> ()
                        | other -> failtestf "%s: BadData expected, found %A" name other)

            testCase "a price that never moves has no variance and no jump" (fun () ->
                let still = Array.create 60 4.6

                for name in varianceNames @ quarticityNames do
                    Expect.equal (byName name (Sampling.returns still)) 0.0 name

                for name, parameter in levelCases do
                    Expect.equal (ofLevels name parameter still) 0.0 name

                Expect.equal
                    (JumpTests.barndorffNielsenShephard (Sampling.returns still))
                    { Statistic = 0.0; PValue = 0.5 }
                    "no jump")
        ]

/// Asymptotic variance of sqrt n (estimate - IV) / IV at constant volatility.
let private efficiencies =
    [ "rv", 2.0; "bipower", 2.6090; "min_rv", 3.8141; "med_rv", 2.9597 ]

[<Tests>]
let simulations =
    testList
        "realised measures, simulated"
        [
            testCase "without noise or jumps they are unbiased and as efficient as theory says" (fun () ->
                let n = 390
                let days = simulate 2000 n 1L

                for name, expected in efficiencies do
                    let values = days |> Array.map (byName name)
                    within values 1.0 name
                    // The variance of 2,000 near-normal values is known to 3.2 percent; four times that.
                    let ratio = variance values * float n / expected
                    Expect.isLessThan (abs (ratio - 1.0)) 0.13 $"{name}: efficiency {ratio}"

                for name in quarticityNames do
                    within (days |> Array.map (byName name)) 1.0 name

                for name in [ "negative_semivariance"; "positive_semivariance" ] do
                    within (days |> Array.map (byName name)) 0.5 name

                for parameter in [ 1; 5; 26 ] do
                    within
                        (days |> Array.map (accumulate >> ofLevels "rv_subsampled" parameter))
                        1.0
                        $"subsampled {parameter}")

            testCase "subsampling is more efficient than one sparse grid" (fun () ->
                let days = simulate 500 390 2L |> Array.map accumulate

                let sparse =
                    days
                    |> Array.map (fun levels ->
                        [| for tick in 0..13..390 -> levels[tick] |] |> Sampling.returns |> byName "rv")

                let average = days |> Array.map (ofLevels "rv_subsampled" 13)
                // Theory: two thirds of the variance, for many shifts.
                Expect.isLessThan (variance average / variance sparse) 0.8 "ratio")

            testCase "one jump a day moves the realised variance by its square and the robust ones little" (fun () ->
                let withJump (jump: float) =
                    simulate 1000 390 3L
                    |> Array.mapi (fun day returns ->
                        Array.mapi (fun index value -> if index = day % 390 then value + jump else value) returns)

                let jump = 0.5
                let days = withJump jump
                within (days |> Array.map (byName "rv")) (1.0 + jump * jump) "rv"

                // A jump beside ordinary returns adds (pi / 2) 2 E|r| jump to bipower variation, less the two products it
                // takes the place of.
                let bipower = 1.0 + Math.PI * jump * sqrt (2.0 / Math.PI / 390.0) - 2.0 / 390.0
                within (days |> Array.map (byName "bipower")) bipower "bipower"

                for name in [ "min_rv"; "med_rv" ] do
                    let values = days |> Array.map (byName name)
                    Expect.isLessThan (abs (mean values - 1.0)) 0.02 name

                let large = withJump 1.0

                let rejected =
                    large |> Array.filter (fun returns -> byName "bns_p_value" returns < 0.01)

                Expect.isGreaterThan rejected.Length 990 "power of the ratio test against a jump of a day's volatility"
                let critical = JumpTests.leeMyklandCritical 0.01

                let found =
                    JumpTests.leeMykland (JumpTests.window 390) 390 (Array.concat days)
                    |> Array.indexed
                    |> Array.filter (fun (_, statistic) -> statistic > critical)
                    |> Array.map fst

                let hits = found |> Array.filter (fun index -> index % 390 = index / 390 % 390)

                Expect.isGreaterThan hits.Length 980 "jumps found"
                Expect.isLessThan (found.Length - hits.Length) 40 "false ones in a thousand days, at one percent a day")

            testCase "jump tests reject about as often as their level without jumps" (fun () ->
                let days = simulate 2000 390 4L

                let share =
                    days
                    |> Array.averageBy (fun returns -> if byName "bns_p_value" returns < 0.05 then 1.0 else 0.0)
                // Huang and Tauchen report 0.05 to 0.06 for the adjusted ratio test; errors of 2,000 days are 0.005.
                Expect.isTrue (share > 0.03 && share < 0.08) $"ratio test: {share}")

            testCase "with noise the realised variance is off by 2 n omega^2 and the robust ones are not" (fun () ->
                let n, omega2 = 2000, 0.001
                let struct (draws, _) = Rng.normals (200 * (n + 1)) (Rng.ofSeed 6L)

                let days =
                    simulate 200 n 5L
                    |> Array.mapi (fun day returns ->
                        accumulate returns
                        |> Array.mapi (fun tick level -> level + sqrt omega2 * draws[day * (n + 1) + tick]))

                within (days |> Array.map (Sampling.returns >> byName "rv")) (1.0 + 2.0 * float n * omega2) "rv"

                within
                    (days |> Array.map (ofLevels "noise_variance" 1))
                    (omega2 + 0.5 / float n)
                    "noise and half a return"

                let stride = Subsampling.optimalStride (omega2 * 1.0< / day>) 1.0< / day> n
                within (days |> Array.map (ofLevels "two_scale" stride)) 1.0 "two_scale"
                within (days |> Array.map (ofLevels "pre_averaged" (PreAverage.window n))) 1.0 "pre_averaged"

                for shape, curvature in [ KernelShape.Parzen, 12.0; KernelShape.TukeyHanning, 2.0 * Math.PI * Math.PI ] do
                    let bandwidth = RealisedKernel.bandwidth shape (omega2 * 1.0< / day>) 1.0< / day> n

                    let values =
                        days
                        |> Array.map (RealisedKernel.jitter 2 >> RealisedKernel.estimate shape bandwidth >> float)
                    // The bias that the bandwidth trades for variance: |k''(0)| n omega^2 / (H + 1)^2.
                    let bias = curvature * float n * omega2 / float ((bandwidth + 1) * (bandwidth + 1))

                    Expect.isLessThan
                        (abs (mean values - 1.0 - bias))
                        (4.0 * error values + 0.01)
                        $"{shape}: {mean values} for {1.0 + bias}"

                    Expect.isLessThan (sqrt (variance values)) 0.2 "spread")

            testCase "parameters chosen by the day suit its noise" (fun () ->
                let n, iv, count = 23400, 1e-4, 100
                let times = Array.init (n + 1) (fun second -> opens.AddSeconds(float second))

                let measured (omega2: float) (seed: int64) : RealisedMeasures =
                    let days =
                        List.init count (fun day ->
                            let struct (draws, rng) = Rng.normals n (Rng.splitAt day (Rng.ofSeed seed))
                            let struct (noise, _) = Rng.normals (n + 1) rng

                            accumulate (draws |> Array.map (fun draw -> sqrt (iv / float n) * draw))
                            |> Array.mapi (fun tick level -> level + sqrt omega2 * noise[tick]))

                    let prices =
                        TickPrices.check
                            ReturnKind.Arithmetic
                            "X"
                            "price"
                            (Array.concat (List.init count (fun day -> times |> Array.map _.AddDays(float day))))
                            (Array.concat days)

                    Expect.wantOk
                        (Intraday.measure
                            { Intraday.defaults with
                                Calendar =
                                    { Calendar.always with
                                        Regular = Session.usEquities
                                    }
                            }
                            [
                                IntradayMeasure.NoiseVariance
                                IntradayMeasure.Kernel KernelShape.Parzen
                                IntradayMeasure.Kernel KernelShape.TukeyHanning
                                IntradayMeasure.TwoScale
                            ]
                            (Expect.wantOk prices "sound"))
                        "measured"

                let values (name: string) (measures: RealisedMeasures) : float[] =
                    Expect.wantOk (RealisedMeasures.measure name measures) name

                let spread values = sqrt (variance values) / iv
                let noisy = measured 1e-8 21L
                // The exponential stands for 1 - IV / RV, which adds 1.7 percent here.
                Expect.isLessThan (abs (mean (values "noise_variance" noisy) / 1e-8 - 1.017)) 0.01 "noise"

                // Parameters for noise of two minutes' returns would give the Parzen kernel a spread of 0.08.
                for name, bias, most in
                    [
                        "kernel_parzen", 12.0 * float n * 1e-8 / iv / (38.0 * 38.0), 0.06
                        "kernel_tukey_hanning", 2.0 * Math.PI * Math.PI * float n * 1e-8 / iv / (48.0 * 48.0), 0.06
                        "two_scale", 0.0, 0.06
                    ] do
                    let found = values name noisy
                    Expect.isLessThan (spread found) most $"{name}: spread {spread found}"

                    Expect.isLessThan
                        (abs (mean found / iv - 1.0 - bias))
                        (4.0 * error found / iv + 0.005)
                        $"{name}: {mean found / iv} for {1.0 + bias}"

                let still = measured 0.0 22L
                let half = iv / (2.0 * float n)
                // 1 / e, and what is left of the error of the rough variance under its cap.
                Expect.isLessThan (mean (values "noise_variance" still)) (0.45 * half) "little of the price's own"

                for name in [ "kernel_parzen"; "kernel_tukey_hanning"; "two_scale" ] do
                    let found = values name still
                    Expect.isLessThan (spread found) 0.035 $"{name} without noise: spread {spread found}"
                    within (found |> Array.map (fun value -> value / iv)) 1.0 $"{name} without noise")
        ]
