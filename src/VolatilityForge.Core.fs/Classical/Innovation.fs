/// Distributions of standardised returns: mean zero, variance one. Knows no variance model.
namespace VolatilityForge

open System
open MathNet.Numerics
open MathNet.Numerics.Distributions

/// What a return divided by its conditional volatility is drawn from.
[<RequireQualifiedAccess>]
type Innovation =
    /// Standard normal.
    | Normal
    /// Student's t scaled to unit variance; shape nu > 2.
    | StudentT
    /// Skewed t of Hansen (1994); shapes eta > 2 and lambda in (-1, 1), negative for a longer left tail.
    | SkewedT
    /// Generalised error distribution (Nelson 1991); shape nu, 2 for the normal, less for heavier tails.
    | Ged

/// Densities with their derivatives, quantiles, draws.
[<RequireQualifiedAccess>]
module Innovation =

    /// Names of the shapes, in the order of every array of shapes.
    let shapeNames (innovation: Innovation) : string list =
        match innovation with
        | Innovation.Normal -> []
        | Innovation.StudentT -> [ "nu" ]
        | Innovation.SkewedT -> [ "eta"; "lambda" ]
        | Innovation.Ged -> [ "nu" ]

    /// Smallest and largest value of each shape in a fit.
    let bounds (innovation: Innovation) : (float * float) list =
        match innovation with
        | Innovation.Normal -> []
        | Innovation.StudentT -> [ 2.05, 500.0 ]
        | Innovation.SkewedT -> [ 2.05, 300.0; -0.999, 0.999 ]
        | Innovation.Ged -> [ 0.5, 50.0 ]

    /// Ok where a distribution of unit variance has these shapes; the domain is wider than a fit's `bounds`.
    let internal checkShapes (innovation: Innovation) (shapes: float[]) : Result<unit, Fault> =
        let need (name: string) (rule: string) (holds: bool) (value: float) =
            Checked.require (Fault.BadSetting(name, rule, string value)) (holds && Double.IsFinite value)

        match innovation with
        | Innovation.Normal -> Ok()
        | Innovation.StudentT -> need "nu" "must be above 2 and finite" (shapes[0] > 2.0) shapes[0]
        | Innovation.SkewedT ->
            Checked.all
                [
                    need "eta" "must be above 2 and finite" (shapes[0] > 2.0) shapes[0]
                    need "lambda" "must lie between -1 and 1" (abs shapes[1] < 1.0) shapes[1]
                ]
        // The draws are of a gamma variate of shape 1/nu: above a fit's bound they underflow.
        | Innovation.Ged ->
            let _, largest = List.head (bounds innovation)

            need
                "nu"
                $"must be positive and at most {largest}"
                (shapes[0] > 0.0 && shapes[0] <= largest && Double.IsFinite(1.0 / shapes[0]))
                shapes[0]

    /// Where a fit starts.
    let startShapes (innovation: Innovation) : float list =
        match innovation with
        | Innovation.Normal -> []
        | Innovation.StudentT -> [ 8.0 ]
        | Innovation.SkewedT -> [ 8.0; 0.0 ]
        | Innovation.Ged -> [ 1.5 ]

    let private known: (string * Innovation) list =
        [
            "normal", Innovation.Normal
            "student-t", Innovation.StudentT
            "skewed-t", Innovation.SkewedT
            "ged", Innovation.Ged
        ]

    /// Every distribution's name.
    let names: string list = known |> List.map fst

    /// The name, such as "student-t".
    let name (innovation: Innovation) : string =
        known |> List.find (fun (_, found) -> found = innovation) |> fst

    /// The distribution of a name; Fault.UnknownName with the known ones.
    let parse (name: string) : Result<Innovation, Fault> =
        match known |> List.tryFind (fun (known, _) -> known = name.ToLowerInvariant()) with
        | Some(_, found) -> Ok found
        | None -> Error(Fault.UnknownName("innovation", name, names))

    /// Constants of Hansen's density and their derivatives by eta and lambda.
    [<Struct>]
    type private Skew =
        {
            LogC: float
            LogCByEta: float
            A: float
            AByEta: float
            AByLambda: float
            B: float
            BByEta: float
            BByLambda: float
        }

    let private skew (eta: float) (lambda: float) : Skew =
        let logC =
            SpecialFunctions.GammaLn((eta + 1.0) / 2.0)
            - SpecialFunctions.GammaLn(eta / 2.0)
            - 0.5 * log (Math.PI * (eta - 2.0))

        let logCByEta =
            0.5
            * (SpecialFunctions.DiGamma((eta + 1.0) / 2.0)
               - SpecialFunctions.DiGamma(eta / 2.0)
               - 1.0 / (eta - 2.0))

        let perLambda = 4.0 * exp logC * (eta - 2.0) / (eta - 1.0)
        let a = lambda * perLambda
        let aByEta = a * (logCByEta + 1.0 / (eta - 2.0) - 1.0 / (eta - 1.0))
        let b = sqrt (1.0 + 3.0 * lambda * lambda - a * a)

        {
            LogC = logC
            LogCByEta = logCByEta
            A = a
            AByEta = aByEta
            AByLambda = perLambda
            B = b
            BByEta = -a * aByEta / b
            BByLambda = (3.0 * lambda - a * perLambda) / b
        }

    let private gedLogScale (nu: float) : float =
        0.5
        * (-2.0 / nu * log 2.0 + SpecialFunctions.GammaLn(1.0 / nu)
           - SpecialFunctions.GammaLn(3.0 / nu))

    /// Log densities of residuals e with variances h, and their derivatives: `byVariance` by h, `byResidual` by e,
    /// `byShape` by each shape. All arrays have one element per observation.
    let score
        (innovation: Innovation)
        (shapes: ReadOnlySpan<float>)
        (e: float[])
        (h: float[])
        (value: float[])
        (byVariance: float[])
        (byResidual: float[])
        (byShape: float[][])
        : unit =
        match innovation with
        | Innovation.Normal ->
            let constant = -0.5 * log (2.0 * Math.PI)

            for t in 0 .. e.Length - 1 do
                let inverse = 1.0 / h[t]
                let scaled = e[t] * inverse
                let squared = scaled * e[t]
                value[t] <- constant - 0.5 * (log h[t] + squared)
                byVariance[t] <- 0.5 * inverse * (squared - 1.0)
                byResidual[t] <- -scaled

        | Innovation.StudentT ->
            let nu = shapes[0]
            let constants = skew nu 0.0
            let half = (nu + 1.0) / 2.0
            let perShape = byShape[0]

            for t in 0 .. e.Length - 1 do
                let inverse = 1.0 / h[t]
                let x = e[t] * e[t] * inverse / (nu - 2.0)
                let log1 = log (1.0 + x)
                let share = x / (1.0 + x)
                value[t] <- constants.LogC - 0.5 * log h[t] - half * log1
                byVariance[t] <- inverse * (half * share - 0.5)
                byResidual[t] <- -2.0 * half * e[t] * inverse / ((nu - 2.0) * (1.0 + x))
                perShape[t] <- constants.LogCByEta - 0.5 * log1 + half * share / (nu - 2.0)

        | Innovation.SkewedT ->
            let eta, lambda = shapes[0], shapes[1]
            let c = skew eta lambda
            let byEta, byLambda = byShape[0], byShape[1]

            for t in 0 .. e.Length - 1 do
                let z = e[t] / sqrt h[t]
                let w = c.B * z + c.A
                let towards = if w < 0.0 then -1.0 else 1.0
                let side = 1.0 + towards * lambda
                let q = w / side
                let x = q * q / (eta - 2.0)
                let log1 = log (1.0 + x)
                let share = x / (1.0 + x)
                let byW = -(eta + 1.0) * q / (side * (eta - 2.0) * (1.0 + x))
                value[t] <- log c.B + c.LogC - 0.5 * (eta + 1.0) * log1 - 0.5 * log h[t]
                byVariance[t] <- -0.5 * (1.0 + c.B * byW * z) / h[t]
                byResidual[t] <- c.B * byW / sqrt h[t]

                byEta[t] <-
                    c.BByEta / c.B + c.LogCByEta - 0.5 * log1
                    + 0.5 * (eta + 1.0) * share / (eta - 2.0)
                    + byW * (c.BByEta * z + c.AByEta)

                byLambda[t] <-
                    c.BByLambda / c.B
                    + byW * (c.BByLambda * z + c.AByLambda)
                    + (eta + 1.0) * share * towards / side

        | Innovation.Ged ->
            let nu = shapes[0]
            let logScale = gedLogScale nu
            let digamma1 = SpecialFunctions.DiGamma(1.0 / nu)
            let square = nu * nu

            let logScaleByNu =
                0.5 * (2.0 * log 2.0 - digamma1 + 3.0 * SpecialFunctions.DiGamma(3.0 / nu))
                / square

            let constant =
                log nu
                - logScale
                - (1.0 + 1.0 / nu) * log 2.0
                - SpecialFunctions.GammaLn(1.0 / nu)

            let constantByNu = 1.0 / nu - logScaleByNu + (log 2.0 + digamma1) / square
            let perShape = byShape[0]

            for t in 0 .. e.Length - 1 do
                let logH = log h[t]

                if e[t] = 0.0 then
                    value[t] <- constant - 0.5 * logH
                    byVariance[t] <- -0.5 / h[t]
                    byResidual[t] <- 0.0
                    perShape[t] <- constantByNu
                else
                    let logRatio = log (abs e[t]) - 0.5 * logH - logScale
                    let y = exp (nu * logRatio)
                    value[t] <- constant - 0.5 * y - 0.5 * logH
                    byVariance[t] <- (0.25 * nu * y - 0.5) / h[t]
                    byResidual[t] <- -0.5 * nu * y / e[t]
                    perShape[t] <- constantByNu - 0.5 * y * (logRatio - nu * logScaleByNu)

    let private unitT (nu: float) : float = sqrt ((nu - 2.0) / nu)

    /// The quantile of a probability strictly between 0 and 1.
    let quantile (innovation: Innovation) (shapes: float[]) (probability: float) : float =
        match innovation with
        | Innovation.Normal -> Normal.InvCDF(0.0, 1.0, probability)
        | Innovation.StudentT -> unitT shapes[0] * StudentT.InvCDF(0.0, 1.0, shapes[0], probability)
        | Innovation.SkewedT ->
            let eta, lambda = shapes[0], shapes[1]
            let c = skew eta lambda

            let t (p: float) =
                unitT eta * StudentT.InvCDF(0.0, 1.0, eta, p)

            let left = (1.0 - lambda) / 2.0

            let w =
                if probability < left then
                    (1.0 - lambda) * t (probability / (1.0 - lambda))
                else
                    (1.0 + lambda) * t (0.5 + (probability - left) / (1.0 + lambda))

            (w - c.A) / c.B
        | Innovation.Ged ->
            let nu = shapes[0]
            let centred = 2.0 * probability - 1.0
            let size = Gamma.InvCDF(1.0 / nu, 1.0, abs centred)
            float (sign centred) * exp (gedLogScale nu) * (2.0 * size) ** (1.0 / nu)

    /// A gamma variate of unit scale (Marsaglia and Tsang 2000).
    let rec private gamma (shape: float) (rng: Rng) : struct (float * Rng) =
        if shape < 1.0 then
            let struct (bigger, rng) = gamma (shape + 1.0) rng
            let struct (u, rng) = Rng.nextFloat rng
            struct (bigger * (1.0 - u) ** (1.0 / shape), rng)
        else
            let d = shape - 1.0 / 3.0
            let c = 1.0 / sqrt (9.0 * d)

            let rec draw (rng: Rng) : struct (float * Rng) =
                let struct (x, rng) = Rng.nextNormal rng
                let struct (u, rng) = Rng.nextFloat rng
                let root = 1.0 + c * x
                let v = root * root * root

                if root > 0.0 && log (1.0 - u) < 0.5 * x * x + d - d * v + d * log v then
                    struct (d * v, rng)
                else
                    draw rng

            draw rng

    let private drawT (nu: float) (rng: Rng) : struct (float * Rng) =
        let struct (x, rng) = Rng.nextNormal rng
        let struct (g, rng) = gamma (nu / 2.0) rng
        struct (x * sqrt ((nu - 2.0) / (2.0 * g)), rng)

    /// One draw, and the generator after it.
    let draw (innovation: Innovation) (shapes: float[]) (rng: Rng) : struct (float * Rng) =
        match innovation with
        | Innovation.Normal -> Rng.nextNormal rng
        | Innovation.StudentT -> drawT shapes[0] rng
        | Innovation.SkewedT ->
            let eta, lambda = shapes[0], shapes[1]
            let c = skew eta lambda
            let struct (t, rng) = drawT eta rng
            let struct (u, rng) = Rng.nextFloat rng

            let w =
                if u < (1.0 - lambda) / 2.0 then
                    -(1.0 - lambda) * abs t
                else
                    (1.0 + lambda) * abs t

            struct ((w - c.A) / c.B, rng)
        | Innovation.Ged ->
            let nu = shapes[0]
            let struct (g, rng) = gamma (1.0 / nu) rng
            let struct (u, rng) = Rng.nextFloat rng
            let size = exp (gedLogScale nu) * (2.0 * g) ** (1.0 / nu)
            struct ((if u < 0.5 then -size else size), rng)

    /// E[z^2; z < 0]: the share of the variance that falls on negative values. One half for symmetric distributions.
    let negativeShare (innovation: Innovation) (shapes: float[]) : float =
        match innovation with
        | Innovation.SkewedT ->
            // The midpoint rule over probabilities; the tails that it misses cancel in the ratio.
            let cells = 4000
            let mutable negative, all = 0.0, 0.0

            for i in 0 .. cells - 1 do
                let z = quantile innovation shapes ((float i + 0.5) / float cells)
                all <- all + z * z

                if z < 0.0 then
                    negative <- negative + z * z

            negative / all
        | _ -> 0.5
