/// Quantiles of returns from forecasts of variance, and conformal intervals.
module VolatilityForge.Tests.IntervalTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private normals (seed: int64) (count: int) : float[] =
    let struct (values, _) = Rng.normals count (Rng.ofSeed seed)
    values

let private variances (values: float[]) : Variance[] =
    values |> Array.map (fun value -> value * 1.0< / day>)

/// Forecasts and what came: lognormal errors, larger from a day on.
let private forecasts (seed: int64) (days: int) (change: int) : struct (Variance[] * Variance[]) =
    let draws = normals seed (2 * days)
    let forecast = Array.init days (fun day -> 1e-4 * exp (0.5 * draws[day]))

    struct (variances forecast,
            variances (
                Array.init days (fun day ->
                    forecast[day] * exp ((if day < change then 0.4 else 0.8) * draws[days + day]))
            ))

let private share (intervals: VarianceInterval[]) (realised: Variance[]) : float =
    Array.map2 Conformal.holds intervals realised
    |> Array.averageBy (fun held -> if held then 1.0 else 0.0)

let private walk (config: ConformalConfig) (horizon: int) (forecast: Variance[]) (realised: Variance[]) =
    let struct (intervals, state) =
        Expect.wantOk (Conformal.walk config horizon forecast realised) "a walk"

    intervals, state

[<Tests>]
let suite =
    testList
        "Intervals"
        [
            testCase "the tail mean is the mean of the quantiles below the level"
            <| fun () ->
                for distribution, share in
                    [
                        ReturnDistribution.Normal, 1e-4
                        // The midpoint rule loses some of a long tail.
                        ReturnDistribution.StudentT 8.0, 1e-3
                    ] do
                    for level in [ 0.01; 0.05; 0.3 ] do
                        let steps = 20_000

                        let mean =
                            Seq.init steps (fun i ->
                                ReturnDistribution.quantile distribution (level * (float i + 0.5) / float steps))
                            |> Seq.average

                        close share (ReturnDistribution.tailMean distribution level) mean $"%A{distribution} {level}"

                close 1e-12 (ReturnDistribution.quantile ReturnDistribution.Normal 0.05) -1.6448536269514729 "normal"
                // mpmath: the root of betainc(5/2, 1/2, 0, 5 / (5 + x^2)) / 2 = 0.05, times sqrt(3 / 5).
                close
                    1e-12
                    (ReturnDistribution.quantile (ReturnDistribution.StudentT 5.0) 0.05)
                    -1.56084975834423
                    "Student's t"

            testCase "a long history of normal returns has the normal distribution's tail"
            <| fun () ->
                let returns = normals 3L 40_009 |> Array.map ((*) 0.02)
                let ones = Array.create returns.Length 4e-4< / day>
                let history = Expect.wantOk (ReturnDistribution.filtered ones returns) "a history"

                let struct (var, es) =
                    Expect.wantOk (ReturnDistribution.risk history 0.05 9e-4< / day>) "a forecast"

                let struct (normalVar, normalEs) =
                    Expect.wantOk (ReturnDistribution.risk ReturnDistribution.Normal 0.05 9e-4< / day>) "a forecast"
                // 2,000 returns in the tail: three standard errors are 3 %.
                close 0.03 var normalVar "quantile"
                close 0.03 es normalEs "tail mean"

            testCase "historical quantiles are those of numpy, and don't depend on order"
            <| fun () ->
                let values = Array.init 20 (fun i -> float (i * i % 23))

                let q p =
                    ReturnDistribution.quantile (ReturnDistribution.Historical values) p
                // numpy.quantile([i * i % 23 for i in range(20)], [0.05, 0.5, 0.975])
                close 1e-14 (q 0.05) 0.95 "5 %"
                close 1e-14 (q 0.5) 8.0 "median"
                close 1e-14 (q 0.975) 18.0 "97.5 %"

                Expect.equal
                    (ReturnDistribution.quantile (ReturnDistribution.Historical(Array.rev values)) 0.31)
                    (q 0.31)
                    "order"

            testCase "split conformal intervals hold exchangeable days as often as asked, for any number of errors"
            <| fun () ->
                for calibration, coverage in [ 19, 0.9; 59, 0.9; 199, 0.8 ] do
                    let held =
                        Seq.init 1500 (fun seed ->
                            let struct (forecast, realised) =
                                forecasts (int64 seed) (calibration + 1) Int32.MaxValue

                            let config =
                                { Conformal.defaults with
                                    Coverage = coverage
                                    Rate = 0.0
                                }

                            let state =
                                Expect.wantOk
                                    (Conformal.calibrate
                                        config
                                        forecast[.. calibration - 1]
                                        realised[.. calibration - 1])
                                    "a state"

                            Conformal.holds (Conformal.interval state forecast[calibration]) realised[calibration])
                        |> Seq.averageBy (fun held -> if held then 1.0 else 0.0)

                    // Three standard errors of 90 % in 1,500 are 2.3 %, of 80 % 3.1 %. These numbers of errors make it exact.
                    Expect.isLessThan (abs (held - coverage)) 0.031 $"{calibration} errors: {held}"

            testCase "the adaptive interval comes back to its coverage after the errors change, the split one doesn't"
            <| fun () ->
                let struct (forecast, realised) = forecasts 5L 3000 1000

                let last (intervals: VarianceInterval[]) =
                    share intervals[1000..] realised[1000..]

                let adaptive, _ =
                    walk
                        { Conformal.defaults with
                            Capacity = 5000
                        }
                        1
                        forecast
                        realised

                let frozen =
                    { Conformal.defaults with
                        Capacity = 5000
                        Rate = 0.0
                    }

                let state =
                    Expect.wantOk (Conformal.calibrate frozen forecast[..999] realised[..999]) "a state"

                let split = forecast |> Array.map (Conformal.interval state)
                Expect.isLessThan (abs (last adaptive - 0.9)) 0.01 "adaptive"
                Expect.isLessThan (last split) 0.75 "split"

            testCase "the long-run share of the adaptive interval is within its bound of the target, whatever comes"
            <| fun () ->
                let days = 1500
                let forecast = variances (Array.create days 1.0)
                // Nothing exchangeable about it: the errors grow without end.
                let realised =
                    variances (Array.init days (fun day -> exp (0.01 * float day * sin (float day))))

                let config = { Conformal.defaults with Rate = 0.05 }
                let intervals, _ = walk config 1 forecast realised
                // Gibbs and Candès (2021), proposition 4.1: (max(a, 1-a) + rate) / (rate days).
                let bound = (0.9 + 0.05) / (0.05 * float days)
                Expect.isLessThan (abs (share intervals realised - 0.9)) (bound + 1.0 / float days) "the bound"

            testCase "an interval scales with the forecast, grows with coverage, and holds the median error"
            <| fun () ->
                let struct (forecast, realised) = forecasts 6L 200 Int32.MaxValue

                let at coverage =
                    Expect.wantOk
                        (Conformal.calibrate
                            { Conformal.defaults with
                                Coverage = coverage
                            }
                            forecast
                            realised)
                        "a state"

                let narrow, wide =
                    Conformal.interval (at 0.5) 1.0< / day>, Conformal.interval (at 0.9) 1.0< / day>

                Expect.isTrue (wide.Lower < narrow.Lower && narrow.Upper < wide.Upper) "nested"
                let scaled = Conformal.interval (at 0.9) 1e-4< / day>
                close 1e-14 (float scaled.Upper) (1e-4 * float wide.Upper) "scale"

            testCase "a walk's intervals depend on nothing that is not known on their day, at any horizon"
            <| fun () ->
                let struct (forecast, realised) = forecasts 7L 150 Int32.MaxValue

                for horizon in [ 1; 5 ] do
                    let whole, _ = walk Conformal.defaults horizon forecast realised

                    let changed =
                        realised |> Array.mapi (fun day v -> if day > 100 - horizon then 1e3 * v else v)

                    let other, _ = walk Conformal.defaults horizon forecast changed
                    Expect.equal other[..100] whole[..100] $"horizon {horizon}"
                    Expect.notEqual other[101] whole[101] "the day after does"

            testCase "a miss is one of the interval issued, not of one made when the variance is known"
            <| fun () ->
                let struct (forecast, realised) = forecasts 8L 400 100
                let horizon = 22
                let config = { Conformal.defaults with Rate = 0.05 }
                let intervals, state = walk config horizon forecast realised
                let mutable share = 0.1

                for day in 0 .. forecast.Length - 1 - horizon do
                    let held = Conformal.holds intervals[day] realised[day]
                    share <- share + 0.05 * (0.1 - (if held then 0.0 else 1.0))

                close 1e-12 state.MissShare share "the share by the intervals issued"

            testCase "floored days teach intervals nothing; they and intervals without end are not judged"
            <| fun () ->
                let struct (forecast, realised) = forecasts 9L 300 Int32.MaxValue
                let scored = Array.init 300 (fun day -> day % 7 <> 3)

                let track (realised: Variance[]) : ForecastTrack =
                    {
                        Model = "m"
                        Symbol = ""
                        Horizon = 1
                        Origins = Array.init 300 id
                        Dates = Array.init 300 (DateOnly(2001, 1, 1).AddDays)
                        Forecast = forecast
                        Realised = realised
                        Scored = scored
                        Clamped = 0
                        Refits = 1
                        Next = forecast[299]
                    }

                let make (realised: Variance[]) =
                    Expect.wantOk (ConformalTrack.ofTrack Conformal.defaults (track realised)) "a track"

                let made = make realised

                let floored =
                    make (realised |> Array.mapi (fun day v -> if scored[day] then v else 1e-9 * v))

                Expect.equal floored made "what an unscored target is changes nothing"
                Expect.equal made.State.Count (scored |> Array.filter id |> Array.length) "an error per scored day"

                let judged =
                    [
                        for day in 0..299 do
                            if scored[day] && Conformal.isFinite made.Intervals[day] then
                                Conformal.holds made.Intervals[day] realised[day]
                    ]

                Expect.equal (made.Judged, made.Held) (judged.Length, judged |> List.filter id |> List.length) "by hand"
                // 19 errors before the first interval of two ends at 90 %.
                Expect.isLessThan made.Judged (made.State.Count - 15) "the first days are not judged"

            testCase "few errors give an interval without end, and bad days teach nothing"
            <| fun () ->
                let start =
                    Expect.wantOk (Conformal.calibrate Conformal.defaults [||] [||]) "nothing known"

                let interval = Conformal.interval start 1.0< / day>
                Expect.equal (float interval.Lower, float interval.Upper) (0.0, infinity) "without end"
                Expect.equal (Conformal.observe start interval 1.0< / day> 0.0< / day>) start "a day of no variance"
                Expect.isFalse (Conformal.isFinite interval) "no two ends"
                let one = variances [| 1.0 |]

                Expect.isError
                    (Conformal.calibrate
                        { Conformal.defaults with
                            Coverage = 1.0
                        }
                        one
                        one)
                    "coverage 1"

                Expect.isError (Conformal.calibrate { Conformal.defaults with Rate = -0.1 } one one) "a negative rate"
                Expect.isError (Conformal.calibrate { Conformal.defaults with Capacity = 0 } one one) "no capacity"
                Expect.isError (Conformal.calibrate Conformal.defaults one [||]) "unequal lengths"
                Expect.isError (Conformal.calibrate Conformal.defaults one (variances [| 0.0 |])) "a variance of zero"
                Expect.isError (Conformal.walk Conformal.defaults 0 one one) "horizon 0"
                Expect.isError (ReturnDistribution.check (ReturnDistribution.StudentT 2.0)) "no variance"
                Expect.isError (ReturnDistribution.check (ReturnDistribution.Historical [| 1.0 |])) "one day"
                Expect.isError (ReturnDistribution.risk ReturnDistribution.Normal 0.0 1.0< / day>) "level 0"

                Expect.isError
                    (ReturnDistribution.filtered (variances (Array.create 30 0.0)) (Array.create 30 0.0))
                    "no variance"
        ]
