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
        | HarTerm.Leverage _ -> false

    let private variances (history: History) : float[] =
        history.Variance |> Array.map Units.strip

    /// The term on every day of a history, NaN on days without all the days it looks back on. A measure that the history
    /// lacks is a fault.
    let values (history: History) (term: HarTerm) : Result<float[], Fault> =
        match term with
        | HarTerm.Variance span -> Ok(variances history |> Cascade.means span)
        | HarTerm.Measure(name, span) -> History.measure name history |> Result.map (Cascade.means span)
        | HarTerm.Jump ->
            History.measure HarMeasures.bipower history
            |> Result.map (Array.map2 (fun variance bipower -> max 0.0 (variance - bipower)) (variances history))
        | HarTerm.Attenuation(measure, quarticity, span) ->
            either {
                let! errors = History.measure quarticity history

                let! level =
                    match measure with
                    | None -> Ok(variances history)
                    | Some name -> History.measure name history

                return
                    Array.map2
                        (fun level error -> level * sqrt error)
                        (Cascade.means span level)
                        (Cascade.means span errors)
            }
        | HarTerm.Leverage span ->
            let falls = history.Returns |> Array.map (min 0.0)
            let month = variances history |> Cascade.means leverageMonth

            Array.map2 (fun fall variance -> fall / sqrt variance) (Cascade.means span falls) month
            |> Ok

    /// The term's spans are positive, or the fault of those that aren't.
    let check (term: HarTerm) : Result<unit, Fault> =
        span term >= 1
        |> Checked.require (Fault.BadSetting("span of a HAR term", "must be at least 1", string (span term)))
