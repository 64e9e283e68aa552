/// Intervals of forecasts with what came: how many days they hold and how wide they are. Knows no model and no file.
namespace VolatilityForge

open System

/// One model's intervals at one horizon; arrays have one element per day.
type IntervalSet =
    {
        Symbol: string
        Model: string
        Horizon: int
        /// Share of days that they were to hold.
        Coverage: float
        Intervals: VarianceInterval[]
        Realised: Variance[]
    }

/// How intervals did.
type IntervalEvaluation =
    {
        Symbol: string
        Model: string
        Horizon: int
        Coverage: float
        Days: int
        /// Share of days held.
        Held: float
        /// That the share is the coverage: mean of (held - coverage) over its long-run standard error, since overlapping targets miss
        /// together. None where the sample can't support it.
        Test: DieboldMariano option
        /// Mean of ln(upper/lower).
        LogWidth: float
    }

/// Evaluating intervals.
[<RequireQualifiedAccess>]
module IntervalSet =

    /// The share held and its test, by the lag rule given. Faults: BadShape for series of different lengths, TooShort for no day,
    /// NotComputable for a bound that is not positive and finite.
    let evaluate (rule: HacLag) (set: IntervalSet) : Result<IntervalEvaluation, Fault> =
        let what = $"The intervals of {set.Model}"
        let days = set.Intervals.Length

        if set.Realised.Length <> days then
            Error(Fault.BadShape(what, "realised", string days, string set.Realised.Length))
        elif days = 0 then
            Error(Fault.TooShort(what, 1, 0))
        elif
            not (
                set.Intervals
                |> Array.forall (fun each -> each.Lower > 0.0< / day> && Double.IsFinite(Units.strip each.Upper))
            )
        then
            Error(Fault.NotComputable(what, "a bound is not positive and finite", "Leave such days out."))
        else
            let held =
                Array.map2 (fun each v -> if Conformal.holds each v then 1.0 else 0.0) set.Intervals set.Realised

            Ok
                {
                    Symbol = set.Symbol
                    Model = set.Model
                    Horizon = set.Horizon
                    Coverage = set.Coverage
                    Days = days
                    Held = Array.average held
                    Test =
                        held
                        |> Array.map (fun each -> each - set.Coverage)
                        |> Compare.zeroMean what rule set.Horizon
                        |> Result.toOption
                    LogWidth = set.Intervals |> Array.averageBy (fun each -> log (each.Upper / each.Lower))
                }
