/// Variances, measures and returns of the days ahead of a Realized GARCH: by formula and by simulation. Fits nothing.
namespace VolatilityForge

open System

/// What is expected of the days ahead, one element per day.
type RealizedOutlook =
    {
        /// Of the returns.
        Variances: float[]
        /// Of the realised measure.
        Measures: float[]
    }

/// Simulated days ahead; one row per path, one element per day.
type RealizedPaths =
    {
        Variances: float[][]
        Returns: float[][]
        Measures: float[][]
    }

/// Forecasting from a fit.
[<RequireQualifiedAccess>]
module RealizedForecast =

    /// Draws of a day under the linear form before a measure that isn't positive is let through.
    [<Literal>]
    let private Redraws = 100

    /// E exp(a (tau1 z + tau2 (z^2 - 1) + u)) for normal z and u; infinite from 2 a tau2 = 1 on.
    let private moment (tau1: float) (tau2: float) (square: float) (a: float) : float =
        let left = 1.0 - 2.0 * a * tau2

        if left <= 0.0 then
            infinity
        else
            exp (0.5 * a * a * square - a * tau2 + 0.5 * a * a * tau1 * tau1 / left)
            / sqrt left

    /// Levels of the days ahead without surprises, and the answer of the level so many days later to a surprise of one in
    /// the measure; the first answer is that of the day itself, zero.
    let private track (days: int) (fit: RealizedGarchFit) : struct (float[] * float[]) =
        let spec, theta = fit.Spec, fit.Parameters

        let m, atGamma, atBeta =
            RealizedLayout.mean spec, RealizedLayout.gamma spec, RealizedLayout.beta spec

        let xi, phi = theta[RealizedLayout.xi spec], theta[RealizedLayout.xi spec + 1]
        let levels, answers = Array.zeroCreate<float> days, Array.zeroCreate<float> days
        let lag (items: float[]) (i: int) = items[min i (items.Length - 1)]

        for day in 0 .. days - 1 do
            let mutable level, answer = theta[m], 0.0

            for i in 0 .. spec.MeasureLags - 1 do
                let back = day - 1 - i
                let gamma = theta[atGamma + i]

                level <-
                    level
                    + gamma
                      * (if back >= 0 then
                             xi + phi * levels[back]
                         else
                             lag fit.State.Measures (-back - 1))

                if back = 0 then
                    answer <- answer + gamma
                elif back > 0 then
                    answer <- answer + gamma * phi * answers[back]

            for j in 0 .. spec.VarianceLags - 1 do
                let back = day - 1 - j
                let beta = theta[atBeta + j]

                level <-
                    level
                    + beta
                      * (if back >= 0 then
                             levels[back]
                         else
                             lag fit.State.Levels (-back - 1))

                if back >= 0 then
                    answer <- answer + beta * answers[back]

            levels[day] <- level
            answers[day] <- answer

        struct (levels, answers)

    /// Expected variances and measures of 1..days ahead, by formula. Linear: the recursion of expectations. Log-linear: the
    /// log variance of a day is a sum of surprises with fixed weights (Hansen, Huang and Shek 2012, VARMA form), so its
    /// exponential has the product of their moments; exact for normal z and u, infinite where a moment is.
    let expected (days: int) (fit: RealizedGarchFit) : Result<RealizedOutlook, Fault> =
        GarchForecast.checkDays days
        |> Result.map (fun () ->
            let struct (levels, answers) = track days fit
            let theta = fit.Parameters
            let at = RealizedLayout.xi fit.Spec
            let xi, phi = theta[at], theta[at + 1]

            match fit.Spec.Form with
            | RealizedForm.Linear ->
                {
                    Variances = levels
                    Measures = levels |> Array.map (fun level -> xi + phi * level)
                }
            | RealizedForm.LogLinear ->
                let moment = moment theta[at + 2] theta[at + 3] theta[at + 4]

                let product (weight: float) (day: int) =
                    let mutable product = 1.0

                    for back in 1..day do
                        product <- product * moment (weight * answers[back])

                    product

                {
                    Variances = levels |> Array.mapi (fun day level -> exp level * product 1.0 day)
                    Measures =
                        levels
                        |> Array.mapi (fun day level -> exp (xi + phi * level) * moment 1.0 * product phi day)
                })

    /// Paths of any number of days, from settings that are sound.
    let private draws (options: GarchSimulation) (days: int) (rng: Rng) (fit: RealizedGarchFit) : RealizedPaths =
        let theta = fit.Parameters
        let at = RealizedLayout.xi fit.Spec
        let mu = if fit.Spec.ConstantMean then theta[0] else 0.0
        let deviation = sqrt theta[at + 4]
        let logarithms = fit.Spec.Form = RealizedForm.LogLinear
        let mutable rng = rng

        let draw () : struct (float * float) =
            match options.Draws with
            | GarchDraws.Innovation ->
                let struct (z, next) = Rng.nextNormal rng
                let struct (u, next) = Rng.nextNormal next
                rng <- next
                struct (z, u)
            | GarchDraws.Bootstrap ->
                let struct (index, next) = Rng.nextInt fit.Standardised.Length rng
                rng <- next
                struct (fit.Standardised[index], fit.Surprises[index])

        let paths =
            Array.init options.Paths (fun _ ->
                let mutable carried = fit

                Array.init days (fun _ ->
                    let variance = RealizedGarch.ahead carried
                    let level = if logarithms then log variance else variance

                    let rec drawn (left: int) : struct (float * float) =
                        let struct (z, u) = draw ()

                        let x =
                            theta[at]
                            + theta[at + 1] * level
                            + theta[at + 2] * z
                            + theta[at + 3] * (z * z - 1.0)
                            + deviation * u

                        if logarithms then struct (z, exp x)
                        elif x > 0.0 || left = 0 then struct (z, x)
                        else drawn (left - 1)

                    let struct (z, measure) = drawn Redraws
                    carried <- RealizedGarch.append carried measure
                    struct (variance, mu + sqrt variance * z, measure)))

        let column (pick: struct (float * float * float) -> float) = paths |> Array.map (Array.map pick)

        {
            Variances = column (fun struct (variance, _, _) -> variance)
            Returns = column (fun struct (_, value, _) -> value)
            Measures = column (fun struct (_, _, measure) -> measure)
        }

    /// Simulated variances, returns and measures of 1..days ahead. With the bootstrap, returns and surprises of a day are drawn
    /// together from the fit's own. Under the linear form a day whose measure is not positive is drawn again. Fault.BadSetting for settings outside their domain.
    let simulate
        (options: GarchSimulation)
        (days: int)
        (rng: Rng)
        (fit: RealizedGarchFit)
        : Result<RealizedPaths, Fault> =
        GarchForecast.checkDays days
        |> Result.bind (fun () ->
            if options.Paths < 1 then
                Error(Fault.BadSetting("paths", "must be at least 1", string options.Paths))
            elif options.Draws = GarchDraws.Bootstrap && fit.Standardised.Length = 0 then
                Error(Fault.BadSetting("draws", "need the fit's residuals", "none"))
            else
                Ok(draws options days rng fit))

    /// The returns and variances of simulated days, for the quantiles of GarchPaths.
    let toGarchPaths (paths: RealizedPaths) : GarchPaths =
        {
            Variances = paths.Variances
            Returns = paths.Returns
        }

    /// As `GarchPaths.check`, of measures too.
    let checkPaths (paths: RealizedPaths) : Result<RealizedPaths, Fault> =
        let measures =
            {
                Variances = paths.Variances
                Returns = paths.Measures
            }

        GarchPaths.check (toGarchPaths paths)
        |> Result.bind (fun _ -> GarchPaths.check measures)
        |> Result.map (fun _ -> paths)

    /// Days to draw and leave out before the first of a series without a fit, so that its start is forgotten.
    [<Literal>]
    let LeftOut = 500

    /// Parameters to simulate a model with that has no fit, in the order of its names: variance about one, a measure that leaves the
    /// night out, the leverage of a stock index.
    let typical (spec: RealizedGarchSpec) : float[] =
        let spread (count: int) (total: float) =
            List.replicate count (total / float count)

        // omega is what makes the variance one on average, by simulation: exponentials and days drawn again lift it above what
        // the recursion of means gives.
        let struct (omega, gamma, xi, phi) =
            match spec.Form with
            | RealizedForm.LogLinear -> struct (0.074, 0.40, -0.2, 1.0)
            | RealizedForm.Linear -> struct (0.03, 0.50, 0.0, 0.8)

        [
            if spec.ConstantMean then
                0.0
            omega
            yield! spread spec.MeasureLags gamma
            yield! spread spec.VarianceLags 0.55
            xi
            phi
            -0.07
            0.07
            0.15
            match spec.Start, spec.Form with
            | RealizedStart.Estimated, RealizedForm.LogLinear -> 0.0
            | RealizedStart.Estimated, RealizedForm.Linear -> 1.0
            | RealizedStart.Sample, _ -> ()
        ]
        |> List.toArray

    /// One path of variances, returns and measures drawn from a model of given parameters, in the order of
    /// RealizedGarchSpec.parameterNames, from the day after one with this variance and the measure that it implies; so many days
    /// are drawn first and left out. Fault.BadShape unless the parameters are as many as the spec's names, BadSetting for a negative
    /// sigma_u2 or a count below one, NotComputable where a variance that is drawn isn't positive or a value not finite.
    let path
        (spec: RealizedGarchSpec)
        (parameters: float[])
        (start: float)
        (leftOut: int)
        (count: int)
        (rng: Rng)
        : Result<RealizedPaths, Fault> =
        let names = RealizedGarchSpec.parameterNames spec

        if names.Length <> parameters.Length then
            Error(Fault.BadShape("RealizedForecast.path", "parameters", string names.Length, string parameters.Length))
        elif count < 1 || leftOut < 0 || not (start > 0.0) then
            Error(
                Fault.BadSetting(
                    "series",
                    "must have days and a positive start",
                    $"""{Noun.counted count "day"} from {start}"""
                )
            )
        elif not (parameters[RealizedLayout.xi spec + 4] >= 0.0) then
            Error(Fault.BadSetting("sigma_u2", "must be at least 0", string parameters[RealizedLayout.xi spec + 4]))
        else
            let at = RealizedLayout.xi spec

            let level =
                if spec.Form = RealizedForm.LogLinear then
                    log start
                else
                    start

            let fit =
                RealizedGarch.ofParameters
                    spec
                    parameters
                    {
                        Measures = [| parameters[at] + parameters[at + 1] * level |]
                        Levels = [| level |]
                    }

            let paths =
                draws
                    { GarchForecast.simulation with
                        Paths = 1
                    }
                    (leftOut + count)
                    rng
                    fit

            checkPaths paths
            |> Result.map (fun paths ->
                let kept = Array.map (Array.skip leftOut)

                {
                    Variances = kept paths.Variances
                    Returns = kept paths.Returns
                    Measures = kept paths.Measures
                })

    /// The returns and measures of `path`.
    let series
        (spec: RealizedGarchSpec)
        (parameters: float[])
        (start: float)
        (leftOut: int)
        (count: int)
        (rng: Rng)
        : Result<RealizedData, Fault> =
        path spec parameters start leftOut count rng
        |> Result.map (fun paths ->
            {
                Returns = paths.Returns[0]
                Measure = paths.Measures[0]
            })
