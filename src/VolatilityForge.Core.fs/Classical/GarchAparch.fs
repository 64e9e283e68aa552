/// The recursion of APARCH with its derivatives. Knows neither mean nor density.
namespace VolatilityForge

open System

/// Parameters: omega; alpha; gamma; beta; delta; pi.
[<RequireQualifiedAccess>]
module internal GarchAparch =

    /// Fills variances and their derivatives.
    let run (p: int) (q: int) (m: int) (theta: float[]) (work: GarchWork) : unit =
        let e, h, d, level = work.E, work.H, work.Slope, work.Level
        let count, width = work.Count, work.Width
        let atAlpha, atGamma, atBeta = m + 1, m + 1 + p, m + 1 + 2 * p
        let atDelta = atBeta + q
        let delta = theta[atDelta]
        let logStart = log work.Start
        let start = exp (0.5 * delta * logStart)
        let chain = 0.5 * delta * start / work.Start
        let startByDelta = 0.5 * logStart * start

        /// coefficient * start^(delta/2), added to a row with its derivatives.
        let addStart (row: int) (coefficient: float) : unit =
            for j in 0 .. width - 1 do
                d[row + j] <- d[row + j] + coefficient * chain * work.StartSlope[j]

            d[row + atDelta] <- d[row + atDelta] + coefficient * startByDelta

        for t in 0 .. count - 1 do
            let row = t * width
            let mutable sum = theta[m]
            Array.Clear(d, row, width)
            d[row + m] <- 1.0

            for i in 0 .. p - 1 do
                let alpha, gamma = theta[atAlpha + i], theta[atGamma + i]
                let back = t - 1 - i

                if back >= 0 then
                    let shock = e[back]
                    let size = abs shock - gamma * shock

                    if size > 0.0 then
                        let logSize = log size
                        let news = exp (delta * logSize)
                        let bySize = alpha * delta * news / size
                        sum <- sum + alpha * news
                        d[row + atAlpha + i] <- d[row + atAlpha + i] + news
                        d[row + atGamma + i] <- d[row + atGamma + i] - bySize * shock
                        d[row + atDelta] <- d[row + atDelta] + alpha * news * logSize

                        for j in 0 .. m - 1 do
                            d[row + j] <-
                                d[row + j] - bySize * (GarchPower.direction shock - gamma) * work.Mean[j][back]
                else
                    let up, down = (1.0 - gamma) ** delta, (1.0 + gamma) ** delta
                    let mean = 0.5 * (up + down)
                    sum <- sum + alpha * mean * start
                    d[row + atAlpha + i] <- d[row + atAlpha + i] + mean * start

                    d[row + atGamma + i] <-
                        d[row + atGamma + i]
                        + 0.5 * alpha * delta * start * (down / (1.0 + gamma) - up / (1.0 - gamma))

                    d[row + atDelta] <-
                        d[row + atDelta]
                        + 0.5 * alpha * start * (up * log (1.0 - gamma) + down * log (1.0 + gamma))

                    addStart row (alpha * mean)

            for i in 0 .. q - 1 do
                let beta = theta[atBeta + i]
                let back = t - 1 - i

                if back >= 0 then
                    sum <- sum + beta * level[back]
                    d[row + atBeta + i] <- d[row + atBeta + i] + level[back]

                    for j in 0 .. width - 1 do
                        d[row + j] <- d[row + j] + beta * d[back * width + j]
                else
                    sum <- sum + beta * start
                    d[row + atBeta + i] <- d[row + atBeta + i] + start
                    addStart row beta

            for i in 0 .. work.Regressors.Length - 1 do
                let x = work.Regressors[i][t]
                sum <- sum + theta[atDelta + 1 + i] * x
                d[row + atDelta + 1 + i] <- d[row + atDelta + 1 + i] + x

            level[t] <- sum

        for t in 0 .. count - 1 do
            let row = t * width
            let logLevel = log level[t]
            h[t] <- exp (2.0 / delta * logLevel)
            let byLevel = 2.0 / delta * h[t] / level[t]

            for j in 0 .. width - 1 do
                d[row + j] <- byLevel * d[row + j]

            d[row + atDelta] <- d[row + atDelta] - 2.0 / (delta * delta) * logLevel * h[t]
