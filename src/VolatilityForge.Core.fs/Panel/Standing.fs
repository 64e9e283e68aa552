/// How far a symbol's log variance stands above its own past, on the weekdays that all markets share. Knows no feature.
namespace VolatilityForge

/// ln variance less its expanding mean.
[<RequireQualifiedAccess>]
module Standing =

    /// Own days before the expanding mean is trusted: a month.
    let minimumDays: int = 22

    /// By own day; NaN before there are `minimumDays`. A running sum, forward in time: later days change nothing.
    let ofHistory (history: History) : float[] =
        let mutable sum = 0.0

        history.Variance
        |> Array.mapi (fun day variance ->
            let level = log (Units.strip variance)
            sum <- sum + level

            if day + 1 < minimumDays then
                nan
            else
                level - sum / float (day + 1))

    /// Values by own day brought to the weekdays first..last, each the latest that is dated at or before the weekday and at most
    /// `carry` weekdays old; NaN where there is none.
    let onWeekdays
        (first: MarketDay)
        (last: MarketDay)
        (carry: int)
        (dates: System.DateOnly[])
        (values: float[])
        : float[] =
        let days = MarketDay.between first last + 1
        let standing = Array.create days nan
        let mutable own = -1

        for day in 0 .. days - 1 do
            let weekday = MarketDay.add day first
            let date = MarketDay.date weekday

            while own + 1 < dates.Length && dates[own + 1] <= date do
                own <- own + 1

            if own >= 0 && MarketDay.between (MarketDay.ofDate dates[own]) weekday <= carry then
                standing[day] <- values[own]

        standing

    /// Means over the last `span` elements; NaN where one of them is missing or there are fewer.
    let means (span: int) (values: float[]) : float[] =
        let found = Array.zeroCreate values.Length
        Sliding.mean span values 0 (values.Length - 1) found
        found

    /// A statistic of the last `span` elements, of as many as there are from `least` on, NaN before: of whole windows by a sliding
    /// function, of shorter ones by the statistic of a first and a last element.
    let internal windows
        (sliding: int -> float[] -> int -> int -> float[] -> unit)
        (statistic: float[] -> int -> int -> float)
        (least: int)
        (span: int)
        (values: float[])
        : float[] =
        let found = Array.create values.Length nan
        let whole = max span least - 1

        if whole < values.Length then
            sliding span values whole (values.Length - 1) found

        for day in least - 1 .. min values.Length (span - 1) - 1 do
            found[day] <- statistic values 0 day

        found

    let private meanOf (values: float[]) (first: int) (last: int) : float =
        let mutable sum = 0.0

        for day in first..last do
            sum <- sum + values[day]

        sum / float (last - first + 1)

    /// Means over the last `span` elements, of as many as there are from `least` on; NaN before.
    let internal meansFrom (least: int) (span: int) (values: float[]) : float[] =
        windows Sliding.mean meanOf least span values
