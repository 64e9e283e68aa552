/// Realised measures on simulated days whose integrated variance is known.
module VolatilityForge.Tests.RealisedSimulationTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.RealisedByName

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
