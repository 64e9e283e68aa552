/// HEAVY models of returns and a realised measure, fitted by quasi maximum likelihood and carried forward.
namespace VolatilityForge

open System

/// How a HEAVY is fitted.
type HeavySpec =
    {
        /// omega and omega_r from the sample's means, alpha and beta alone searched for.
        Targeting: bool
    }

/// What a HEAVY remembers of the last day.
type HeavyState =
    {
        /// Conditional variance of the return.
        Variance: float
        /// Conditional mean of the measure.
        Expected: float
        /// The measure.
        Measure: float
    }

/// A fitted HEAVY (Shephard and Sheppard 2010): h(t) = omega + alpha x(t-1) + beta h(t-1) is the variance of the return,
/// m(t) = omega_r + alpha_r x(t-1) + beta_r m(t-1) the mean of the realised measure x.
type HeavyFit =
    {
        Spec: HeavySpec
        /// omega, alpha, beta, omega_r, alpha_r, beta_r.
        Names: string list
        /// Estimates in the units of the data.
        Parameters: float[]
        /// Gaussian quasi log-likelihood of the returns.
        LogLikelihood: float
        /// Exponential quasi log-likelihood of the measure, times a half: -(ln m + x/m)/2.
        MeasureLogLikelihood: float
        Observations: int
        /// Of both searches: persistence is alpha_r + beta_r, other figures are the worse.
        Diagnostics: GarchDiagnostics
        State: HeavyState
        /// Return over its conditional volatility.
        Standardised: float[]
        /// Measure over its conditional mean.
        Surprises: float[]
        Variances: float[]
    }

/// Fitting, filtering, appending.
[<RequireQualifiedAccess>]
module Heavy =

    /// Days a fit needs.
    [<Literal>]
    let MinimumDays = 250

    /// Without targeting.
    let defaults: HeavySpec = { Targeting = false }

    /// The spec of a name: "heavy", or "heavy(targeting)". Fault.UnknownName for another.
    let parse (text: string) : Result<HeavySpec, Fault> =
        match text.Trim().ToLowerInvariant() with
        | "heavy" -> Ok { Targeting = false }
        | "heavy(targeting)" -> Ok { Targeting = true }
        | _ -> Error(Fault.UnknownName("HEAVY model", text, [ "heavy"; "heavy(targeting)" ]))

    /// Names of the parameters, in the order of every array of estimates.
    let parameterNames: string list =
        [ "omega"; "alpha"; "beta"; "omega_r"; "alpha_r"; "beta_r" ]

    let private pairs: (float * float) list =
        [ 0.3, 0.6; 0.5, 0.3; 0.15, 0.8; 0.1, 0.88 ]

    let private upper = [| 100.0; 50.0; 0.9999 |]
    let private lower = [| 1e-9; 0.0; 0.0 |]

    /// A targeted omega, in units of the target, that stands at the edge of what it may be: a search can't go beyond zero.
    [<Literal>]
    let private Edge = 1e-8

    /// Both equations in inner units, with the measure's and the squared returns' scale.
    let private equations
        (spec: HeavySpec)
        (returnScale: float)
        (measureScale: float)
        (data: RealizedData)
        : struct (HeavyLikelihood * HeavyLikelihood) =
        let squares =
            data.Returns
            |> Array.map (fun value -> (value / returnScale) * (value / returnScale))

        let measure = data.Measure |> Array.map (fun value -> value / measureScale)
        // The paper's start: the mean over the first root of the days.
        let opening = max 1 (int (sqrt (float data.Returns.Length)))

        let start (column: float[]) =
            let mean = Array.sub column 0 opening |> Array.average
            if mean > 0.0 then mean else Array.average column

        struct (HeavyLikelihood(squares, measure, start squares, spec.Targeting),
                HeavyLikelihood(measure, measure, start measure, spec.Targeting))

    let private bounds (likelihood: HeavyLikelihood) : struct (float[] * float[]) =
        struct (Array.skip (3 - likelihood.Size) lower, Array.skip (3 - likelihood.Size) upper)

    let private search (likelihood: HeavyLikelihood) (warm: float[] option) : Minimum =
        let struct (lower, upper) = bounds likelihood
        let f: Smooth = fun point gradient -> likelihood.Evaluate(point, gradient)

        let finite (point: float[]) =
            f point (Array.zeroCreate likelihood.Size)

        let own (alpha: float, beta: float) : float[] =
            let alpha = alpha * likelihood.MeanTarget / likelihood.MeanDriver

            [|
                if likelihood.Size = 3 then
                    (1.0 - beta) * likelihood.MeanTarget - alpha * likelihood.MeanDriver
                alpha
                beta
            |]

        let starts =
            Option.toList (warm |> Option.map (Array.skip (3 - likelihood.Size)))
            @ List.map own pairs
            |> List.map (Array.mapi (fun i value -> min upper[i] (max lower[i] value)))
            |> List.map (fun point -> finite point, point)
            |> List.filter (fst >> Double.IsFinite)
            |> List.sortBy fst

        if starts.IsEmpty then
            Fault.raiseWith (
                Fault.NotComputable("heavy", "the likelihood is not finite at any start", "Look for outliers or gaps.")
            )

        let start = snd starts.Head

        let curvature =
            GarchSearch.definite likelihood.Size (likelihood.OuterProducts start)

        Minimise.within Minimise.defaults lower upper curvature start f

    /// omega, alpha, beta of an inner point, in the units of the data.
    let private outer (likelihood: HeavyLikelihood) (target: float) (driver: float) (point: float[]) : float[] =
        let alpha, beta = point[likelihood.Size - 2], point[likelihood.Size - 1]
        [| likelihood.Omega point * target; alpha * target / driver; beta |]

    let private inner (target: float) (driver: float) (parameters: float[]) : float[] =
        [| parameters[0] / target; parameters[1] * driver / target; parameters[2] |]

    /// The fit at outer parameters, out of a pass of literal recursions.
    let private describe
        (spec: HeavySpec)
        (parameters: float[])
        (data: RealizedData)
        (diagnostics: GarchDiagnostics)
        : HeavyFit =
        let struct (returns, measure) = equations { Targeting = false } 1.0 1.0 data
        let gradient = Array.zeroCreate<float> 3
        let n = float data.Returns.Length
        let ofReturns = -n * returns.Evaluate(parameters[..2], gradient)
        let ofMeasure = -n * measure.Evaluate(parameters[3..], gradient)

        {
            Spec = spec
            Names = parameterNames
            Parameters = parameters
            LogLikelihood = ofReturns - 0.5 * n * log (2.0 * Math.PI)
            MeasureLogLikelihood = ofMeasure
            Observations = data.Returns.Length
            Diagnostics = diagnostics
            State =
                {
                    Variance = Array.last returns.Levels
                    Expected = Array.last measure.Levels
                    Measure = Array.last data.Measure
                }
            Standardised = Array.map2 (fun r h -> r / sqrt h) data.Returns returns.Levels
            Surprises = Array.map2 (/) data.Measure measure.Levels
            Variances = Array.copy returns.Levels
        }

    let private fitWith (warm: float[] option) (spec: HeavySpec) (data: RealizedData) : Result<HeavyFit, Fault> =
        RealizedGarch.checkData 0 MinimumDays data
        |> Result.bind (fun () -> RealizedGarch.scales data)
        |> Result.bind (fun struct (returnScale, measureScale) ->
            Fault.catch (fun () ->
                let square = returnScale * returnScale
                let struct (returns, measure) = equations spec returnScale measureScale data

                let found =
                    search returns (warm |> Option.map (fun theta -> inner square measureScale theta[..2]))

                let foundMeasure =
                    search measure (warm |> Option.map (fun theta -> inner measureScale measureScale theta[3..]))

                let parameters =
                    Array.append
                        (outer returns square measureScale found.Point)
                        (outer measure measureScale measureScale foundMeasure.Point)

                let atBound (suffix: string) (likelihood: HeavyLikelihood) (minimum: Minimum) =
                    let names = List.skip (3 - minimum.Point.Length) [ "omega"; "alpha"; "beta" ]

                    [
                        if spec.Targeting && likelihood.Omega minimum.Point < Edge then
                            "omega" + suffix
                        for i, name in List.indexed names do
                            if minimum.AtBound[i] then
                                name + suffix
                    ]

                let largest (minimum: Minimum) =
                    minimum.Gradient |> Array.map abs |> Array.max

                describe
                    spec
                    parameters
                    data
                    {
                        Converged = found.Converged && foundMeasure.Converged
                        GradientNorm = max (largest found) (largest foundMeasure)
                        Iterations = found.Iterations + foundMeasure.Iterations
                        Evaluations = found.Evaluations + foundMeasure.Evaluations
                        AtBound = atBound "" returns found @ atBound "_r" measure foundMeasure
                        Persistence = parameters[4] + parameters[5]
                        Scale = returnScale
                        ScaleWarning = None
                    }))

    /// The quasi maximum likelihood fit of both equations. Returns have mean zero. Faults as RealizedGarch.fit.
    let fit (spec: HeavySpec) (data: RealizedData) : Result<HeavyFit, Fault> = fitWith None spec data

    /// The fit, searched from another fit's estimates too.
    let refit (earlier: HeavyFit) (data: RealizedData) : Result<HeavyFit, Fault> =
        fitWith (Some earlier.Parameters) earlier.Spec data

    /// The fit's parameters over other data, from its first day; nothing is estimated.
    let filter (fit: HeavyFit) (data: RealizedData) : Result<HeavyFit, Fault> =
        RealizedGarch.checkData 0 1 data
        |> Result.map (fun () -> describe fit.Spec fit.Parameters data fit.Diagnostics)

    /// Variance of the return and mean of the measure on the day after the last.
    let ahead (fit: HeavyFit) : struct (float * float) =
        let theta, state = fit.Parameters, fit.State

        struct (theta[0] + theta[1] * state.Measure + theta[2] * state.Variance,
                theta[3] + theta[4] * state.Measure + theta[5] * state.Expected)

    /// The fit carried over one more day, of which the recursion reads the measure alone. Constant work; the stored series is
    /// not extended.
    let append (fit: HeavyFit) (measure: float) : HeavyFit =
        let struct (variance, expected) = ahead fit

        { fit with
            State =
                {
                    Variance = variance
                    Expected = expected
                    Measure = measure
                }
        }

    /// The three covariances of the estimates, equation by equation (zero across); the robust one is the paper's. With
    /// targeting, alpha and beta have theirs given the sample's means, omegas have none; where a targeted omega is at zero they have
    /// that of outer products alone. Fault.BadShape when the data are not
    /// the fit's.
    let errors (fit: HeavyFit) (data: RealizedData) : Result<GarchErrors, Fault> =
        if data.Returns.Length <> fit.Observations then
            Error(Fault.BadShape("Heavy.errors", "days", string fit.Observations, string data.Returns.Length))
        else
            RealizedGarch.checkData 0 1 data
            |> Result.bind (fun () -> RealizedGarch.scales data)
            |> Result.bind (fun struct (returnScale, measureScale) ->
                Fault.catch (fun () ->
                    let square = returnScale * returnScale
                    let struct (returns, measure) = equations fit.Spec returnScale measureScale data

                    let own (likelihood: HeavyLikelihood) (suffix: string) (target: float) (theta: float[]) =
                        let point = inner target measureScale theta |> Array.skip (3 - likelihood.Size)

                        let scale =
                            [| target; target / measureScale; 1.0 |] |> Array.skip (3 - likelihood.Size)

                        GarchErrors.covariances
                            ([ "omega"; "alpha"; "beta" ]
                             |> List.skip (3 - likelihood.Size)
                             |> List.map (fun name -> name + suffix))
                            fit.Diagnostics.AtBound
                            (float likelihood.Count)
                            (likelihood.OuterProducts point)
                            (fun free ->
                                if likelihood.Omega point < Edge then
                                    // Neither alpha nor beta is free there alone.
                                    Array.create (free.Length * free.Length) nan
                                else
                                    SmallMatrix.part point.Length free (RealizedCurvature.heavy likelihood point))
                            (Array.init (scale.Length * scale.Length) (fun cell ->
                                if cell / scale.Length = cell % scale.Length then
                                    scale[cell / scale.Length]
                                else
                                    0.0))

                    let first = own returns "" square fit.Parameters[..2]
                    let second = own measure "_r" measureScale fit.Parameters[3..]

                    let joined (pick: GarchErrors -> float[]) : float[] =
                        let size = returns.Size
                        let skipped = 3 - size

                        Array.init 36 (fun cell ->
                            let row, column = cell / 6, cell % 6
                            let block, i, j = row / 3, row % 3 - skipped, column % 3 - skipped

                            if i < 0 || j < 0 then
                                nan
                            elif block <> column / 3 then
                                0.0
                            else
                                (pick (if block = 0 then first else second))[i * size + j])

                    {
                        Names = parameterNames
                        Hessian = joined _.Hessian
                        OuterProduct = joined _.OuterProduct
                        Robust = joined _.Robust
                    }))

    /// Expected variances and measures of 1..days ahead, in closed form: the measure's recursion with alpha_r + beta_r, and the
    /// returns' driven by it.
    let expected (days: int) (fit: HeavyFit) : Result<RealizedOutlook, Fault> =
        GarchForecast.checkDays days
        |> Result.map (fun () ->
            let theta = fit.Parameters
            let variances, measures = Array.zeroCreate<float> days, Array.zeroCreate<float> days
            let struct (variance, measure) = ahead fit
            variances[0] <- variance
            measures[0] <- measure

            for day in 1 .. days - 1 do
                variances[day] <- theta[0] + theta[1] * measures[day - 1] + theta[2] * variances[day - 1]
                measures[day] <- theta[3] + (theta[4] + theta[5]) * measures[day - 1]

            {
                Variances = variances
                Measures = measures
            })

    /// Simulated variances, returns and measures of 1..days ahead; standardised returns and surprises of a day are drawn
    /// together from the fit's own, since no distribution is assumed. Fault.BadSetting for settings outside their domain.
    let simulate (paths: int) (days: int) (rng: Rng) (fit: HeavyFit) : Result<RealizedPaths, Fault> =
        GarchForecast.checkDays days
        |> Result.bind (fun () ->
            if paths < 1 then
                Error(Fault.BadSetting("paths", "must be at least 1", string paths))
            elif fit.Standardised.Length = 0 then
                Error(Fault.BadSetting("draws", "need the fit's residuals", "none"))
            else
                let mutable rng = rng

                let drawn =
                    Array.init paths (fun _ ->
                        let mutable carried = fit

                        Array.init days (fun _ ->
                            let struct (index, next) = Rng.nextInt fit.Standardised.Length rng
                            rng <- next
                            let struct (variance, expected) = ahead carried
                            let measure = expected * fit.Surprises[index]
                            carried <- append carried measure
                            struct (variance, sqrt variance * fit.Standardised[index], measure)))

                let column (pick: struct (float * float * float) -> float) = drawn |> Array.map (Array.map pick)

                Ok
                    {
                        Variances = column (fun struct (variance, _, _) -> variance)
                        Returns = column (fun struct (_, value, _) -> value)
                        Measures = column (fun struct (_, _, measure) -> measure)
                    })
