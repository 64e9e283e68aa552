/// The quasi log-likelihood of one HEAVY equation with its gradient, in inner units. Searches nothing.
namespace VolatilityForge

open System

/// m(t) = omega + alpha x(t-1) + beta m(t-1) for a target y of mean m: minus the mean of (ln m + y / m) / 2. Parameters:
/// omega, alpha, beta, or alpha and beta where omega is targeted at the sample's means. Holds scratch arrays.
[<Sealed>]
type internal HeavyLikelihood(target: float[], driver: float[], start: float, targeted: bool) =
    let count = target.Length
    let size = if targeted then 2 else 3
    let first = if targeted then 0 else 1
    let meanTarget, meanDriver = Array.average target, Array.average driver
    let level = Array.zeroCreate<float> count
    let score = Array.zeroCreate<float>(count * size)

    let omega (theta: float[]) : float =
        if targeted then
            (1.0 - theta[1]) * meanTarget - theta[0] * meanDriver
        else
            theta[0]

    let fill (theta: float[]) : float =
        let constant = omega theta
        let alpha, beta = theta[first], theta[first + 1]
        let mutable value, sound = 0.0, constant > 0.0
        let mutable m = start
        let mutable byOmega, byAlpha, byBeta = 0.0, 0.0, 0.0

        for t in 0 .. count - 1 do
            if t > 0 then
                byOmega <- 1.0 + beta * byOmega
                byAlpha <- driver[t - 1] + beta * byAlpha
                byBeta <- m + beta * byBeta
                m <- constant + alpha * driver[t - 1] + beta * m

            sound <- sound && m > 0.0 && m < infinity
            level[t] <- m
            value <- value - 0.5 * (log m + target[t] / m)
            let byLevel = 0.5 * (target[t] / m - 1.0) / m

            if targeted then
                score[2 * t] <- byLevel * (byAlpha - meanDriver * byOmega)
                score[2 * t + 1] <- byLevel * (byBeta - meanTarget * byOmega)
            else
                score[3 * t] <- byLevel * byOmega
                score[3 * t + 1] <- byLevel * byAlpha
                score[3 * t + 2] <- byLevel * byBeta

        if sound then value else -infinity

    member _.Count: int = count
    member _.Size: int = size
    member _.MeanTarget: float = meanTarget
    member _.MeanDriver: float = meanDriver
    /// Conditional means of the target at the last point. Overwritten by the next.
    member _.Levels: float[] = level
    /// What is read: the target, its driver, and the mean before the first day.
    member _.Target: float[] = target
    member _.Driver: float[] = driver
    member _.Start: float = start
    /// The constant at a point.
    member _.Omega(theta: float[]) : float = omega theta

    /// Minus the mean quasi log density, and its gradient; infinite where the recursion breaks.
    member _.Evaluate(theta: float[], gradient: float[]) : float =
        let value = -(fill theta) / float count
        Array.Clear gradient

        if Double.IsFinite value then
            for t in 0 .. count - 1 do
                for k in 0 .. size - 1 do
                    gradient[k] <- gradient[k] - score[t * size + k] / float count

        if Double.IsFinite value && Array.forall Double.IsFinite gradient then
            value
        else
            infinity

    /// Mean of the outer products of the days' scores.
    member _.OuterProducts(theta: float[]) : float[] =
        fill theta |> ignore
        SmallMatrix.meanProducts size score count
