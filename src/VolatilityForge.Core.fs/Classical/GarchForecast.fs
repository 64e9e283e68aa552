/// Variances and returns of the days ahead: by formula, by simulation, by filtered bootstrap. Fits nothing.
namespace VolatilityForge

open System

/// Forecasting from a fit.
[<RequireQualifiedAccess>]
module GarchForecast =

    /// 1,000 paths of the fitted distribution.
    let simulation: GarchSimulation =
        {
            Paths = 1000
            Draws = GarchDraws.Innovation
            MeanRegressors = [||]
            VarianceRegressors = [||]
        }

    let private shapes (fit: GarchFit) : float[] =
        let count = (Innovation.shapeNames fit.Spec.Innovation).Length
        Array.sub fit.Parameters (fit.Parameters.Length - count) count

    /// Ok for so many days ahead, 1..10000; else Fault.BadSetting.
    let checkDays (days: int) : Result<unit, Fault> =
        if days >= 1 && days <= 10_000 then
            Ok()
        else
            Error(Fault.BadSetting("days ahead", "must be 1..10000", string days))

    let private unfit (axis: string) (expected: string) (found: string) : Fault =
        Fault.BadShape("forecasting", axis, expected, found)

    /// Ok when columns of regressors ahead are as many as the fit's, long enough and usable.
    let private checkColumns
        (what: string)
        (count: int)
        (rows: int)
        (negative: bool)
        (columns: float[][])
        : Result<unit, Fault> =
        if columns.Length <> count then
            Error(unfit $"{what} regressors" $"""{Noun.counted count "column"}""" (string columns.Length))
        else
            match columns |> Array.tryFind (fun column -> column.Length < rows) with
            | Some short ->
                Error(unfit $"{what} regressors" $"""at least {Noun.counted rows "day"} ahead""" (string short.Length))
            | None ->
                let usable (x: float) : bool =
                    Double.IsFinite x && (negative || x >= 0.0)

                match columns |> Array.tryPick (Array.tryFind (usable >> not)) with
                | Some value ->
                    let rule =
                        if negative then
                            "must be finite"
                        else
                            "must be finite and not negative"

                    Error(Fault.BadSetting($"{what} regressors", rule, string value))
                | None -> Ok()

    let private checkVarianceColumns (days: int) (fit: GarchFit) (columns: float[][]) : Result<unit, Fault> =
        if columns.Length = 0 then
            Ok()
        else
            checkColumns "variance" fit.VarianceRegressors (days - 1) fit.Spec.Variance.IsEgarch columns

    /// The row that moves the variance of each day ahead, day 0 being the first: the fit's last for that.
    let private varianceRows (days: int) (fit: GarchFit) (columns: float[][]) : float[][] =
        Array.init days (fun day ->
            if day = 0 || columns.Length = 0 then
                fit.State.Regressors
            else
                columns |> Array.map (fun column -> column[day - 1]))

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
    /// horizon, for the others one day ahead. Columns of the variance's regressors over the days ahead are as in GarchSimulation.
    /// Fault.NotComputable where there is no formula, BadShape and BadSetting for columns that don't fit.
    let analyticWith (varianceRegressors: float[][]) (days: int) (fit: GarchFit) : Result<float[], Fault> =
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
        |> Result.bind (fun () -> checkVarianceColumns days fit varianceRegressors)
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
                let rows = varianceRows days fit varianceRegressors

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

                    let row = rows[day]

                    for i in 0 .. row.Length - 1 do
                        sum <- sum + theta[atBeta + q + i] * row[i]

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

    /// As `analyticWith`; regressors of the variance stay at their last row.
    let analytic (days: int) (fit: GarchFit) : Result<float[], Fault> = analyticWith [||] days fit

    /// Simulated variances and returns of 1..days ahead. Under a model that isn't stationary they may not be finite
    /// (`GarchPaths.check`). Fault.BadSetting for settings outside their domain, BadShape for columns that don't fit.
    let simulate (options: GarchSimulation) (days: int) (rng: Rng) (fit: GarchFit) : Result<GarchPaths, Fault> =
        checkDays days
        |> Result.bind (fun () ->
            if options.Paths < 1 then
                Error(Fault.BadSetting("paths", "must be at least 1", string options.Paths))
            elif options.Draws = GarchDraws.Bootstrap && fit.Standardised.Length = 0 then
                Error(Fault.BadSetting("draws", "need the fit's residuals", "none"))
            else
                Innovation.checkShapes fit.Spec.Innovation (shapes fit))
        |> Result.bind (fun () -> checkColumns "mean" fit.MeanRegressors days true options.MeanRegressors)
        |> Result.bind (fun () -> checkVarianceColumns days fit options.VarianceRegressors)
        |> Result.map (fun () ->
            let shapes = shapes fit
            let varianceRows = varianceRows days fit options.VarianceRegressors
            let held = options.VarianceRegressors.Length = 0

            let meanRows =
                Array.init days (fun day -> options.MeanRegressors |> Array.map (fun column -> column[day]))

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
                            GarchState.draw
                                fit.Spec
                                fit.Parameters
                                meanRows[day]
                                (if held then
                                     state
                                 else
                                     { state with
                                         Regressors = varianceRows[day]
                                     })
                                (draw ())

                        variances[day] <- variance
                        returns[day] <- value
                        state <- next

                    variances, returns)

            {
                Variances = Array.map fst paths
                Returns = Array.map snd paths
            })

    /// Expected residual variance of 1..days ahead: by formula where there is one, else the mean over simulated paths. The mean
    /// moves no variance: its regressors aren't needed.
    let variances (options: GarchSimulation) (days: int) (rng: Rng) (fit: GarchFit) : Result<float[], Fault> =
        match analyticWith options.VarianceRegressors days fit with
        | Error(Fault.NotComputable _) ->
            simulate
                { options with
                    MeanRegressors = Array.init fit.MeanRegressors (fun _ -> Array.zeroCreate days)
                }
                days
                rng
                fit
            |> Result.map GarchPaths.meanVariances
        | other -> other

    /// Days to draw and leave out before the first of a series without a fit, so that its start is forgotten: 500, and twice the
    /// lags of a long memory.
    let leftOut (spec: GarchSpec) : int =
        let struct (lags, _) = GarchSpec.orders spec.Variance
        max 500 (2 * lags)

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
            Error(
                Fault.BadSetting(
                    "series",
                    "must have days and a positive start",
                    $"""{Noun.counted count "day"} from {start}"""
                )
            )
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

                GarchPaths.checkPath variances returns
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
