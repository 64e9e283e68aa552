/// The heterogeneous autoregression in logarithms, with the bias of taking them put right.
namespace VolatilityForge

/// What a span of days contributes to a log-HAR.
[<RequireQualifiedAccess>]
type LogHarRegressor =
    /// ln of the mean variance. On S&P 500 data of 1997-2013 the better one at every horizon.
    | LogOfMean
    /// Mean of ln variance.
    | MeanOfLog

/// How exp of a forecast of ln variance becomes a forecast of variance.
[<RequireQualifiedAccess>]
type LogHarBias =
    /// Plus half the residual variance: exact for normal residuals.
    | Lognormal
    /// Plus ln of the mean of exp(residual) (Duan 1983): no distribution assumed. Costs a pass over the window.
    | Smearing

/// Regressors, bias correction and schedule of a log-HAR model.
type LogHarOptions =
    {
        /// Days each regressor averages over.
        Spans: int list
        Regressor: LogHarRegressor
        Bias: LogHarBias
        /// Days between refits in a walk-forward, at least 1.
        RefitEvery: int
    }

/// A fitted log-HAR.
type LogHarFit =
    {
        Options: LogHarOptions
        Horizon: int
        Regression: LinearFit
        /// What the bias correction adds to a forecast of ln variance.
        Correction: float
    }

/// What a log-HAR's forecasts are computed from: ln forecast = Intercept + sum of Slopes_i x_i + Correction.
type LogHarCoefficients =
    {
        Intercept: float
        /// One per span.
        Slopes: float[]
        /// For the bias of taking logarithms.
        Correction: float
    }

/// ln v(t+1..t+h) = b0 + sum of b_i x_i(t), x_i by the chosen regressor, by least squares; v(t+1..t+h) is a mean.
[<RequireQualifiedAccess>]
module LogHar =

    /// ln of the means over a day, a week and a month, lognormal correction, refitted daily.
    let defaults: LogHarOptions =
        {
            Spans = Cascade.spans
            Regressor = LogHarRegressor.LogOfMean
            Bias = LogHarBias.Lognormal
            RefitEvery = 1
        }

    /// Ok when the spans are sound and the schedule is positive.
    let check (options: LogHarOptions) : Result<LogHarOptions, Fault> =
        if options.RefitEvery < 1 then
            Error(Fault.BadSetting("log-har refit-every", "must be at least 1", string options.RefitEvery))
        else
            Cascade.checkSpans options.Spans |> Result.map (fun () -> options)

    let private logs (variance: Variance[]) : float[] =
        variance |> Array.map (fun value -> log (Units.strip value))

    let private design (options: LogHarOptions) (horizon: int) (variance: Variance[]) : Design =
        let regressors =
            match options.Regressor with
            | LogHarRegressor.LogOfMean ->
                options.Spans |> List.map (fun span -> variance |> Cascade.means span |> logs)
            | LogHarRegressor.MeanOfLog ->
                let logs = logs variance
                options.Spans |> List.map (fun span -> logs |> Cascade.means span)

        Design.create (List.toArray regressors) (variance |> Labels.ofSeries horizon |> logs)

    let private smearing (fit: LinearFit) (regressors: float[][]) (target: float[]) (first: int) (last: int) : float =
        let mutable sum = 0.0

        for row in first..last do
            sum <- sum + exp (target[row] - Regression.predict fit regressors row)

        log (sum / float (last - first + 1))

    let private correction
        (options: LogHarOptions)
        (fit: LinearFit)
        (regressors: float[][])
        (target: float[])
        (first: int)
        (last: int)
        : float =
        match options.Bias with
        | LogHarBias.Lognormal -> fit.ResidualVariance / 2.0
        | LogHarBias.Smearing -> smearing fit regressors target first last

    let private firstRow (options: LogHarOptions) (window: Window) : int =
        max window.First (List.max options.Spans - 1)

    let private fitDesign
        (options: LogHarOptions)
        (horizon: int)
        (window: Window)
        (design: Design)
        : Result<LogHarFit, Fault> =
        let first, last = firstRow options window, window.Last - horizon

        Design.fit design first last
        |> Result.map (fun fit ->
            {
                Options = options
                Horizon = horizon
                Regression = fit
                Correction = correction options fit (Design.regressors design) (Design.target design) first last
            })

    /// The regression on the labels of a window. Faults: TooShort with the days needed, NotComputable for a series that
    /// never varies or holds a variance that is not positive, BadSetting for options or a window outside their domain.
    let fit (options: LogHarOptions) (horizon: int) (history: History) (window: Window) : Result<LogHarFit, Fault> =
        check options
        |> Result.bind (fun _ ->
            Labels.check "log-har" (Cascade.minimumDays options.Spans horizon) horizon history window)
        |> Result.bind (fun () -> design options horizon history.Variance |> fitDesign options horizon window)

    /// What the fit's forecasts are computed from.
    let coefficients (fit: LogHarFit) : LogHarCoefficients =
        {
            Intercept = fit.Regression.Intercept
            Slopes = fit.Regression.Slopes
            Correction = fit.Correction
        }

    /// ln of the forecast that the coefficients give at a day; NaN where the history has fewer days than a span.
    let level (options: LogHarOptions) (coefficients: LogHarCoefficients) (history: History) (origin: int) : float =
        let mutable value = coefficients.Intercept
        let mutable i = 0

        for span in options.Spans do
            let regressor =
                match options.Regressor with
                | LogHarRegressor.LogOfMean -> log (Units.strip (Cascade.mean span history.Variance origin))
                | LogHarRegressor.MeanOfLog ->
                    // The same sum over the same days as the design's, so both give the same bits.
                    if origin + 1 < span then
                        nan
                    else
                        Cascade.mean span (logs history.Variance[origin - span + 1 .. origin]) (span - 1)

            value <- value + coefficients.Slopes[i] * regressor
            i <- i + 1

        value + coefficients.Correction

    /// ln of the bias-corrected forecast of mean daily variance over origin+1..origin+h.
    let logForecast (fit: LogHarFit) (history: History) (origin: int) : float =
        level fit.Options (coefficients fit) history origin

    /// The bias-corrected forecast of mean daily variance over origin+1..origin+h.
    let forecast (fit: LogHarFit) (history: History) (origin: int) : Variance =
        exp (logForecast fit history origin) * 1.0< / day>

    /// For each day of a window, ln of the forecast of a log-HAR fitted on those labels of the window that end by that day:
    /// out of sample for every row, one pass for all (with smearing, a pass per row). One element per day of the window;
    /// NaN before there are `minimumLabels` (raised to one more than the parameters) and where the labels allow no fit.
    let walkForward
        (options: LogHarOptions)
        (horizon: int)
        (minimumLabels: int)
        (history: History)
        (window: Window)
        : Result<float[], Fault> =
        let run () : float[] =
            let design = design options horizon history.Variance
            let regressors, target = Design.regressors design, Design.target design
            let columns = Array.append regressors [| target |]
            let first = firstRow options window
            let needed = max minimumLabels (options.Spans.Length + 2)
            let moments = Moments columns.Length

            Array.init window.Length (fun i ->
                let day = window.First + i
                let row = day - horizon

                if row >= first then
                    moments.Add(columns, row)

                if moments.Count < needed then
                    nan
                else
                    let fit =
                        match Regression.tryOfMoments moments with
                        | Some fit -> Ok fit
                        | None -> Regression.ofRows regressors target first row

                    match fit with
                    | Ok fit ->
                        Regression.predict fit regressors day
                        + correction options fit regressors target first row
                    | Error _ -> nan)

        check options
        |> Result.bind (fun _ -> Labels.check "log-har" 1 horizon history window)
        |> Result.map run

    /// Log-HAR as a forecaster of a name.
    let named (name: string) (options: LogHarOptions) : IForecaster =
        let designs =
            PerHistory(fun horizon history -> design options horizon history.Variance)

        // Asked at each of thousands of refits.
        let sound = check options |> Result.map ignore

        { new IForecaster with
            member _.Name = name
            member _.RefitEvery = max 1 options.RefitEvery

            member _.MinimumDays horizon =
                Cascade.minimumDays options.Spans horizon

            member this.Fit(history, window, horizon) =
                sound
                |> Result.bind (fun () -> Labels.check name (this.MinimumDays horizon) horizon history window)
                |> Result.bind (fun () -> fitDesign options horizon window designs[horizon, history])
                |> Result.map (fun fit ->
                    { new IHasParameters with
                        member _.Forecast(history, origin) = forecast fit history origin

                        member _.Parameters =
                            let coefficients = coefficients fit

                            ("intercept", coefficients.Intercept)
                            :: List.mapi (fun i span -> $"log mean {span}", coefficients.Slopes[i]) options.Spans
                    }
                    :> IFitted)
        }

    /// Log-HAR as a forecaster, registered as "log-har"; with smearing as "log-har-smearing".
    let forecaster (options: LogHarOptions) : IForecaster = named "log-har" options
