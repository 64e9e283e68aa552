/// Hessians of the likelihoods of models of a realised measure, exact. Searches nothing.
namespace VolatilityForge

/// Their recursions and densities, day by day in jets.
[<RequireQualifiedAccess>]
module internal RealizedCurvature =

    /// The Hessian of minus the mean quasi log density of one HEAVY equation at an inner point, row after row.
    let heavy (likelihood: HeavyLikelihood) (inner: float[]) : float[] =
        let size = inner.Length
        let theta = Array.init size (fun i -> Jet.Variable(size, i, inner[i]))
        let alpha, beta = theta[size - 2], theta[size - 1]
        let target, driver = likelihood.Target, likelihood.Driver

        let omega =
            if size = 3 then
                theta[0]
            else
                likelihood.MeanTarget * (-beta + 1.0) - likelihood.MeanDriver * alpha

        let level = Array.zeroCreate<Jet> likelihood.Count

        for t in 0 .. level.Length - 1 do
            level[t] <-
                if t = 0 then
                    Jet.Constant(size, likelihood.Start)
                else
                    omega + driver[t - 1] * alpha + beta * level[t - 1]

        level
        |> Array.mapi (fun t m -> 0.5 * (Jet.Log m + target[t] * Jet.Inverse m))
        |> Jet.MeanHessian

    /// The Hessian of minus the mean joint log density of a Realized GARCH at an inner point, row after row.
    let realizedGarch (likelihood: RealizedLikelihood) (inner: float[]) : float[] =
        let spec = likelihood.Spec
        let size = inner.Length
        let theta = Array.init size (fun i -> Jet.Variable(size, i, inner[i]))
        let logarithms = spec.Form = RealizedForm.LogLinear
        let estimated = spec.Start = RealizedStart.Estimated
        let first, x = spec.Presample, likelihood.Measure
        let atGamma, atBeta = RealizedLayout.gamma spec, RealizedLayout.beta spec
        let atXi = RealizedLayout.xi spec

        let xi, phi, tau1, tau2 =
            theta[atXi], theta[atXi + 1], theta[atXi + 2], theta[atXi + 3]

        let square = theta[atXi + 4]
        let weight, logSquare = Jet.Inverse square, Jet.Log square
        let level = Array.zeroCreate<Jet> likelihood.Count

        /// A level so many days before a day; before the first stands the start.
        let before (t: int) (lag: int) : Jet =
            if t >= lag then level[t - lag]
            elif estimated then level[0]
            else Jet.Constant(size, likelihood.StartLevel)

        for t in 0 .. level.Length - 1 do
            level[t] <-
                if t = 0 && estimated then
                    theta[atXi + 5]
                else
                    Jet.Sum
                        [
                            theta[RealizedLayout.mean spec]
                            for i in 0 .. spec.MeasureLags - 1 do
                                let day = first + t - 1 - i
                                (if day >= 0 then x[day] else likelihood.MeanMeasure) * theta[atGamma + i]
                            for j in 0 .. spec.VarianceLags - 1 do
                                theta[atBeta + j] * before t (j + 1)
                        ]

        level
        |> Array.mapi (fun t y ->
            let value = likelihood.Returns[first + t]

            let residual =
                if spec.ConstantMean then
                    -theta[0] + value
                else
                    Jet.Constant(size, value)

            let z =
                if logarithms then
                    residual * Jet.Exp(-0.5 * y)
                else
                    residual / Jet.Root y

            let news = Jet.Square z
            let u = -(xi + phi * y + tau1 * z + tau2 * (news - 1.0)) + x[first + t]
            let logH = if logarithms then y else Jet.Log y
            0.5 * (logH + news + logSquare + Jet.Square u * weight))
        |> Jet.MeanHessian
