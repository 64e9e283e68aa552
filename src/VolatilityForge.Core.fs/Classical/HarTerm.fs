/// The regressors of the HAR family, each causal: what a day's row may hold. Knows no estimator.
namespace VolatilityForge

open System

/// Names of the daily measures that models of the HAR family read, see History.Measures.
[<RequireQualifiedAccess>]
module HarMeasures =

    /// Realised quarticity, in the square of variance's unit.
    let quarticity = "quarticity"

    /// Tripower quarticity: quarticity that jumps don't enter.
    let tripowerQuarticity = "tripower_quarticity"

    /// Bipower variation: variance that jumps don't enter.
    let bipower = "bipower"

    /// The part of realised variance from negative returns.
    let negativeSemivariance = "negative_semivariance"

    /// The part of realised variance from positive returns.
    let positiveSemivariance = "positive_semivariance"

/// One regressor, with a value for every day.
[<RequireQualifiedAccess>]
type HarTerm =
    /// Mean variance over the last days.
    | Variance of span: int
    /// Mean of a measure over the last days.
    | Measure of name: string * span: int
    /// The day's variance beyond bipower variation, at least 0 (Andersen, Bollerslev and Diebold 2007).
    | Jump
    /// Mean over the last days of a measure (None is variance), times the root of the mean quarticity over the same days
    /// (Bollerslev, Patton and Quaedvlieg 2016): the slope falls where measurement error is large.
    | Attenuation of measure: string option * quarticity: string * span: int
    /// Mean of a measure over the last days, read as it is under every estimator: a factor that is no variance, such as a slope
    /// or a logarithm.
    | Factor of name: string * span: int
    /// Mean of the negative returns over the last days, as a share of the month's volatility: 0 or below.
    | Leverage of span: int

/// Values of terms.
[<RequireQualifiedAccess>]
module HarTerm =

    /// Days of returns over which leverage takes its volatility.
    let private leverageMonth = 22

    /// Days that the term looks back on, the day itself included.
    let span (term: HarTerm) : int =
        match term with
        | HarTerm.Variance span
        | HarTerm.Measure(_, span)
        | HarTerm.Factor(_, span)
        | HarTerm.Attenuation(_, _, span) -> span
        | HarTerm.Jump -> 1
        | HarTerm.Leverage span -> max span leverageMonth

    /// True for a term that is a variance, whose logarithm a model in logarithms reads.
    let isVariance (term: HarTerm) : bool =
        match term with
        | HarTerm.Variance _
        | HarTerm.Measure _ -> true
        | HarTerm.Jump
        | HarTerm.Attenuation _
        | HarTerm.Factor _
        | HarTerm.Leverage _ -> false

    /// True for a term made of returns.
    let readsReturns (term: HarTerm) : bool =
        match term with
        | HarTerm.Leverage _ -> true
        | HarTerm.Variance _
        | HarTerm.Measure _
        | HarTerm.Jump
        | HarTerm.Attenuation _
        | HarTerm.Factor _ -> false

    /// Measures that the term reads, by name.
    let measures (term: HarTerm) : string list =
        match term with
        | HarTerm.Variance _
        | HarTerm.Leverage _ -> []
        | HarTerm.Measure(name, _)
        | HarTerm.Factor(name, _) -> [ name ]
        | HarTerm.Jump -> [ HarMeasures.bipower ]
        | HarTerm.Attenuation(measure, quarticity, _) -> Option.toList measure @ [ quarticity ]

    /// What the term is called in faults.
    let name (term: HarTerm) : string =
        let days span =
            if span = 1 then "a day" else $"{span} days"

        match term with
        | HarTerm.Variance span -> $"variance over {days span}"
        | HarTerm.Measure(name, span)
        | HarTerm.Factor(name, span) -> $"{name} over {days span}"
        | HarTerm.Jump -> $"the jump from {HarMeasures.bipower}"
        | HarTerm.Attenuation(None, quarticity, span) -> $"variance times the root of {quarticity} over {days span}"
        | HarTerm.Attenuation(Some measure, quarticity, span) ->
            $"{measure} times the root of {quarticity} over {days span}"
        | HarTerm.Leverage span -> $"falls over {days span}"

    let private fall (returns: float[]) (span: int) (day: int) : float =
        if day + 1 < span then
            nan
        else
            let mutable sum = 0.0

            for back in day - span + 1 .. day do
                sum <- sum + min 0.0 returns[back]

            sum / float span

    /// The term as a function of the day: NaN on days without all the days it looks back on, reading nothing after the day.
    /// A measure that the history lacks is a fault.
    let at (history: History) (term: HarTerm) : Result<int -> float, Fault> =
        let variance (span: int) (day: int) : float =
            Units.strip (Cascade.mean span history.Variance day)

        match term with
        | HarTerm.Variance span -> Ok(variance span)
        | HarTerm.Measure(name, span)
        | HarTerm.Factor(name, span) -> History.measure name history |> Result.map (Cascade.mean span)
        | HarTerm.Jump ->
            History.measure HarMeasures.bipower history
            |> Result.map (fun bipower day -> max 0.0 (variance 1 day - bipower[day]))
        | HarTerm.Attenuation(measure, quarticity, span) ->
            either {
                let! errors = History.measure quarticity history

                let! level =
                    match measure with
                    | None -> Ok(variance span)
                    | Some name -> History.measure name history |> Result.map (Cascade.mean span)

                return fun day -> level day * sqrt (Cascade.mean span errors day)
            }
        | HarTerm.Leverage span -> Ok(fun day -> fall history.Returns span day / sqrt (variance leverageMonth day))

    /// The term on every day of a history, with the faults of `at`.
    let values (history: History) (term: HarTerm) : Result<float[], Fault> =
        at history term |> Result.map (Array.init (History.length history))

    /// The term's spans are positive, or the fault of those that aren't.
    let check (term: HarTerm) : Result<unit, Fault> =
        if span term >= 1 then
            Ok()
        else
            Error(Fault.BadSetting("span of a HAR term", "must be at least 1", string (span term)))
