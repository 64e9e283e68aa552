/// One day at a time: what a recursion remembers, and the variance of the next day. Knows no likelihood.
namespace VolatilityForge

open System

/// What a model has to remember of the past. Every list is newest first and as long as the model's longest lag.
type GarchState =
    {
        /// Returns that the mean looks back on.
        Returns: float[]
        /// Residuals.
        Residuals: float[]
        /// Conditional variances to the model's power over two; logarithms under EGARCH.
        Levels: float[]
        /// The trend of the component model; 0 for others.
        Trend: float
        /// The variance that stands for days before the first.
        Start: float
        /// The standardised residual that stands for days before the first under EGARCH, None for no news.
        StartShock: float option
        /// The last row of the variance's regressors.
        Regressors: float[]
    }

/// Stepping through days, in the units of the data.
[<RequireQualifiedAccess>]
module GarchState =

    let private power (spec: GarchSpec) (variance: float[]) : float =
        match spec.Variance with
        | VarianceModel.Tarch _ -> 1.0
        | VarianceModel.Aparch(p, q) -> variance[1 + 2 * p + q]
        | _ -> 2.0

    let private recall (items: float[]) (index: int) (otherwise: float) : float =
        if index < items.Length then items[index] else otherwise

    /// Where the variance's own parameters start.
    let private variancePart (spec: GarchSpec) (meanRegressors: int) (parameters: float[]) : float[] =
        Array.skip (GarchMean.size spec.Mean + meanRegressors) parameters

    /// The next level and trend, given the parameters from omega on.
    let private next (spec: GarchSpec) (theta: float[]) (state: GarchState) : struct (float * float) =
        let struct (p, q) = GarchSpec.orders spec.Variance
        let delta = power spec theta
        let start = state.Start ** (delta / 2.0)
        let regressors = GarchLayout.varianceSize spec.Variance

        let extra =
            let mutable sum = 0.0

            for i in 0 .. state.Regressors.Length - 1 do
                sum <- sum + theta[regressors + i] * state.Regressors[i]

            sum

        let betas (first: int) (before: float) : float =
            let mutable sum = 0.0

            for j in 0 .. q - 1 do
                sum <- sum + theta[first + j] * recall state.Levels j before

            sum

        match spec.Variance with
        | VarianceModel.Garch _
        | VarianceModel.Gjr _
        | VarianceModel.Tarch _ ->
            let asymmetric = not spec.Variance.IsGarch
            let mutable sum = theta[0] + extra

            for i in 0 .. p - 1 do
                let alpha = theta[1 + i]
                let gamma = if asymmetric then theta[1 + p + i] else 0.0

                sum <-
                    sum
                    + if i < state.Residuals.Length then
                          let e = state.Residuals[i]
                          (if e < 0.0 then alpha + gamma else alpha) * abs e ** delta
                      else
                          (alpha + 0.5 * gamma) * start

            struct (sum + betas (if asymmetric then 1 + 2 * p else 1 + p) start, 0.0)
        | VarianceModel.Aparch _ ->
            let mutable sum = theta[0] + extra

            for i in 0 .. p - 1 do
                let alpha, gamma = theta[1 + i], theta[1 + p + i]

                sum <-
                    sum
                    + alpha
                      * if i < state.Residuals.Length then
                            let e = state.Residuals[i]
                            (abs e - gamma * e) ** delta
                        else
                            0.5 * ((1.0 - gamma) ** delta + (1.0 + gamma) ** delta) * start

            struct (sum + betas (1 + 2 * p) start, 0.0)
        | VarianceModel.Egarch _ ->
            let mutable sum = theta[0] + extra

            for i in 0 .. p - 1 do
                let shock =
                    if i < state.Residuals.Length then
                        Some(state.Residuals[i] / exp (0.5 * state.Levels[i]))
                    else
                        state.StartShock

                match shock with
                | Some z -> sum <- sum + theta[1 + i] * (abs z - GarchLog.meanSize) + theta[1 + p + i] * z
                | None -> ()

            struct (sum + betas (1 + 2 * p) (log state.Start), 0.0)
        | VarianceModel.Figarch lags ->
            let lambda = (GarchLong.weights lags theta[1] theta[2] theta[3])[0]
            let mutable sum = theta[0] / (1.0 - theta[3])

            for k in 0 .. lags - 1 do
                let square =
                    if k < state.Residuals.Length then
                        state.Residuals[k] * state.Residuals[k]
                    else
                        state.Start

                sum <- sum + lambda[k] * square

            struct (sum, 0.0)
        | VarianceModel.Component ->
            let square, before, beneath =
                if state.Residuals.Length > 0 then
                    state.Residuals[0] * state.Residuals[0], state.Levels[0], state.Trend
                else
                    state.Start, state.Start, state.Start

            let trend = theta[0] + theta[1] * beneath + theta[2] * (square - before)
            struct (trend + theta[3] * (square - beneath) + theta[4] * (before - beneath), trend)

    let private varianceOf (spec: GarchSpec) (theta: float[]) (level: float) : float =
        match spec.Variance with
        | VarianceModel.Egarch _ -> exp level
        | VarianceModel.Tarch _ -> level * level
        | VarianceModel.Aparch _ -> level ** (2.0 / power spec theta)
        | _ -> level

    let private remember (limit: int) (value: float) (items: float[]) : float[] =
        if limit = 0 then
            [||]
        else
            let kept = min (limit - 1) items.Length
            let longer = Array.zeroCreate<float>(kept + 1)
            longer[0] <- value
            Array.Copy(items, 0, longer, 1, kept)
            longer

    /// Before the first return: the variance and the standardised residual (None: no news) that stand for the days before,
    /// the variance's last regressors, and the returns that the mean looks back on, newest first.
    let initial (start: float) (shock: float option) (regressors: float[]) (returns: float[]) : GarchState =
        {
            Returns = returns
            Residuals = [||]
            Levels = [||]
            Trend = start
            Start = start
            StartShock = shock
            Regressors = regressors
        }

    /// Variance, mean, level and trend of the next return.
    let private foresee
        (spec: GarchSpec)
        (parameters: float[])
        (meanRegressors: float[])
        (state: GarchState)
        : struct (float * float * float * float) =
        let theta = variancePart spec meanRegressors.Length parameters
        let struct (level, trend) = next spec theta state
        let own = GarchMean.row spec.Mean state.Returns
        let mutable mean = 0.0

        for j in 0 .. own.Length - 1 do
            mean <- mean + parameters[j] * own[j]

        for j in 0 .. meanRegressors.Length - 1 do
            mean <- mean + parameters[own.Length + j] * meanRegressors[j]

        struct (varianceOf spec theta level, mean, level, trend)

    let private advance
        (spec: GarchSpec)
        (varianceRegressors: float[])
        (state: GarchState)
        (value: float)
        (mean: float)
        (level: float)
        (trend: float)
        : GarchState =
        let struct (p, q) = GarchSpec.orders spec.Variance
        let remembered = if spec.Variance.IsEgarch then max p q else q

        {
            Returns = remember (GarchSpec.lookBack spec) value state.Returns
            Residuals = remember p (value - mean) state.Residuals
            Levels = remember remembered level state.Levels
            Trend = trend
            Start = state.Start
            StartShock = state.StartShock
            Regressors = varianceRegressors
        }

    /// The mean and the variance of the next return. `meanRegressors` is that day's row, empty without regressors.
    let ahead
        (spec: GarchSpec)
        (parameters: float[])
        (meanRegressors: float[])
        (state: GarchState)
        : struct (float * float) =
        let struct (variance, mean, _, _) = foresee spec parameters meanRegressors state
        struct (mean, variance)

    /// The state after one more return: constant work, whatever went before (FIGARCH: one pass through its weights).
    /// `varianceRegressors` is the row of that day, which moves the variance of the next.
    let append
        (spec: GarchSpec)
        (parameters: float[])
        (meanRegressors: float[])
        (varianceRegressors: float[])
        (state: GarchState)
        (value: float)
        : GarchState =
        let struct (_, mean, level, trend) = foresee spec parameters meanRegressors state
        advance spec varianceRegressors state value mean level trend

    /// A return made of a standardised innovation: the return, its variance and the state after it. The variance's
    /// regressors stay at their last row.
    let draw
        (spec: GarchSpec)
        (parameters: float[])
        (meanRegressors: float[])
        (state: GarchState)
        (z: float)
        : struct (float * float * GarchState) =
        let struct (variance, mean, level, trend) =
            foresee spec parameters meanRegressors state

        let value = mean + sqrt variance * z
        struct (value, variance, advance spec state.Regressors state value mean level trend)
