/// Regressors of conditional variance models: derivatives, days ahead, stored names.
module VolatilityForge.Tests.GarchRegressorTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Returns

/// Returns that a column moves in their mean and another in the variance of the next day, with the columns.
let private driven (seed: int64) (count: int) : GarchData =
    let struct (z, rng) = Rng.normals count (Rng.ofSeed seed)
    let struct (signal, rng) = Rng.normals count rng
    let struct (outside, _) = Rng.normals count rng
    let moves = outside |> Array.map (fun x -> x * x)
    let returns = Array.zeroCreate<float> count
    let mutable h, e = 1.0, 0.0

    for t in 0 .. count - 1 do
        h <- 0.05 + 0.05 * e * e + 0.8 * h + (if t > 0 then 0.1 * moves[t - 1] else 0.0)
        e <- sqrt h * z[t]
        returns[t] <- 0.1 + 0.3 * signal[t] + e

    {
        Returns = returns
        MeanRegressors = [| signal |]
        VarianceRegressors = [| moves |]
    }

let private head (days: int) (data: GarchData) : GarchData =
    {
        Returns = data.Returns[.. days - 1]
        MeanRegressors = data.MeanRegressors |> Array.map (Array.take days)
        VarianceRegressors = data.VarianceRegressors |> Array.map (Array.take days)
    }

let private tail (days: int) (columns: float[][]) : float[][] = columns |> Array.map (Array.skip days)

let private row (columns: float[][]) (day: int) : float[] =
    columns |> Array.map (fun column -> column[day])

let private fitOf (name: string) (data: GarchData) : GarchFit =
    Expect.wantOk (Garch.fit (specOf name) data) name

let private takers =
    [ "garch"; "garch(2,2)"; "gjr"; "gjr(2,1)"; "tarch"; "aparch"; "egarch" ]

[<Tests>]
let suite =
    testList
        "GARCH regressors"
        [
            testCase "the gradient by every parameter is the slope of the log-likelihood"
            <| fun () ->
                let data = driven 31L 601

                for name in takers do
                    for innovation in [ Innovation.Normal; Innovation.SkewedT ] do
                        let spec =
                            { specOf name with
                                Innovation = innovation
                                Stationary = false
                            }

                        let fit = Expect.wantOk (Garch.fit spec data) name

                        // Off the maximum and off the bounds.
                        let point =
                            fit.Parameters
                            |> Array.mapi (fun i value ->
                                if name = "aparch" && fit.Names[i] = "gamma[1]" then
                                    0.3
                                else
                                    value * (1.0 + 0.01 * float (1 + i % 3)) + 1e-3)

                        let at (parameters: float[]) = { fit with Parameters = parameters }
                        let slopes = GarchErrors.gradient (at point) data

                        for i in 0 .. point.Length - 1 do
                            let step = 1e-6 * max 0.01 (abs point[i])

                            let value (move: float) =
                                let moved = Array.updateAt i (point[i] + move) point
                                (Expect.wantOk (Garch.filter (at moved) data) "filtered").LogLikelihood

                            let slope = (value step - value -step) / (2.0 * step)

                            // As in the tests of models without regressors.
                            Expect.isLessThan
                                (abs (slopes[i] - slope))
                                (2e-4 * max 50.0 (abs slope))
                                $"{name} %A{innovation} {fit.Names[i]}: {slopes[i]} against {slope}"

            testCase "searches converge, above the likelihood of the truth, with like errors of all kinds"
            <| fun () ->
                let data = driven 37L 3001

                for name in takers do
                    let fit = fitOf name data
                    Expect.isTrue fit.Diagnostics.Converged $"{name} converged"

                let fit = fitOf "garch" data

                let truth =
                    { fit with
                        Parameters = [| 0.1; 0.3; 0.05; 0.05; 0.8; 0.1 |]
                    }

                Expect.isGreaterThan
                    fit.LogLikelihood
                    (Expect.wantOk (Garch.filter truth data) "filtered").LogLikelihood
                    "the maximum"

                let errors = Expect.wantOk (GarchErrors.ofFit fit data) "errors"
                let hessian = GarchErrors.standard GarchErrorKind.Hessian errors

                for kind in [ GarchErrorKind.OuterProduct; GarchErrorKind.Robust ] do
                    let other = GarchErrors.standard kind errors

                    for i in 0 .. hessian.Length - 1 do
                        // All three estimate one covariance under the true density; a sixth apart at this length.
                        close 0.25 other[i] hessian[i] $"%A{kind} {fit.Names[i]}"

            testCase "a simulated path is the fit carried over its own days and rows"
            <| fun () ->
                let all = driven 41L 700

                for name in [ "garch"; "gjr"; "tarch"; "aparch"; "egarch" ] do
                    let fit = fitOf name (head 690 all)
                    let mean, variance = tail 690 all.MeanRegressors, tail 690 all.VarianceRegressors

                    let options =
                        { GarchForecast.simulation with
                            Paths = 2
                            MeanRegressors = mean
                            // The last day's row moves no day of the path.
                            VarianceRegressors = variance |> Array.map (Array.take 9)
                        }

                    let paths =
                        Expect.wantOk (GarchForecast.simulate options 10 (Rng.ofSeed 2L) fit) "paths"

                    for variances, returns in Array.zip paths.Variances paths.Returns do
                        let mutable carried = fit

                        for day in 0..9 do
                            let struct (_, expected) = Garch.ahead carried (row mean day)
                            let drawn, value = variances[day], returns[day]
                            close 1e-12 drawn expected $"{name}, day {day}"
                            carried <- Garch.appendWith (row mean day) (row variance day) carried value

            testCase "the formula takes each day's row, and holding is a table of the last row"
            <| fun () ->
                let data = driven 43L 600
                let fit = fitOf "garch" data
                let rows = [| [| 3.0; 0.0; 7.5; 1.0 |] |]
                let found = Expect.wantOk (GarchForecast.analyticWith rows 5 fit) "a formula"
                let theta = fit.Parameters[2..]
                let struct (_, first) = Garch.ahead fit [| 0.0 |]

                let literal =
                    Array.scan (fun h x -> theta[0] + (theta[1] + theta[2]) * h + theta[3] * x) first rows[0]

                for day in 0..4 do
                    close 1e-12 found[day] literal[day] $"day {day}"

                let last = [| Array.create 4 (Array.last data.VarianceRegressors[0]) |]

                for name in [ "garch"; "gjr"; "egarch" ] do
                    let fit = fitOf name data

                    let ahead (columns: float[][]) : float[] =
                        Expect.wantOk
                            (GarchForecast.variances
                                { GarchForecast.simulation with
                                    VarianceRegressors = columns
                                }
                                5
                                (Rng.ofSeed 1L)
                                fit)
                            "variances"

                    Expect.equal (ahead last) (ahead [||]) name

            testCase "rows that are missing, too few or unusable are refused"
            <| fun () ->
                let data = driven 47L 400
                let fit = fitOf "garch" data

                let refused (mean: float[][]) (variance: float[][]) =
                    let options =
                        { GarchForecast.simulation with
                            Paths = 1
                            MeanRegressors = mean
                            VarianceRegressors = variance
                        }

                    Expect.isError (GarchForecast.simulate options 3 (Rng.ofSeed 1L) fit) $"%A{mean} %A{variance}"

                let sound = [| [| 0.1; 0.2; 0.3 |] |]
                refused [||] sound
                refused [| [| 0.1; 0.2 |] |] sound
                refused [| [| 0.1; nan; 0.3 |] |] sound
                refused sound [| [| 0.1 |] |]
                refused sound [| [| 0.1; -0.2 |] |]
                refused sound [| sound[0]; sound[0] |]
                Expect.throwsT<VolatilityForgeException> (fun () -> Garch.append fit 0.1 |> ignore) "no row of the mean"
                Expect.throwsT<VolatilityForgeException> (fun () -> Garch.ahead fit [||] |> ignore) "none for the next"

            testCase "a negative regressor of the variance is told with its column, its row and itself"
            <| fun () ->
                let data = driven 59L 400
                let second = data.VarianceRegressors[0] |> Array.updateAt 41 -0.5

                let both =
                    { data with
                        VarianceRegressors = [| data.VarianceRegressors[0]; second |]
                    }

                match Garch.fit (specOf "gjr") both with
                | Error(Fault.BadData(place, _, found, _)) ->
                    Expect.equal (place.Column, place.Row, found) ("variance regressor 2", 42, "-0.5") "where"
                | other -> failtest $"expected BadData, found %A{Result.map ignore other}"

                Expect.isOk (Garch.fit (specOf "egarch") both) "a logarithm may fall"

            testCase
                "a stored fit keeps the names of its columns, and one without them is refused where they are needed"
            <| fun () ->
                let data = driven 53L 400
                let fit = fitOf "garch" data

                let named =
                    {
                        Mean = [ "signal" ]
                        Variance = [ "moves" ]
                        Measure = Some "parkinson"
                    }

                let text = (GarchJson.ofFitWith named fit).ToJsonString()
                let found, stored = Expect.wantOk (GarchJson.toFitWith text) "the fit"
                Expect.equal found named "names"
                Expect.equal stored.Parameters fit.Parameters "estimates"
                Expect.isOk (GarchJson.toFit text) "read without names"
                Expect.isError (GarchJson.toFitWith ((GarchJson.ofFit fit).ToJsonString())) "no names"
                let plain = fitted (specOf "garch") data.Returns

                let none, _ =
                    Expect.wantOk (GarchJson.toFitWith ((GarchJson.ofFit plain).ToJsonString())) "a plain fit"

                Expect.equal none GarchRegressors.none "none"

            testCase "paths of a model that explodes are told with their day"
            <| fun () ->
                let fit = fitted (specOf "garch") (simulated 3L 600)

                let explosive =
                    { fit with
                        Parameters = fit.Parameters |> Array.mapi (fun i value -> if i = 2 then 5.0 else value)
                    }

                let simulate (days: int) =
                    GarchForecast.simulate GarchForecast.simulation days (Rng.ofSeed 1L) explosive
                    |> Result.bind GarchPaths.check

                Expect.isOk (simulate 20) "a month has numbers"

                match simulate 5000 with
                | Error(Fault.NotComputable(_, reason, _)) -> Expect.stringContains reason "on day " "the day"
                | other -> failtest $"expected NotComputable, found %A{Result.map ignore other}"

            testCase "a name tells its regressors in any case and place, and the rest is the name without them"
            <| fun () ->
                for name, expected in
                    [
                        "garch", ([], "garch")
                        "garch(2,1)", ([], "garch(2,1)")
                        "garch(x(vix))", ([ "vix" ], "garch")
                        "GJR( X(a + B) ; student-t;2,1)", ([ "a"; "B" ], "GJR(student-t;2,1)")
                        "gjr(student-t;x(rv(5min)))", ([ "rv(5min)" ], "gjr(student-t)")
                    ] do
                    Expect.equal (GarchRegressors.ofName name) (Ok expected) name

                for name in [ "garch(x())"; "garch(x(a+))"; "garch(x(a+a))"; "garch(x(a);x(b))" ] do
                    Expect.isError (GarchRegressors.ofName name) name

            testCase "words beside a name are words of its brackets, each kind once"
            <| fun () ->
                let parsed (words: string list) (name: string) = GarchSpec.parseSpecWith words name

                Expect.equal
                    (parsed [ "ar(1)"; "student-t"; "2" ] "gjr(2,1)")
                    (GarchSpec.parseSpec "gjr(2,1;ar(1);student-t;2)")
                    "one spec"

                // A number among the words is a start, never an order.
                Expect.equal (parsed [ "2" ] "garch" |> Result.map _.Start) (Ok(VarianceStart.Fixed 2.0)) "a start"

                Expect.isError (parsed [ "ged" ] "garch(student-t)") "told twice"
        ]
