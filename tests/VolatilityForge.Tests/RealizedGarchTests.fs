/// Realized GARCH: published figures, naive twins, laws.
module VolatilityForge.Tests.RealizedGarchTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Joint

let private forms: RealizedForm list =
    [ RealizedForm.LogLinear; RealizedForm.Linear ]

let private fitted (spec: RealizedGarchSpec) (data: RealizedData) : RealizedGarchFit =
    Expect.wantOk (RealizedGarch.fit spec data) $"%A{spec.Form} fits"

let private near (tolerance: float) (message: string) (expected: float) (found: float) : unit =
    Expect.isLessThan (abs (found - expected)) tolerance $"{message}: {found} for {expected}"

/// The fit with other parameters, filtered over data: its log-likelihood.
let private logLikelihoodAt (fit: RealizedGarchFit) (theta: float[]) (data: RealizedData) : float =
    (Expect.wantOk (RealizedGarch.filter { fit with Parameters = theta } data) "filters").LogLikelihood

/// Hansen, Huang and Shek (2012) fit the days of 2002-2007 after the first three, with the first log variance a parameter;
/// lags of the measure come first in our orders.
let private published: RealizedGarchSpec =
    { RealizedGarchSpec.defaults with
        MeasureLags = 2
        Start = RealizedStart.Estimated
        Presample = 3
    }

[<Tests>]
let suite =
    testList
        "Realized GARCH"
        [
            testCase "agrees with the published estimates, likelihoods and standard errors on SPY" (fun () ->
                let data = spy 2007
                let fit = fitted published data
                Expect.equal fit.Observations 1492 "days"
                near 0.005 "joint log-likelihood" -2388.75 fit.LogLikelihood
                near 0.005 "partial log-likelihood" -1710.34 fit.PartialLogLikelihood

                // The paper's own search stops at 1e-6 or so of the optimum; log_h1 is the flattest direction.
                let estimates =
                    [
                        "omega", 0.041246175, 0.015515016
                        "gamma[1]", 0.450676773, 0.038027571
                        "gamma[2]", -0.176042911, 0.06335417
                        "beta[1]", 0.701210369, 0.055974942
                        "xi", -0.179994885, 0.043611245
                        "phi", 1.037491982, 0.057726499
                        "tau1", -0.067809509, 0.010309694
                        "tau2", 0.07015778, 0.006620828
                        "sigma_u2", 0.145369801, 0.00594321
                        "log_h1", -0.289213754, 0.278787604
                    ]

                let errors = Expect.wantOk (RealizedGarch.errors fit data) "errors"
                let robust = GarchErrors.standard GarchErrorKind.Robust errors
                let hessian = GarchErrors.standard GarchErrorKind.Hessian errors

                for index, (name, estimate, error) in List.indexed estimates do
                    Expect.equal fit.Names[index] name "name"
                    near 2e-6 name estimate fit.Parameters[index]

                    // The paper's are robust, from differences with a step of their own; that of log_h1 is the Hessian's.
                    let own = if name = "log_h1" then hessian else robust
                    near (0.01 * error) $"standard error of {name}" error own[index])

            testList
                "the likelihood is the literal sum"
                [
                    for form in forms ->
                        testCase $"%A{form}" (fun () ->
                            let data = simulated form 3L 600
                            let fit = fitted (specOf form) data
                            let naive = jointLogLikelihood form fit.Parameters data
                            near (1e-9 * abs naive) "log-likelihood" naive fit.LogLikelihood)
                ]

            testList
                "no parameter moved by a hundredth of its standard error does better"
                [
                    for form in forms ->
                        testCase $"%A{form}" (fun () ->
                            let data = simulated form 4L 1500

                            for spec in
                                [
                                    specOf form
                                    { specOf form with
                                        MeasureLags = 2
                                        VarianceLags = 2
                                        ConstantMean = true
                                        Start = RealizedStart.Estimated
                                        Presample = 2
                                    }
                                ] do
                                let fit = fitted spec data
                                Expect.isTrue fit.Diagnostics.Converged "converged"

                                let errors =
                                    GarchErrors.standard
                                        GarchErrorKind.OuterProduct
                                        (Expect.wantOk (RealizedGarch.errors fit data) "errors")

                                for index in 0 .. fit.Parameters.Length - 1 do
                                    for side in [ -1.0; 1.0 ] do
                                        let moved = Array.copy fit.Parameters
                                        // An overfitted model has directions that are all but unidentified.
                                        let step = if errors[index] < 1.0 then errors[index] else 0.1
                                        moved[index] <- moved[index] + side * 0.01 * step

                                        Expect.isLessThanOrEqual
                                            (logLikelihoodAt fit moved data)
                                            (fit.LogLikelihood + 1e-7)
                                            fit.Names[index])
                ]

            testList
                "estimates find the parameters of a long simulated series"
                [
                    for form in forms ->
                        testCase $"%A{form}" (fun () ->
                            let data = simulated form 5L 8000
                            let fit = fitted (specOf form) data

                            let errors =
                                GarchErrors.standard
                                    GarchErrorKind.Hessian
                                    (Expect.wantOk (RealizedGarch.errors fit data) "errors")

                            let z =
                                Array.map3
                                    (fun found truth error -> (found - truth) / error)
                                    fit.Parameters
                                    (parametersOf form)
                                    errors

                            for index in 0 .. z.Length - 1 do
                                Expect.isLessThan (abs z[index]) 4.0 fit.Names[index])
                ]

            testList
                "other units give the same fit in those units"
                [
                    for form in forms ->
                        testCase $"%A{form}" (fun () ->
                            let data = simulated form 6L 800

                            let other =
                                {
                                    Returns = data.Returns |> Array.map (fun r -> 1e-3 * r)
                                    Measure = data.Measure |> Array.map (fun x -> 3e4 * x)
                                }

                            let fit, scaled = fitted (specOf form) data, fitted (specOf form) other

                            for day in 0..50..799 do
                                near
                                    (1e-5 * fit.Variances[day])
                                    "variance"
                                    fit.Variances[day]
                                    (1e6 * scaled.Variances[day])

                            near
                                1e-4
                                "partial log-likelihood"
                                (fit.PartialLogLikelihood + 800.0 * log 1e3)
                                scaled.PartialLogLikelihood)
                ]

            testList
                "appending days is filtering over them"
                [
                    for form in forms ->
                        testCase $"%A{form}" (fun () ->
                            let data = simulated form 7L 400

                            let fit =
                                fitted
                                    { specOf form with
                                        MeasureLags = 2
                                        VarianceLags = 2
                                        // So that filtering doesn't read a sample that grows.
                                        Start = RealizedStart.Estimated
                                        Presample = 2
                                    }
                                    {
                                        Returns = data.Returns[..299]
                                        Measure = data.Measure[..299]
                                    }

                            let appended = data.Measure[300..] |> Array.fold RealizedGarch.append fit
                            let filtered = Expect.wantOk (RealizedGarch.filter fit data) "filters"
                            let expected = RealizedGarch.ahead filtered
                            near (1e-10 * expected) "variance" expected (RealizedGarch.ahead appended))
                ]

            testList
                "expectations by formula are means of simulated days"
                [
                    for form in forms ->
                        testCase $"%A{form}" (fun () ->
                            let fit = fitted { specOf form with MeasureLags = 2 } (simulated form 8L 1000)

                            let days, count = 10, 20_000
                            let outlook = Expect.wantOk (RealizedForecast.expected days fit) "a formula"

                            let paths =
                                Expect.wantOk
                                    (RealizedForecast.simulate
                                        { GarchForecast.simulation with
                                            Paths = count
                                        }
                                        days
                                        (Rng.ofSeed 11L)
                                        fit)
                                    "paths"

                            let compare (name: string) (expected: float[]) (rows: float[][]) =
                                for day in 0 .. days - 1 do
                                    let values = rows |> Array.map (fun row -> row[day])
                                    let mean = Array.average values

                                    let error =
                                        sqrt (values |> Array.averageBy (fun v -> (v - mean) * (v - mean)))
                                        / sqrt (float count)

                                    // Twenty comparisons: four standard errors of each mean.
                                    near (4.0 * error + 1e-12) $"{name}, day {day + 1}" expected[day] mean

                            compare "variance" outlook.Variances paths.Variances
                            compare "measure" outlook.Measures paths.Measures)
                ]

            testCase "a stored fit comes back to the last bit, other texts are refused" (fun () ->
                let fit =
                    fitted RealizedGarchSpec.defaults (simulated RealizedForm.LogLinear 9L 300)

                let text = (RealizedJson.ofRealizedGarch fit).ToJsonString()
                Expect.equal (Expect.wantOk (RealizedJson.toRealizedGarch text) "the text") fit "the fit"
                Expect.isError (RealizedJson.toHeavy text) "another model"

                Expect.isError
                    (RealizedJson.toRealizedGarch (text.Replace("\"version\":1", "\"version\":2")))
                    "version"

                Expect.isError (RealizedJson.toRealizedGarch "{}") "an empty object")

            testCase "data that can't be fitted are refused with row and rule" (fun () ->
                let data = simulated RealizedForm.LogLinear 10L 300

                let refused (word: string) (data: RealizedData) =
                    let fault =
                        Expect.wantError (RealizedGarch.fit RealizedGarchSpec.defaults data) word

                    Expect.stringContains (Fault.describe fault) word "told"

                refused
                    "row 6"
                    { data with
                        Measure = Array.mapi (fun i x -> if i = 5 then 0.0 else x) data.Measure
                    }

                refused
                    "row 8"
                    { data with
                        Returns = Array.mapi (fun i x -> if i = 7 then nan else x) data.Returns
                    }

                refused
                    "column measure: the measure must move"
                    { data with
                        Measure = Array.create 300 1.0
                    }

                refused
                    "column return: the returns must move"
                    { data with
                        Returns = Array.zeroCreate 300
                    }

                refused
                    "299"
                    { data with
                        Measure = data.Measure[1..]
                    }

                refused
                    "250"
                    {
                        Returns = data.Returns[..99]
                        Measure = data.Measure[..99]
                    })

            testCase
                "typical paths of any length have a variance of about one; a negative sigma_u2 is refused"
                (fun () ->
                    for form in forms do
                        let spec = specOf form
                        let typical = RealizedForecast.typical spec

                        let returns =
                            (Expect.wantOk
                                (RealizedForecast.series spec typical 1.0 500 20_000 (Rng.ofSeed 3L))
                                "a series")
                                .Returns

                        Expect.equal returns.Length 20_000 "days"
                        let square = returns |> Array.averageBy (fun value -> value * value)
                        Expect.isTrue (square > 0.8 && square < 1.25) $"%A{form}: {square}"

                        let drawn (name: string) (value: float) =
                            let at = List.findIndex ((=) name) (RealizedGarchSpec.parameterNames spec)
                            RealizedForecast.path spec (Array.updateAt at value typical) 1.0 100 100 (Rng.ofSeed 1L)

                        for value in [ -1.0; nan ] do
                            match drawn "sigma_u2" value with
                            | Error(Fault.BadSetting("sigma_u2", _, _)) -> ()
                            | other -> failtest $"expected BadSetting, found %A{other}"

                        match drawn "beta[1]" 50.0, drawn "omega" nan with
                        | Error(Fault.NotComputable _), Error(Fault.NotComputable _) -> ()
                        | other -> failtest $"expected NotComputable, found %A{other}")

            testCase "names carry form and orders" (fun () ->
                let spec =
                    Expect.wantOk (RealizedGarchSpec.parse "realized-garch-linear(2,3)") "parses"

                Expect.equal (spec.Form, spec.MeasureLags, spec.VarianceLags) (RealizedForm.Linear, 2, 3) "orders"
                Expect.isError (RealizedGarchSpec.parse "realized") "another name"

                Expect.isError
                    (RealizedGarchSpec.check
                        { spec with
                            MeasureLags = 0
                            Presample = -1
                        })
                    "lags outside their domain")
        ]
