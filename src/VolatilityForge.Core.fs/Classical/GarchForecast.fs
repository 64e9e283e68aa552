/// Variances and returns of the days ahead: by formula, by simulation, by filtered bootstrap. Fits nothing.
namespace VolatilityForge

open System

/// Where simulated innovations come from.
[<RequireQualifiedAccess>]
type GarchDraws =
    /// The fitted distribution.
    | Innovation
    /// The fit's standardised residuals, drawn with replacement (filtered historical simulation, Barone-Adesi et al. 1999).
    | Bootstrap

/// How days ahead are simulated.
type GarchSimulation =
    {
        Paths: int
        Draws: GarchDraws
        /// The row of the mean's regressors, held over all days; empty without regressors. Those of the variance stay at
        /// their last row.
        MeanRegressors: float[]
    }

/// Simulated days ahead; one row per path, one element per day.
type GarchPaths =
    {
        Variances: float[][]
        Returns: float[][]
    }

/// Reading simulated days.
[<RequireQualifiedAccess>]
module GarchPaths =

    let private quantileOf (probability: float) (values: float[]) : float =
        let sorted = Array.sort values
        let place = probability * float (sorted.Length - 1)
        let below = int place
        let above = min (sorted.Length - 1) (below + 1)
        sorted[below] + (place - float below) * (sorted[above] - sorted[below])

    let private days (paths: GarchPaths) : int = paths.Variances[0].Length

    /// Mean variance of each day ahead.
    let meanVariances (paths: GarchPaths) : float[] =
        Array.init (days paths) (fun day -> paths.Variances |> Array.averageBy (fun path -> path[day]))

    /// Quantile of the variance of each day ahead, at a probability in [0, 1].
    let varianceQuantiles (probability: float) (paths: GarchPaths) : float[] =
        Array.init (days paths) (fun day ->
            paths.Variances |> Array.map (fun path -> path[day]) |> quantileOf probability)

    /// Quantile of the return of each day ahead, at a probability in [0, 1]: value at risk is minus it.
    let returnQuantiles (probability: float) (paths: GarchPaths) : float[] =
        Array.init (days paths) (fun day ->
            paths.Returns |> Array.map (fun path -> path[day]) |> quantileOf probability)

    /// Quantile of the sum of returns from the first day ahead to each, at a probability in [0, 1].
    let sumQuantiles (probability: float) (paths: GarchPaths) : float[] =
        let sums = paths.Returns |> Array.map (Array.scan (+) 0.0 >> Array.tail)
        Array.init (days paths) (fun day -> sums |> Array.map (fun path -> path[day]) |> quantileOf probability)

/// Forecasting from a fit.
[<RequireQualifiedAccess>]
module GarchForecast =

    /// 1,000 paths of the fitted distribution.
    let simulation: GarchSimulation =
        {
            Paths = 1000
            Draws = GarchDraws.Innovation
            MeanRegressors = [||]
        }

    let private shapes (fit: GarchFit) : float[] =
        let count = (Innovation.shapeNames fit.Spec.Innovation).Length
        Array.sub fit.Parameters (fit.Parameters.Length - count) count

    let internal checkDays (days: int) : Result<unit, Fault> =
        if days >= 1 && days <= 10_000 then
            Ok()
        else
            Error(Fault.BadSetting("days ahead", "must be 1..10000", string days))

    /// Ok where every variance of a path is positive and finite and every value finite; else Fault.NotComputable.
    let internal checkPath (variances: float[]) (values: float[]) : Result<unit, Fault> =
        let broken =
            Array.exists2
                (fun variance value -> not (variance > 0.0 && Double.IsFinite variance && Double.IsFinite value))
                variances
                values

        Checked.require
            (Fault.NotComputable(
                "A simulated series",
                "under these parameters a variance isn't positive or a value isn't finite",
                "Give parameters of a stationary model."
            ))
            (not broken)

    /// Ok where the constant of a variance that isn't a logarithm, and APARCH's power, are positive and the shapes in their domain.
    let private checkParameters (spec: GarchSpec) (names: string list) (parameters: float[]) : Result<unit, Fault> =
        let shapeCount = (Innovation.shapeNames spec.Innovation).Length

        let positive (name: string) =
            match List.tryFindIndex ((=) name) names with
            | Some at ->
                Checked.require
                    (Fault.BadSetting(name, "must be positive", string parameters[at]))
                    (parameters[at] > 0.0)
            | None -> Ok()

        Checked.all
            [
                if not spec.Variance.IsEgarch then
                    positive "omega"
                positive "delta"
                Innovation.checkShapes spec.Innovation (Array.skip (parameters.Length - shapeCount) parameters)
            ]

    /// Expected residual variance of 1..days ahead by formula: for GARCH, GJR, FIGARCH and the component model at any
    /// horizon, for the others one day ahead. Regressors of the variance stay at their last row. Fault.NotComputable where
    /// there is no formula.
    let analytic (days: int) (fit: GarchFit) : Result<float[], Fault> =
        let state = fit.State
        let m = GarchMean.size fit.Spec.Mean + fit.MeanRegressors
        let theta = Array.skip m fit.Parameters
        let struct (p, q) = GarchSpec.orders fit.Spec.Variance
        let ahead = Array.zeroCreate<float>(max 0 days)

        /// The expected square of the residual so many days before a day ahead.
        let square (day: int) (lag: int) : float =
            let at = day - lag

            if at >= 0 then
                ahead[at]
            else
                let back = -at - 1

                if back < state.Residuals.Length then
                    state.Residuals[back] * state.Residuals[back]
                else
                    state.Start

        let variance (day: int) (lag: int) : float =
            let at = day - lag

            if at >= 0 then
                ahead[at]
            elif -at - 1 < state.Levels.Length then
                state.Levels[-at - 1]
            else
                state.Start

        checkDays days
        |> Result.bind (fun () ->
            match fit.Spec.Variance with
            | VarianceModel.Garch _
            | VarianceModel.Gjr _ ->
                let asymmetric = fit.Spec.Variance.IsGjr

                let share =
                    if asymmetric && days > 1 then
                        Innovation.negativeShare fit.Spec.Innovation (shapes fit)
                    else
                        0.5

                let atBeta = if asymmetric then 1 + 2 * p else 1 + p

                let negative (day: int) (lag: int) : float =
                    let back = lag - day - 1

                    if back < 0 then share * ahead[day - lag]
                    elif back >= state.Residuals.Length then 0.5 * state.Start
                    elif state.Residuals[back] < 0.0 then square day lag
                    else 0.0

                for day in 0 .. days - 1 do
                    let mutable sum = theta[0]

                    for i in 0 .. p - 1 do
                        sum <- sum + theta[1 + i] * square day (i + 1)

                        if asymmetric then
                            sum <- sum + theta[1 + p + i] * negative day (i + 1)

                    for j in 0 .. q - 1 do
                        sum <- sum + theta[atBeta + j] * variance day (j + 1)

                    for i in 0 .. state.Regressors.Length - 1 do
                        sum <- sum + theta[atBeta + q + i] * state.Regressors[i]

                    ahead[day] <- sum

                Ok ahead
            | VarianceModel.Figarch lags ->
                let lambda = (GarchLong.weights lags theta[1] theta[2] theta[3])[0]

                for day in 0 .. days - 1 do
                    let mutable sum = theta[0] / (1.0 - theta[3])

                    for k in 0 .. lags - 1 do
                        sum <- sum + lambda[k] * square day (k + 1)

                    ahead[day] <- sum

                Ok ahead
            | VarianceModel.Component ->
                let mutable trend = state.Trend

                for day in 0 .. days - 1 do
                    let before, beneath = variance day 1, trend
                    trend <- theta[0] + theta[1] * beneath + theta[2] * (square day 1 - before)
                    ahead[day] <- trend + theta[3] * (square day 1 - beneath) + theta[4] * (before - beneath)

                Ok ahead
            | _ when days = 1 ->
                let struct (_, variance) =
                    GarchState.ahead fit.Spec fit.Parameters (Array.zeroCreate fit.MeanRegressors) state

                Ok [| variance |]
            | model ->
                Error(
                    Fault.NotComputable(
                        $"{GarchSpec.name model} more than one day ahead",
                        "its variance has no formula",
                        "Simulate it."
                    )
                ))

    /// Simulated variances and returns of 1..days ahead. Fault.BadSetting for settings outside their domain.
    let simulate (options: GarchSimulation) (days: int) (rng: Rng) (fit: GarchFit) : Result<GarchPaths, Fault> =
        checkDays days
        |> Result.bind (fun () ->
            if options.Paths < 1 then
                Error(Fault.BadSetting("paths", "must be at least 1", string options.Paths))
            elif options.MeanRegressors.Length <> fit.MeanRegressors then
                Error(
                    Fault.BadSetting(
                        "mean regressors",
                        $"must be {fit.MeanRegressors}",
                        string options.MeanRegressors.Length
                    )
                )
            elif options.Draws = GarchDraws.Bootstrap && fit.Standardised.Length = 0 then
                Error(Fault.BadSetting("draws", "need the fit's residuals", "none"))
            else
                Innovation.checkShapes fit.Spec.Innovation (shapes fit))
        |> Result.map (fun () ->
            let shapes = shapes fit
            let mutable rng = rng

            let draw () : float =
                match options.Draws with
                | GarchDraws.Innovation ->
                    let struct (z, next) = Innovation.draw fit.Spec.Innovation shapes rng
                    rng <- next
                    z
                | GarchDraws.Bootstrap ->
                    let struct (index, next) = Rng.nextInt fit.Standardised.Length rng
                    rng <- next
                    fit.Standardised[index]

            let paths =
                Array.init options.Paths (fun _ ->
                    let mutable state = fit.State
                    let variances, returns = Array.zeroCreate<float> days, Array.zeroCreate<float> days

                    for day in 0 .. days - 1 do
                        let struct (value, variance, next) =
                            GarchState.draw fit.Spec fit.Parameters options.MeanRegressors state (draw ())

                        variances[day] <- variance
                        returns[day] <- value
                        state <- next

                    variances, returns)

            {
                Variances = Array.map fst paths
                Returns = Array.map snd paths
            })

    /// Expected residual variance of 1..days ahead: by formula where there is one, else the mean over simulated paths.
    let variances (options: GarchSimulation) (days: int) (rng: Rng) (fit: GarchFit) : Result<float[], Fault> =
        match analytic days fit with
        | Error(Fault.NotComputable _) -> simulate options days rng fit |> Result.map GarchPaths.meanVariances
        | other -> other

    /// Parameters to simulate a model with that has no fit, in the order of its names: mean zero, variance about one, the persistence
    /// and the tails of a stock index.
    let typical (spec: GarchSpec) : float[] =
        let scale =
            {
                Returns = 1.0
                Mean = [||]
                Variance = [||]
            }

        let outer =
            Array.concat
                [
                    Array.zeroCreate (GarchMean.size spec.Mean)
                    List.head (GarchLayout.starts false spec.Variance 1.0)
                    List.toArray (Innovation.startShapes spec.Innovation)
                ]
            |> GarchLayout.closed spec scale
            |> GarchLayout.toOuter spec scale

        match spec.Variance with
        | VarianceModel.Figarch lags ->
            // The cut weights sum to less than one, so the long-run variance is omega / ((1 - beta)(1 - their sum)).
            let m = GarchMean.size spec.Mean
            let weights = (GarchLong.weights lags outer[m + 1] outer[m + 2] outer[m + 3])[0]
            Array.updateAt m ((1.0 - outer[m + 3]) * (1.0 - Array.sum weights)) outer
        | _ -> outer

    /// One path drawn from a model of given parameters, in their units; `start` is the variance before the first of so many
    /// days that are drawn and left out. Fault.BadShape unless the parameters are as many as the spec's names, BadSetting
    /// for a spec, a constant or a shape outside its domain or a count below one, NotComputable where a variance that is drawn
    /// isn't positive or a value not finite.
    let path
        (spec: GarchSpec)
        (parameters: float[])
        (start: float)
        (leftOut: int)
        (count: int)
        (rng: Rng)
        : Result<GarchPaths, Fault> =
        let names = GarchSpec.parameterNames spec 0 0

        if names.Length <> parameters.Length then
            Error(Fault.BadShape("GarchForecast.path", "parameters", string names.Length, string parameters.Length))
        elif count < 1 || leftOut < 0 || not (start > 0.0) then
            Error(Fault.BadSetting("series", "must have days and a positive start", $"{count} days from {start}"))
        else
            GarchSpec.check spec
            |> Result.bind (fun _ -> checkParameters spec names parameters)
            |> Result.bind (fun () ->
                let shapeCount = (Innovation.shapeNames spec.Innovation).Length
                let shapes = Array.sub parameters (parameters.Length - shapeCount) shapeCount
                let mutable rng = rng

                let mutable state =
                    GarchState.initial start None [||] (Array.zeroCreate (GarchSpec.lookBack spec))

                let next () : struct (float * float) =
                    let struct (z, after) = Innovation.draw spec.Innovation shapes rng
                    rng <- after

                    let struct (value, variance, following) =
                        GarchState.draw spec parameters [||] state z

                    state <- following
                    struct (value, variance)

                let days = Array.init (leftOut + count) (fun _ -> next ())
                let variances = days |> Array.map (fun struct (_, variance) -> variance)
                let returns = days |> Array.map (fun struct (value, _) -> value)

                checkPath variances returns
                |> Result.map (fun () ->
                    {
                        Variances = [| Array.skip leftOut variances |]
                        Returns = [| Array.skip leftOut returns |]
                    }))

    /// The returns of `path`.
    let series
        (spec: GarchSpec)
        (parameters: float[])
        (start: float)
        (leftOut: int)
        (count: int)
        (rng: Rng)
        : Result<float[], Fault> =
        path spec parameters start leftOut count rng
        |> Result.map (fun paths -> paths.Returns[0])
