/// Standard errors of a fit: by the Hessian, by outer products of scores, and robust. Fits nothing.
namespace VolatilityForge

open System

/// Covariances of the estimates; square matrices row after row, NaN for parameters at a bound.
type GarchErrors =
    {
        Names: string list
        /// The inverse of minus the Hessian.
        Hessian: float[]
        /// The inverse of the outer products of the daily scores.
        OuterProduct: float[]
        /// Hessian, outer products, Hessian: holds when the density is wrong (Bollerslev and Wooldridge 1992).
        Robust: float[]
    }

/// Which covariance.
[<RequireQualifiedAccess>]
type GarchErrorKind =
    | Hessian
    | OuterProduct
    | Robust

/// Standard errors.
[<RequireQualifiedAccess>]
module GarchErrors =

    /// Standard errors, the others held, that a difference over a density's kink spans to each side: wide enough to count many
    /// returns beside zero, narrow enough for their density to be one.
    [<Literal>]
    let private KinkStep = 3.0

    /// The Hessian of a loss by the variables of some indexes: central differences of the exact gradient, extrapolated
    /// (Richardson) so that the error is of the step's fourth power. `least` is the smallest step of each.
    let internal differences
        (loss: Smooth)
        (least: int -> float)
        (lower: float[])
        (upper: float[])
        (point: float[])
        (free: int[])
        : float[] =
        let size = free.Length
        let matrix = Array.zeroCreate<float>(size * size)

        let gradientAt (index: int) (move: float) : float[] =
            let moved = Array.copy point
            moved[index] <- moved[index] + move
            let gradient = Array.zeroCreate<float> point.Length
            let value = loss moved gradient

            if Double.IsFinite value then
                gradient
            else
                Array.create point.Length nan

        for column in 0 .. size - 1 do
            let index = free[column]
            let room = min (point[index] - lower[index]) (upper[index] - point[index])

            let step =
                min (max (least index) (1e-4 * max 0.01 (abs point[index]))) (0.45 * room)

            let difference (step: float) =
                let above, below = gradientAt index step, gradientAt index -step
                Array.init size (fun row -> (above[free[row]] - below[free[row]]) / (2.0 * step))

            let near, far = difference step, difference (2.0 * step)

            for row in 0 .. size - 1 do
                matrix[row * size + column] <- (4.0 * near[row] - far[row]) / 3.0

        Array.init (size * size) (fun cell -> 0.5 * (matrix[cell] + matrix[cell % size * size + cell / size]))

    /// The three covariances of parameters that a Jacobian maps from those of a loss: minus the mean log density of n
    /// observations. `products` is the mean of the outer products of scores; `hessian` the loss's by the parameters of some
    /// indexes; parameters named in `atBound` are held.
    let internal covariances
        (names: string list)
        (atBound: string list)
        (n: float)
        (products: float[])
        (hessian: int[] -> float[])
        (jacobian: float[])
        : GarchErrors =
        let size = names.Length

        let free =
            [|
                for i, name in List.indexed names do
                    if not (List.contains name atBound) then
                        i
            |]

        let count = free.Length

        let opg = SmallMatrix.part size free products |> Array.map (fun value -> n * value)

        let information = hessian free |> Array.map (fun value -> n * value)

        let missing = Array.create (count * count) nan

        let inverse (matrix: float[]) =
            SmallMatrix.inverse count matrix |> Option.defaultValue missing

        let byHessian = inverse information
        let byProduct = inverse opg

        let robust =
            SmallMatrix.multiply count byHessian (SmallMatrix.multiply count opg byHessian)

        let outer (inner: float[]) : float[] =
            let whole = Array.zeroCreate<float>(size * size)

            for row in 0 .. count - 1 do
                for column in 0 .. count - 1 do
                    whole[free[row] * size + free[column]] <- inner[row * count + column]

            let mapped =
                SmallMatrix.multiply
                    size
                    jacobian
                    (SmallMatrix.multiply size whole (SmallMatrix.transpose size jacobian))

            Array.init (size * size) (fun cell ->
                if Array.contains (cell / size) free && Array.contains (cell % size) free then
                    mapped[cell]
                else
                    nan)

        {
            Names = names
            Hessian = outer byHessian
            OuterProduct = outer byProduct
            Robust = outer robust
        }

    /// The Hessian at a point that the likelihood has evaluated last: exact, but for FIGARCH, and for the mean's parameters
    /// under a GED with heavier tails than the normal's: |e|^nu has its curvature at zero, so theirs is differenced over
    /// three standard errors.
    let private hessian
        (spec: GarchSpec)
        (scale: GarchScale)
        (likelihood: GarchLikelihood)
        (n: float)
        (products: float[])
        (point: float[])
        : int[] -> float[] =
        let size = point.Length
        let struct (lower, upper) = GarchLayout.bounds spec scale
        let mean = GarchLayout.meanSize spec scale

        let differenced (least: int -> float) : int[] -> float[] =
            differences (fun point gradient -> likelihood.Evaluate(point, gradient)) least lower upper point

        if not (GarchCurvature.covers spec) then
            differenced (fun _ -> 0.0)
        else
            let exact = GarchCurvature.hessian spec likelihood point

            let ofMean =
                if spec.Innovation.IsGed && point[size - 1] < 2.0 then
                    differenced (fun i -> KinkStep / sqrt (n * products[i * size + i])) (Array.init mean id)
                else
                    [||]

            fun free ->
                let count = free.Length

                Array.init (count * count) (fun cell ->
                    let row, column = free[cell / count], free[cell % count]

                    if ofMean.Length > 0 && row < mean && column < mean then
                        ofMean[row * mean + column]
                    else
                        exact[row * size + column])

    /// The gradient of the log-likelihood by the parameters in the units of the data: exact, but for the map from the
    /// inner parameters, which is differenced. Raises Fault.BadData for returns that never move.
    let gradient (fit: GarchFit) (data: GarchData) : float[] =
        let scale = GarchScaling.ofData data |> Fault.orRaise
        let likelihood = GarchLikelihood(fit.Spec, scale, data)
        let point = GarchLayout.toInner fit.Spec scale fit.Parameters
        let size = point.Length
        let inner = Array.zeroCreate<float> size
        likelihood.Evaluate(point, inner) |> ignore
        let jacobian = GarchLayout.jacobian fit.Spec scale point
        // The inner gradient is J' times the outer one.
        let normal =
            SmallMatrix.multiply size jacobian (SmallMatrix.transpose size jacobian)

        let right =
            Array.init size (fun row ->
                Seq.sumBy (fun k -> jacobian[row * size + k] * inner[k]) (seq { 0 .. size - 1 }))

        SmallMatrix.inverse size normal
        |> Option.map (fun inverse ->
            Array.init size (fun row ->
                -float fit.Observations
                * Seq.sumBy (fun k -> inverse[row * size + k] * right[k]) (seq { 0 .. size - 1 })))
        |> Option.defaultValue (Array.create size nan)

    /// The three covariances, in the units of the data that the fit was made on. NaN throughout a kind whose matrix is
    /// not positive definite. Fault.BadShape when the data are not the fit's.
    let ofFit (fit: GarchFit) (data: GarchData) : Result<GarchErrors, Fault> =
        Fault.catch (fun () ->
            let counted = data.Returns.Length - GarchSpec.lookBack fit.Spec

            if
                counted <> fit.Observations
                || data.MeanRegressors.Length <> fit.MeanRegressors
                || data.VarianceRegressors.Length <> fit.VarianceRegressors
            then
                Fault.raiseWith (
                    Fault.BadShape("GarchErrors.ofFit", "returns", string fit.Observations, string counted)
                )

            let scale = GarchScaling.ofData data |> Fault.orRaise
            let likelihood = GarchLikelihood(fit.Spec, scale, data)
            let point = GarchLayout.toInner fit.Spec scale fit.Parameters
            let n = float fit.Observations
            let products = likelihood.OuterProducts point

            covariances
                fit.Names
                fit.Diagnostics.AtBound
                n
                products
                (hessian fit.Spec scale likelihood n products point)
                (GarchLayout.jacobian fit.Spec scale point))

    /// Standard errors of one kind, one per parameter.
    let standard (kind: GarchErrorKind) (errors: GarchErrors) : float[] =
        let size = errors.Names.Length

        let matrix =
            match kind with
            | GarchErrorKind.Hessian -> errors.Hessian
            | GarchErrorKind.OuterProduct -> errors.OuterProduct
            | GarchErrorKind.Robust -> errors.Robust

        Array.init size (fun i -> sqrt matrix[i * size + i])
