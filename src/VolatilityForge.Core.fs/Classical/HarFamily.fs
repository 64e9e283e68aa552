/// HAR with regressors and estimator of one's choice: jumps, semivariances, measurement error, leverage; least squares
/// plain and weighted, QLIKE. Knows no file.
namespace VolatilityForge

open System

/// How the coefficients are found.
[<RequireQualifiedAccess>]
type HarEstimator =
    | LeastSquares
    /// Least squares weighted by one over the plain fit's values (Patton and Sheppard 2015): days of high variance no longer
    /// decide alone.
    | Weighted
    /// The smallest in-sample QLIKE; fitted values below half the smallest label are judged by a parabola.
    | Qlike
    /// Least squares on ln variance, with variances among the regressors in logarithms and half the residual variance added
    /// to a forecast of ln variance.
    | Logarithms

/// A model of the HAR family.
type HarFamilyOptions =
    {
        /// The registered name.
        Name: string
        Terms: HarTerm list
        Estimator: HarEstimator
        /// Days between refits in a walk-forward, at least 1.
        RefitEvery: int
    }

/// A fitted model of the family.
type HarFamilyFit =
    {
        Options: HarFamilyOptions
        Horizon: int
        /// Coefficients in the order of the terms.
        Regression: LinearFit
    }

/// v(t+1..t+h) = b0 + sum of b_i x_i(t), fitted directly to the mean over the horizon.
[<RequireQualifiedAccess>]
module HarFamily =

    let private cascade: HarTerm list = Cascade.spans |> List.map HarTerm.Variance

    let private option name estimator terms =
        {
            Name = name
            Terms = terms
            Estimator = estimator
            RefitEvery = 1
        }

    /// The members that come with the library. Those named in `needs` read measures that bars don't give.
    let known: HarFamilyOptions list =
        let quarticity = HarMeasures.quarticity
        let squares = HarEstimator.LeastSquares

        let bipower span =
            HarTerm.Measure(HarMeasures.bipower, span)

        let negative span =
            HarTerm.Measure(HarMeasures.negativeSemivariance, span)

        [
            option "wls-har" HarEstimator.Weighted cascade
            option "qlike-har" HarEstimator.Qlike cascade
            option "log-har-leverage" HarEstimator.Logarithms (cascade @ List.map HarTerm.Leverage Cascade.spans)
            option "har-j" squares (cascade @ [ HarTerm.Jump ])
            option "char" squares (List.map bipower Cascade.spans)
            option
                "shar"
                squares
                (HarTerm.Measure(HarMeasures.positiveSemivariance, 1)
                 :: negative 1
                 :: cascade.Tail)
            option "harq" squares (cascade @ [ HarTerm.Attenuation(None, quarticity, 1) ])
            option
                "harq-f"
                squares
                (cascade
                 @ [ for span in Cascade.spans -> HarTerm.Attenuation(None, quarticity, span) ])
            option
                "charq"
                squares
                (List.map bipower Cascade.spans
                 @ [
                     HarTerm.Attenuation(Some HarMeasures.bipower, HarMeasures.tripowerQuarticity, 1)
                 ])
            option "log-shar" HarEstimator.Logarithms (cascade @ [ negative 1; negative 5 ])
        ]

    /// HAR-X: the cascade of variance and that of each measure, such as another market's variance joined by date, under a name.
    /// In logarithms with `logarithms`, else by least squares.
    let withMeasures (name: string) (logarithms: bool) (measures: string list) : HarFamilyOptions =
        option
            name
            (if logarithms then
                 HarEstimator.Logarithms
             else
                 HarEstimator.LeastSquares)
            (cascade
             @ [
                 for measure in measures do
                     for span in Cascade.spans -> HarTerm.Measure(measure, span)
             ])

    /// Measures that the model's terms read, by name.
    let needs (options: HarFamilyOptions) : string list =
        options.Terms |> List.collect HarTerm.measures |> List.distinct

    /// The options, or every setting outside its domain.
    let check (options: HarFamilyOptions) : Result<HarFamilyOptions, Fault> =
        // Checked at each of thousands of refits: a fault's text is made only when there is a fault.
        let faults =
            [
                if options.Terms.IsEmpty then
                    Fault.BadSetting($"{options.Name} terms", "must be one or more", "none")
                if (List.distinct options.Terms).Length < options.Terms.Length then
                    let found = options.Terms |> List.map HarTerm.name |> String.concat ", "
                    Fault.BadSetting($"{options.Name} terms", "must differ from each other", found)
                if options.RefitEvery < 1 then
                    Fault.BadSetting($"{options.Name} refit-every", "must be at least 1", string options.RefitEvery)
                for term in options.Terms do
                    match HarTerm.check term with
                    | Error fault -> fault
                    | Ok() -> ()
            ]

        if faults.IsEmpty then
            Ok options
        else
            Error(Fault.combine faults)

    let private longest (options: HarFamilyOptions) : int =
        options.Terms |> List.map HarTerm.span |> List.fold max 1

    /// Days a window needs for a fit: the longest look-back, the horizon and twice as many labels as parameters.
    let minimumDays (options: HarFamilyOptions) (horizon: int) : int =
        longest options + horizon + 2 * (options.Terms.Length + 1)

    let private inLogarithms (options: HarFamilyOptions) : bool =
        options.Estimator = HarEstimator.Logarithms

    /// A term as the regression reads it.
    let private regressor (options: HarFamilyOptions) (history: History) (term: HarTerm) : Result<int -> float, Fault> =
        HarTerm.at history term
        |> Result.map (fun at ->
            if inLogarithms options && HarTerm.isVariance term then
                at >> log
            else
                at)

    let private design (options: HarFamilyOptions) (horizon: int) (history: History) : Result<Design, Fault> =
        let days = History.length history
        let target = history.Variance |> Labels.ofSeries horizon |> Array.map Units.strip

        options.Terms
        |> Checked.traverse (regressor options history)
        |> Result.map (fun regressors ->
            Design.create
                (regressors |> List.map (Array.init days) |> Array.ofList)
                (if inLogarithms options then
                     Array.map log target
                 else
                     target))

    /// The fault of a fit, or the first missing value of the window where that is the reason.
    let private explained
        (options: HarFamilyOptions)
        (history: History)
        (columns: float[][])
        (first: int)
        (last: int)
        (fault: Fault)
        : Fault =
        let missing (term: HarTerm, column: float[]) : Fault option =
            seq { first..last }
            |> Seq.tryFind (fun row -> not (Double.IsFinite column[row]))
            |> Option.map (fun row ->
                Fault.NotComputable(
                    options.Name,
                    $"{HarTerm.name term} is {column[row]} on {history.Dates[row]:O}",
                    "Fill or leave out such days, or start the window after them."
                ))

        Seq.zip options.Terms columns
        |> Seq.tryPick missing
        |> Option.defaultValue fault

    let private fitDesign
        (options: HarFamilyOptions)
        (horizon: int)
        (history: History)
        (window: Window)
        (design: Design)
        : Result<LinearFit, Fault> =
        let first, last = max window.First (longest options - 1), window.Last - horizon

        let regressors, target = Design.regressors design, Design.target design

        let fitted =
            match options.Estimator with
            | HarEstimator.LeastSquares
            | HarEstimator.Logarithms -> Design.fit design first last
            | HarEstimator.Weighted ->
                Design.fit design first last
                |> Result.bind (VarianceRegression.weighted regressors target first last)
            | HarEstimator.Qlike ->
                Design.fit design first last
                |> Result.bind (VarianceRegression.qlike regressors target first last)

        fitted |> Result.mapError (explained options history regressors first last)

    let private checkFit (options: HarFamilyOptions) (horizon: int) (history: History) (window: Window) =
        check options
        |> Result.bind (fun _ -> Labels.check options.Name (minimumDays options horizon) horizon history window)

    /// The regression on the labels of a window. Faults: those of the options, a measure that the history lacks, TooShort
    /// with the days needed, NotComputable for a regressor that never varies, is a combination of others or is missing on a
    /// day (with term and date).
    let fit
        (options: HarFamilyOptions)
        (horizon: int)
        (history: History)
        (window: Window)
        : Result<HarFamilyFit, Fault> =
        checkFit options horizon history window
        |> Result.bind (fun () -> design options horizon history)
        |> Result.bind (fitDesign options horizon history window)
        |> Result.map (fun regression ->
            {
                Options = options
                Horizon = horizon
                Regression = regression
            })

    /// Mean variance the model expects over origin+1..origin+h; NaN where a term is missing at the origin. In levels it can be
    /// negative: a walk-forward clamps it. A fault where the history lacks a measure.
    let forecast (fit: HarFamilyFit) (history: History) (origin: int) : Result<Variance, Fault> =
        fit.Options.Terms
        |> Checked.traverse (regressor fit.Options history)
        |> Result.map (fun regressors ->
            let mutable value = fit.Regression.Intercept
            let mutable i = 0

            for at in regressors do
                value <- value + fit.Regression.Slopes[i] * at origin
                i <- i + 1

            if inLogarithms fit.Options then
                exp (value + fit.Regression.ResidualVariance / 2.0) * 1.0< / day>
            else
                value * 1.0< / day>)

    /// A model of the family as a forecaster, which reads the measures that `needs` lists.
    let forecaster (options: HarFamilyOptions) : IForecaster =
        let designs = PerHistory(design options)

        { new IForecaster with
            member _.Name = options.Name
            member _.RefitEvery = max 1 options.RefitEvery
            member _.MinimumDays horizon = minimumDays options horizon

            member _.Fit(history, window, horizon) =
                checkFit options horizon history window
                |> Result.bind (fun () -> designs[horizon, history])
                |> Result.bind (fitDesign options horizon history window)
                |> Result.map (fun regression ->
                    let fit =
                        {
                            Options = options
                            Horizon = horizon
                            Regression = regression
                        }

                    { new IHasParameters with
                        member _.Forecast(history, origin) =
                            forecast fit history origin |> Fault.orRaise

                        member _.Parameters =
                            ("intercept", regression.Intercept)
                            :: List.mapi (fun i term -> HarTerm.name term, regression.Slopes[i]) options.Terms
                    }
                    :> IFitted)
          interface IReadsMeasures with
              member _.Measures = needs options
          interface IReadsReturns with
              member _.ReadsReturns = options.Terms |> List.exists HarTerm.readsReturns
        }
