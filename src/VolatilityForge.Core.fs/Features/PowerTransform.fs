/// The Box-Cox and Yeo-Johnson transforms and their exponents by maximum likelihood. Knows no feature.
namespace VolatilityForge

open System

/// Transforms to near-normality.
[<RequireQualifiedAccess>]
module PowerTransform =

    /// Exponents are looked for in [-Widest, Widest]: beyond, one value outweighs all others.
    [<Literal>]
    let private Widest = 5.0

    /// Halvings of that range: more than a double has digits for.
    [<Literal>]
    let private Halvings = 80

    /// Below this |lambda u| the derivative of (e^(lambda u) - 1) / lambda is taken from its series, whose next term is then below
    /// rounding.
    [<Literal>]
    let private Small = 1e-3

    /// (e^(lambda u) - 1) / lambda, u at lambda = 0: x^lambda of u = ln x, scaled.
    let private scaled (lambda: float) (u: float) : float =
        // expm1 by Kahan: exact where e^y rounds to 1.
        let y = lambda * u
        let e = Math.Exp y

        if lambda = 0.0 || e = 1.0 then u
        elif Math.Abs y > 0.5 then (e - 1.0) / lambda
        else (e - 1.0) * u / Math.Log e

    /// The derivative of `scaled` by lambda.
    let private slope (lambda: float) (u: float) : float =
        let y = lambda * u

        if Math.Abs y < Small then
            u * u * (0.5 + y * (1.0 / 3.0 + y * (1.0 / 8.0 + y * (1.0 / 30.0 + y / 144.0))))
        else
            (u * Math.Exp y - scaled lambda u) / lambda

    /// Box-Cox (1964): (x^lambda - 1) / lambda, ln x at lambda = 0. NaN for x <= 0.
    let boxCox (lambda: float) (x: float) : float =
        if x > 0.0 then scaled lambda (Math.Log x) else nan

    /// ln(1 + y), y >= 0, also where 1 + y rounds (Kahan).
    let private log1p (y: float) : float =
        let w = 1.0 + y
        if w = 1.0 then y else Math.Log w * y / (w - 1.0)

    /// Yeo-Johnson (2000): ((1 + x)^lambda - 1) / lambda for x >= 0, -((1 - x)^(2 - lambda) - 1) / (2 - lambda) below.
    let yeoJohnson (lambda: float) (x: float) : float =
        if x >= 0.0 then scaled lambda (log1p x)
        elif x < 0.0 then -(scaled (2.0 - lambda) (log1p -x))
        else nan

    let private found (what: string) (values: float[]) : Result<float[], Fault> =
        let present = values |> Array.filter (Double.IsNaN >> not)

        if present.Length < 3 then
            Error(Fault.TooShort(what, 3, present.Length))
        elif Array.max present = Array.min present then
            Error(
                Fault.NotComputable(
                    what,
                    "the training part is constant",
                    "Leave the column out, or train on a longer part."
                )
            )
        else
            Ok present

    /// The exponent where the likelihood's derivative crosses zero, by bisection; the nearer end of the range where it doesn't.
    let private maximise (score: float -> float) : float =
        let mutable low = -Widest
        let mutable high = Widest

        for _ in 1..Halvings do
            let middle = 0.5 * (low + high)

            if score middle > 0.0 then low <- middle else high <- middle

        0.5 * (low + high)

    /// The derivative of -n/2 ln(variance of y) by lambda over n: -cov(y, dy) / var y.
    let private concentrated (y: float[]) (dy: float[]) : float =
        let meanY, meanDy = Array.average y, Array.average dy
        let mutable cross = 0.0
        let mutable square = 0.0

        for i in 0 .. y.Length - 1 do
            let deviation = y[i] - meanY
            cross <- cross + deviation * (dy[i] - meanDy)
            square <- square + deviation * deviation

        -cross / square

    /// The maximum-likelihood exponent of Box-Cox in [-5, 5]. NaN is left out. Fault.TooShort below three values,
    /// Fault.NotComputable for a value that is not positive or for constant values.
    let fitBoxCox (values: float[]) : Result<float, Fault> =
        either {
            let! present = found "the exponent of Box-Cox" values

            do!
                Either.require
                    (Fault.NotComputable(
                        "the exponent of Box-Cox",
                        "the training part has values that are not positive",
                        "Yeo-Johnson takes every sign."
                    ))
                    (Array.min present > 0.0)

            let logs = present |> Array.map Math.Log
            let centre = Array.average logs
            // In units of the geometric mean the Jacobian is a constant and large powers don't overflow.
            let u = logs |> Array.map (fun log -> log - centre)

            return maximise (fun lambda -> concentrated (Array.map (scaled lambda) u) (Array.map (slope lambda) u))
        }

    /// The maximum-likelihood exponent of Yeo-Johnson in [-5, 5]. NaN is left out. Fault.TooShort below three values,
    /// Fault.NotComputable for constant values.
    let fitYeoJohnson (values: float[]) : Result<float, Fault> =
        found "the exponent of Yeo-Johnson" values
        |> Result.map (fun present ->
            let jacobian =
                present |> Array.averageBy (fun x -> if x >= 0.0 then log1p x else -(log1p -x))

            let derivative (lambda: float) (x: float) =
                if x >= 0.0 then
                    slope lambda (log1p x)
                else
                    slope (2.0 - lambda) (log1p -x)

            maximise (fun lambda ->
                concentrated (Array.map (yeoJohnson lambda) present) (Array.map (derivative lambda) present)
                + jacobian))
