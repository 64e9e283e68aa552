/// The Hessian of a conditional variance model's log-likelihood, exact. Searches nothing.
namespace VolatilityForge

open System

/// What a recursion runs over.
type private JetCourse =
    {
        Spec: GarchSpec
        Likelihood: GarchLikelihood
        /// Where the parameters of the recursion begin: after those of the mean.
        At: int
        Theta: Jet[]
        Residuals: Jet[]
        /// The variance before the first day.
        Start: Jet
    }

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

    /// Levels day by day: the constant, the news of p days before (by day and lag; None where there is none), q levels before (the
    /// start's where there is none) by coefficients from `atBeta` on, regressors by those from `atPushed` on. Each level is told
    /// once it is known.
    let private levels
        (course: JetCourse)
        (start: Jet)
        (atBeta: int)
        (atPushed: int)
        (news: int -> int -> Jet option)
        (known: int -> Jet -> unit)
        : Jet[] =
        let theta = course.Theta
        let struct (p, q) = GarchSpec.orders course.Spec.Variance
        let level = Array.zeroCreate<Jet> course.Residuals.Length

        for t in 0 .. level.Length - 1 do
            level[t] <-
                Jet.Sum
                    [
                        theta[course.At]
                        for i in 0 .. p - 1 do
                            yield! Option.toList (news t i)
                        for i in 0 .. q - 1 do
                            theta[atBeta + i] * (if t - 1 - i >= 0 then level[t - 1 - i] else start)
                        yield! pushed course.Likelihood theta atPushed t
                    ]

            known t level[t]

        level

    let private untold (_: int) (_: Jet) : unit = ()

    /// Variances of GARCH, GJR (power 2) and TARCH (power 1).
    let private power (power: int) (asymmetric: bool) (course: JetCourse) : Jet[] =
        let m, theta, e = course.At, course.Theta, course.Residuals
        let struct (p, q) = GarchSpec.orders course.Spec.Variance
        let start = if power = 1 then Jet.Root course.Start else course.Start
        let atMinus = if asymmetric then m + 1 + p else m + 1
        let atBeta = atMinus + p

        let news (t: int) (i: int) : Jet option =
            if t - 1 - i >= 0 then
                let shock = e[t - 1 - i]
                let at = if asymmetric && shock.Value < 0.0 then atMinus else m + 1
                Some(theta[at + i] * (if power = 1 then Jet.Size shock else Jet.Square shock))
            else
                Some(0.5 * (theta[m + 1 + i] + theta[atMinus + i]) * start)

        let level = levels course start atBeta (atBeta + q) news untold

        if power = 1 then Array.map Jet.Square level else level

    let private aparch (course: JetCourse) : Jet[] =
        let m, theta, e = course.At, course.Theta, course.Residuals
        let struct (p, q) = GarchSpec.orders course.Spec.Variance
        let atBeta = m + 1 + 2 * p
        let delta = theta[atBeta + q]
        let start = Jet.Exp(0.5 * delta * Jet.Log course.Start)

        let news (t: int) (i: int) : Jet option =
            let alpha, gamma = theta[m + 1 + i], theta[m + 1 + p + i]

            if t - 1 - i >= 0 then
                let shock = e[t - 1 - i]
                let size = Jet.Size shock - gamma * shock

                if size.Value > 0.0 then
                    Some(alpha * Jet.Power(size, delta))
                else
                    None
            else
                let up, down = Jet.Power(-gamma + 1.0, delta), Jet.Power(gamma + 1.0, delta)
                Some(0.5 * alpha * (up + down) * start)

        levels course start atBeta (atBeta + q + 1) news untold
        |> Array.map (fun level -> Jet.Power(level, 2.0 * Jet.Inverse delta))

    let private logarithmic (course: JetCourse) : Jet[] =
        let m, theta, e = course.At, course.Theta, course.Residuals
        let struct (p, q) = GarchSpec.orders course.Spec.Variance
        let atBeta = m + 1 + 2 * p

        let shockBefore =
            if course.Spec.Start.IsMeanSquare then
                Some(mean e / Jet.Root course.Start)
            else
                None

        let z = Array.zeroCreate<Jet> e.Length

        let moved (i: int) (z: Jet) : Jet =
            theta[m + 1 + i] * (Jet.Size z - GarchLog.meanSize) + theta[m + 1 + p + i] * z

        let news (t: int) (i: int) : Jet option =
            if t - 1 - i >= 0 then
                Some(moved i z[t - 1 - i])
            else
                Option.map (moved i) shockBefore

        levels course (Jet.Log course.Start) atBeta (atBeta + q) news (fun t level ->
            z[t] <- e[t] * Jet.Exp(-0.5 * level))
        |> Array.map Jet.Exp

    let private components (course: JetCourse) : Jet[] =
        let m, theta, e, start = course.At, course.Theta, course.Residuals, course.Start
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

        let course =
            {
                Spec = spec
                Likelihood = likelihood
                At = m
                Theta = theta
                Residuals = e
                Start = start spec likelihood m theta e
            }

        let h =
            match spec.Variance with
            | VarianceModel.Garch _ -> power 2 false course
            | VarianceModel.Gjr _ -> power 2 true course
            | VarianceModel.Tarch _ -> power 1 true course
            | VarianceModel.Aparch _ -> aparch course
            | VarianceModel.Egarch _ -> logarithmic course
            | VarianceModel.Component -> components course
            | VarianceModel.Figarch _ ->
                Fault.raiseWith (
                    Fault.NotComputable("The exact Hessian", "a FIGARCH has none here", "Difference its gradient.")
                )

        let shapes = theta[size - (Innovation.shapeNames spec.Innovation).Length ..]
        let density = InnovationCurvature.density spec.Innovation shapes

        Array.init e.Length (fun t -> density e[t] h[t])
        |> Jet.MeanHessian
        |> Array.map (~-)
