/// Penalised regressions: conditions of the optimum, closed forms, choice of the penalty.
module VolatilityForge.Tests.ElasticNetTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private rows = 211

/// Correlated columns of different sizes, and a target that three of them make.
let private drawn (seed: int) (count: int) : float[][] * float[] =
    let random = Random seed

    let normal () =
        sqrt (-2.0 * log (1.0 - random.NextDouble()))
        * cos (2.0 * Math.PI * random.NextDouble())

    let common = Array.init rows (fun _ -> normal ())

    let columns =
        Array.init count (fun i -> Array.init rows (fun t -> 10.0 ** float (i % 3) * (0.6 * common[t] + normal ())))

    let target =
        Array.init rows (fun t ->
            2.0 + columns[0][t] - 0.05 * columns[1 % count][t]
            + 0.01 * columns[2 % count][t]
            + normal ())

    columns, target

let private mean (values: float[]) = Array.average values

let private deviation (values: float[]) =
    sqrt (values |> Array.averageBy (fun v -> (v - mean values) ** 2.0))

/// The penalised loss of a line as its definition has it, the penalty on standardised slopes in the target's deviation.
let private loss (share: float) (lambda: float) (columns: float[][]) (target: float[]) (fit: LinearFit) : float =
    let size = deviation target

    let residual =
        Array.init rows (fun t -> (target[t] - Regression.predict fit columns t) / size)
        |> Array.averageBy (fun e -> e * e)

    let slopes =
        Array.map2 (fun b column -> b * deviation column / size) fit.Slopes columns

    0.5 * residual
    + lambda
      * (share * Array.sumBy abs slopes
         + 0.5 * (1.0 - share) * Array.sumBy (fun b -> b * b) slopes)

let private fitted (share: float) (lambda: float) (columns: float[][]) (target: float[]) : LinearFit =
    Expect.wantOk (ElasticNet.fit share lambda columns target 0 (rows - 1)) "fits"

let private penalised (name: string) : PenalisedHarOptions =
    PenalisedHar.known |> List.find (fun options -> options.Name = name)

[<Tests>]
let suite =
    testList
        "Elastic net"
        [
            testCase "no slope or intercept moved does better" (fun () ->
                let columns, target = drawn 1 7

                for share in [ 0.0; 0.5; 1.0 ] do
                    for lambda in [ 0.001; 0.05; 0.4 ] do
                        let fit = fitted share lambda columns target
                        let best = loss share lambda columns target fit

                        for i in 0..6 do
                            for move in [ -1e-3; 1e-3 ] do
                                let moved =
                                    { fit with
                                        Slopes =
                                            fit.Slopes
                                            |> Array.mapi (fun j b ->
                                                if i = j then b + move / deviation columns[i] else b)
                                    }

                                let centred =
                                    { moved with
                                        Intercept =
                                            mean target
                                            - Array.fold2
                                                (fun sum b column -> sum + b * mean column)
                                                0.0
                                                moved.Slopes
                                                columns
                                    }

                                Expect.isGreaterThan
                                    (loss share lambda columns target centred)
                                    best
                                    $"{share} {lambda} {i}")

            testCase "without a penalty it is least squares" (fun () ->
                let columns, target = drawn 2 5
                let fit = fitted 1.0 0.0 columns target

                let plain =
                    Expect.wantOk (Regression.ofRows columns target 0 (rows - 1)) "least squares"

                Array.iter2 (fun found expected -> close 1e-6 found expected "slope") fit.Slopes plain.Slopes
                close 1e-6 fit.Intercept plain.Intercept "intercept"
                close 1e-6 fit.ResidualVariance plain.ResidualVariance "residual variance")

            testCase "one regressor shrinks by the closed forms" (fun () ->
                let columns, target = drawn 3 1
                let plain = (fitted 1.0 0.0 columns target).Slopes[0]
                let toSlope = deviation target / deviation columns[0]
                let lambda = 0.1
                close 1e-9 (fitted 0.0 lambda columns target).Slopes[0] (plain / (1.0 + lambda)) "ridge"
                close 1e-9 (fitted 1.0 lambda columns target).Slopes[0] (plain - lambda * toSlope) "lasso"

                close
                    1e-9
                    (fitted 0.5 lambda columns target).Slopes[0]
                    ((plain - 0.5 * lambda * toSlope) / (1.0 + 0.5 * lambda))
                    "elastic net"

                Expect.equal (fitted 1.0 2.0 columns target).Slopes[0] 0.0 "a large penalty leaves nothing")

            testCase "a lasso of logarithms with no penalty is a log-linear regression on the lags" (fun () ->
                let history = simulated 51 400

                let options =
                    { penalised "lasso" with
                        Lags = 3
                        Penalty = PenaltyRule.Fixed 0.0
                    }

                let window = { First = 0; Last = 399 }
                let fit = Expect.wantOk (PenalisedHar.fit options 5 history window) "fits"
                let logs = history.Variance |> Array.map (Units.strip >> log)

                let lag (i: int) =
                    Array.init 400 (fun t -> if t >= i then logs[t - i] else 0.0)

                let label = Labels.ofSeries 5 history.Variance |> Array.map (Units.strip >> log)
                let columns = [| lag 0; lag 1; lag 2 |]
                let plain = Expect.wantOk (Regression.ofRows columns label 2 394) "least squares"

                Array.iter2
                    (fun found expected -> close 1e-5 found expected "slope")
                    fit.Regression.Slopes
                    plain.Slopes

                close
                    1e-6
                    (Units.strip (PenalisedHar.forecast fit history 399))
                    (exp (Regression.predict plain columns 399 + plain.ResidualVariance / 2.0))
                    "forecast"

                match Expect.wantOk ((PenalisedHar.forecaster options).Fit(history, window, 5)) "fits" with
                | :? IHasParameters as told ->
                    Expect.equal
                        told.Parameters
                        (("intercept", fit.Regression.Intercept)
                         :: ("lambda", 0.0)
                         :: [ for lag in 1..3 -> $"lag {lag}", fit.Regression.Slopes[lag - 1] ])
                        "what it found"
                | _ -> failtest "tells its parameters")

            testCase "the criterion keeps the lag that matters and drops most others" (fun () ->
                let random = Random 52
                let mutable level = 0.0

                let history =
                    ofVariance (
                        Array.init 1200 (fun _ ->
                            let noise =
                                sqrt (-2.0 * log (1.0 - random.NextDouble()))
                                * cos (2.0 * Math.PI * random.NextDouble())

                            level <- 0.8 * level + 0.3 * noise
                            1e-4 * exp level)
                    )

                let fit =
                    Expect.wantOk (PenalisedHar.fit (penalised "lasso") 1 history { First = 0; Last = 1199 }) "fits"

                Expect.isGreaterThan fit.Regression.Slopes[0] 0.6 "the first lag"
                let active = fit.Regression.Slopes |> Array.filter ((<>) 0.0) |> Array.length
                Expect.isLessThan active 10 "active lags of fifty"
                Expect.isFalse fit.AtEdge "the lasso's choice is no end of the path"

                // With five lags and this signal squared error is least near 5 * 0.36 / (1200 * 0.64): far below a tenth of the
                // strongest correlation.
                let ridge = { penalised "ridge" with Lags = 5 }

                let fit =
                    Expect.wantOk (PenalisedHar.fit ridge 1 history { First = 0; Last = 1199 }) "fits"

                Expect.isLessThan fit.Lambda 0.04 "a ridge may penalise little"

                let two =
                    Expect.wantOk
                        (PenalisedHar.fit { ridge with Penalties = 2 } 1 history { First = 0; Last = 1199 })
                        "fits"

                Expect.isTrue two.AtEdge "one of two penalties is an end of the path")

            testList
                "every known model forecasts better than the window's mean"
                [
                    for options in PenalisedHar.known ->
                        testCase options.Name (fun () ->
                            let history = simulated 53 900
                            let window = { First = 0; Last = 700 }
                            let fit = Expect.wantOk (PenalisedHar.fit options 1 history window) "fits"
                            let flat = history.Variance[..700] |> Array.averageBy Units.strip

                            let losses (forecast: int -> Variance) =
                                Seq.averageBy
                                    (fun origin -> Loss.qlike (forecast origin) (History.target 1 history origin))
                                    (seq { 701..898 })

                            let own = losses (PenalisedHar.forecast fit history)
                            let mean = losses (fun _ -> flat * 1.0< / day>)
                            Expect.isLessThan own (0.8 * mean) "QLIKE"
                            Expect.isGreaterThan fit.Lambda 0.0 "a penalty")
                ]

            testCase "settings outside their domain are refused" (fun () ->
                let columns, target = drawn 4 2
                Expect.isError (ElasticNet.fit 1.5 0.1 columns target 0 100) "share"
                Expect.isError (ElasticNet.fit 0.5 -0.1 columns target 0 100) "lambda"
                Expect.isError (ElasticNet.fit 0.5 0.1 columns target 0 1) "rows"
                Expect.isError (ElasticNet.fit 0.5 0.1 columns (Array.create rows 1.0) 0 100) "constant target"
                let options = penalised "ridge"
                Expect.isError (PenalisedHar.check { options with Lags = 0 }) "lags"

                Expect.isError
                    (PenalisedHar.check
                        { options with
                            Penalty = PenaltyRule.CrossValidation 1
                        })
                    "folds"

                let flat = ofVariance (Array.create 400 1e-4)
                Expect.isError (PenalisedHar.fit options 1 flat { First = 0; Last = 399 }) "never moves")
        ]
