/// Forecasts, paths and stored fits of conditional variance models; hostile returns.
module VolatilityForge.Tests.GarchForecastTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Returns

let private simulate (options: GarchSimulation) (days: int) (fit: GarchFit) : GarchPaths =
    Expect.wantOk (GarchForecast.simulate options days (Rng.ofSeed 5L) fit) "paths"

let private analytic (days: int) (fit: GarchFit) : float[] =
    Expect.wantOk (GarchForecast.analytic days fit) "a formula"

/// What docs/garch.md shows.
let private shown (returns: float[]) : Result<GarchFit * float[] * float[], Fault> =
    either {
        let spec =
            { GarchSpec.defaults with
                Variance = VarianceModel.Gjr(1, 1)
                Innovation = Innovation.StudentT
            }

        let data = GarchData.ofReturns returns
        let! fit = Garch.fit spec data
        let! errors = GarchErrors.ofFit fit data
        let robust = GarchErrors.standard GarchErrorKind.Robust errors
        let! week = GarchForecast.analytic 5 fit
        let! paths = GarchForecast.simulate GarchForecast.simulation 5 (Rng.ofSeed 1L) fit
        let risk = GarchPaths.sumQuantiles 0.01 paths
        let tomorrow = Garch.append fit -1.3
        let! stored = (GarchJson.ofFit tomorrow).ToJsonString() |> GarchJson.toFit
        return stored, Array.append robust week, risk
    }

[<Tests>]
let suite =
    testList
        "GARCH forecasts"
        [
            testCase "come as the page shows"
            <| fun () ->
                let stored, numbers, risk = Expect.wantOk (shown (demGbp ())) "the page's code"
                // On this series beta stands at its bound, where there is no standard error.
                Expect.equal (numbers |> Array.filter Double.IsNaN |> Array.length) 1 "one at a bound"
                Expect.isTrue (numbers |> Array.forall (fun x -> Double.IsNaN x || x > 0.0)) "errors and variances"
                Expect.isLessThan risk[4] risk[0] "five days risk more than one"
                Expect.equal stored.Spec.Variance (VarianceModel.Gjr(1, 1)) "the stored fit"

            testCase "by formula are the means of simulated paths"
            <| fun () ->
                let returns = simulated 8L 1499

                let options =
                    { GarchForecast.simulation with
                        Paths = 4000
                    }

                for name in [ "garch"; "gjr"; "component"; "garch(2,2)"; "gjr(2,1)"; "figarch(100)" ] do
                    for innovation in [ Innovation.Normal; Innovation.SkewedT ] do
                        let fit =
                            fitted
                                { specOf name with
                                    Innovation = innovation
                                }
                                returns

                        // The series has no skew of its own: one is given, or half the variance would always lie below zero.
                        let fit =
                            if innovation = Innovation.SkewedT then
                                { fit with
                                    Parameters = Array.updateAt (fit.Parameters.Length - 1) -0.5 fit.Parameters
                                }
                            else
                                fit

                        let paths = simulate options 10 fit
                        let means = GarchPaths.meanVariances paths
                        let formula = analytic 10 fit

                        for day in 0..9 do
                            let path = paths.Variances |> Array.map (fun path -> path[day])
                            let spread = sqrt (path |> Array.averageBy (fun v -> (v - means[day]) ** 2.0))
                            // Four and a half standard errors: heavy tails make the mean of 4,000 paths no normal.
                            let allowed = 4.5 * spread / sqrt 4000.0 + 1e-12

                            Expect.isLessThan
                                (abs (means[day] - formula[day]))
                                allowed
                                $"{name} %A{innovation}: day {day + 1}"

            testCase "of GARCH go to the unconditional variance"
            <| fun () ->
                let fit = fitted GarchSpec.defaults (demGbp ())
                let theta = fit.Parameters

                close
                    1e-9
                    (Array.last (analytic 1000 fit))
                    (theta[1] / (1.0 - theta[2] - theta[3]))
                    "a thousand days ahead"

            testCase "one day ahead are the recursion's next variance in every model"
            <| fun () ->
                let returns = simulated 9L 601

                for name in every do
                    let fit = fitted (specOf name) returns
                    let struct (_, next) = Garch.ahead fit [||]
                    // The formula adds the same terms in another order.
                    close 1e-14 (Array.head (analytic 1 fit)) next name

                    let paths =
                        simulate
                            { GarchForecast.simulation with
                                Paths = 3
                            }
                            2
                            fit

                    Expect.equal (paths.Variances |> Array.map Array.head) (Array.create 3 next) $"{name}: paths"

            testCase "have no formula for several days of TARCH, APARCH and EGARCH, and simulate instead"
            <| fun () ->
                let returns = simulated 10L 601

                for name in [ "tarch"; "aparch"; "egarch" ] do
                    let fit = fitted (specOf name) returns

                    match GarchForecast.analytic 2 fit with
                    | Error(Fault.NotComputable _) -> ()
                    | other -> failtest $"expected NotComputable, found %A{other}"

                    let ahead =
                        Expect.wantOk
                            (GarchForecast.variances GarchForecast.simulation 3 (Rng.ofSeed 5L) fit)
                            "variances"

                    Expect.equal
                        ahead
                        (GarchPaths.meanVariances (simulate GarchForecast.simulation 3 fit))
                        "the paths' means"

            testCase "by bootstrap draw the fit's own residuals, and quantiles are ordered"
            <| fun () ->
                let fit = fitted (specOf "gjr") (simulated 11L 801)

                let paths =
                    simulate
                        { GarchForecast.simulation with
                            Draws = GarchDraws.Bootstrap
                            Paths = 500
                        }
                        5
                        fit

                let struct (mean, next) = Garch.ahead fit [||]
                let known = fit.Standardised |> Array.sort

                for path in paths.Returns do
                    let z = (path[0] - mean) / sqrt next
                    let found = known |> Array.exists (fun own -> abs (own - z) < 1e-9)
                    Expect.isTrue found "a residual of the fit"

                for quantiles in
                    [
                        GarchPaths.returnQuantiles
                        GarchPaths.varianceQuantiles
                        GarchPaths.sumQuantiles
                    ] do
                    let low, high = quantiles 0.05 paths, quantiles 0.95 paths
                    Expect.isTrue (Array.forall2 (<) low[1..] high[1..]) "ordered"

            testCase "are the same, bit for bit, from the same seed"
            <| fun () ->
                let fit = fitted (specOf "egarch") (simulated 12L 601)
                Expect.equal (simulate GarchForecast.simulation 4 fit) (simulate GarchForecast.simulation 4 fit) "paths"

            testCase "appending days equals filtering the longer series"
            <| fun () ->
                let returns = simulated 13L 900

                for name in every do
                    for mean in [ MeanModel.Constant; MeanModel.Ar 2 ] do
                        let fit =
                            fitted
                                { specOf name with
                                    Mean = mean
                                    Start = VarianceStart.Backcast
                                }
                                returns[..799]

                        let held =
                            { fit with
                                Spec =
                                    { fit.Spec with
                                        Start = VarianceStart.Fixed fit.State.Start
                                    }
                            }

                        let longer =
                            Expect.wantOk (Garch.filter held (GarchData.ofReturns returns)) "filtered"

                        let appended = returns[800..] |> Array.fold Garch.append fit
                        let struct (mean1, next1) = Garch.ahead appended [||]
                        let struct (mean2, next2) = Garch.ahead longer [||]
                        close 1e-12 next1 next2 $"{name}: variance"
                        close 1e-12 mean1 mean2 $"{name}: mean"

            testCase "a stored fit comes back the same, and a broken one is refused"
            <| fun () ->
                for name in every do
                    let fit =
                        fitted
                            { specOf name with
                                Innovation = Innovation.SkewedT
                            }
                            (simulated 14L 401)

                    let text = (GarchJson.ofFit fit).ToJsonString()
                    Expect.equal (GarchJson.toFit text) (Ok fit) name

                    for broken in
                        [
                            text[.. text.Length / 2]
                            text.Replace("\"version\":1", "\"version\":2")
                            text.Replace("\"omega\"", "\"alpha\"")
                            "{}"
                            "[]"
                            "null"
                            ""
                        ] do
                        Expect.isError (GarchJson.toFit broken) "refused"

            testCase "hostile returns are refused with a reason or fitted with finite numbers"
            <| fun () ->
                let ordinary = simulated 15L 600

                let refused (returns: float[]) (message: string) =
                    for name in GarchSpec.names do
                        Expect.isError (Garch.fit (specOf name) (GarchData.ofReturns returns)) $"{name}: {message}"

                refused (Array.create 600 0.0) "zeros"
                refused (Array.create 600 0.7) "constant"
                refused ordinary[..200] "too short"
                refused (Array.updateAt 300 nan ordinary) "NaN"
                refused (Array.updateAt 300 infinity ordinary) "infinity"
                refused (Array.updateAt 300 1e200 ordinary) "too large to square"
                refused [||] "empty"

                let alternating = Array.init 600 (fun i -> if i % 2 = 0 then 1.0 else -1.0)

                for series, message in
                    [
                        Array.updateAt 300 1e6 ordinary, "one outlier"
                        Array.append (Array.zeroCreate 300) ordinary, "halted at first"
                        Array.append ordinary (Array.zeroCreate 300), "halted at last"
                        ordinary |> Array.map (fun r -> if r < 0.5 then 0.0 else r), "mostly zero"
                        ordinary |> Array.map (fun r -> Math.Round(r, 0)), "rounded"
                        ordinary |> Array.map (fun r -> 1e-100 * r), "tiny"
                        ordinary |> Array.map (fun r -> 1e100 * r), "huge"
                        ordinary |> Array.map (fun r -> 50.0 + r), "prices"
                        alternating, "two values"
                        Array.scan (+) 0.0 ordinary, "a random walk"
                    ] do
                    for name in GarchSpec.names do
                        match Garch.fit (specOf name) (GarchData.ofReturns series) with
                        | Error _ -> ()
                        | Ok fit ->
                            let finite = Array.forall Double.IsFinite
                            Expect.isTrue (finite fit.Parameters) $"{name}, {message}: estimates"
                            Expect.isTrue (Double.IsFinite fit.LogLikelihood) $"{name}, {message}: log-likelihood"
                            Expect.isTrue (finite (analytic 1 fit)) $"{name}, {message}: forecast"

                            Expect.isTrue
                                (fit.Variances |> Array.forall (fun h -> h > 0.0))
                                $"{name}, {message}: variances"

            testCase "settings outside their domain are refused"
            <| fun () ->
                let data = GarchData.ofReturns (simulated 16L 400)

                for spec in
                    [
                        specOf "garch(0,1)"
                        specOf "garch(21,1)"
                        specOf "figarch(9999)"
                        { specOf "garch" with
                            Mean = MeanModel.Ar 0
                        }
                        { specOf "garch" with
                            Mean = MeanModel.Har [ 5; 5 ]
                        }
                        { specOf "garch" with
                            Start = VarianceStart.Fixed -1.0
                        }
                        { specOf "aparch" with
                            Start = VarianceStart.Unconditional
                        }
                    ] do
                    match Garch.fit spec data with
                    | Error(Fault.BadSetting _) -> ()
                    | other -> failtest $"%A{spec}: expected BadSetting, found %A{other}"

                Expect.isError (GarchSpec.parse "garhc") "a mistyped name"

                let short =
                    { data with
                        VarianceRegressors = [| [| 1.0 |] |]
                    }

                Expect.isError (Garch.fit GarchSpec.defaults short) "a short column"
        ]
