/// The recursion of GARCH, GJR and TARCH with its derivatives. Knows neither mean nor density.
namespace VolatilityForge

open System

/// What a recursion reads and writes. `Width` counts the parameters of mean and variance; derivative rows have that width.
[<Sealed; AllowNullLiteral>]
type internal GarchWork(count: int, width: int, mean: float[][], regressors: float[][]) =
    /// Residuals.
    member val E: float[] = Array.zeroCreate count
    /// Conditional variances.
    member val H: float[] = Array.zeroCreate count
    /// Derivatives of the variances, a row per day.
    member val Slope: float[] = Array.zeroCreate (count * width)
    /// Scratch: one value per day.
    member val Level: float[] = Array.zeroCreate count
    /// Scratch: one row per day.
    member val Other: float[] = Array.zeroCreate (count * width)
    /// The variance before the first day.
    member val Start: float = nan with get, set
    /// Its derivatives.
    member val StartSlope: float[] = Array.zeroCreate width
    /// The standardised residual before the first day, read by EGARCH; NaN where that day brings no news.
    member val StartShock: float = nan with get, set
    /// Its derivatives.
    member val StartShockSlope: float[] = Array.zeroCreate width
    member _.Count: int = count
    member _.Width: int = width
    /// Columns of the mean: the derivative of a residual is minus its row.
    member _.Mean: float[][] = mean
    member _.Regressors: float[][] = regressors

/// s^power(t) = omega + sum news + sum beta s^power(t-j) + sum pi x(t-1). Parameters: omega; coefficients on |e|^power where e is
/// positive (or everywhere); those where it is negative, if asymmetric; beta; pi.
[<RequireQualifiedAccess>]
module internal GarchPower =

    /// -1, 0 or 1; unlike `sign` it takes NaN.
    let inline direction (x: float) : float =
        if x > 0.0 then 1.0
        elif x < 0.0 then -1.0
        else 0.0

    /// The recursion of one lag each with a constant or no mean: the same numbers as `general`.
    let private single (power: int) (asymmetric: bool) (m: int) (theta: float[]) (work: GarchWork) : unit =
        let e, h, d = work.E, work.H, work.Slope
        let count, width = work.Count, work.Width
        let omega = theta[m]
        let plus = theta[m + 1]
        let minus = if asymmetric then theta[m + 2] else plus
        let atBeta = if asymmetric then m + 3 else m + 2
        let beta = theta[atBeta]
        let root = power = 1
        let start = if root then sqrt work.Start else work.Start
        let chain = if root then 0.5 / start else 1.0
        let level = if root then work.Level else h
        let mutable before = start
        // The first day stands on the start alone.
        let half = 0.5 * (plus + minus)
        level[0] <- omega + half * start + beta * start

        for j in 0 .. width - 1 do
            d[j] <- (half + beta) * chain * work.StartSlope[j]

        d[m] <- d[m] + 1.0

        if asymmetric then
            d[m + 1] <- d[m + 1] + 0.5 * start
            d[m + 2] <- d[m + 2] + 0.5 * start
        else
            d[m + 1] <- d[m + 1] + start

        d[atBeta] <- d[atBeta] + start
        before <- level[0]

        for t in 1 .. count - 1 do
            let shock = e[t - 1]
            let negative = asymmetric && shock < 0.0
            let coefficient = if negative then minus else plus
            let size = if root then abs shock else shock * shock

            let bySize =
                if root then
                    coefficient * direction shock
                else
                    2.0 * coefficient * shock

            let row = t * width
            let previous = row - width

            for j in 0 .. width - 1 do
                d[row + j] <- beta * d[previous + j]

            for j in 0 .. m - 1 do
                d[row + j] <- d[row + j] - bySize * work.Mean[j][t - 1]

            d[row + m] <- d[row + m] + 1.0
            let atShock = if negative then m + 2 else m + 1
            d[row + atShock] <- d[row + atShock] + size
            d[row + atBeta] <- d[row + atBeta] + before
            before <- omega + coefficient * size + beta * before
            level[t] <- before

    let private general
        (power: int)
        (asymmetric: bool)
        (p: int)
        (q: int)
        (m: int)
        (theta: float[])
        (work: GarchWork)
        : unit =
        let e, d = work.E, work.Slope
        let count, width = work.Count, work.Width
        let root = power = 1
        let start = if root then sqrt work.Start else work.Start
        let chain = if root then 0.5 / start else 1.0
        let level = if root then work.Level else work.H
        let atPlus = m + 1
        let atMinus = if asymmetric then atPlus + p else atPlus
        let atBeta = atMinus + p
        let atPi = atBeta + q

        for t in 0 .. count - 1 do
            let row = t * width
            let mutable sum = theta[m]
            Array.Clear(d, row, width)
            d[row + m] <- 1.0

            for i in 0 .. p - 1 do
                let back = t - 1 - i

                if back >= 0 then
                    let shock = e[back]
                    let at = (if asymmetric && shock < 0.0 then atMinus else atPlus) + i
                    let size = if root then abs shock else shock * shock
                    let bySize = theta[at] * (if root then direction shock else 2.0 * shock)
                    sum <- sum + theta[at] * size
                    d[row + at] <- d[row + at] + size

                    for j in 0 .. m - 1 do
                        d[row + j] <- d[row + j] - bySize * work.Mean[j][back]
                else
                    let coefficient = 0.5 * (theta[atPlus + i] + theta[atMinus + i])
                    sum <- sum + coefficient * start
                    d[row + atPlus + i] <- d[row + atPlus + i] + 0.5 * start
                    d[row + atMinus + i] <- d[row + atMinus + i] + 0.5 * start

                    for j in 0 .. width - 1 do
                        d[row + j] <- d[row + j] + coefficient * chain * work.StartSlope[j]

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

                    for j in 0 .. width - 1 do
                        d[row + j] <- d[row + j] + beta * chain * work.StartSlope[j]

            for i in 0 .. work.Regressors.Length - 1 do
                let x = work.Regressors[i][t]
                sum <- sum + theta[atPi + i] * x
                d[row + atPi + i] <- d[row + atPi + i] + x

            level[t] <- sum

    /// Fills variances and their derivatives. Power is 1 or 2.
    let run (power: int) (asymmetric: bool) (p: int) (q: int) (m: int) (theta: float[]) (work: GarchWork) : unit =
        if p = 1 && q = 1 && work.Regressors.Length = 0 then
            single power asymmetric m theta work
        else
            general power asymmetric p q m theta work

        if power = 1 then
            let h, level, d = work.H, work.Level, work.Slope

            for t in 0 .. work.Count - 1 do
                // A level below zero is no standard deviation, though its square would pass for a variance.
                h[t] <- if level[t] > 0.0 then level[t] * level[t] else -1.0

                for j in t * work.Width .. (t + 1) * work.Width - 1 do
                    d[j] <- 2.0 * level[t] * d[j]
