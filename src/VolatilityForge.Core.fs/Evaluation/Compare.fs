/// Whether one series of losses is smaller than another by more than luck. Knows no model and no loss.
namespace VolatilityForge

open System

/// How many autocovariances the long-run variance of a loss difference takes in.
[<RequireQualifiedAccess>]
type HacLag =
    /// The larger of 2(h-1) and Newey and West's floor(4 (n/100)^(2/9)). Targets over h days overlap, which correlates
    /// differences up to lag h-1; Bartlett weights shrink those autocovariances, so stopping at h-1 takes in only two
    /// thirds of the variance and finds too many differences.
    | Automatic
    /// Exactly this many.
    | Fixed of int

/// The test of Diebold and Mariano (1995) for equal expected loss.
type DieboldMariano =
    {
        /// Negative when the first series is smaller. Includes the factor of Harvey, Leybourne and Newbold (1997).
        Statistic: float
        /// Two-sided, from Student's t with Count - 1 degrees of freedom.
        PValue: float
        /// Mean of first less second.
        MeanDifference: float
        /// Autocovariances in the long-run variance.
        Lag: int
        Count: int
    }

/// Tests between two series of losses.
[<RequireQualifiedAccess>]
module Compare =

    /// A long-run deviation below this share of the mean difference is rounding.
    [<Literal>]
    let private RoundingShare = 1e-12

    /// The number of autocovariances a rule takes in for n losses at a horizon; below n in every case.
    let lag (rule: HacLag) (horizon: int) (count: int) : int =
        let asked =
            match rule with
            | HacLag.Fixed lag -> lag
            | HacLag.Automatic ->
                let neweyWest = floor (4.0 * Math.Pow(float count / 100.0, 2.0 / 9.0))
                max (2 * (horizon - 1)) (int neweyWest)

        min asked (count - 1)

    /// The long-run variance of a series: autocovariances up to a lag with Bartlett weights (Newey and West 1987).
    /// Zero or more; the unit is the square of the series' unit.
    let longRunVariance (lag: int) (series: float[]) : float =
        let mean = Array.average series
        let centred = series |> Array.map (fun value -> value - mean)

        let autocovariance (k: int) : float =
            let mutable sum = 0.0

            for i in k .. centred.Length - 1 do
                sum <- sum + centred[i] * centred[i - k]

            sum / float centred.Length

        let mutable total = autocovariance 0

        for k in 1..lag do
            total <- total + 2.0 * (1.0 - float k / float (lag + 1)) * autocovariance k

        max 0.0 total

    /// Tests that the expectation of a series over a horizon is zero: Diebold and Mariano's test of the difference of two
    /// series of losses, and what other tests build on. `what` names the test in faults: fewer than horizon + 2 values, one
    /// that is not finite, a series that never varies. A series of zeros gives statistic 0 and p-value 1.
    let zeroMean (what: string) (rule: HacLag) (horizon: int) (difference: float[]) : Result<DieboldMariano, Fault> =
        let count = difference.Length

        let notComputable (reason: string) : Result<DieboldMariano, Fault> =
            Error(Fault.NotComputable(what, reason, "Compare series of losses that vary."))

        if horizon < 1 then
            Error(Fault.BadSetting("horizon", "must be at least 1", string horizon))
        elif
            (match rule with
             | HacLag.Fixed lag -> lag < 0
             | HacLag.Automatic -> false)
        then
            Error(Fault.BadSetting("lag", "must be zero or more", $"%A{rule}"))
        elif count < horizon + 2 then
            Error(Fault.TooShort(what, horizon + 2, count))
        else
            let mean = Array.average difference
            let lag = lag rule horizon count

            let result (statistic: float) (pValue: float) : DieboldMariano =
                {
                    Statistic = statistic
                    PValue = pValue
                    MeanDifference = mean
                    Lag = lag
                    Count = count
                }

            if not (Array.forall Double.IsFinite difference) then
                notComputable "a loss is not finite"
            elif Array.forall (fun value -> value = 0.0) difference then
                Ok(result 0.0 1.0)
            else
                let deviation = sqrt (longRunVariance lag difference)

                if deviation <= RoundingShare * abs mean then
                    notComputable "the difference of the losses never varies"
                else
                    let n, h = float count, float horizon
                    let smallSample = (n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n
                    let statistic = mean / (deviation / sqrt n) * sqrt smallSample
                    Ok(result statistic (Tail.studentBoth (n - 1.0) statistic))

    /// Tests equal expected loss of forecasts over a horizon; series are aligned by day. Two identical series give
    /// statistic 0 and p-value 1. Faults: series of different lengths, fewer than horizon + 2 losses, a loss that is not
    /// finite, a difference that never varies.
    let dieboldMariano
        (rule: HacLag)
        (horizon: int)
        (first: float[])
        (second: float[])
        : Result<DieboldMariano, Fault> =
        if second.Length <> first.Length then
            Error(Fault.BadShape("Diebold-Mariano", "second", string first.Length, string second.Length))
        else
            Array.map2 (fun (a: float) (b: float) -> a - b) first second
            |> zeroMean "Diebold-Mariano" rule horizon
