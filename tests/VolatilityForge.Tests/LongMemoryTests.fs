/// RiskMetrics 2006 and rough volatility: literal twins and laws.
module VolatilityForge.Tests.LongMemoryTests

open System
open MathNet.Numerics
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private window (last: int) : VolatilityForge.Window = { First = 0; Last = last }

let private forecastOf (forecaster: IForecaster) (horizon: int) (history: History) (last: int) : float =
    let fit = Expect.wantOk (forecaster.Fit(history, window last, horizon)) "fits"
    Units.strip (fit.Forecast(history, last))

/// Values of a fractional Brownian motion on so many days, by the Cholesky factor of its covariance.
let private fractional (seed: int64) (hurst: float) (days: int) : float[] =
    let power (t: int) = float t ** (2.0 * hurst)

    let covariance =
        Array.init (days * days) (fun cell ->
            let s, t = cell / days + 1, cell % days + 1
            0.5 * (power s + power t - power (abs (s - t))))

    let lower =
        LinearAlgebra.Matrix<float>.Build.Dense(days, days, covariance).Cholesky().Factor

    let mutable rng = Rng.ofSeed seed

    let z =
        Array.init days (fun _ ->
            let struct (value, next) = Rng.nextNormal rng
            rng <- next
            value)

    (lower * LinearAlgebra.Vector<float>.Build.DenseOfArray z).ToArray()

let private models: (string * IForecaster) list =
    [
        "riskmetrics2006", RiskMetrics2006.forecaster RiskMetrics2006.defaults
        "rfsv", RoughVolatility.forecaster RoughVolatility.defaults
    ]

[<Tests>]
let suite =
    testList
        "Long memory"
        [
            testCase "RiskMetrics 2006 has the paper's scales, and weights that fall and sum to one" (fun () ->
                let scales = RiskMetrics2006.scales RiskMetrics2006.defaults
                Expect.equal scales.Length 15 "scales"
                close 1e-12 scales[14] 512.0 "the longest"
                let weights = RiskMetrics2006.weights RiskMetrics2006.defaults
                close 1e-14 (Array.sum weights) 1.0 "sum"
                Expect.isTrue (weights |> Array.pairwise |> Array.forall (fun (a, b) -> a > b)) "falling"
                // (1 - ln 4 / ln 1560) over the sum, with a hand calculator.
                close
                    1e-9
                    (weights[0] / weights[14])
                    ((1.0 - log 4.0 / log 1560.0) / (1.0 - log 512.0 / log 1560.0))
                    "ratio")

            testCase "a RiskMetrics 2006 forecast is the literal weighted sum, iterated over the days ahead" (fun () ->
                let history = simulated 41 300
                let v = history.Variance |> Array.map Units.strip
                let start = Array.average v[..21]

                let own (scale: float) =
                    let decay = exp (-1.0 / scale)

                    let aged =
                        Seq.sumBy (fun day -> (1.0 - decay) * decay ** float (299 - day) * v[day]) (seq { 22..299 })

                    aged + decay ** 278.0 * start

                let scales = Array.init 15 (fun k -> 4.0 * 2.0 ** (float k / 2.0))
                let weights = scales |> Array.map (fun scale -> 1.0 - log scale / log 1560.0)
                let total = Array.sum weights

                let average (levels: float[]) =
                    Array.fold2 (fun sum w l -> sum + w * l) 0.0 weights levels / total

                let mutable levels = scales |> Array.map own

                let days =
                    Array.init 5 (fun _ ->
                        let expected = average levels

                        levels <-
                            Array.map2
                                (fun scale level -> expected + exp (-1.0 / scale) * (level - expected))
                                scales
                                levels

                        expected)

                let forecaster = snd models[0]
                close 1e-12 (forecastOf forecaster 1 history 299) days[0] "tomorrow"
                close 1e-12 (forecastOf forecaster 5 history 299) (Array.average days) "the week")

            testCase "rough weights approach the paper's kernel, whose integral is one" (fun () ->
                for hurst in [ 0.05; 0.14; 0.3 ] do
                    for ahead in [ 1; 5; 22 ] do
                        let raw =
                            Array.init 2_000_000 (fun back ->
                                let age = float back + 0.5
                                1.0 / ((age + float ahead) * age ** (hurst + 0.5)))

                        // The first day, where the kernel is singular, by s = u^(1 / (1/2 - H)).
                        let power = 1.0 / (0.5 - hurst)

                        let opening =
                            Seq.averageBy
                                (fun i -> power / (((float i + 0.5) / 1000.0) ** power + float ahead))
                                (seq { 0..999 })

                        let integral =
                            cos (hurst * Math.PI) / Math.PI
                            * float ahead ** (hurst + 0.5)
                            * (opening + Array.sum raw[1..])

                        // The middles of the other days, and the days beyond the last.
                        Expect.isLessThan (abs (integral - 1.0)) 0.02 $"{hurst}, {ahead}"
                        let weights = RoughVolatility.weights hurst 500 ahead
                        close 1e-12 (Array.sum weights) 1.0 "sum"
                        close 1e-12 (weights[7] / weights[0]) (raw[7] / raw[0]) "kernel")

            testCase "a rough forecast is the paper's formula" (fun () ->
                let history = simulated 42 700

                let fit =
                    Expect.wantOk (RoughVolatility.fit RoughVolatility.defaults history (window 699)) "fits"

                let h, nu = fit.Hurst, fit.Nu
                let v = history.Variance |> Array.map Units.strip

                let kernel (back: int) =
                    1.0 / ((float back + 0.5) ** (h + 0.5) * (float back + 0.5 + 3.0))

                let total = Seq.sumBy kernel (seq { 0..499 })

                let level =
                    Seq.sumBy (fun back -> kernel back * log v[699 - back]) (seq { 0..499 }) / total

                let c =
                    SpecialFunctions.Gamma(1.5 - h)
                    / (SpecialFunctions.Gamma(h + 0.5) * SpecialFunctions.Gamma(2.0 - 2.0 * h))

                let expected = exp (level + 2.0 * c * nu * nu * 3.0 ** (2.0 * h))
                close 1e-12 (Units.strip (RoughVolatility.forecastDay fit history 699 3)) expected "three days ahead")

            testCase "a rough forecaster tells the roughness that it found" (fun () ->
                let history = simulated 42 700

                let fit =
                    Expect.wantOk (RoughVolatility.fit RoughVolatility.defaults history (window 699)) "fits"

                match Expect.wantOk ((snd models[1]).Fit(history, window 699, 1)) "fits" with
                | :? IHasParameters as told -> Expect.equal told.Parameters [ "hurst", fit.Hurst; "nu", fit.Nu ] "both"
                | _ -> failtest "tells its parameters")

            testCase "roughness is found in simulated fractional Brownian motions" (fun () ->
                for hurst in [ 0.1; 0.3 ] do
                    let found =
                        Array.init 8 (fun seed ->
                            let level = fractional (int64 seed + 1L) hurst 700
                            let history = ofVariance (level |> Array.map (fun x -> 1e-4 * exp (2.0 * 0.3 * x)))
                            Expect.wantOk (RoughVolatility.fit RoughVolatility.defaults history (window 699)) "fits")

                    // The mean of eight; one estimate of H has a standard deviation of 0.03 at most here.
                    Expect.isLessThan (abs ((found |> Array.averageBy _.Hurst) - hurst)) 0.035 "Hurst exponent"
                    Expect.isLessThan (abs ((found |> Array.averageBy _.Nu) - 0.3)) 0.02 "nu")

            testList
                "forecasts have the unit of the variance"
                [
                    for name, forecaster in models ->
                        testCase name (fun () ->
                            let history = simulated 43 600

                            let scaled =
                                ofVariance (history.Variance |> Array.map (fun v -> 1e4 * Units.strip v))

                            for horizon in [ 1; 5 ] do
                                close
                                    1e-9
                                    (forecastOf forecaster horizon scaled 599)
                                    (1e4 * forecastOf forecaster horizon history 599)
                                    "scaled")
                ]

            testCase "settings outside their domain are refused" (fun () ->
                let scales options =
                    Expect.isError (RiskMetrics2006.check options) "scales"

                scales
                    { RiskMetrics2006.defaults with
                        Ratio = 1.0
                    }

                scales
                    { RiskMetrics2006.defaults with
                        Longest = 2.0
                    }

                scales
                    { RiskMetrics2006.defaults with
                        Cutoff = 512.0
                    }

                scales
                    { RiskMetrics2006.defaults with
                        StartDays = 0
                    }

                Expect.isError
                    (RoughVolatility.check
                        { RoughVolatility.defaults with
                            Lags = 1
                            Memory = 1
                        })
                    "lags"

                let flat = ofVariance (Array.create 300 1e-4)
                Expect.isError (RoughVolatility.fit RoughVolatility.defaults flat (window 299)) "never moves")
        ]
