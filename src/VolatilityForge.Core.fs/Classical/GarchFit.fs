/// What a fit is, and how it is put together from a filtered series. Searches nothing.
namespace VolatilityForge

open System

/// What to know before trusting a fit.
type GarchDiagnostics =
    {
        /// False when the search ended before its gradient vanished.
        Converged: bool
        /// Largest component of the gradient of the mean log-likelihood in inner units, bounds left out.
        GradientNorm: float
        Iterations: int
        Evaluations: int
        /// Parameters at a bound: they have no standard error.
        AtBound: string list
        /// Share of a variance shock that lasts a day; 1 or more means that no unconditional variance exists.
        Persistence: float
        /// The power of two that returns were divided by inside.
        Scale: float
        /// Set when returns are so small or large that other programs will struggle: the unit to change to.
        ScaleWarning: string option
    }

/// A fitted model; a value that can be stored, appended to and forecast from.
type GarchFit =
    {
        Spec: GarchSpec
        /// One per parameter.
        Names: string list
        /// Estimates in the units of the data.
        Parameters: float[]
        LogLikelihood: float
        /// Returns that count: all but those that the mean looks back on.
        Observations: int
        /// How many columns of regressors mean and variance have.
        MeanRegressors: int
        VarianceRegressors: int
        Diagnostics: GarchDiagnostics
        /// After the last return.
        State: GarchState
        /// Residual over conditional volatility of each return that counts.
        Standardised: float[]
        /// Conditional variance of each return that counts.
        Variances: float[]
    }

/// From the arrays of a likelihood, in inner units, to a fit.
[<RequireQualifiedAccess>]
module internal GarchFitting =

    let scaleWarning (scale: GarchScale) : string option =
        if scale.Returns < 1e-4 then
            Some $"returns are of size {scale.Returns:G2}; in percent or basis points they would be of size one"
        elif scale.Returns > 1e3 then
            Some $"returns are of size {scale.Returns:G2}; are they prices, or basis points times a hundred?"
        else
            None

    /// Persistence of outer parameters; the moments of |z| are those of the standardised residuals.
    let private persistence (spec: GarchSpec) (m: int) (theta: float[]) (z: float[]) : float =
        let struct (p, q) = GarchSpec.orders spec.Variance

        let sum (first: int) (count: int) =
            Array.sub theta first count |> Array.sum

        match spec.Variance with
        | VarianceModel.Garch _ -> sum (m + 1) (p + q)
        | VarianceModel.Gjr _ -> sum (m + 1) p + 0.5 * sum (m + 1 + p) p + sum (m + 1 + 2 * p) q
        | VarianceModel.Tarch _ ->
            let size = z |> Array.averageBy abs
            let below = z |> Array.averageBy (fun z -> if z < 0.0 then -z else 0.0)
            size * sum (m + 1) p + below * sum (m + 1 + p) p + sum (m + 1 + 2 * p) q
        | VarianceModel.Aparch _ ->
            let delta = theta[m + 1 + 2 * p + q]

            let news (i: int) =
                let alpha, gamma = theta[m + 1 + i], theta[m + 1 + p + i]
                alpha * (z |> Array.averageBy (fun z -> (abs z - gamma * z) ** delta))

            Seq.sumBy news (seq { 0 .. p - 1 }) + sum (m + 1 + 2 * p) q
        | VarianceModel.Egarch _ -> sum (m + 1 + 2 * p) q
        | VarianceModel.Figarch lags -> (GarchLong.weights lags theta[m + 1] theta[m + 2] theta[m + 3])[0] |> Array.sum
        | VarianceModel.Component -> theta[m + 1]

    let private rows (columns: float[][]) (row: int) : float[] =
        columns |> Array.map (fun column -> column[row])

    /// The state after the last return, out of the filtered arrays in inner units.
    let private stateOf
        (spec: GarchSpec)
        (scale: GarchScale)
        (data: GarchData)
        (likelihood: GarchLikelihood)
        (outer: float[])
        (m: int)
        : GarchState =
        let struct (p, q) = GarchSpec.orders spec.Variance
        let square = scale.Returns * scale.Returns
        let count = likelihood.Count

        let residuals =
            Array.init (min p count) (fun i -> scale.Returns * likelihood.Residuals[count - 1 - i])

        let level (variance: float) : float =
            match spec.Variance with
            | VarianceModel.Egarch _ -> log variance
            | VarianceModel.Tarch _ -> sqrt variance
            | VarianceModel.Aparch _ -> variance ** (outer[m + 1 + 2 * p + q] / 2.0)
            | _ -> variance

        let remembered = if spec.Variance.IsEgarch then max p q else q

        // The trend runs beside the variance: it is stepped through once.
        let trend =
            match spec.Variance with
            | VarianceModel.Component ->
                let start = square * likelihood.StartVariance
                let mutable trend, before, squared = start, start, start

                for t in 0 .. count - 1 do
                    trend <- outer[m] + outer[m + 1] * trend + outer[m + 2] * (squared - before)
                    before <- square * likelihood.Variances[t]
                    squared <- square * likelihood.Residuals[t] * likelihood.Residuals[t]

                trend
            | _ -> 0.0

        {
            Returns = Array.init (GarchSpec.lookBack spec) (fun i -> data.Returns[data.Returns.Length - 1 - i])
            Residuals = residuals
            Levels = Array.init (min remembered count) (fun i -> level (square * likelihood.Variances[count - 1 - i]))
            Trend = trend
            Start = square * likelihood.StartVariance
            StartShock = likelihood.StartShock
            Regressors = rows data.VarianceRegressors (data.Returns.Length - 1)
        }

    /// The fit at the point that the likelihood has filtered last.
    let describe
        (spec: GarchSpec)
        (scale: GarchScale)
        (data: GarchData)
        (likelihood: GarchLikelihood)
        (outer: float[])
        (value: float)
        (diagnostics: float -> GarchDiagnostics)
        : GarchFit =
        let count = likelihood.Count
        let m = GarchLayout.meanSize spec scale

        let z =
            Array.init count (fun t -> likelihood.Residuals[t] / sqrt likelihood.Variances[t])

        {
            Spec = spec
            Names = GarchSpec.parameterNames spec data.MeanRegressors.Length data.VarianceRegressors.Length
            Parameters = outer
            LogLikelihood = -float count * (value + log scale.Returns)
            Observations = count
            MeanRegressors = data.MeanRegressors.Length
            VarianceRegressors = data.VarianceRegressors.Length
            Diagnostics = diagnostics (persistence spec m outer z)
            State = stateOf spec scale data likelihood outer m
            Standardised = z
            Variances = likelihood.Variances |> Array.map (fun h -> h * scale.Returns * scale.Returns)
        }
