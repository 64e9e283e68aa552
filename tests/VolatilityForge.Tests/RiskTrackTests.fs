/// Intervals and quantiles of walk-forwards: causal, calibrated, and the same when stored.
module VolatilityForge.Tests.RiskTrackTests

open System
open System.IO
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.EvaluationGolden

let private config =
    {
        Intervals =
            Some
                { Conformal.defaults with
                    Coverage = 0.8
                }
        Levels = [ 0.01; 0.05 ]
        Tail = TailShape.Historical
    }

/// A track that forecasts the true variance of normal returns.
let private truth (seed: int) (days: int) (horizon: int) : History * ForecastTrack =
    let draws = uniforms seed (2 * days)
    let variance = Array.init days (fun day -> 1e-4 * exp (sin (float day / 40.0)))

    let history =
        { ofVariance (Array.init days (fun day -> variance[day] * exp (0.5 * Tail.normalQuantile draws[2 * day]))) with
            Returns = Array.init days (fun day -> sqrt variance[day] * Tail.normalQuantile draws[2 * day + 1])
        }

    let origins = [| 0 .. days - 1 - horizon |]

    history,
    {
        Model = "truth"
        Symbol = history.Symbol
        Horizon = horizon
        Origins = origins
        Dates = origins |> Array.map (fun day -> history.Dates[day])
        Forecast = origins |> Array.map (fun day -> variance[day + 1] * 1.0< / day>)
        Realised = origins |> Array.map (History.target horizon history)
        Scored = origins |> Array.map (fun _ -> true)
        Clamped = 0
        Refits = 1
        Next = 1e-4< / day>
    }

let private track (config: RiskConfig) (history: History, track: ForecastTrack) : RiskTrack =
    Expect.wantOk (RiskTrack.ofTrack config history track) "a track"

[<Tests>]
let suite: Test =
    testList
        "Risk tracks"
        [
            testCase "intervals and quantiles of a day read nothing that came after it" (fun () ->
                for horizon in [ 1; 5 ] do
                    let history, forecasts = truth 3 900 horizon
                    let cut = 640

                    let changed =
                        { history with
                            Returns = history.Returns |> Array.mapi (fun day r -> if day > cut then 3.0 * r else r)
                        },
                        { forecasts with
                            Realised =
                                forecasts.Realised
                                |> Array.mapi (fun i v -> if i + horizon > cut then 7.0 * v else v)
                        }

                    for tail in [ TailShape.Historical; TailShape.Normal; TailShape.StudentT ] do
                        let config = { config with Tail = tail }

                        let upTo (track: RiskTrack) =
                            Array.take (cut + 1) track.Intervals.Value,
                            track.Tails
                            |> List.map (fun tail -> tail.Quantiles[250..cut], tail.Shortfalls[250..cut])

                        let one, other = track config (history, forecasts), track config changed
                        Expect.equal (upTo other) (upTo one) $"{tail}, {horizon}"
                        Expect.notEqual other.NextInterval one.NextInterval "later days do read it"
                        Expect.equal one.Tails.Length (if horizon = 1 then 2 else 0) "quantiles of the next day only")

            testCase "quantiles of true variances are exceeded as often as asked, by every tail" (fun () ->
                let data = truth 5 6_000 1

                for tail in [ TailShape.Historical; TailShape.Normal; TailShape.StudentT ] do
                    for set in RiskTrack.risks (track { config with Tail = tail } data) do
                        let coverage = Expect.wantOk (Coverage.test set.Risk) "a test"
                        Expect.equal coverage.Days 5_749 "all but the first year"

                        Expect.isGreaterThan
                            coverage.Unconditional.PValue
                            0.01
                            $"{tail} at {set.Risk.Level}: {coverage.Exceedances}"

                        let es = set.Shortfall.Value
                        Expect.isTrue (Array.forall2 (<) es set.Risk.ValueAtRisk) "beyond the quantile")

            testCase
                "normal quantiles of unit returns are the normal's, and t's are of the likeliest freedom"
                (fun () ->
                    let state =
                        {
                            Conformal = None
                            Standardised = Array.init 400 (fun i -> if i % 2 = 0 then 1.0 else -1.0)
                        }

                    let normal =
                        { config with
                            Tail = TailShape.Normal
                            Levels = [ 0.01 ]
                        }

                    let level, quantile, shortfall = (RiskTrack.ahead normal state 4e-4< / day>).Head
                    close 1e-12 level 0.01 "the level"
                    close 1e-12 quantile (0.02 * Tail.normalQuantile 0.01) "two percent a day"

                    close
                        1e-9
                        shortfall
                        (-0.02 * exp (-0.5 * 2.3263478740408408 ** 2.0) / sqrt (2.0 * Math.PI) / 0.01)
                        "its tail mean"
                    // Draws of a t by its quantile; 5 degrees of freedom within three standard errors of 4,000 draws.
                    let draws =
                        uniforms 77 4_000
                        |> Array.map (fun u -> sqrt (3.0 / 5.0) * Tail.studentQuantile 5.0 u)

                    let found = RiskTrack.freedom draws
                    Expect.isLessThan (abs (found - 5.0)) 1.2 $"freedom {found}"
                    close 1e-4 (RiskTrack.freedom (draws |> Array.map ((*) 7.0))) found "whatever the scale"

                    let unlikelihood nu =
                        let scale = sqrt (draws |> Array.averageBy (fun z -> z * z))

                        draws
                        |> Array.averageBy (fun z ->
                            let x = z / scale * sqrt (nu / (nu - 2.0))

                            -MathNet.Numerics.Distributions.StudentT.PDFLn(0.0, 1.0, nu, x)
                            - log (sqrt (nu / (nu - 2.0))))

                    for other in [ 0.98 * found; 1.02 * found ] do
                        Expect.isLessThan (unlikelihood found) (unlikelihood other) "no neighbour is likelier")

            testCase "intervals hold what they should, and evaluation counts it" (fun () ->
                for horizon in [ 1; 5 ] do
                    let history, forecasts = truth 9 4_000 horizon
                    let found = track config (history, forecasts)

                    let known =
                        found.Intervals.Value
                        |> Array.map (fun each -> Double.IsFinite(Units.strip each.Upper))

                    let pick (values: 'a[]) =
                        Array.zip values known |> Array.filter snd |> Array.map fst

                    let set =
                        {
                            Symbol = ""
                            Model = "truth"
                            Horizon = horizon
                            Coverage = 0.8
                            Intervals = pick found.Intervals.Value
                            Realised = pick forecasts.Realised
                        }

                    let evaluated =
                        Expect.wantOk (IntervalSet.evaluate HacLag.Automatic set) "an evaluation"

                    Expect.isLessThan (abs (evaluated.Held - 0.8)) 0.015 $"held {evaluated.Held}"
                    Expect.isGreaterThan evaluated.Test.Value.PValue 0.01 "its test"
                    let narrow = { set with Coverage = 0.9 }

                    let evaluated =
                        Expect.wantOk (IntervalSet.evaluate HacLag.Automatic narrow) "an evaluation"

                    Expect.isLessThan evaluated.Test.Value.PValue 1e-6 "a wrong coverage is found"
                    Expect.isError (IntervalSet.evaluate HacLag.Automatic { set with Realised = [||] }) "other lengths"

                    Expect.isError
                        (IntervalSet.evaluate
                            HacLag.Automatic
                            { set with
                                Realised = [||]
                                Intervals = [||]
                            })
                        "no day")

            testCase "what was calibrated is stored in a checkpoint and gives the same intervals" (fun () ->
                let settings =
                    (ExperimentConfig.Default 5)
                        .WithModels("log-har", "ewma")
                        .WithHorizons(1, 5)
                        .WithRollingWindow(200)
                        .WithIntervals(0.9)
                        .WithIntervalMethod("split")
                        .WithVarLevels(0.05)

                let history = { measured 71 900 with Symbol = "S" }

                let result =
                    Expect.wantOk (Experiment.run settings Experiment.unmonitored history) "a run"

                Expect.equal result.Risk.Length 4 "every track"
                let folder = Directory.CreateTempSubdirectory "volatilityforge-risk-"

                try
                    let target = Path.Combine(folder.FullName, "out")
                    Expect.wantOk (ResultFiles.save target false [ result ]) "saved"
                    let path = Path.Combine(target, "checkpoint.safetensors")
                    let stored = Expect.wantOk (Checkpoint.load path) "a checkpoint"

                    let read, ensembles =
                        Expect.wantOk (EnsembleCheckpoint.toEnsembles path stored) "settings"

                    Expect.equal read settings "the settings"
                    let states = Expect.wantOk (EnsembleCheckpoint.risks path read stored) "states"

                    let rows =
                        Expect.wantOk
                            (Outlook.forecast read ensembles history
                             |> Result.bind (Outlook.withRisk read states))
                            "forecasts"

                    for row, track in List.zip rows result.Risk do
                        Expect.equal row.Interval track.NextInterval $"{row.Model} at {row.Horizon}"

                        let expected =
                            track.Tails
                            |> List.map (fun tail -> tail.Level, tail.NextQuantile, tail.NextShortfall)

                        Expect.equal row.Tails expected "quantiles"

                    let file =
                        Expect.wantOk (ForecastFile.read 1 (Path.Combine(target, "forecasts.csv"))) "a file"

                    Expect.equal file.Risks (result.Risk |> List.collect RiskTrack.risks) "the quantiles are read back"
                    let held (set: IntervalSet) = set.Intervals

                    Expect.equal
                        (file.Intervals |> List.map held)
                        [
                            for track in result.Risk ->
                                track.Intervals.Value
                                |> Array.filter (fun each -> Double.IsFinite(Units.strip each.Upper))
                        ]
                        "and the intervals"
                finally
                    folder.Delete true)

            testCase "settings outside their domain are told before the work" (fun () ->
                let refused (change: ExperimentConfig -> ExperimentConfig) (word: string) =
                    let settings = change ((ExperimentConfig.Default 5).WithModels("log-har"))
                    let fault = Fault.describe (Expect.wantError (settings.Build()) "a fault")
                    Expect.stringContains fault word "the fault"

                refused _.WithIntervals(1.0) "coverage"
                refused _.WithIntervals(-0.5) "coverage"
                refused _.WithIntervalMethod("magic") "adaptive"
                refused _.WithVarLevels(0.01, 0.01) "differ"
                refused _.WithVarLevels(1.5) "var levels"
                refused _.WithVarTail("cauchy") "student-t"
                refused (_.WithVarLevels(0.01) >> _.WithHorizons(5)) "among the horizons"

                let settings =
                    ((ExperimentConfig.Default 5).WithModels("log-har").WithRollingWindow 100).WithVarLevels 0.05

                let still = simulated 4 300

                let fault =
                    Expect.wantError (Experiment.run settings Experiment.unmonitored still) "a fault"

                Expect.stringContains (Fault.describe fault) "no returns" "the reason")
        ]

let private shortfallSeries (seed: int) (count: int) (level: float) (factor: float) : float[] * float[] =
    let draws = uniforms seed (2 * count)
    let q = Tail.normalQuantile level
    let mean = -exp(-0.5 * q * q) / sqrt (2.0 * Math.PI) / level

    let returns, shortfall =
        Array.zeroCreate<float> count, Array.zeroCreate<float> count

    let mutable sigma = 0.01

    for day in 0 .. count - 1 do
        shortfall[day] <- factor * sigma * mean
        returns[day] <- sigma * Tail.normalQuantile draws[2 * day]
        sigma <- 0.004 + 0.75 * sigma + 0.01 * (draws[2 * day + 1] - 0.5)

    returns, shortfall

[<Tests>]
let regression: Test =
    testList
        "Shortfall regression"
        [
            testCase "has the figures of statsmodels" (fun () ->
                for row in golden "shortfall_regression.csv" do
                    let field (place: int) = number row[place]
                    let level = field 2
                    let returns, shortfall = shortfallSeries (int row[0]) (int row[1]) level (field 3)
                    let struct (a, b) = ShortfallRegression.quantile level shortfall returns
                    // statsmodels' iterations end near a vertex, which is then solved for; both are exact to rounding.
                    close 1e-7 b (field 5) "slope of the quantile"
                    close 1e-6 a (field 4) "its intercept"

                    let found =
                        Expect.wantOk (ShortfallRegression.test 999 1L level shortfall returns) "a test"

                    close 1e-6 found.Intercept (field 6) "intercept"
                    close 1e-7 found.Slope (field 7) "slope"
                    // Far in the tail of the chi-square both are small; near its middle they agree roughly.
                    Expect.isLessThan (abs (found.StrictPValue - found.Strict.PValue)) 0.12 "resampled and chi-square"
                    close 1e-6 found.Strict.Statistic (field 8) "Wald"
                    close 1e-9 found.Excess (field 9) "excess"
                    close 1e-9 found.Statistic (field 10) "its statistic")

            testCase "keeps its level and finds forecasts too mild" (fun () ->
                let share (factor: float) (p: ShortfallRegressionTest -> float) (samples: int) =
                    Array.Parallel.init samples (fun sample ->
                        let returns, shortfall = shortfallSeries (9_001 + 17 * sample) 2_000 0.05 factor

                        let test =
                            Expect.wantOk
                                (ShortfallRegression.test 199 (int64 sample) 0.05 shortfall returns)
                                "a test"

                        if p test < 0.05 then 1.0 else 0.0)
                    |> Array.average

                let samples = 200
                let strict = share 1.0 _.StrictPValue samples
                // 8 to 10 % in a study with numpy, since the tail of 2,000 days has a hundred; three standard errors are 6 %.
                Expect.isLessThan strict 0.15 $"strict size {strict}"
                let size = share 1.0 _.OneSided samples
                // Three standard errors of 200 samples are 4.6 %.
                Expect.isLessThan (abs (size - 0.05)) 0.05 $"one-sided size {size}"
                Expect.isGreaterThan (share 0.8 _.OneSided 60) 0.8 "power"
                Expect.isGreaterThan (share 0.7 _.StrictPValue 60) 0.8 "power of the strict test"
                Expect.isLessThan (share 1.2 _.OneSided 60) 0.02 "forecasts too grim are no fault of this side")

            testCase "hostile inputs are refused" (fun () ->
                let returns, shortfall = shortfallSeries 5 400 0.05 1.0

                let refused level e r =
                    Expect.isError (ShortfallRegression.test 9 1L level e r) "a fault"

                refused 0.0 shortfall returns
                refused 0.01 shortfall returns
                refused 0.05 shortfall[1..] returns
                refused 0.05 (Array.create 400 -0.01) returns
                refused 0.05 (shortfall |> Array.map abs) returns
                refused 0.05 shortfall (Array.create 400 nan))
        ]
