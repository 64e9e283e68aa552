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
    /// The smallest in-sample QLIKE.
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

    /// Measures that the model's terms read, by name.
    let needs (options: HarFamilyOptions) : string list =
        options.Terms
        |> List.collect (fun term ->
            match term with
            | HarTerm.Variance _
            | HarTerm.Leverage _ -> []
            | HarTerm.Measure(name, _) -> [ name ]
            | HarTerm.Jump -> [ HarMeasures.bipower ]
            | HarTerm.Attenuation(measure, quarticity, _) -> Option.toList measure @ [ quarticity ])
        |> List.distinct

    /// The options, or every setting outside its domain.
    let check (options: HarFamilyOptions) : Result<HarFamilyOptions, Fault> =
        [
            not options.Terms.IsEmpty
            |> Checked.require (Fault.BadSetting($"{options.Name} terms", "must be one or more", "none"))
            (List.distinct options.Terms).Length = options.Terms.Length
            |> Checked.require (
                Fault.BadSetting($"{options.Name} terms", "must differ from each other", $"%A{options.Terms}")
            )
            options.RefitEvery >= 1
            |> Checked.require (
                Fault.BadSetting($"{options.Name} refit-every", "must be at least 1", string options.RefitEvery)
            )
        ]
        @ List.map HarTerm.check options.Terms
        |> Checked.all
        |> Result.map (fun () -> options)

    let private longest (options: HarFamilyOptions) : int =
        options.Terms |> List.map HarTerm.span |> List.max

    /// Days a window needs for a fit: the longest look-back, the horizon and twice as many labels as parameters.
    let minimumDays (options: HarFamilyOptions) (horizon: int) : int =
        longest options + horizon + 2 * (options.Terms.Length + 1)

    let private inLogarithms (options: HarFamilyOptions) : bool =
        options.Estimator = HarEstimator.Logarithms

    /// The regressors of every day, in the order of the terms.
    let private regressors (options: HarFamilyOptions) (history: History) : Result<float[][], Fault> =
        options.Terms
        |> Checked.traverse (fun term ->
            HarTerm.values history term
            |> Result.map (fun values ->
                if inLogarithms options && HarTerm.isVariance term then
                    Array.map log values
                else
                    values))
        |> Result.map Array.ofList

    let private design (options: HarFamilyOptions) (horizon: int) (history: History) : Result<Design, Fault> =
        let target = history.Variance |> Labels.ofSeries horizon |> Array.map Units.strip

        regressors options history
        |> Result.map (fun columns ->
            Design.create
                columns
                (if inLogarithms options then
                     Array.map log target
                 else
                     target))

    /// One over the fitted values to a power; a fitted value below half the smallest label counts as that.
    let private weights
        (power: float)
        (columns: float[][])
        (target: float[])
        (first: int)
        (last: int)
        (fit: LinearFit)
        =
        let floor = Array.min target[first..last] / 2.0

        Array.init (last - first + 1) (fun i -> 1.0 / (max floor (Regression.predict fit columns (first + i)) ** power))

    /// Steps of scoring after which coefficients move by less than a double's half of digits on every series tried.
    let private scoringSteps = 50

    /// A change of all fitted values below this share ends the scoring.
    let private scoringShare = 1e-10

    /// QLIKE's smallest value by Fisher scoring: where f = x'b, its gradient is the sum of (f - v) / f^2 x, the normal
    /// equations of least squares weighted by 1 / f^2.
    let private qlike (columns: float[][]) (target: float[]) (first: int) (last: int) (start: LinearFit) =
        let rec score (step: int) (fit: LinearFit) : Result<LinearFit, Fault> =
            let inverse = weights 2.0 columns target first last fit

            match Regression.weighted inverse columns target first last with
            | Error fault -> Error fault
            | Ok next ->
                let moved =
                    Seq.init (last - first + 1) (fun i ->
                        let before = Regression.predict fit columns (first + i)
                        abs (Regression.predict next columns (first + i) - before) / abs before)
                    |> Seq.max

                if moved < scoringShare || step >= scoringSteps then
                    Ok next
                else
                    score (step + 1) next

        score 1 start

    let private fitDesign
        (options: HarFamilyOptions)
        (horizon: int)
        (window: Window)
        (design: Design)
        : Result<LinearFit, Fault> =
        let first, last = max window.First (longest options - 1), window.Last - horizon

        let columns, target = lazy (Design.regressors design), lazy (Design.target design)

        Design.fit design first last
        |> Result.bind (fun plain ->
            match options.Estimator with
            | HarEstimator.LeastSquares
            | HarEstimator.Logarithms -> Ok plain
            | HarEstimator.Weighted ->
                let inverse = weights 1.0 columns.Value target.Value first last plain
                Regression.weighted inverse columns.Value target.Value first last
            | HarEstimator.Qlike -> qlike columns.Value target.Value first last plain)

    let private checkFit (options: HarFamilyOptions) (horizon: int) (history: History) (window: Window) =
        check options
        |> Result.bind (fun _ -> Labels.check options.Name (minimumDays options horizon) horizon history window)

    /// The regression on the labels of a window. Faults: those of the options, a measure that the history lacks, TooShort
    /// with the days needed, NotComputable for a regressor that never varies or is missing on a day.
    let fit
        (options: HarFamilyOptions)
        (horizon: int)
        (history: History)
        (window: Window)
        : Result<HarFamilyFit, Fault> =
        checkFit options horizon history window
        |> Result.bind (fun () -> design options horizon history)
        |> Result.bind (fitDesign options horizon window)
        |> Result.map (fun regression ->
            {
                Options = options
                Horizon = horizon
                Regression = regression
            })

    let private valueAt (fit: HarFamilyFit) (columns: float[][]) (origin: int) : Variance =
        let value = Regression.predict fit.Regression columns origin

        let variance =
            if inLogarithms fit.Options then
                exp (value + fit.Regression.ResidualVariance / 2.0)
            else
                value

        variance * 1.0< / day>

    /// Mean variance the model expects over origin+1..origin+h. In levels it can be negative: a walk-forward clamps it.
    let forecast (fit: HarFamilyFit) (history: History) (origin: int) : Result<Variance, Fault> =
        regressors fit.Options history
        |> Result.map (fun columns -> valueAt fit columns origin)

    /// A model of the family as a forecaster.
    let forecaster (options: HarFamilyOptions) : IForecaster =
        let designs = PerHistory(design options)

        { new IForecaster with
            member _.Name = options.Name
            member _.RefitEvery = max 1 options.RefitEvery
            member _.MinimumDays horizon = minimumDays options horizon

            member _.Fit(history, window, horizon) =
                checkFit options horizon history window
                |> Result.bind (fun () -> designs[horizon, history])
                |> Result.bind (fitDesign options horizon window)
                |> Result.map (fun regression ->
                    let fit =
                        {
                            Options = options
                            Horizon = horizon
                            Regression = regression
                        }

                    { new IFitted with
                        member _.Forecast(history, origin) =
                            let columns =
                                designs[horizon, history] |> Result.map Design.regressors |> Fault.orRaise

                            valueAt fit columns origin
                    })
        }
