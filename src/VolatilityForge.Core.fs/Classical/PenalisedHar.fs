/// Ridge, lasso and elastic net of ln variance on many of its lags, the penalty chosen inside the window. Knows no evaluation.
namespace VolatilityForge

open System

/// How the penalty is chosen.
[<RequireQualifiedAccess>]
type PenaltyRule =
    /// The smallest Bayesian criterion n ln(residual) + ln n times the degrees of freedom.
    | Bic
    /// The smallest squared error over so many runs of days left out one after the other, with the labels that overlap a run
    /// left out of its fit.
    | CrossValidation of folds: int
    /// This one, in units of the target's standard deviation.
    | Fixed of lambda: float

/// A penalised autoregression.
type PenalisedHarOptions =
    {
        /// The registered name.
        Name: string
        /// Share of the absolute penalty: 1 for a lasso, 0 for a ridge.
        Share: float
        /// Lags of ln variance, at least 1.
        Lags: int
        Penalty: PenaltyRule
        /// Penalties tried, at least 2.
        Penalties: int
        /// Days between refits in a walk-forward, at least 1.
        RefitEvery: int
    }

/// A fitted penalised autoregression.
type PenalisedHarFit =
    {
        Options: PenalisedHarOptions
        Horizon: int
        /// Slopes of the lags, the day itself first.
        Regression: LinearFit
        /// The penalty chosen, in units of the target's standard deviation.
        Lambda: float
        /// True where the penalty chosen is the largest or the smallest of those tried: a better one may lie beyond.
        AtEdge: bool
    }

/// ln v(t+1..t+h) = b0 + sum of b_i ln v(t-i), fitted directly to the mean over the horizon (Audrino and Knaus 2016).
[<RequireQualifiedAccess>]
module PenalisedHar =

    let private named (name: string) (share: float) (penalty: PenaltyRule) : PenalisedHarOptions =
        {
            Name = name
            Share = share
            Lags = 50
            Penalty = penalty
            Penalties = 40
            RefitEvery = 22
        }

    /// Lasso and elastic net by the Bayesian criterion, ridge by cross-validation over five runs; fifty lags.
    let known: PenalisedHarOptions list =
        [
            named "ridge" 0.0 (PenaltyRule.CrossValidation 5)
            named "lasso" 1.0 PenaltyRule.Bic
            named "elastic-net" 0.5 PenaltyRule.Bic
        ]

    /// Ok when every setting lies in its domain.
    let check (options: PenalisedHarOptions) : Result<PenalisedHarOptions, Fault> =
        let rule field condition text found =
            Checked.require (Fault.BadSetting($"{options.Name} {field}", text, found)) condition

        Checked.all
            [
                rule "share" (options.Share >= 0.0 && options.Share <= 1.0) "must lie in 0..1" (string options.Share)
                rule "lags" (options.Lags >= 1 && options.Lags <= 250) "must be 1..250" (string options.Lags)
                rule "penalties" (options.Penalties >= 2) "must be at least 2" (string options.Penalties)
                rule "refit-every" (options.RefitEvery >= 1) "must be at least 1" (string options.RefitEvery)
                (match options.Penalty with
                 | PenaltyRule.Bic -> Ok()
                 | PenaltyRule.CrossValidation folds ->
                     rule "folds" (folds >= 2 && folds <= 20) "must be 2..20" (string folds)
                 | PenaltyRule.Fixed lambda ->
                     rule "lambda" (lambda >= 0.0 && lambda < infinity) "must be at least 0" (string lambda))
            ]
        |> Result.map (fun () -> options)

    /// Days a window needs for a fit: the lags, the horizon and twice as many labels as parameters.
    let minimumDays (options: PenalisedHarOptions) (horizon: int) : int =
        options.Lags + horizon + 2 * (options.Lags + 1)

    let private columnsOf (options: PenalisedHarOptions) (horizon: int) (history: History) : float[][] =
        let logs = history.Variance |> Array.map (Units.strip >> log)

        Array.append
            (Array.init options.Lags (fun lag ->
                Array.init logs.Length (fun day -> if day >= lag then logs[day - lag] else nan)))
            [|
                history.Variance |> Labels.ofSeries horizon |> Array.map (Units.strip >> log)
            |]

    let private momentsOf (columns: float[][]) (rows: int seq) : Moments =
        let moments = Moments columns.Length

        for row in rows do
            moments.Add(columns, row)

        moments

    /// Slopes along a path of falling penalties, each searched from the one before.
    let private along (share: float) (moments: Moments) (path: float[]) : struct (float[] * float[] * float[][]) =
        let struct (between, own) = ElasticNet.correlations moments
        let slopes = Array.zeroCreate<float> own.Length

        let all =
            path
            |> Array.map (fun lambda ->
                ElasticNet.descend between own share lambda slopes
                Array.copy slopes)

        struct (between, own, all)

    /// Degrees of freedom of the active slopes at a penalty: the trace of the hat matrix, their number for a lasso.
    let private freedom (share: float) (between: float[]) (lambda: float) (slopes: float[]) : float =
        let active =
            [|
                for i in 0 .. slopes.Length - 1 do
                    if slopes[i] <> 0.0 then
                        i
            |]

        let size = active.Length
        let ridge = lambda * (1.0 - share)

        if ridge = 0.0 then
            float size
        else
            let own =
                Array.init (size * size) (fun cell ->
                    let i, j = cell / size, cell % size
                    between[active[i] * slopes.Length + active[j]] + (if i = j then ridge else 0.0))

            match SmallMatrix.inverse size own with
            | Some inverse ->
                float size
                - ridge * Seq.sumBy (fun i -> inverse[i * size + i]) (seq { 0 .. size - 1 })
            | None -> float size

    let private byCriterion (options: PenalisedHarOptions) (moments: Moments) (path: float[]) : float =
        let struct (between, own, all) = along options.Share moments path
        let n = float moments.Count

        let criterion (index: int) : float =
            let line = ElasticNet.line moments between own all[index]
            let degrees = 1.0 + freedom options.Share between path[index] all[index]
            let active = all[index] |> Array.filter ((<>) 0.0) |> Array.length
            // The mean squared residual, whatever the line divides by.
            n * log (line.ResidualVariance * float (max 1 (moments.Count - active - 1)) / n)
            + log n * degrees

        path[Seq.minBy criterion (seq { 0 .. path.Length - 1 })]

    let private byFolds
        (options: PenalisedHarOptions)
        (horizon: int)
        (folds: int)
        (columns: float[][])
        (first: int)
        (last: int)
        (path: float[])
        : float =
        let rows = last - first + 1
        let errors = Array.zeroCreate<float> path.Length
        let target = columns[columns.Length - 1]

        for fold in 0 .. folds - 1 do
            let from, upTo = first + rows * fold / folds, first + rows * (fold + 1) / folds - 1

            let kept =
                seq { first..last }
                |> Seq.filter (fun row -> row <= from - horizon || row >= upTo + horizon)

            let moments = momentsOf columns kept
            let struct (between, own, all) = along options.Share moments path

            all
            |> Array.iteri (fun index slopes ->
                let line = ElasticNet.line moments between own slopes

                for row in from..upTo do
                    let error = target[row] - Regression.predict line columns row
                    errors[index] <- errors[index] + error * error)

        path[Seq.minBy (fun index -> errors[index]) (seq { 0 .. path.Length - 1 })]

    let private fitColumns
        (options: PenalisedHarOptions)
        (horizon: int)
        (window: Window)
        (columns: float[][])
        : Result<PenalisedHarFit, Fault> =
        let first, last = max window.First (options.Lags - 1), window.Last - horizon
        let moments = momentsOf columns (seq { first..last })
        let struct (between, own) = ElasticNet.correlations moments

        if
            not (
                moments.Scatter(options.Lags, options.Lags) > 0.0
                && Array.forall Double.IsFinite between
            )
        then
            Error(
                Fault.NotComputable(
                    options.Name,
                    "variance never varies, or isn't positive",
                    "Use a longer window or a series that varies."
                )
            )
        else
            let path = ElasticNet.path options.Penalties own options.Share

            let lambda =
                match options.Penalty with
                | PenaltyRule.Fixed lambda -> lambda
                | PenaltyRule.Bic -> byCriterion options moments path
                | PenaltyRule.CrossValidation folds -> byFolds options horizon folds columns first last path

            let slopes = Array.zeroCreate<float> options.Lags
            ElasticNet.descend between own options.Share lambda slopes

            Ok
                {
                    Options = options
                    Horizon = horizon
                    Regression = ElasticNet.line moments between own slopes
                    Lambda = lambda
                    AtEdge = not options.Penalty.IsFixed && (lambda = path[0] || lambda = Array.last path)
                }

    let private checkFit (options: PenalisedHarOptions) (horizon: int) (history: History) (window: Window) =
        check options
        |> Result.bind (fun _ -> Labels.check options.Name (minimumDays options horizon) horizon history window)

    /// The regression on the labels of a window. Faults: those of the options and of the window, NotComputable for a series
    /// that never varies or holds a variance that is not positive.
    let fit
        (options: PenalisedHarOptions)
        (horizon: int)
        (history: History)
        (window: Window)
        : Result<PenalisedHarFit, Fault> =
        checkFit options horizon history window
        |> Result.bind (fun () -> columnsOf options horizon history |> fitColumns options horizon window)

    /// Mean variance the model expects over origin+1..origin+h: exp of the line plus half the residual variance.
    let forecast (fit: PenalisedHarFit) (history: History) (origin: int) : Variance =
        let mutable value = fit.Regression.Intercept + fit.Regression.ResidualVariance / 2.0

        for lag in 0 .. fit.Options.Lags - 1 do
            value <-
                value
                + fit.Regression.Slopes[lag] * log (Units.strip history.Variance[origin - lag])

        exp value * 1.0< / day>

    /// The model as a forecaster of its name.
    let forecaster (options: PenalisedHarOptions) : IForecaster =
        let columns = PerHistory(columnsOf options)

        { new IForecaster with
            member _.Name = options.Name
            member _.RefitEvery = max 1 options.RefitEvery
            member _.MinimumDays horizon = minimumDays options horizon

            member _.Fit(history, window, horizon) =
                checkFit options horizon history window
                |> Result.bind (fun () -> fitColumns options horizon window columns[horizon, history])
                |> Result.map (fun fit ->
                    { new IHasParameters with
                        member _.Forecast(history, origin) = forecast fit history origin

                        member _.Parameters =
                            ("intercept", fit.Regression.Intercept)
                            :: ("lambda", fit.Lambda)
                            :: [
                                for lag in 0 .. options.Lags - 1 -> $"lag {lag + 1}", fit.Regression.Slopes[lag]
                            ]
                    }
                    :> IFitted)
        }
