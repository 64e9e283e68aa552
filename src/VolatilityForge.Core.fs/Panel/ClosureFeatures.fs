/// The calendar and the closed days of a panel as features: of the day itself, and of the symbol's sessions to come. Knows no variance.
namespace VolatilityForge

open System

/// Features of closed days.
[<RequireQualifiedAccess>]
module ClosureFeatures =

    let private indicator (holds: bool) : float = if holds then 1.0 else 0.0

    let private weekday (date: DateOnly) : MarketDay = MarketDay.ofDate date

    /// Of the own day's date.
    let private ofDate (name: string) (holds: DateOnly -> bool) : PanelFeature =
        PanelFeature.required name (fun view -> view.History.Dates |> Array.map (holds >> indicator))

    /// Of a series by weekday, read on the own day's weekday.
    let private onDay (name: string) (series: float[]) : PanelFeature =
        PanelFeature.required name (fun view -> view.OnOwnDays series)

    /// The weekday before a closed one, itself open, given what is expected of each.
    let private eve (expected: float[]) : float[] =
        Array.init expected.Length (fun day ->
            if day + 1 < expected.Length then
                expected[day + 1] * (1.0 - expected[day])
            else
                0.0)

    /// The weekday after a closed one, itself open.
    let private dayAfter (expected: float[]) : float[] =
        Array.init expected.Length (fun day ->
            if day > 0 then
                expected[day - 1] * (1.0 - expected[day])
            else
                0.0)

    /// Places of the weekdays on which a symbol is expected to trade.
    let private expectedSessions (closures: Closures) (symbol: int) : int[] =
        let closed = closures.Expected symbol
        [| 0 .. closed.Length - 1 |] |> Array.filter (fun day -> not closed[day])

    /// By own day: a function of the places of the symbol's next so many expected sessions, and of the place of the next weekday.
    let private ahead
        (closures: Closures)
        (name: string)
        (sessions: int)
        (value: int -> ArraySegment<int> -> int -> float)
        : PanelFeature =
        PanelFeature.required name (fun view ->
            let expected = expectedSessions closures view.Symbol

            view.History.Dates
            |> Array.map (fun date ->
                let next = MarketDay.between closures.Panel.First (weekday date) + 1
                let found = Array.BinarySearch(expected, next)
                let first = if found >= 0 then found else ~~~found
                let count = min sessions (expected.Length - first)

                if count = 0 then
                    0.0
                else
                    value view.Symbol (ArraySegment(expected, first, count)) next))

    let private mean (series: float[]) (days: ArraySegment<int>) : float =
        let mutable sum = 0.0

        for day in days do
            sum <- sum + series[day]

        sum / float days.Count

    /// The mean of a series by weekday over the symbol's next so many expected sessions, named ahead{sessions}:{name}.
    let private meanAhead (closures: Closures) (sessions: int) (name: string, series: float[]) : PanelFeature =
        ahead closures $"ahead{sessions}:{name}" sessions (fun _ days _ -> mean series days)

    let private weekdayNames =
        [ "next-monday"; "next-tuesday"; "next-wednesday"; "next-thursday" ]

    /// The calendar of the symbol's next so many expected sessions: shares of them on which each of the indicators of NextDay holds. Weekdays
    /// are told apart only where there is one session, because in five each comes once.
    let calendarAhead (closures: Closures) (sessions: int) : PanelFeature list =
        [
            for name, holds in NextDay.indicators do
                if sessions = 1 || not (List.contains name weekdayNames) then
                    meanAhead closures sessions (name, closures.Dates |> Array.map (holds >> indicator))
        ]

    /// Closed days of other markets among the symbol's next so many expected sessions: lead market closed, on its eve, after it; share of each
    /// group closed; eves of the symbol's own closed days; closed weekdays between them, per session.
    let closedAhead (closures: Closures) (sessions: int) : PanelFeature list =
        let panel = closures.Panel

        [
            if panel.Lead.IsSome && panel.Count > 1 then
                let lead = closures.ShareExpected Closures.lead
                meanAhead closures sessions ("lead-closed", lead)
                meanAhead closures sessions ("lead-eve", eve lead)
                meanAhead closures sessions ("lead-after", dayAfter lead)

            if panel.Count > 1 then
                for group in Closures.groups panel do
                    meanAhead closures sessions ($"closed-in-{group}", closures.ShareExpected group)

            ahead closures $"ahead{sessions}:own-eve" sessions (fun symbol days _ ->
                let closed = closures.Expected symbol
                let mutable eves = 0

                for day in days do
                    if day + 1 < closed.Length && closed[day + 1] then
                        eves <- eves + 1

                float eves / float days.Count)

            ahead closures $"ahead{sessions}:closed-between" sessions (fun _ days next ->
                float (days[days.Count - 1] - next - (days.Count - 1)) / float days.Count)
        ]

    /// What the bias of a forecast may depend on among the next so many expected sessions: days around Christmas, first Fridays, closed days of
    /// the lead market.
    let biasAhead (closures: Closures) (sessions: int) : PanelFeature list =
        let named (suffix: string) (feature: PanelFeature) : bool =
            feature.Name.EndsWith(":" + suffix, StringComparison.Ordinal)

        calendarAhead closures sessions @ closedAhead closures sessions
        |> List.filter (fun feature ->
            [ "next-christmas"; "next-first-friday"; "lead-closed" ]
            |> List.exists (fun suffix -> named suffix feature))

    /// The day itself: markets closed on it, eve of and day after a closed day of the lead market, days around the year's end, its weekday.
    let today (closures: Closures) : PanelFeature list =
        let panel = closures.Panel

        let indicatorOf (name: string) : DateOnly -> bool =
            NextDay.indicators |> List.find (fun (known, _) -> known = name) |> snd

        [
            if panel.Lead.IsSome && panel.Count > 1 then
                let lead = closures.ShareExpected Closures.lead
                onDay "today:lead-closed" (closures.ShareClosed Closures.lead)
                onDay "today:lead-eve" (eve lead)
                onDay "today:lead-after" (dayAfter lead)

            if panel.Count > 1 then
                for group in Closures.groups panel do
                    onDay $"today:closed-in-{group}" (closures.ShareClosed group)

            ofDate "today:christmas" (indicatorOf "next-christmas")
            ofDate "today:new-year" (indicatorOf "next-new-year")

            onDay
                "today:last-of-year"
                (closures.Dates
                 |> Array.map (fun date -> indicator (date.Month = 12 && (date.Day = 24 || date.Day = 31))))

            for name in weekdayNames do
                ofDate (name.Replace("next-", "today:")) (indicatorOf name)
        ]

    /// Whether the day is a third Friday, on which futures and options of indices expire.
    let expiryToday: PanelFeature =
        ofDate
            "today:third-friday"
            (NextDay.indicators
             |> List.find (fun (name, _) -> name = "next-third-friday")
             |> snd)
