/// Gradients and Hessians of conditional variance models against differences of what they are derivatives of.
module VolatilityForge.Tests.GarchDerivativeTests

open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.Returns

/// Outer parameters of a fit, moved a little so that no gradient vanishes and no bound is near.
let private about (fit: GarchFit) : float[] =
    fit.Parameters
    |> Array.mapi (fun i value -> value * (1.0 + 0.01 * float (1 + i % 3)))

let private withParameters (fit: GarchFit) (parameters: float[]) : GarchFit = { fit with Parameters = parameters }

let private logLikelihood (fit: GarchFit) (returns: float[]) (parameters: float[]) : float =
    (Expect.wantOk (Garch.filter (withParameters fit parameters) (GarchData.ofReturns returns)) "filtered")
        .LogLikelihood

[<Tests>]
let suite =
    testList
        "GARCH derivatives"
        [
            testCase "gradients, through the covariance, are the slopes of the log-likelihood in every model"
            <| fun () ->
                let returns = simulated 1L 701
                let data = GarchData.ofReturns returns

                for name in every do
                    for innovation in innovations do
                        for start in [ VarianceStart.MeanSquare; VarianceStart.Backcast ] do
                            let spec =
                                { specOf name with
                                    Innovation = innovation
                                    Start = start
                                    Mean = MeanModel.Ar 1
                                    Stationary = false
                                }

                            let fit = Expect.wantOk (Garch.fit spec data) $"{name}"

                            let point = about fit
                            let slopes = GarchErrors.gradient (withParameters fit point) data

                            for i in 0 .. point.Length - 1 do
                                let step = 1e-6 * max 0.01 (abs point[i])

                                let at (move: float) =
                                    logLikelihood fit returns (Array.updateAt i (point[i] + move) point)

                                let slope = (at step - at -step) / (2.0 * step)

                                // A difference of two sums near 1,000 over 2e-8 has six digits; kinks cost some of them.
                                Expect.isLessThan
                                    (abs (slopes[i] - slope))
                                    (2e-4 * max 50.0 (abs slope))
                                    $"{name} %A{innovation} %A{start} {fit.Names[i]}: {slopes[i]} against {slope}"

            testCase "the Hessian behind standard errors is the slope of the gradient in every model"
            <| fun () ->
                let returns = simulated 1L 701
                let data = GarchData.ofReturns returns
                let mutable compared = 0

                for name in List.filter (fun (name: string) -> not (name.StartsWith "figarch")) every do
                    for innovation in innovations do
                        for start in [ VarianceStart.MeanSquare; VarianceStart.Backcast ] do
                            let spec =
                                { specOf name with
                                    Innovation = innovation
                                    Start = start
                                    // Under a GED the mean's curvature is spread over three standard errors on purpose.
                                    Mean = (if innovation.IsGed then MeanModel.Zero else MeanModel.Ar 1)
                                    // Parameters are then those of the search but for their scale, which is one.
                                    Stationary = false
                                }

                            let found = Expect.wantOk (Garch.fit spec data) name
                            let size = found.Parameters.Length

                            // A search often ends on a kink, where a difference sees both sides.
                            let fit =
                                withParameters found (found.Parameters |> Array.map (fun value -> value * 1.0001))

                            if fit.Diagnostics.AtBound.IsEmpty && fit.Diagnostics.Converged then
                                // So small that no residual crosses a kink; the gradient is linear over it.
                                let slopes =
                                    Array.init size (fun i ->
                                        let step = 1e-6 * max 0.01 (abs fit.Parameters[i])

                                        let at (move: float) =
                                            let point = Array.updateAt i (fit.Parameters[i] + move) fit.Parameters
                                            GarchErrors.gradient (withParameters fit point) data

                                        Array.map2
                                            (fun above below -> (below - above) / (2.0 * step))
                                            (at step)
                                            (at -step))

                                let matrix =
                                    Array.init (size * size) (fun cell ->
                                        0.5 * (slopes[cell / size][cell % size] + slopes[cell % size][cell / size]))

                                match SmallMatrix.inverse size matrix with
                                | None -> ()
                                | Some covariance ->
                                    compared <- compared + 1

                                    let errors =
                                        GarchErrors.standard
                                            GarchErrorKind.Hessian
                                            (Expect.wantOk (GarchErrors.ofFit fit data) "errors")

                                    for i in 0 .. size - 1 do
                                        // The difference of two gradients near 1 over 1e-8 has seven digits, its inverse fewer.
                                        close
                                            2e-4
                                            errors[i]
                                            (sqrt covariance[i * size + i])
                                            $"{name} %A{innovation} %A{start} {fit.Names[i]}"

                // Fits at a bound are left out; most are not at one.
                Expect.isGreaterThan compared 20 "fits compared"

            testCase
                "a mean under Laplace innovations has the error of its scores, though their density is straight beside zero"
            <| fun () ->
                let spec =
                    { specOf "garch" with
                        Innovation = Innovation.Ged
                    }

                // The mean, the variance's parameters, and the shape of the Laplace distribution.
                let truth = [| 0.05; 0.05; 0.10; 0.85; 1.0 |]

                let returns =
                    Expect.wantOk (GarchForecast.series spec truth 1.0 500 4001 (Rng.ofSeed 29L)) "a series"

                let fit = fitted spec returns

                let errors =
                    Expect.wantOk (GarchErrors.ofFit fit (GarchData.ofReturns returns)) "errors"

                let hessian = GarchErrors.standard GarchErrorKind.Hessian errors
                let scores = GarchErrors.standard GarchErrorKind.OuterProduct errors

                // Both estimate one covariance where the density is the data's; at this length they are a tenth apart.
                for i in 0 .. truth.Length - 1 do
                    close 0.25 hessian[i] scores[i] fit.Names[i]
        ]
