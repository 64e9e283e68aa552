/// Where each parameter stands, between which bounds it is searched, and how it maps to the units of the data. Knows no data.
namespace VolatilityForge

/// Scales of a fit's inner units: powers of two, so that scaling costs no digit.
type internal GarchScale =
    {
        /// Returns are divided by it.
        Returns: float
        /// Regressors of the mean and of the variance are divided by theirs.
        Mean: float[]
        Variance: float[]
    }

/// The inner parameters of a fit: mean, variance, regressors, shapes. They differ from the outer ones in scale; GJR and TARCH
/// have one coefficient for each sign instead of alpha and gamma, FIGARCH shares instead of phi and beta.
[<RequireQualifiedAccess>]
module internal GarchLayout =

    /// Models whose recursion has a kink where a residual is zero: their likelihood has one in the mean's parameters at every
    /// return, and its curvature there is that over many returns, not that between two.
    let kinked (model: VarianceModel) : bool =
        match model with
        | VarianceModel.Tarch _
        | VarianceModel.Aparch _
        | VarianceModel.Egarch _ -> true
        | _ -> false

    /// Parameters of the mean, with its regressors.
    let meanSize (spec: GarchSpec) (scale: GarchScale) : int =
        GarchMean.size spec.Mean + scale.Mean.Length

    /// Parameters of the variance, without regressors.
    let varianceSize (model: VarianceModel) : int =
        let struct (p, q) = GarchSpec.orders model

        match model with
        | VarianceModel.Garch _ -> 1 + p + q
        | VarianceModel.Gjr _
        | VarianceModel.Tarch _
        | VarianceModel.Egarch _ -> 1 + 2 * p + q
        | VarianceModel.Aparch _ -> 2 + 2 * p + q
        | VarianceModel.Figarch _ -> 4
        | VarianceModel.Component -> 5

    /// Parameters of mean and variance: the width of a derivative row.
    let width (spec: GarchSpec) (scale: GarchScale) : int =
        meanSize spec scale + varianceSize spec.Variance + scale.Variance.Length

    /// All parameters.
    let size (spec: GarchSpec) (scale: GarchScale) : int =
        width spec scale + (Innovation.shapeNames spec.Innovation).Length

    /// The weights of the coefficients in the sum that stationarity bounds, from the first alpha to the last beta; None where
    /// the sum is free.
    let weights (spec: GarchSpec) : float[] option =
        let struct (p, q) = GarchSpec.orders spec.Variance

        if not spec.Stationary || q = 0 then
            None
        else
            match spec.Variance with
            | VarianceModel.Garch _ -> Some(Array.create (p + q) 1.0)
            | VarianceModel.Gjr _
            | VarianceModel.Tarch _ -> Some(Array.init (2 * p + q) (fun i -> if i < 2 * p then 0.5 else 1.0))
            | VarianceModel.Aparch _ -> Some(Array.init (2 * p + q) (fun i -> if i >= p && i < 2 * p then 0.0 else 1.0))
            | _ -> None

    /// The index of the share whose upper bound is where the recursion has a unit root; None where no share is bounded so. `m` is the
    /// number of the mean's parameters.
    let shareIndex (spec: GarchSpec) (m: int) : int option =
        weights spec |> Option.map (fun weights -> m + weights.Length)

    /// What the other coefficients leave for the last beta.
    let private room (m: int) (weights: float[]) (theta: float[]) : float =
        let mutable left = 1.0

        for i in 0 .. weights.Length - 2 do
            left <- left - weights[i] * theta[m + 1 + i]

        left

    /// The parameters of the recursion: the last beta itself in place of its share.
    let ofShare (spec: GarchSpec) (m: int) (theta: float[]) : float[] =
        match weights spec with
        | None -> theta
        | Some weights ->
            let last = m + weights.Length
            let own = Array.copy theta
            let left = room m weights theta
            // Below zero nothing is left: a beta that no recursion accepts.
            own[last] <- if left > 0.0 then theta[last] * left else nan
            own

    /// The share of the last beta in place of itself.
    let private toShare (spec: GarchSpec) (m: int) (theta: float[]) : float[] =
        match weights spec with
        | None -> theta
        | Some weights ->
            let last = m + weights.Length
            let shared = Array.copy theta
            let left = room m weights theta
            shared[last] <- if left > 0.0 then min 1.0 (theta[last] / left) else 1.0
            shared

    /// Turns a gradient by the recursion's parameters into one by the inner ones, in place.
    let chain (spec: GarchSpec) (m: int) (theta: float[]) (gradient: float[]) : unit =
        match weights spec with
        | None -> ()
        | Some weights ->
            let last = m + weights.Length
            let byBeta = gradient[last]

            for i in 0 .. weights.Length - 2 do
                gradient[m + 1 + i] <- gradient[m + 1 + i] - byBeta * theta[last] * weights[i]

            gradient[last] <- byBeta * room m weights theta

    /// Smallest and largest inner value of each parameter, for returns of variance about one.
    let bounds (spec: GarchSpec) (scale: GarchScale) : struct (float[] * float[]) =
        let struct (p, q) = GarchSpec.orders spec.Variance
        let omega = 1e-9, 100.0
        let news = 0.0, 5.0
        let beta = 0.0, 1.0

        let variance =
            match spec.Variance with
            | VarianceModel.Garch _ -> omega :: List.replicate p news @ List.replicate q beta
            | VarianceModel.Gjr _
            | VarianceModel.Tarch _ -> omega :: List.replicate (2 * p) news @ List.replicate q beta
            | VarianceModel.Aparch _ ->
                omega :: List.replicate p news
                @ List.replicate p (-0.9999, 0.9999)
                @ List.replicate q beta
                @ [ 0.2, 6.0 ]
            | VarianceModel.Egarch _ ->
                (-20.0, 20.0) :: List.replicate (2 * p) (-5.0, 5.0)
                @ List.replicate q (-0.99999, 0.99999)
            | VarianceModel.Figarch _ -> [ omega; 0.0, 1.0; 1e-4, 0.9999; 0.0, 0.9999 ]
            | VarianceModel.Component -> [ omega; 0.0, 0.99999; 0.0, 1.0; 0.0, 1.0; 0.0, 0.99999 ]

        let regressors =
            match spec.Variance with
            | VarianceModel.Egarch _ -> -100.0, 100.0
            | _ -> 0.0, 100.0

        let all =
            List.replicate (meanSize spec scale) (-infinity, infinity)
            @ variance
            @ List.replicate scale.Variance.Length regressors
            @ Innovation.bounds spec.Innovation

        struct (all |> List.map fst |> List.toArray, all |> List.map snd |> List.toArray)

    /// Where searches of the variance parameters may start, for returns of this variance; a wider net when `thorough`.
    let starts (thorough: bool) (model: VarianceModel) (variance: float) : float[] list =
        let struct (p, q) = GarchSpec.orders model

        let spread (count: int) (total: float) =
            List.replicate count (total / float count)

        let q' = max 1 q

        let pairs =
            if q = 0 then
                [ 0.3, 0.0; 0.6, 0.0 ]
            else
                [
                    0.05, 0.90
                    0.1, 0.85
                    0.05, 0.94
                    0.2, 0.7
                    0.1, 0.5
                    0.02, 0.97
                    if thorough then
                        0.4, 0.3
                        0.8, 0.1
                        0.3, 0.69
                        0.01, 0.5
                        0.01, 0.985
                        0.001, 0.9
                ]

        let betas (total: float) = if q = 0 then [] else spread q' total

        match model with
        | VarianceModel.Garch _ -> [ for a, b in pairs -> variance * (1.0 - a - b) :: spread p a @ betas b ]
        | VarianceModel.Gjr _ ->
            [
                for a, b in pairs -> variance * (1.0 - a - b) :: spread p (0.4 * a) @ spread p (1.6 * a) @ betas b
            ]
        | VarianceModel.Tarch _ ->
            [
                for a, b in pairs ->
                    sqrt variance * max 0.005 (1.0 - 0.8 * a - b) :: spread p (0.4 * a)
                    @ spread p (1.6 * a)
                    @ betas b
            ]
        | VarianceModel.Aparch _ ->
            [
                for a, b in pairs ->
                    sqrt variance * max 0.005 (1.0 - 0.8 * a - b) :: spread p a
                    @ spread p (0.3 * float p)
                    @ betas b
                    @ [ 1.3 ]
            ]
        | VarianceModel.Egarch _ ->
            let persistences = if q = 0 then [ 0.0 ] else [ 0.95; 0.98; 0.9; 0.7; 0.5 ]

            [
                for b in persistences do
                    for a in [ 0.1; 0.25 ] -> (1.0 - b) * log variance :: spread p a @ spread p -0.05 @ betas b
            ]
        | VarianceModel.Figarch _ ->
            [
                for phi, d, beta in [ 0.4, 0.4, 0.5; 0.2, 0.6, 0.7; 0.8, 0.3, 0.6; 0.4, 0.2, 0.5 ] ->
                    [ 0.1 * variance; phi; d; beta ]
            ]
        | VarianceModel.Component ->
            [
                for rho, phi, alpha, beta in
                    [
                        0.99, 0.03, 0.06, 0.8
                        0.98, 0.05, 0.1, 0.5
                        0.995, 0.03, 0.03, 0.9
                        0.95, 0.1, 0.05, 0.3
                    ] -> [ variance * (1.0 - rho); rho; phi; alpha; beta ]
            ]
        |> List.map List.toArray

    /// Outer parameters of inner ones.
    let toOuter (spec: GarchSpec) (scale: GarchScale) (inner: float[]) : float[] =
        let struct (p, q) = GarchSpec.orders spec.Variance
        let own = GarchMean.size spec.Mean
        let m = meanSize spec scale
        let s = scale.Returns
        let inner = ofShare spec m inner
        let outer = Array.copy inner

        if own > 0 then
            outer[0] <- inner[0] * s

        scale.Mean |> Array.iteri (fun i x -> outer[own + i] <- inner[own + i] * s / x)

        let power =
            match spec.Variance with
            | VarianceModel.Aparch _ -> inner[m + 1 + 2 * p + q]
            | VarianceModel.Tarch _ -> 1.0
            | _ -> 2.0

        let level = s ** power

        match spec.Variance with
        | VarianceModel.Egarch _ ->
            let beta = Array.sub inner (m + 1 + 2 * p) q |> Array.sum
            outer[m] <- inner[m] + (1.0 - beta) * 2.0 * log s
        | _ -> outer[m] <- inner[m] * level

        match spec.Variance with
        | VarianceModel.Gjr _
        | VarianceModel.Tarch _ ->
            for i in 0 .. p - 1 do
                outer[m + 1 + p + i] <- inner[m + 1 + p + i] - inner[m + 1 + i]
        | VarianceModel.Figarch _ ->
            let struct (phi, beta) = GarchLong.ofShares inner[m + 1] inner[m + 2] inner[m + 3]
            outer[m + 1] <- phi
            outer[m + 3] <- beta
        | _ -> ()

        let after = m + varianceSize spec.Variance

        scale.Variance
        |> Array.iteri (fun i x ->
            outer[after + i] <-
                match spec.Variance with
                | VarianceModel.Egarch _ -> inner[after + i] / x
                | _ -> inner[after + i] * level / x)

        outer

    /// Inner parameters of outer ones.
    let toInner (spec: GarchSpec) (scale: GarchScale) (outer: float[]) : float[] =
        let inner = Array.copy outer
        let struct (p, q) = GarchSpec.orders spec.Variance
        let own = GarchMean.size spec.Mean
        let m = meanSize spec scale
        let s = scale.Returns

        if own > 0 then
            inner[0] <- outer[0] / s

        scale.Mean |> Array.iteri (fun i x -> inner[own + i] <- outer[own + i] * x / s)

        let power =
            match spec.Variance with
            | VarianceModel.Aparch _ -> outer[m + 1 + 2 * p + q]
            | VarianceModel.Tarch _ -> 1.0
            | _ -> 2.0

        let level = s ** power

        match spec.Variance with
        | VarianceModel.Egarch _ ->
            let beta = Array.sub outer (m + 1 + 2 * p) q |> Array.sum
            inner[m] <- outer[m] - (1.0 - beta) * 2.0 * log s
        | _ -> inner[m] <- outer[m] / level

        match spec.Variance with
        | VarianceModel.Gjr _
        | VarianceModel.Tarch _ ->
            for i in 0 .. p - 1 do
                inner[m + 1 + p + i] <- outer[m + 1 + p + i] + outer[m + 1 + i]
        | VarianceModel.Figarch _ ->
            let phi, d, beta = outer[m + 1], outer[m + 2], outer[m + 3]
            inner[m + 1] <- 2.0 * phi / (1.0 - d)
            inner[m + 3] <- beta / (phi + d)
        | _ -> ()

        let after = m + varianceSize spec.Variance

        scale.Variance
        |> Array.iteri (fun i x ->
            inner[after + i] <-
                match spec.Variance with
                | VarianceModel.Egarch _ -> outer[after + i] * x
                | _ -> outer[after + i] * x / level)

        toShare spec m inner

    /// A point of `starts` with its last beta as a share.
    let closed (spec: GarchSpec) (scale: GarchScale) (point: float[]) : float[] =
        toShare spec (meanSize spec scale) point

    /// Derivatives of the outer parameters (rows) by the inner ones, by central differences: the map is linear in all but
    /// APARCH's power and FIGARCH's shares.
    let jacobian (spec: GarchSpec) (scale: GarchScale) (inner: float[]) : float[] =
        SmallMatrix.jacobian (toOuter spec scale) inner
