/// The recursion of EGARCH with its derivatives. Knows neither mean nor density.
namespace VolatilityForge

open System

/// Parameters: omega; alpha on |z| - sqrt(2/pi); gamma on z; beta; pi.
[<RequireQualifiedAccess>]
module internal GarchLog =

    /// E|z| of a standard normal.
    let meanSize: float = sqrt (2.0 / Math.PI)

    /// Log variances beyond this are no market's: the recursion stops there and the value is refused.
    [<Literal>]
    let Largest = 300.0

    /// Fills variances and their derivatives. Before the first day ln variance is that of the start, z the start's shock.
    let run (p: int) (q: int) (m: int) (theta: float[]) (work: GarchWork) : unit =
        let e, h, d, level, other = work.E, work.H, work.Slope, work.Level, work.Other
        let count, width = work.Count, work.Width
        let atAlpha, atGamma, atBeta = m + 1, m + 1 + p, m + 1 + 2 * p
        let atPi = atBeta + q
        let start = log work.Start

        // `other` holds the derivatives of the log variance until the end.
        for t in 0 .. count - 1 do
            let row = t * width
            let mutable sum = theta[m]
            Array.Clear(other, row, width)
            other[row + m] <- 1.0

            for i in 0 .. p - 1 do
                let back = t - 1 - i

                if back >= 0 then
                    let deviation = sqrt h[back]
                    let z = e[back] / deviation
                    let byZ = theta[atAlpha + i] * GarchPower.direction z + theta[atGamma + i]
                    let news = abs z - meanSize
                    sum <- sum + theta[atAlpha + i] * news + theta[atGamma + i] * z
                    other[row + atAlpha + i] <- other[row + atAlpha + i] + news
                    other[row + atGamma + i] <- other[row + atGamma + i] + z

                    for j in 0 .. m - 1 do
                        other[row + j] <- other[row + j] - byZ / deviation * work.Mean[j][back]

                    let through = -0.5 * z * byZ

                    for j in 0 .. width - 1 do
                        other[row + j] <- other[row + j] + through * other[back * width + j]

                elif not (Double.IsNaN work.StartShock) then
                    let z = work.StartShock
                    let byZ = theta[atAlpha + i] * GarchPower.direction z + theta[atGamma + i]
                    sum <- sum + theta[atAlpha + i] * (abs z - meanSize) + theta[atGamma + i] * z
                    other[row + atAlpha + i] <- other[row + atAlpha + i] + abs z - meanSize
                    other[row + atGamma + i] <- other[row + atGamma + i] + z

                    for j in 0 .. m - 1 do
                        other[row + j] <- other[row + j] + byZ * work.StartShockSlope[j]

            for i in 0 .. q - 1 do
                let beta = theta[atBeta + i]
                let back = t - 1 - i

                if back >= 0 then
                    sum <- sum + beta * level[back]
                    other[row + atBeta + i] <- other[row + atBeta + i] + level[back]

                    for j in 0 .. width - 1 do
                        other[row + j] <- other[row + j] + beta * other[back * width + j]
                else
                    sum <- sum + beta * start
                    other[row + atBeta + i] <- other[row + atBeta + i] + start

                    for j in 0 .. width - 1 do
                        other[row + j] <- other[row + j] + beta / work.Start * work.StartSlope[j]

            for i in 0 .. work.Regressors.Length - 1 do
                let x = work.Regressors[i][t]
                sum <- sum + theta[atPi + i] * x
                other[row + atPi + i] <- other[row + atPi + i] + x

            level[t] <- sum
            h[t] <- if abs sum < Largest then exp sum else nan

            for j in 0 .. width - 1 do
                d[row + j] <- h[t] * other[row + j]
