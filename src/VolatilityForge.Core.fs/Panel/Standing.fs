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
        Array.init values.Length (fun day -> Cascade.mean span values day)
