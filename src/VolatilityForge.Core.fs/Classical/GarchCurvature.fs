/// The Hessian of a conditional variance model's log-likelihood, exact. Searches nothing.
namespace VolatilityForge

open System

/// The recursions of the models, day by day in jets.
[<RequireQualifiedAccess>]
module internal GarchCurvature =

    let private mean (terms: Jet[]) : Jet =
        1.0 / float terms.Length
        * (terms |> Array.reduce (fun total term -> total + term))

    /// The parameters of the recursion as jets of the inner ones.
    let private parameters (spec: GarchSpec) (m: int) (inner: float[]) : Jet[] =
        let size = inner.Length
        let theta = Array.init size (fun i -> Jet.Variable(size, i, inner[i]))

        match GarchLayout.weights spec with
        | None -> theta
        | Some weights ->
            let last = m + weights.Length

            let others =
                Jet.Sum(List.init (weights.Length - 1) (fun i -> weights[i] * theta[m + 1 + i]))

            theta |> Array.updateAt last (theta[last] * (-others + 1.0))

    let private start (spec: GarchSpec) (likelihood: GarchLikelihood) (m: int) (theta: Jet[]) (e: Jet[]) : Jet =
        let size = theta.Length
        let struct (p, q) = GarchSpec.orders spec.Variance

        match spec.Start with
        | VarianceStart.Backcast
        | VarianceStart.Fixed _ -> Jet.Constant(size, likelihood.StartVariance)
        | VarianceStart.MeanSquare -> e |> Array.map Jet.Square |> mean
        | VarianceStart.Unconditional ->
            match spec.Variance with
            | VarianceModel.Egarch _ ->
                Seq.init q (fun i -> theta[m + 1 + 2 * p + i])
                |> Seq.fold (fun (left: Jet) beta -> left - beta) (Jet.Constant(size, 1.0))
                |> fun left -> Jet.Exp(theta[m] / left)
            | VarianceModel.Component -> theta[m] / (-theta[m + 1] + 1.0)
            | _ ->
                let news = if spec.Variance.IsGjr then 2 * p else p
                let weight = if spec.Variance.IsGjr then 0.5 else 1.0

                let lasting =
                    Jet.Sum(List.init (news + q) (fun i -> (if i < news then weight else 1.0) * theta[m + 1 + i]))

                theta[m] / (-lasting + 1.0)

    /// Regressors of the variance on a day, with their coefficients from an index on.
    let private pushed (likelihood: GarchLikelihood) (theta: Jet[]) (at: int) (t: int) : Jet list =
        List.init likelihood.VarianceRegressors.Length (fun i -> likelihood.VarianceRegressors[i][t] * theta[at + i])

    /// Variances of GARCH, GJR (power 2) and TARCH (power 1).
    let private power
        (power: int)
        (asymmetric: bool)
        (spec: GarchSpec)
        (likelihood: GarchLikelihood)
        (m: int)
        (theta: Jet[])
        (e: Jet[])
        (start: Jet)
        : Jet[] =
        let struct (p, q) = GarchSpec.orders spec.Variance
        let start = if power = 1 then Jet.Root start else start
        let atMinus = if asymmetric then m + 1 + p else m + 1
        let atBeta = atMinus + p
        let level = Array.zeroCreate<Jet> e.Length

        for t in 0 .. e.Length - 1 do
            level[t] <-
                Jet.Sum
                    [
                        theta[m]
                        for i in 0 .. p - 1 do
                            if t - 1 - i >= 0 then
                                let shock = e[t - 1 - i]
                                let at = if asymmetric && shock.Value < 0.0 then atMinus else m + 1
                                theta[at + i] * (if power = 1 then Jet.Size shock else Jet.Square shock)
                            else
                                0.5 * (theta[m + 1 + i] + theta[atMinus + i]) * start
                        for i in 0 .. q - 1 do
                            theta[atBeta + i] * (if t - 1 - i >= 0 then level[t - 1 - i] else start)
                        yield! pushed likelihood theta (atBeta + q) t
                    ]

        if power = 1 then Array.map Jet.Square level else level

    let private aparch
        (spec: GarchSpec)
        (likelihood: GarchLikelihood)
        (m: int)
        (theta: Jet[])
        (e: Jet[])
        (start: Jet)
        : Jet[] =
        let struct (p, q) = GarchSpec.orders spec.Variance
        let atBeta = m + 1 + 2 * p
        let delta = theta[atBeta + q]
        let start = Jet.Exp(0.5 * delta * Jet.Log start)
        let level = Array.zeroCreate<Jet> e.Length

        for t in 0 .. e.Length - 1 do
            level[t] <-
                Jet.Sum
                    [
                        theta[m]
                        for i in 0 .. p - 1 do
                            let alpha, gamma = theta[m + 1 + i], theta[m + 1 + p + i]

                            if t - 1 - i >= 0 then
                                let shock = e[t - 1 - i]
                                let size = Jet.Size shock - gamma * shock

                                if size.Value > 0.0 then
                                    alpha * Jet.Power(size, delta)
                            else
                                let up, down = Jet.Power(-gamma + 1.0, delta), Jet.Power(gamma + 1.0, delta)
                                0.5 * alpha * (up + down) * start
                        for i in 0 .. q - 1 do
                            theta[atBeta + i] * (if t - 1 - i >= 0 then level[t - 1 - i] else start)
                        yield! pushed likelihood theta (atBeta + q + 1) t
                    ]

        level |> Array.map (fun level -> Jet.Power(level, 2.0 * Jet.Inverse delta))

    let private logarithmic
        (spec: GarchSpec)
        (likelihood: GarchLikelihood)
        (m: int)
        (theta: Jet[])
        (e: Jet[])
        (start: Jet)
        : Jet[] =
        let struct (p, q) = GarchSpec.orders spec.Variance
        let atBeta = m + 1 + 2 * p

        let shockBefore =
            if spec.Start.IsMeanSquare then
                Some(mean e / Jet.Root start)
            else
                None

        let start = Jet.Log start
        let level = Array.zeroCreate<Jet> e.Length
        let z = Array.zeroCreate<Jet> e.Length

        let news (i: int) (z: Jet) : Jet =
            theta[m + 1 + i] * (Jet.Size z - GarchLog.meanSize) + theta[m + 1 + p + i] * z

        for t in 0 .. e.Length - 1 do
            level[t] <-
                Jet.Sum
                    [
                        theta[m]
                        for i in 0 .. p - 1 do
                            if t - 1 - i >= 0 then
                                news i z[t - 1 - i]
                            elif shockBefore.IsSome then
                                news i shockBefore.Value
                        for i in 0 .. q - 1 do
                            theta[atBeta + i] * (if t - 1 - i >= 0 then level[t - 1 - i] else start)
                        yield! pushed likelihood theta (atBeta + q) t
                    ]

            z[t] <- e[t] * Jet.Exp(-0.5 * level[t])

        Array.map Jet.Exp level

    let private components (m: int) (theta: Jet[]) (e: Jet[]) (start: Jet) : Jet[] =
        let omega, rho, phi = theta[m], theta[m + 1], theta[m + 2]
        let alpha, beta = theta[m + 3], theta[m + 4]
        let h = Array.zeroCreate<Jet> e.Length
        let mutable beneath = start

        for t in 0 .. e.Length - 1 do
            let square = if t = 0 then start else Jet.Square e[t - 1]
            let before = if t = 0 then start else h[t - 1]
            let trend = omega + rho * beneath + phi * (square - before)
            h[t] <- trend + alpha * (square - beneath) + beta * (before - beneath)
            beneath <- trend

        h

    /// Whether the model's Hessian is exact here: of all but FIGARCH, whose every day sums a thousand jets.
    let covers (spec: GarchSpec) : bool = not spec.Variance.IsFigarch

    /// The Hessian of minus the mean log density at an inner point that the likelihood has evaluated last, row after row. Where
    /// the recursion or the density has a kink it is that of the side that the residual is on.
    let hessian (spec: GarchSpec) (likelihood: GarchLikelihood) (inner: float[]) : float[] =
        let size = inner.Length
        let columns = likelihood.MeanColumns
        let m = columns.Length
        let theta = parameters spec m inner

        let e =
            likelihood.Residuals
            |> Array.mapi (fun t value ->
                Jet.Linear(value, Array.init size (fun j -> if j < m then -columns[j][t] else 0.0)))

        let start = start spec likelihood m theta e

        let h =
            match spec.Variance with
            | VarianceModel.Garch _ -> power 2 false spec likelihood m theta e start
            | VarianceModel.Gjr _ -> power 2 true spec likelihood m theta e start
            | VarianceModel.Tarch _ -> power 1 true spec likelihood m theta e start
            | VarianceModel.Aparch _ -> aparch spec likelihood m theta e start
            | VarianceModel.Egarch _ -> logarithmic spec likelihood m theta e start
            | VarianceModel.Component -> components m theta e start
            | VarianceModel.Figarch _ ->
                Fault.raiseWith (
                    Fault.NotComputable("The exact Hessian", "a FIGARCH has none here", "Difference its gradient.")
                )

        let shapes = theta[size - (Innovation.shapeNames spec.Innovation).Length ..]
        let density = InnovationCurvature.density spec.Innovation shapes

        Array.init e.Length (fun t -> density e[t] h[t])
        |> Jet.MeanHessian
        |> Array.map (~-)
