/// Hessians of models of a realised measure against second differences of their log-likelihoods.
module VolatilityForge.Tests.RealizedDerivativeTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Joint

/// Of a parameter's standard error, the others held: a second difference then has nine digits, and the fourth derivative is taken out
/// by a difference of twice the step.
let private step = 0.02

/// Minus the Hessian of a function by parameters in units of these.
let private information (units: float[]) (point: float[]) (f: float[] -> float) : float[] =
    let size = point.Length

    let at (moves: (int * float) list) : float =
        moves
        |> List.fold (fun moved (i, move) -> Array.updateAt i (Array.item i moved + move * units[i]) moved) point
        |> f

    let second (i: int) (j: int) (by: float) : float =
        if i = j then
            (at [ i, by ] + at [ i, -by ] - 2.0 * at []) / (by * by)
        else
            (at [ i, by; j, by ] - at [ i, by; j, -by ] - at [ i, -by; j, by ]
             + at [ i, -by; j, -by ])
            / (4.0 * by * by)

    Array.init (size * size) (fun cell ->
        let i, j = cell / size, cell % size
        -(4.0 * second i j step - second i j (2.0 * step)) / 3.0)

/// The information behind a covariance of parameters at some places, against that of differences.
let private compare
    (message: string)
    (errors: GarchErrors)
    (places: int[])
    (parameters: float[])
    (f: float[] -> float)
    =
    let size = places.Length

    let found =
        SmallMatrix.part errors.Names.Length places errors.Hessian
        |> SmallMatrix.inverse size
        |> Option.defaultWith (fun () -> failtest $"{message}: no covariance")

    let units = Array.init size (fun i -> 1.0 / sqrt found[i * size + i])
    let point = places |> Array.map (fun place -> parameters[place])
    let expected = information units point f

    for cell in 0 .. size * size - 1 do
        let i, j = cell / size, cell % size
        // Both are correlations, one on the diagonal; a difference of sums near 1,000 has six digits here.
        let own = found[cell] * units[i] * units[j]

        Expect.isLessThan
            (abs (own - expected[cell]))
            1e-5
            $"{message} {errors.Names[places[i]]} {errors.Names[places[j]]}: {own} for {expected[cell]}"

[<Tests>]
let suite =
    testList
        "standard errors of models of a measure are those of literal second differences"
        [
            for form in [ RealizedForm.LogLinear; RealizedForm.Linear ] do
                for start in [ RealizedStart.Sample; RealizedStart.Estimated ] do
                    testCase $"Realized GARCH, %A{form}, %A{start}" (fun () ->
                        let data = simulated form 71L 800

                        for spec in
                            [
                                { specOf form with Start = start }
                                { specOf form with
                                    Start = start
                                    MeasureLags = 2
                                    ConstantMean = true
                                    Presample = 2
                                }
                                // The linear form's second lag goes to a bound on these data.
                                if form = RealizedForm.LogLinear then
                                    { specOf form with
                                        Start = start
                                        VarianceLags = 2
                                    }
                            ] do
                            let fit = Expect.wantOk (RealizedGarch.fit spec data) "a fit"
                            Expect.isEmpty fit.Diagnostics.AtBound "no bound"

                            let errors = Expect.wantOk (RealizedGarch.errors fit data) "errors"

                            let logLikelihood (parameters: float[]) : float =
                                (Expect.wantOk
                                    (RealizedGarch.filter { fit with Parameters = parameters } data)
                                    "filtered")
                                    .LogLikelihood

                            compare
                                $"lags {spec.MeasureLags} and {spec.VarianceLags}"
                                errors
                                [| 0 .. fit.Parameters.Length - 1 |]
                                fit.Parameters
                                logLikelihood)

            testCase "HEAVY, equation by equation, with and without targeting" (fun () ->
                let data = simulated RealizedForm.Linear 74L 800

                let filtered (fit: HeavyFit) (parameters: float[]) =
                    Expect.wantOk (Heavy.filter { fit with Parameters = parameters } data) "filtered"

                let measure = Array.average data.Measure
                let square = data.Returns |> Array.averageBy (fun value -> value * value)

                for targeting in [ false; true ] do
                    let fit = Expect.wantOk (Heavy.fit { Targeting = targeting } data) "a fit"
                    Expect.isEmpty fit.Diagnostics.AtBound "no bound"
                    let errors = Expect.wantOk (Heavy.errors fit data) "errors"

                    /// omega, alpha, beta of an equation out of those that were searched for.
                    let whole (target: float) (theta: float[]) : float[] =
                        if targeting then
                            [| (1.0 - theta[1]) * target - theta[0] * measure; theta[0]; theta[1] |]
                        else
                            theta

                    let places (first: int) =
                        [| (if targeting then first + 1 else first) .. first + 2 |]

                    compare $"targeting {targeting}, returns" errors (places 0) fit.Parameters (fun theta ->
                        let parameters = Array.append (whole square theta) (Array.skip 3 fit.Parameters)
                        (filtered fit parameters).LogLikelihood)

                    compare $"targeting {targeting}, measure" errors (places 3) fit.Parameters (fun theta ->
                        let parameters = Array.append (Array.take 3 fit.Parameters) (whole measure theta)
                        (filtered fit parameters).MeasureLogLikelihood))

            testCase "a targeted HEAVY whose omega goes to zero says so and has no Hessian there" (fun () ->
                let data = simulated RealizedForm.Linear 73L 800
                let fit = Expect.wantOk (Heavy.fit { Targeting = true } data) "a fit"
                Expect.equal fit.Diagnostics.AtBound [ "omega" ] "at its bound"

                let errors = Expect.wantOk (Heavy.errors fit data) "errors"
                let hessian = GarchErrors.standard GarchErrorKind.Hessian errors

                Expect.isTrue (Array.forall Double.IsNaN (Array.take 3 hessian)) "none of the returns'"
                Expect.isTrue (Array.forall Double.IsFinite (Array.skip 4 hessian)) "those of the measure's")
        ]
