/// Fitting Realized GARCH by maximum likelihood, and carrying a fit forward. Makes no forecast beyond the next day.
namespace VolatilityForge

open System

/// What a Realized GARCH remembers; every list is newest first. Under the log-linear form both hold logarithms.
type RealizedGarchState =
    {
        Measures: float[]
        /// Conditional variances.
        Levels: float[]
    }

/// A fitted Realized GARCH; a value that can be stored, appended to and forecast from.
type RealizedGarchFit =
    {
        Spec: RealizedGarchSpec
        /// One per parameter.
        Names: string list
        /// Estimates in the units of the data.
        Parameters: float[]
        /// Of returns and measure together; of the measure's logarithm under the log-linear form.
        LogLikelihood: float
        /// Of the returns alone: what compares with a GARCH.
        PartialLogLikelihood: float
        /// Days that count.
        Observations: int
        Diagnostics: GarchDiagnostics
        /// After the last day.
        State: RealizedGarchState
        /// Returns less their mean over their conditional volatility, of each day that counts.
        Standardised: float[]
        /// Surprises of the measure over the root of sigma_u2.
        Surprises: float[]
        /// Conditional variances of the returns.
        Variances: float[]
    }

/// Fitting, filtering, appending.
[<RequireQualifiedAccess>]
module RealizedGarch =

    /// Days a fit needs after the presample.
    [<Literal>]
    let MinimumDays = 250

    let internal checkData (presample: int) (minimum: int) (data: RealizedData) : Result<unit, Fault> =
        let bad (row: int) (column: string) (rule: string) (found: float) =
            Error(
                Fault.BadData(
                    {
                        Source = "returns and measure"
                        Row = row + 1
                        Column = column
                    },
                    rule,
                    string found,
                    "Leave out or fill such days."
                )
            )

        if data.Measure.Length <> data.Returns.Length then
            Error(
                Fault.BadShape(
                    "returns and measure",
                    "measure",
                    $"""{Noun.counted data.Returns.Length "day"}""",
                    string data.Measure.Length
                )
            )
        elif data.Returns.Length < minimum + presample then
            Error(Fault.TooShort("Returns with a realised measure", minimum + presample, data.Returns.Length))
        else
            match
                data.Returns |> Array.tryFindIndex (fun value -> not (abs value < 1e140)),
                data.Measure
                |> Array.tryFindIndex (fun value -> not (value > 1e-280 && value < 1e280))
            with
            | Some row, _ -> bad row "return" "returns must be finite and below 1e140" data.Returns[row]
            | None, Some row -> bad row "measure" "measures must be positive and finite" data.Measure[row]
            | None, None -> Ok()

    /// The powers of two that returns and measure are divided by inside.
    let internal scales (data: RealizedData) : Result<struct (float * float), Fault> =
        GarchScaling.ofData (GarchData.ofReturns data.Returns)
        |> Result.bind (fun scale ->
            if Array.forall ((=) data.Measure[0]) data.Measure then
                Error(
                    Fault.badData
                        "returns and measure"
                        0
                        "measure"
                        "the measure must move, and it never moves"
                        $"{data.Measure.Length} times {data.Measure[0]}"
                        "Check its column."
                )
            else
                Ok(struct (scale.Returns, GarchScaling.powerOfTwo (Array.average data.Measure))))

    /// The fit at outer parameters, whose inner form the likelihood is at.
    let private describe
        (spec: RealizedGarchSpec)
        (returnScale: float)
        (measureScale: float)
        (likelihood: RealizedLikelihood)
        (inner: float[])
        (diagnostics: float -> GarchDiagnostics)
        : RealizedGarchFit =
        let struct (ofReturns, ofMeasure) = likelihood.Parts inner
        let outer = RealizedLayout.rescale spec returnScale measureScale inner
        let n = float likelihood.Count
        let square = returnScale * returnScale
        let logarithms = spec.Form = RealizedForm.LogLinear
        let partial = ofReturns - n * log returnScale

        let newest (count: int) (items: float[]) =
            Array.init (min count items.Length) (fun i -> items[items.Length - 1 - i])

        let level (value: float) =
            if logarithms then value + log square else value * square

        let own (value: float) =
            if logarithms then
                value + log measureScale
            else
                value * measureScale

        let deviation = sqrt inner[RealizedLayout.xi spec + 4]

        {
            Spec = spec
            Names = RealizedGarchSpec.parameterNames spec
            Parameters = outer
            // The density of a logarithm doesn't know the measure's unit.
            LogLikelihood = partial + ofMeasure - (if logarithms then 0.0 else n * log measureScale)
            PartialLogLikelihood = partial
            Observations = likelihood.Count
            Diagnostics =
                diagnostics (
                    RealizedLayout.betas spec outer
                    + outer[RealizedLayout.xi spec + 1] * RealizedLayout.gammas spec outer
                )
            State =
                {
                    Measures = likelihood.Measure |> newest spec.MeasureLags |> Array.map own
                    Levels = likelihood.Levels |> newest spec.VarianceLags |> Array.map level
                }
            Standardised = Array.copy likelihood.Standardised
            Surprises = likelihood.Surprises |> Array.map (fun u -> u / deviation)
            Variances =
                likelihood.Levels
                |> Array.map (fun y -> if logarithms then square * exp y else square * y)
        }

    let private likelihoodOf
        (spec: RealizedGarchSpec)
        (returnScale: float)
        (measureScale: float)
        (data: RealizedData)
        : RealizedLikelihood =
        RealizedLikelihood(
            spec,
            data.Returns |> Array.map (fun value -> value / returnScale),
            data.Measure |> Array.map (fun value -> value / measureScale)
        )

    let private fitWith
        (warm: float[] option)
        (spec: RealizedGarchSpec)
        (data: RealizedData)
        : Result<RealizedGarchFit, Fault> =
        RealizedGarchSpec.check spec
        |> Result.bind (fun _ -> checkData spec.Presample MinimumDays data)
        |> Result.bind (fun () -> scales data)
        |> Result.bind (fun struct (returnScale, measureScale) ->
            Fault.catch (fun () ->
                let likelihood = likelihoodOf spec returnScale measureScale data

                let found =
                    warm
                    |> Option.map (RealizedLayout.rescale spec (1.0 / returnScale) (1.0 / measureScale))
                    |> RealizedSearch.run spec likelihood

                let names = RealizedGarchSpec.parameterNames spec

                describe spec returnScale measureScale likelihood found.Point (fun persistence ->
                    {
                        Converged = found.Converged
                        GradientNorm = found.Gradient |> Array.map abs |> Array.max
                        Iterations = found.Iterations
                        Evaluations = found.Evaluations
                        AtBound =
                            names
                            |> List.indexed
                            |> List.filter (fun (i, _) -> found.AtBound[i])
                            |> List.map snd
                        Persistence = persistence
                        Scale = returnScale
                        ScaleWarning = None
                    })))

    /// The maximum likelihood fit. Faults: BadSetting for a spec outside its domain, BadShape for columns of different
    /// lengths, TooShort below MinimumDays after the presample, BadData for a return that isn't finite, a measure that isn't
    /// positive, and returns or a measure that never move. A search that doesn't converge is a diagnostic.
    let fit (spec: RealizedGarchSpec) (data: RealizedData) : Result<RealizedGarchFit, Fault> = fitWith None spec data

    /// The fit, searched from another fit's estimates; the same optimum in fewer steps where the data are alike.
    let refit (earlier: RealizedGarchFit) (data: RealizedData) : Result<RealizedGarchFit, Fault> =
        fitWith (Some earlier.Parameters) earlier.Spec data

    /// The fit's parameters over other data, from its first day; nothing is estimated. Faults as `fit`; one day after the
    /// presample is enough.
    let filter (fit: RealizedGarchFit) (data: RealizedData) : Result<RealizedGarchFit, Fault> =
        checkData fit.Spec.Presample 1 data
        |> Result.bind (fun () ->
            Fault.catch (fun () ->
                let likelihood = likelihoodOf fit.Spec 1.0 1.0 data

                let filtered =
                    describe fit.Spec 1.0 1.0 likelihood fit.Parameters (fun persistence ->
                        { fit.Diagnostics with
                            Persistence = persistence
                        })

                if Double.IsFinite filtered.LogLikelihood then
                    filtered
                else
                    Fault.raiseWith (
                        Fault.NotComputable("Filtering", "the recursion breaks on these data", "Fit them anew.")
                    )))

    let private nextLevel (fit: RealizedGarchFit) : float =
        let theta, spec, state = fit.Parameters, fit.Spec, fit.State
        let mutable sum = theta[RealizedLayout.mean spec]

        let lag (items: float[]) (i: int) = items[min i (items.Length - 1)]

        for i in 0 .. spec.MeasureLags - 1 do
            sum <- sum + theta[RealizedLayout.gamma spec + i] * lag state.Measures i

        for j in 0 .. spec.VarianceLags - 1 do
            sum <- sum + theta[RealizedLayout.beta spec + j] * lag state.Levels j

        sum

    /// The conditional variance of the return after the last.
    let ahead (fit: RealizedGarchFit) : float =
        match fit.Spec.Form with
        | RealizedForm.LogLinear -> exp (nextLevel fit)
        | RealizedForm.Linear -> nextLevel fit

    /// The fit carried over one more day, of which the recursion reads the measure alone: estimates stay, the state moves.
    /// Constant work. The stored series is not extended.
    let append (fit: RealizedGarchFit) (measure: float) : RealizedGarchFit =
        let spec = fit.Spec

        let remember (limit: int) (value: float) (items: float[]) =
            Array.append [| value |] (Array.truncate (limit - 1) items)

        { fit with
            State =
                {
                    Measures =
                        remember
                            spec.MeasureLags
                            (if spec.Form = RealizedForm.LogLinear then
                                 log measure
                             else
                                 measure)
                            fit.State.Measures
                    Levels = remember spec.VarianceLags (nextLevel fit) fit.State.Levels
                }
        }

    /// The three covariances of the estimates, in the units of the data that the fit was made on. Fault.BadShape when the data
    /// are not the fit's.
    let errors (fit: RealizedGarchFit) (data: RealizedData) : Result<GarchErrors, Fault> =
        let counted = data.Returns.Length - fit.Spec.Presample

        if counted <> fit.Observations then
            Error(Fault.BadShape("RealizedGarch.errors", "days", string fit.Observations, string counted))
        else
            checkData fit.Spec.Presample 1 data
            |> Result.bind (fun () -> scales data)
            |> Result.bind (fun struct (returnScale, measureScale) ->
                Fault.catch (fun () ->
                    let likelihood = likelihoodOf fit.Spec returnScale measureScale data

                    let point =
                        RealizedLayout.rescale fit.Spec (1.0 / returnScale) (1.0 / measureScale) fit.Parameters

                    let exact = RealizedCurvature.realizedGarch likelihood point

                    GarchErrors.covariances
                        fit.Names
                        fit.Diagnostics.AtBound
                        (float fit.Observations)
                        (likelihood.OuterProducts point)
                        (fun free -> SmallMatrix.part point.Length free exact)
                        (SmallMatrix.jacobian (RealizedLayout.rescale fit.Spec returnScale measureScale) point)))

    /// A model of given parameters at a state, without data: what simulations of a series start from.
    let internal ofParameters
        (spec: RealizedGarchSpec)
        (parameters: float[])
        (state: RealizedGarchState)
        : RealizedGarchFit =
        {
            Spec = spec
            Names = RealizedGarchSpec.parameterNames spec
            Parameters = parameters
            LogLikelihood = nan
            PartialLogLikelihood = nan
            Observations = 0
            Diagnostics =
                {
                    Converged = true
                    GradientNorm = 0.0
                    Iterations = 0
                    Evaluations = 0
                    AtBound = []
                    Persistence = nan
                    Scale = 1.0
                    ScaleWarning = None
                }
            State = state
            Standardised = [||]
            Surprises = [||]
            Variances = [||]
        }

    /// Akaike's criterion, of the joint log-likelihood.
    let aic (fit: RealizedGarchFit) : float =
        2.0 * float fit.Parameters.Length - 2.0 * fit.LogLikelihood

    /// Schwarz's criterion, of the joint log-likelihood.
    let bic (fit: RealizedGarchFit) : float =
        log (float fit.Observations) * float fit.Parameters.Length
        - 2.0 * fit.LogLikelihood
