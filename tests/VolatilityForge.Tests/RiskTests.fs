/// Tests of Value at Risk, expected shortfall, densities and residuals: goldens, laws, size and power.
module VolatilityForge.Tests.RiskTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.EvaluationGolden

let private normals (seed: int64) (count: int) : float[] =
    let struct (values, _) = Rng.normals count (Rng.ofSeed seed)
    values

let private rejections (replications: int) (pValue: int64 -> float) : float =
    Seq.init replications (fun i -> pValue (int64 i + 1L) < 0.05)
    |> Seq.averageBy (fun rejected -> if rejected then 1.0 else 0.0)

/// A forecast of the 5 % quantile of standard normal returns, times a factor.
let private normalRisk (factor: float) (seed: int64) (days: int) : RiskForecast =
    {
        Level = 0.05
        Returns = normals seed days
        ValueAtRisk = Array.create days (factor * Tail.normalQuantile 0.05)
    }

[<Tests>]
let suite =
    testList
        "Risk"
        [
            testCase "backtests agree with scipy and statsmodels"
            <| fun () ->
                for golden in items (part "coverage") do
                    let field (name: string) = numbers (golden.GetProperty name)
                    let series = items (golden.GetProperty "series")
                    let seed = series[0].GetInt32()
                    let clustered = series[3].GetBoolean()
                    let risk = risk seed (series[1].GetInt32()) (series[2].GetDouble()) clustered
                    let found = Expect.wantOk (Coverage.test risk) "coverage"
                    Expect.equal found.Exceedances (golden.GetProperty("exceedances").GetInt32()) "exceedances"

                    let agrees (name: string) (test: ChiSquareTest) =
                        let expected = field name
                        close 1e-10 test.Statistic expected[0] $"{seed}: {name}"
                        close 1e-10 test.PValue expected[1] $"{seed}: p of {name}"

                    agrees "unconditional" found.Unconditional
                    agrees "independent" found.Independent.Value
                    agrees "conditional" found.Conditional.Value

                    let dynamic =
                        Expect.wantOk (DynamicQuantile.test DynamicQuantile.lags risk) "dynamic quantile"

                    agrees "dynamic quantile" dynamic
                    let regressors = Array.last (field "dynamic quantile")
                    Expect.equal dynamic.Freedom (int regressors) "regressors"

                    let exceeded = RiskForecast.exceedances risk
                    let duration = Expect.wantOk (ExceedanceDuration.test exceeded) "durations"
                    let expected = field "duration"
                    // The reference searches without derivatives.
                    Expect.isLessThan (abs (duration.Test.Statistic - max 0.0 expected[0])) 1e-8 $"{seed}: durations"
                    close 1e-5 duration.Shape expected[1] $"{seed}: shape"
                    Expect.equal duration.Durations (int expected[2]) "complete durations"

                    let shortfall = risk.ValueAtRisk |> Array.map ((*) 1.25)
                    let scale = Array.create exceeded.Length 0.01

                    let tested =
                        Expect.wantOk (Shortfall.mcNeilFrey 1000 5L scale shortfall risk) "shortfall"

                    let expected = field "shortfall"
                    close 1e-10 tested.MeanResidual expected[0] $"{seed}: mean residual"
                    close 1e-10 tested.Statistic expected[1] $"{seed}: t"
                    close 1e-12 tested.PValue expected[2] $"{seed}: p of the shortfall"

            testCase "Kupiec's test is zero at the level, and counts none and all"
            <| fun () ->
                let test hits =
                    Expect.wantOk (Coverage.kupiec 0.05 200 hits) "a test"

                Expect.isLessThan (test 10).Statistic 1e-12 "ten in 200"
                close 1e-12 (test 0).Statistic (-2.0 * 200.0 * log 0.95) "none"
                close 1e-12 (test 200).Statistic (-2.0 * 200.0 * log 0.05) "all"
                Expect.isError (Coverage.kupiec 0.05 200 201) "more than days"
                Expect.isError (Coverage.kupiec 0.0 200 1) "level 0"
                Expect.isNone (Coverage.independence (Array.create 50 false)) "nothing to test"

            testCase "backtests keep their level, and find a forecast too mild and one that doesn't follow volatility"
            <| fun () ->
                let kupiec factor seed =
                    (Expect.wantOk (Coverage.test (normalRisk factor seed 1000)) "a test").Unconditional.PValue

                let dynamic factor seed =
                    (Expect.wantOk (DynamicQuantile.test 4 (normalRisk factor seed 1000)) "a test").PValue

                // Three standard errors of 5 % in 1,000 replications are 2.1 %; whole numbers of exceedances add to it.
                for name, pValue in [ "Kupiec", kupiec 1.0; "dynamic quantile", dynamic 1.0 ] do
                    let size = rejections 1000 pValue
                    Expect.isLessThan (abs (size - 0.05)) 0.025 $"{name}: {size}"

                Expect.isGreaterThan (rejections 200 (kupiec 0.8)) 0.9 "Kupiec finds a mild forecast"

                let clustered (seed: int64) =
                    let z = normals seed 1000

                    { normalRisk 1.0 seed 1000 with
                        Returns = z |> Array.mapi (fun day x -> if day / 50 % 2 = 0 then 0.3 * x else 1.4 * x)
                    }

                let dynamic seed =
                    (Expect.wantOk (DynamicQuantile.test 4 (clustered seed)) "a test").PValue

                let duration seed =
                    (Expect.wantOk (ExceedanceDuration.test (RiskForecast.exceedances (clustered seed))) "a test")
                        .Test.PValue

                Expect.isGreaterThan (rejections 100 dynamic) 0.7 "dynamic quantile"
                Expect.isGreaterThan (rejections 100 duration) 0.8 "durations"

                // With 39 simulations a p-value of 1/20 or less is exact, whatever their number; three standard errors of 5 % in 150
                // replications are 5.3 %.
                let size =
                    Seq.init 150 (fun i ->
                        let exceeded = RiskForecast.exceedances (normalRisk 1.0 (int64 i) 500)
                        let test = Expect.wantOk (ExceedanceDuration.simulated 39 7L 0.05 exceeded) "a test"
                        if test.Test.PValue <= 0.05 then 1.0 else 0.0)
                    |> Seq.average

                Expect.isLessThan (abs (size - 0.05)) 0.053 $"durations: {size}"

            testCase "the shortfall test keeps its level and finds a shortfall too mild"
            <| fun () ->
                let shortfall =
                    -(exp (-0.5 * Tail.normalQuantile 0.05 ** 2.0) / sqrt (2.0 * Math.PI)) / 0.05

                let pValue (factor: float) (seed: int64) =
                    let risk = normalRisk 1.0 seed 1000
                    let forecast = Array.create 1000 (factor * shortfall)

                    (Expect.wantOk (Shortfall.mcNeilFrey 300 seed (Array.create 1000 1.0) forecast risk) "a test")
                        .PValue

                let size = rejections 300 (pValue 1.0)
                // Three standard errors in 300 replications are 3.8 %.
                Expect.isLessThan (abs (size - 0.05)) 0.04 $"size {size}"
                Expect.isGreaterThan (rejections 100 (pValue 0.85)) 0.9 "power"

            testCase "the quantile loss is smallest at the quantile, Fissler and Ziegel's at the true pair"
            <| fun () ->
                let returns = normals 7L 20_011
                let q = Tail.normalQuantile 0.05
                let e = -(exp (-0.5 * q * q) / sqrt (2.0 * Math.PI)) / 0.05

                let quantile q =
                    returns |> Array.averageBy (RiskLoss.quantile 0.05 q)

                let pair (q, e) =
                    returns |> Array.averageBy (RiskLoss.fisslerZiegel 0.05 q e)

                for factor in [ 0.85; 1.15 ] do
                    Expect.isGreaterThan (quantile (factor * q)) (quantile q) $"quantile, {factor}"
                    Expect.isGreaterThan (pair (factor * q, e)) (pair (q, e)) $"pair with {factor} of the quantile"
                    Expect.isGreaterThan (pair (q, factor * e)) (pair (q, e)) $"pair with {factor} of the shortfall"

                // Differences of this loss have no unit, so that it pools.
                let difference (unit: float) =
                    RiskLoss.fisslerZiegel 0.05 (unit * q) (unit * e) (unit * -2.5)
                    - RiskLoss.fisslerZiegel 0.05 (unit * 1.1 * q) (unit * 1.1 * e) (unit * -2.5)

                close 1e-10 (difference 1e-3) (difference 1.0) "homogeneous of degree 0"
                Expect.isTrue (Double.IsNaN(RiskLoss.fisslerZiegel 0.05 -2.0 -1.0 0.0)) "a shortfall above its quantile"

            testCase "Berkowitz and Kolmogorov-Smirnov agree with statsmodels and scipy"
            <| fun () ->
                for fields in cases "density" do
                    let value (index: int) = fields[index].GetDouble()

                    let u =
                        uniforms (fields[0].GetInt32()) (fields[1].GetInt32())
                        |> Array.map (fun u -> u ** value 2)

                    let found = Expect.wantOk (DensityTests.berkowitz u) "Berkowitz"
                    // Means near zero keep fewer digits.
                    Expect.isLessThan (abs (found.Mean - value 3)) 1e-12 "mean"
                    Expect.isLessThan (abs (found.Persistence - value 4)) 1e-12 "persistence"
                    close 1e-11 found.Variance (value 5) "variance"
                    close 1e-9 found.Density.Statistic (value 6) "density"
                    close 1e-9 found.Density.PValue (value 7) "p"
                    Expect.isLessThan (abs (found.Independence.Statistic - value 8)) 1e-9 "independence"

                    let struct (distance, p) =
                        Expect.wantOk (DensityTests.kolmogorovSmirnov u) "Kolmogorov-Smirnov"

                    close 1e-12 distance (value 9) "distance"
                    close 1e-9 p (value 10) "p of the distance"

            testCase "Berkowitz keeps its level and finds a variance too small"
            <| fun () ->
                let pValue (deviation: float) (seed: int64) =
                    let u = normals seed 300 |> Array.map (fun z -> 1.0 - Tail.normal (deviation * z))
                    (Expect.wantOk (DensityTests.berkowitz u) "a test").Density.PValue

                let size = rejections 1000 (pValue 1.0)
                Expect.isLessThan (abs (size - 0.05)) 0.021 $"size {size}"
                Expect.isGreaterThan (rejections 200 (pValue 1.2)) 0.9 "power"

            testCase "Ljung-Box, ARCH-LM and sign bias agree with statsmodels"
            <| fun () ->
                for golden in items (part "residuals") do
                    let series = numbers (golden.GetProperty "series") |> Array.map int
                    let field (name: string) = numbers (golden.GetProperty name)
                    let z = uniforms series[0] series[1] |> Array.map Tail.normalQuantile

                    // Each value is scaled by the unscaled one before it, as numpy's assignment does.
                    let z =
                        z
                        |> Array.mapi (fun day x ->
                            if day = 0 then
                                x
                            else
                                let before = z[day - 1]
                                x * sqrt (0.7 + (if before < 0.0 then 0.3 * before * before else 0.0)))

                    let agrees (share: float) (name: string) (test: ChiSquareTest) =
                        let expected = field name
                        close share test.Statistic expected[0] name
                        close (10.0 * share) test.PValue expected[1] $"p of {name}"

                    agrees 1e-11 "ljung-box" (Expect.wantOk (ResidualTests.ljungBox series[2] series[3] z) "Ljung-Box")
                    agrees 1e-10 "arch" (Expect.wantOk (ResidualTests.archLm series[2] z) "ARCH-LM")
                    let sign = Expect.wantOk (ResidualTests.signBias z) "sign bias"
                    let expected = field "sign"

                    for i in 0..3 do
                        close 1e-10 sign.Coefficients[i] expected[i] "coefficients"
                        close 1e-10 sign.TStatistics[i] expected[4 + i] "t"

                    close 1e-10 sign.Joint.Statistic expected[8] "joint"

            testCase "residual tests keep their level and find what is there"
            <| fun () ->
                let box (values: float[]) =
                    (Expect.wantOk (ResidualTests.ljungBox 5 0 values) "a test").PValue

                let arch (values: float[]) =
                    (Expect.wantOk (ResidualTests.archLm 5 values) "a test").PValue

                let sign (values: float[]) =
                    (Expect.wantOk (ResidualTests.signBias values) "a test").Joint.PValue

                for name, test in [ "Ljung-Box", box; "ARCH-LM", arch; "sign bias", sign ] do
                    let size = rejections 1000 (fun seed -> test (normals seed 500))
                    // Fourth powers of normals make the regressions of squares a little conservative in 500 days.
                    Expect.isLessThan (abs (size - 0.045)) 0.025 $"{name}: {size}"

                let leveraged (seed: int64) =
                    let mutable before = 0.0

                    normals seed 500
                    |> Array.map (fun z ->
                        before <- z * sqrt (0.6 + (if before < 0.0 then 0.6 * before * before else 0.0))
                        before)

                Expect.isGreaterThan (rejections 100 (leveraged >> arch)) 0.7 "ARCH"
                Expect.isGreaterThan (rejections 100 (leveraged >> sign)) 0.7 "sign bias"

            testCase "refuse what they can't judge"
            <| fun () ->
                let risk = normalRisk 1.0 1L 200

                let bad =
                    { risk with
                        ValueAtRisk = risk.ValueAtRisk[1..]
                    }

                Expect.isError (Coverage.test bad) "unequal lengths"
                Expect.isError (Coverage.test { risk with Level = 1.0 }) "level 1"

                Expect.isError
                    (Coverage.test
                        { risk with
                            Returns = Array.create 200 nan
                        })
                    "NaN"

                Expect.isError (DynamicQuantile.test -1 risk) "negative lags"

                Expect.isError
                    (DynamicQuantile.test
                        4
                        { risk with
                            ValueAtRisk = Array.create 200 -50.0
                        })
                    "no exceedance"

                Expect.isError (ExceedanceDuration.test (Array.create 50 false)) "no exceedance"
                Expect.isError (ExceedanceDuration.test (Array.init 50 (fun day -> day % 10 = 0))) "equally far apart"
                let ones = Array.create 200 1.0
                let mild = Array.create 200 -1.0
                Expect.isError (Shortfall.mcNeilFrey 100 1L ones mild risk) "a shortfall above its quantile"
                Expect.isError (Shortfall.mcNeilFrey 100 1L (Array.create 200 0.0) mild risk) "a scale of zero"
                Expect.isError (DensityTests.berkowitz (Array.create 50 1.0)) "a transform of one"
                Expect.isError (DensityTests.berkowitz [| 0.5; 0.2 |]) "two days"
                Expect.isError (DensityTests.kolmogorovSmirnov (Array.create 50 nan)) "NaN"
                Expect.isError (ResidualTests.ljungBox 3 3 ones) "no freedom left"
                Expect.isError (ResidualTests.archLm 5 ones) "a series that never varies"
                Expect.isError (ResidualTests.signBias (Array.init 50 (fun i -> 1.0 + float (i % 3)))) "one sign"
        ]
