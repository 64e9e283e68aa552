/// HEAVY: naive twins and laws; both joint models as forecasters.
module VolatilityForge.Tests.HeavyTests

open System
open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Joint

let private near (tolerance: float) (message: string) (expected: float) (found: float) : unit =
    Expect.isLessThan (abs (found - expected)) tolerance $"{message}: {found} for {expected}"

let private truth: float[] = [| 0.05; 0.4; 0.55; 0.05; 0.45; 0.5 |]

/// Returns and measures of a HEAVY with gamma surprises of mean one.
let private drawn (seed: int64) (days: int) : RealizedData =
    let mutable rng = Rng.ofSeed seed
    let mutable h, m, x = 1.0, 1.0, 1.0
    let returns, measures = Array.zeroCreate<float> days, Array.zeroCreate<float> days

    for t in -200 .. days - 1 do
        h <- truth[0] + truth[1] * x + truth[2] * h
        m <- truth[3] + truth[4] * x + truth[5] * m
        let mutable sum = 0.0

        // A chi-squared variate of eight degrees over eight.
        for _ in 1..8 do
            let struct (z, next) = Rng.nextNormal rng
            rng <- next
            sum <- sum + z * z / 8.0

        let struct (z, next) = Rng.nextNormal rng
        rng <- next
        x <- m * sum

        if t >= 0 then
            returns[t] <- sqrt h * z
            measures[t] <- x

    {
        Returns = returns
        Measure = measures
    }

let private fitted (spec: HeavySpec) (data: RealizedData) : HeavyFit =
    Expect.wantOk (Heavy.fit spec data) "fits"

/// Both quasi log-likelihoods as literal sums.
let private literal (theta: float[]) (data: RealizedData) : float * float =
    let days = data.Returns.Length
    let opening = int (sqrt (float days))
    let squares = data.Returns |> Array.map (fun r -> r * r)

    let sum (target: float[]) (omega: float) (alpha: float) (beta: float) (constant: float) =
        let mutable level = Array.average target[.. opening - 1]
        let mutable sum = 0.0

        for t in 0 .. days - 1 do
            if t > 0 then
                level <- omega + alpha * data.Measure[t - 1] + beta * level

            sum <- sum - 0.5 * (constant + log level + target[t] / level)

        sum

    sum squares theta[0] theta[1] theta[2] (log (2.0 * Math.PI)), sum data.Measure theta[3] theta[4] theta[5] 0.0

[<Tests>]
let suite =
    testList
        "HEAVY"
        [
            testCase "the quasi likelihoods are the literal sums, and no moved parameter does better" (fun () ->
                let data = drawn 1L 1500
                let fit = fitted Heavy.defaults data
                let ofReturns, ofMeasure = literal fit.Parameters data
                near 1e-7 "returns" ofReturns fit.LogLikelihood
                near 1e-7 "measure" ofMeasure fit.MeasureLogLikelihood
                Expect.isTrue fit.Diagnostics.Converged "converged"

                for index in 0..5 do
                    for factor in [ 0.999; 1.001 ] do
                        let moved = Array.copy fit.Parameters
                        moved[index] <- factor * moved[index]
                        let first, second = literal moved data
                        Expect.isLessThan (first + second) (ofReturns + ofMeasure + 1e-9) fit.Names[index])

            testCase "estimates find the parameters of a long series, within their robust standard errors" (fun () ->
                let data = drawn 2L 8000
                let fit = fitted Heavy.defaults data

                let errors =
                    GarchErrors.standard GarchErrorKind.Robust (Expect.wantOk (Heavy.errors fit data) "errors")

                for index in 0..5 do
                    Expect.isLessThan (abs (fit.Parameters[index] - truth[index]) / errors[index]) 4.0 fit.Names[index])

            testCase "with targeting the implied means are the sample's" (fun () ->
                let data = drawn 3L 1500
                let fit = fitted { Targeting = true } data
                let theta = fit.Parameters
                let measure = Array.average data.Measure
                let square = data.Returns |> Array.averageBy (fun r -> r * r)
                near 1e-9 "measure" measure (theta[3] / (1.0 - theta[4] - theta[5]))
                near 1e-9 "returns" square ((theta[0] + theta[1] * measure) / (1.0 - theta[2]))
                let free = fitted Heavy.defaults data
                Expect.isLessThanOrEqual fit.LogLikelihood (free.LogLikelihood + 1e-8) "a restriction"

                let errors =
                    GarchErrors.standard GarchErrorKind.Robust (Expect.wantOk (Heavy.errors fit data) "errors")

                Expect.isTrue (Double.IsNaN errors[0] && Double.IsNaN errors[3]) "omegas are no estimates"
                Expect.isTrue (errors[1] > 0.0 && errors[5] > 0.0) "alpha and beta are")

            testCase "other units give the same fit in those units" (fun () ->
                let data = drawn 4L 800

                let other =
                    {
                        Returns = data.Returns |> Array.map (fun r -> 1e-4 * r)
                        Measure = data.Measure |> Array.map (fun x -> 7e3 * x)
                    }

                let fit, scaled = fitted Heavy.defaults data, fitted Heavy.defaults other

                for day in 0..50..799 do
                    near (1e-6 * fit.Variances[day]) "variance" fit.Variances[day] (1e8 * scaled.Variances[day]))

            testCase "appending days is filtering over them, forecasts are the literal recursion" (fun () ->
                let data = drawn 5L 400

                let fit =
                    fitted
                        Heavy.defaults
                        {
                            Returns = data.Returns[..398]
                            Measure = data.Measure[..398]
                        }

                // The same first root of the days, hence the same start.
                let appended = Heavy.append fit data.Measure[399]

                let filtered =
                    Expect.wantOk (Heavy.filter fit { data with Returns = data.Returns }) "filters"

                let struct (expected, mean) = Heavy.ahead filtered
                let struct (variance, measure) = Heavy.ahead appended
                // 400 days open with twenty instead of nineteen: the start's weight after 399 days is nothing.
                near 1e-9 "variance" expected variance
                near 1e-9 "measure" mean measure
                let outlook = Expect.wantOk (Heavy.expected 22 appended) "a formula"
                let theta = fit.Parameters
                let mutable h, m = variance, measure

                for day in 1..21 do
                    h <- theta[0] + theta[1] * m + theta[2] * h
                    m <- theta[3] + theta[4] * m + theta[5] * m
                    near 1e-12 "variance ahead" h outlook.Variances[day]
                    near 1e-12 "measure ahead" m outlook.Measures[day])

            testCase "simulated days have the expected variances" (fun () ->
                let fit = fitted Heavy.defaults (drawn 6L 1000)
                let outlook = Expect.wantOk (Heavy.expected 5 fit) "a formula"
                let paths = Expect.wantOk (Heavy.simulate 20_000 5 (Rng.ofSeed 2L) fit) "paths"

                // Surprises have mean one only at an optimum where omega is free; there they do to the search's precision.
                for day in 0..4 do
                    let values = paths.Measures |> Array.map (fun row -> row[day])
                    let mean = Array.average values
                    let spread = sqrt (values |> Array.averageBy (fun v -> (v - mean) * (v - mean)))
                    near (4.0 * spread / sqrt 20_000.0 + 0.01 * mean) "measure" outlook.Measures[day] mean)

            testCase "a stored fit comes back to the last bit" (fun () ->
                let fit = fitted Heavy.defaults (drawn 7L 300)
                let text = (RealizedJson.ofHeavy fit).ToJsonString()
                Expect.equal (Expect.wantOk (RealizedJson.toHeavy text) "the text") fit "the fit"
                Expect.isError (RealizedJson.toRealizedGarch text) "another model")

            testList
                "as forecasters"
                [
                    for name in [ "realized-garch"; "heavy"; "heavy(targeting)" ] do
                        testCase $"{name} forecasts the measure from the days up to the origin alone" (fun () ->
                            let data = drawn 8L 420

                            let history =
                                { ofVariance data.Measure with
                                    Returns = data.Returns
                                }

                            let forecaster =
                                match
                                    Expect.wantOk
                                        (Models.create Models.registry (ExperimentConfig.Default 5) name)
                                        name
                                with
                                | Model.Forecaster forecaster -> forecaster
                                | Model.Network _ -> failtest "no network"

                            let window = { First = 20; Last = 350 }
                            let fit = Expect.wantOk (forecaster.Fit(history, window, 5)) "fits"
                            let forecast = fit.Forecast(history, 390)
                            Expect.isGreaterThan (Units.strip forecast) 0.0 "positive"
                            Expect.equal (fit.Forecast(History.upTo 390 history, 390)) forecast "nothing later is read"

                            // Before the window's end the filter runs anew from the window's first day.
                            let refit = Expect.wantOk (forecaster.Fit(history, window, 5)) "fits again"
                            Expect.equal (refit.Forecast(history, 340)) (fit.Forecast(history, 340)) "the same"

                            let flat =
                                { history with
                                    Returns = Array.zeroCreate 420
                                }

                            Expect.isError (forecaster.Fit(flat, window, 5)) "a history without returns")

                    testCase "start from the days between multiples of 250 and tell what they found" (fun () ->
                        let data = drawn 9L 1100

                        let history =
                            { ofVariance data.Measure with
                                Returns = data.Returns
                            }

                        let window = { First = 90; Last = 1089 }

                        for name, spec in [ "heavy", Heavy.defaults; "heavy(targeting)", { Targeting = true } ] do
                            let forecaster = Expect.wantOk (RealizedForecaster.ofName name) name
                            let fit = Expect.wantOk (forecaster.Fit(history, window, 1)) "fits"

                            let cold =
                                fitted
                                    spec
                                    {
                                        Returns = data.Returns[90..1089]
                                        Measure = data.Measure[90..1089]
                                    }

                            match fit with
                            | :? IHasParameters as told ->
                                Expect.equal (List.map fst told.Parameters) cold.Names "names"

                                for (name, found), expected in List.zip told.Parameters (List.ofArray cold.Parameters) do
                                    near 1e-5 name expected found
                            | _ -> failtest "tells its parameters")
                ]
        ]
