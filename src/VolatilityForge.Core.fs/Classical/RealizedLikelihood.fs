/// The joint log-likelihood of returns and a realised measure under a Realized GARCH, with its gradient, in inner units.
/// Searches nothing.
namespace VolatilityForge

open System

/// The likelihood of one series; holds scratch arrays, so one thread at a time. Parameters are in the order of
/// RealizedGarchSpec.parameterNames.
[<Sealed>]
type internal RealizedLikelihood(spec: RealizedGarchSpec, returns: float[], measure: float[]) =
    let logarithms = spec.Form = RealizedForm.LogLinear
    let first = spec.Presample
    let count = returns.Length - first
    let p, q = spec.MeasureLags, spec.VarianceLags
    let mean = if spec.ConstantMean then 1 else 0
    let estimated = spec.Start = RealizedStart.Estimated
    let atGamma = mean + 1
    let atBeta = atGamma + p
    let atXi = atBeta + q
    let atStart = atXi + 5
    let size = if estimated then atStart + 1 else atStart
    // The recursion's parameters in a derivative row: omega, gamma, beta, start.
    let width = 1 + p + q + (if estimated then 1 else 0)
    let x = if logarithms then Array.map log measure else measure
    let meanX = Array.average x
    let sampleMean = if spec.ConstantMean then Array.average returns else 0.0

    let meanSquare =
        returns
        |> Array.averageBy (fun value -> (value - sampleMean) * (value - sampleMean))

    let startLevel = if logarithms then log meanSquare else meanSquare
    let level = Array.zeroCreate<float> count
    let slope = Array.zeroCreate<float>(count * width)
    let z = Array.zeroCreate<float> count
    let surprise = Array.zeroCreate<float> count
    let score = Array.zeroCreate<float>(count * size)

    let lagged (day: int) : float = if day >= 0 then x[day] else meanX

    let recursion (theta: float[]) : unit =
        for t in 0 .. count - 1 do
            let row = t * width

            if t = 0 && estimated then
                Array.Clear(slope, 0, width)
                level[0] <- theta[atStart]
                slope[width - 1] <- 1.0
            else
                let mutable sum = theta[mean]
                Array.Clear(slope, row, width)
                slope[row] <- 1.0

                for i in 0 .. p - 1 do
                    let own = lagged (first + t - 1 - i)
                    sum <- sum + theta[atGamma + i] * own
                    slope[row + 1 + i] <- own

                for j in 0 .. q - 1 do
                    let back = t - 1 - j
                    let beta = theta[atBeta + j]

                    // Days before the first that counts stand at the start.
                    let before = max 0 back

                    if back >= 0 || estimated then
                        sum <- sum + beta * level[before]
                        slope[row + 1 + p + j] <- slope[row + 1 + p + j] + level[before]

                        for k in 0 .. width - 1 do
                            slope[row + k] <- slope[row + k] + beta * slope[before * width + k]
                    else
                        sum <- sum + beta * startLevel
                        slope[row + 1 + p + j] <- slope[row + 1 + p + j] + startLevel

                level[t] <- sum

    let sound () : bool =
        let mutable sound = true

        for t in 0 .. count - 1 do
            sound <-
                sound
                && if logarithms then
                       abs level[t] < GarchLog.Largest
                   else
                       level[t] > 0.0 && level[t] < infinity

        sound

    /// Fills levels, standardised returns, surprises and daily scores; the two parts of the log-likelihood.
    let fill (theta: float[]) : struct (float * float) =
        recursion theta
        let mu = if mean = 1 then theta[0] else 0.0

        let xi, phi, tau1, tau2 =
            theta[atXi], theta[atXi + 1], theta[atXi + 2], theta[atXi + 3]

        let square = theta[atXi + 4]

        if not (sound () && square > 0.0) then
            struct (-infinity, -infinity)
        else
            let constant = log (2.0 * Math.PI)
            let mutable ofReturns, ofMeasure = 0.0, 0.0

            for t in 0 .. count - 1 do
                let y = level[t]
                let inverse = if logarithms then exp (-0.5 * y) else 1.0 / sqrt y
                // The derivative of ln h by the level.
                let byLevel = if logarithms then 1.0 else 1.0 / y
                let logH = if logarithms then y else log y
                let own = (returns[first + t] - mu) * inverse
                let news = own * own - 1.0
                let u = x[first + t] - xi - phi * y - tau1 * own - tau2 * news
                let weight = u / square
                z[t] <- own
                surprise[t] <- u
                ofReturns <- ofReturns - 0.5 * (constant + logH + own * own)
                ofMeasure <- ofMeasure - 0.5 * (constant + log square + u * weight)
                let surpriseByLevel = -phi + byLevel * own * (0.5 * tau1 + tau2 * own)
                let scoreByLevel = 0.5 * byLevel * news - weight * surpriseByLevel
                let at = t * size

                if mean = 1 then
                    score[at] <- inverse * (own - weight * (tau1 + 2.0 * tau2 * own))

                for k in 0 .. p + q do
                    score[at + mean + k] <- scoreByLevel * slope[t * width + k]

                score[at + atXi] <- weight
                score[at + atXi + 1] <- weight * y
                score[at + atXi + 2] <- weight * own
                score[at + atXi + 3] <- weight * news
                score[at + atXi + 4] <- 0.5 * (weight * weight - 1.0 / square)

                if estimated then
                    score[at + atStart] <- scoreByLevel * slope[t * width + width - 1]

            struct (ofReturns, ofMeasure)

    member _.Count: int = count
    member _.Size: int = size
    member _.Spec: RealizedGarchSpec = spec
    /// Returns of all days, those of the presample too.
    member _.Returns: float[] = returns
    /// Levels (ln h or h), standardised returns and surprises of the last point. Overwritten by the next.
    member _.Levels: float[] = level
    member _.Standardised: float[] = z
    member _.Surprises: float[] = surprise
    /// The measure as the recursion reads it: its logarithm or itself.
    member _.Measure: float[] = x
    /// The returns' mean square, as a level.
    member _.StartLevel: float = startLevel
    member _.MeanMeasure: float = meanX
    member _.SampleMean: float = sampleMean

    /// Log-likelihood of the returns and of the measure given them, at a point.
    member _.Parts(theta: float[]) : struct (float * float) = fill theta

    /// Minus the mean joint log density, and its gradient; infinite where the recursion breaks.
    member _.Evaluate(theta: float[], gradient: float[]) : float =
        let struct (ofReturns, ofMeasure) = fill theta
        let value = -(ofReturns + ofMeasure) / float count
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
