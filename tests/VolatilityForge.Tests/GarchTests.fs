/// Conditional variance models: published estimates, and the laws of recursion, gradient, fit and stored state.
module VolatilityForge.Tests.GarchTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Returns

/// Correct decimal digits (McCullough's log relative error).
let private digits (actual: float) (published: float) : float =
    if actual = published then
        15.0
    else
        -log10(abs (actual - published) / abs published)

let private errorsOf (fit: GarchFit) (returns: float[]) (kind: GarchErrorKind) : float[] =
    Expect.wantOk (GarchErrors.ofFit fit (GarchData.ofReturns returns)) "standard errors"
    |> GarchErrors.standard kind

let private backcast (name: string) : GarchSpec =
    { specOf name with
        Start = VarianceStart.Backcast
    }

[<Tests>]
let suite =
    testList
        "GARCH"
        [
            testCase "on DEM/GBP has the benchmark's estimates and standard errors of three kinds"
            <| fun () ->
                let returns = demGbp ()
                let fit = fitted GarchSpec.defaults returns
                Expect.isTrue fit.Diagnostics.Converged "converged"

                // Fiorentini, Calzolari and Panattoni 1996; six digits of each, five of the robust errors.
                for kind, published, asked in
                    [
                        None, [| -0.00619040837999; 0.0107613978518; 0.153134061820; 0.805973670305 |], 6.0
                        Some GarchErrorKind.Hessian, [| 0.00846212; 0.00285271; 0.0265228; 0.0335527 |], 6.0
                        Some GarchErrorKind.OuterProduct, [| 0.00843359; 0.00132298; 0.0139738; 0.0165604 |], 5.5
                        Some GarchErrorKind.Robust, [| 0.0091893540; 0.006493186; 0.053531703; 0.07246145 |], 6.0
                    ] do
                    let actual =
                        match kind with
                        | None -> fit.Parameters
                        | Some kind -> errorsOf fit returns kind

                    for i in 0..3 do
                        Expect.isGreaterThan
                            // A rounded figure has its last digit to half a unit.
                            (digits actual[i] published[i] + 0.3)
                            asked
                            $"%A{kind} {fit.Names[i]}: {actual[i]:R}"

                close 1e-12 fit.LogLikelihood -1106.60788104129 "log-likelihood"

            testCase "EGARCH on DEM/GBP has the published estimates and standard errors"
            <| fun () ->
                let returns = demGbp ()
                let fit = fitted (specOf "egarch") returns
                Expect.isTrue fit.Diagnostics.Converged "converged"
                Expect.equal fit.Names [ "mu"; "omega"; "alpha[1]"; "gamma[1]"; "beta[1]" ] "names"

                for actual, published in
                    Array.zip
                        fit.Parameters
                        [|
                            -0.01167873487
                            -0.12633933747
                            0.33305592776
                            -0.03845788444
                            0.91265373928
                        |] do
                    Expect.isGreaterThan (digits actual published) 6.0 $"{actual:R}"

            testCase "on the S&P 500 has the log-likelihoods that Python's arch prints"
            <| fun () ->
                let returns = sp500 ()

                for spec, published in
                    [
                        backcast "garch", -6936.718477
                        backcast "gjr", -6822.882823
                        backcast "tarch", -6799.178523
                        { backcast "tarch" with
                            Innovation = Innovation.StudentT
                        },
                        -6722.151183
                    ] do
                    let fit = fitted spec returns
                    Expect.isTrue fit.Diagnostics.Converged "converged"
                    // Both search until the sixth decimal stands.
                    Expect.isLessThan (abs (fit.LogLikelihood - published)) 1e-5 $"%A{spec}: {fit.LogLikelihood}"

                let tarch =
                    fitted
                        { backcast "tarch" with
                            Innovation = Innovation.StudentT
                        }
                        returns

                // arch stops where nu still moves in its fifth digit.
                close 3e-5 (Array.last tarch.Parameters) 7.9549 "degrees of freedom"
                let garch = fitted (backcast "garch") returns
                let ahead = Expect.wantOk (GarchForecast.analytic 5 garch) "variances"

                for actual, published in Array.zip ahead [| 3.59647; 3.568502; 3.540887; 3.513621; 3.486701 |] do
                    close 1e-5 actual published "days ahead"

            testCase "without the bound on the sum of coefficients fits at least as well"
            <| fun () ->
                let returns = simulated 3L 1009

                for name in [ "garch"; "gjr"; "tarch"; "aparch" ] do
                    let spec = specOf name
                    let bound = fitted spec returns
                    let free = fitted { spec with Stationary = false } returns
                    // TARCH and APARCH have kinks, between which a search may end a little below the highest.
                    Expect.isGreaterThan free.LogLikelihood (bound.LogLikelihood - 1e-2) name

            testCase "scaling returns scales omega and leaves the other coefficients"
            <| fun () ->
                let returns = simulated 2L 1201

                for name in GarchSpec.names @ [ "garch(2,2)"; "gjr(2,1)" ] do
                    let fit = fitted (specOf name) returns
                    let kinks = List.contains name [ "tarch"; "aparch"; "egarch" ]

                    for factor in [ 1e-6; 1e4; 3.0 ] do
                        let scaled = fitted (specOf name) (returns |> Array.map (fun r -> factor * r))
                        Expect.equal scaled.Diagnostics.Converged fit.Diagnostics.Converged "converged"

                        let gap =
                            scaled.LogLikelihood + float fit.Observations * log factor - fit.LogLikelihood

                        // The path of the search differs with the inner scale; between kinks so may its end.
                        Expect.isLessThan (abs gap) (if kinks then 0.02 else 1e-6) $"{name} x {factor}: log-likelihood"

                        for i in 1 .. fit.Names.Length - 1 do
                            let expected, allowed =
                                match fit.Names[i], fit.Spec.Variance with
                                | "omega", VarianceModel.Egarch _ ->
                                    let beta = Array.last fit.Parameters
                                    fit.Parameters[i] + (1.0 - beta) * 2.0 * log factor, 0.2
                                | "omega", VarianceModel.Tarch _ -> factor * fit.Parameters[i], 0.01
                                | "omega", VarianceModel.Aparch _ ->
                                    factor ** Array.last fit.Parameters * fit.Parameters[i], 1.0
                                | "omega", _ -> factor * factor * fit.Parameters[i], 1e-4
                                | _ -> fit.Parameters[i], (if kinks then 0.05 else 1e-4)

                            Expect.isLessThan
                                (abs (scaled.Parameters[i] - expected))
                                (allowed * max 1e-20 (abs expected)
                                 + (if fit.Names[i] = "omega" then 0.0 else allowed))
                                $"{name} x {factor}: {fit.Names[i]}"

            testCase "recursions are the literal step, day by day, in every model"
            <| fun () ->
                let returns = simulated 4L 523

                for name in every do
                    for mean in [ MeanModel.Zero; MeanModel.Constant; MeanModel.Ar 2; MeanModel.Har [ 1; 5 ] ] do
                        let spec = { specOf name with Mean = mean }
                        let fit = fitted spec returns
                        let back = GarchSpec.lookBack spec

                        let mutable state =
                            GarchState.initial
                                fit.State.Start
                                fit.State.StartShock
                                [||]
                                (Array.rev returns[.. back - 1])

                        for day in back .. returns.Length - 1 do
                            let struct (mean, variance) = GarchState.ahead spec fit.Parameters [||] state
                            close 1e-10 variance fit.Variances[day - back] $"{name} %A{mean}: variance of day {day}"

                            Expect.isLessThan
                                (abs ((returns[day] - mean) / sqrt variance - fit.Standardised[day - back]))
                                1e-9
                                $"{name}: residual of day {day}"

                            state <- GarchState.append spec fit.Parameters [||] [||] state returns[day]

                        let struct (_, next) = GarchState.ahead spec fit.Parameters [||] state
                        let struct (_, stored) = Garch.ahead fit [||]
                        close 1e-10 stored next $"{name}: the stored state goes on from there"

            testCase "GARCH(2,2) is its formula"
            <| fun () ->
                let returns = simulated 5L 401
                let fit = fitted (specOf "garch(2,2)") returns
                let theta = fit.Parameters
                let e = returns |> Array.map (fun r -> r - theta[0])
                let start = e |> Array.averageBy (fun x -> x * x)
                let h = Array.zeroCreate<float> e.Length
                let square t = if t < 0 then start else e[t] * e[t]
                let before t = if t < 0 then start else h[t]

                for t in 0 .. e.Length - 1 do
                    h[t] <-
                        theta[1]
                        + theta[2] * square (t - 1)
                        + theta[3] * square (t - 2)
                        + theta[4] * before (t - 1)
                        + theta[5] * before (t - 2)

                    close 1e-11 fit.Variances[t] h[t] $"day {t}"

            testCase "nested models agree: GJR without gamma, APARCH with power two, orders with zeros"
            <| fun () ->
                let returns = simulated 6L 601
                let garch = fitted (specOf "garch") returns
                let theta = garch.Parameters

                let same (name: string) (parameters: float[]) =
                    let spec = specOf name

                    let other =
                        { fitted spec returns with
                            Parameters = parameters
                        }

                    let filtered = Expect.wantOk (Garch.filter other (GarchData.ofReturns returns)) name
                    close 1e-12 filtered.LogLikelihood garch.LogLikelihood name

                same "gjr" [| theta[0]; theta[1]; theta[2]; 0.0; theta[3] |]
                same "aparch" [| theta[0]; theta[1]; theta[2]; 0.0; theta[3]; 2.0 |]
                same "garch(2,1)" [| theta[0]; theta[1]; theta[2]; 0.0; theta[3] |]
                same "garch(1,2)" [| theta[0]; theta[1]; theta[2]; theta[3]; 0.0 |]

            testCase "a warm start ends where a cold one does"
            <| fun () ->
                let returns = simulated 7L 1303

                for name in [ "garch"; "gjr"; "egarch"; "component" ] do
                    let earlier = fitted (specOf name) returns[..1199]
                    let later = GarchData.ofReturns returns[100..]
                    let warm = Expect.wantOk (Garch.refit earlier later) "warm"
                    let cold = fitted (specOf name) returns[100..]
                    close 1e-9 warm.LogLikelihood cold.LogLikelihood name

            testCase "along a walk-forward, no warm start ends below a cold one"
            <| fun () ->
                let returns = simulated 11L 1603

                // The component model's likelihood has several maxima: from 44 a search from the anchor alone ends 1.6 below the cold one.
                for name in [ "garch"; "gjr"; "tarch"; "egarch"; "aparch"; "component" ] do
                    let anchor = fitted (specOf name) returns[..999]

                    for first in [ 44; 242; 418; 594 ] do
                        let window = returns[first .. first + 999]

                        let warm = Expect.wantOk (Garch.refit anchor (GarchData.ofReturns window)) "warm"

                        let cold = fitted (specOf name) window
                        // Searches stop within 1e-8 of a likelihood of some 1,500, TARCH's a little above it for its kinks; 1e-4 of a unit of
                        // log-likelihood is far below what a test of two models sees.
                        Expect.isGreaterThan (warm.LogLikelihood - cold.LogLikelihood) -1e-4 $"{name} from {first}"

            testCase "fits to simulated series find their parameters, within their standard errors"
            <| fun () ->
                let count = 6007

                for name, truth in
                    [
                        "garch", [| 0.05; 0.05; 0.10; 0.85 |]
                        "gjr", [| 0.05; 0.05; 0.03; 0.12; 0.85 |]
                        "tarch", [| 0.05; 0.05; 0.05; 0.10; 0.85 |]
                        "egarch", [| 0.05; 0.01; 0.2; -0.1; 0.95 |]
                        "aparch", [| 0.05; 0.05; 0.10; 0.4; 0.85; 1.3 |]
                        "component", [| 0.05; 0.02; 0.98; 0.04; 0.10; 0.70 |]
                        "figarch", [| 0.05; 0.1; 0.2; 0.45; 0.5 |]
                    ] do
                    let spec = specOf name

                    let returns =
                        Expect.wantOk (GarchForecast.series spec truth 1.0 1500 count (Rng.ofSeed 17L)) "a series"

                    let fit = fitted spec returns
                    Expect.isTrue fit.Diagnostics.Converged name
                    let errors = errorsOf fit returns GarchErrorKind.Robust

                    for i in 0 .. truth.Length - 1 do
                        // Four standard errors: one chance in 16,000 each, on a fixed seed.
                        Expect.isLessThan
                            (abs (fit.Parameters[i] - truth[i]) / errors[i])
                            4.0
                            $"{name} {fit.Names[i]}: {fit.Parameters[i]} +- {errors[i]}"

            testCase "regressors of the variance and of the mean are found again"
            <| fun () ->
                let count = 4001
                let struct (z, rng) = Rng.normals count (Rng.ofSeed 23L)
                let struct (signal, rng) = Rng.normals count rng
                let struct (outside, _) = Rng.normals count rng
                let moves = outside |> Array.map (fun x -> x * x)
                let returns = Array.zeroCreate<float> count
                let mutable h, e = 1.0, 0.0

                for t in 0 .. count - 1 do
                    h <- 0.05 + 0.05 * e * e + 0.8 * h + (if t > 0 then 0.1 * moves[t - 1] else 0.0)
                    e <- sqrt h * z[t]
                    returns[t] <- 0.1 + 0.3 * signal[t] + e

                for factor in [ 1.0; 1e-5 ] do
                    let data =
                        {
                            Returns = returns
                            MeanRegressors = [| signal |> Array.map (fun x -> factor * x) |]
                            VarianceRegressors = [| moves |> Array.map (fun x -> factor * x) |]
                        }

                    let fit = Expect.wantOk (Garch.fit GarchSpec.defaults data) "a fit"
                    Expect.equal fit.Names [ "mu"; "x[1]"; "omega"; "alpha[1]"; "beta[1]"; "pi[1]" ] "names"
                    // Three standard errors at this length.
                    close 0.12 (factor * fit.Parameters[1]) 0.3 "mean"
                    close 0.3 (factor * fit.Parameters[5]) 0.1 "variance"
        ]
