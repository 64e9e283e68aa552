/// The weekday that follows a date, as indicators that are known in advance. Knows no data.
namespace VolatilityForge

open System

/// What is special about the next weekday.
[<RequireQualifiedAccess>]
module NextDay =

    let private christmasStart = 22
    let private newYearDays = 3
    let private monthStart = 3

    let private friday (weeks: int) (day: DateOnly) : bool =
        day.DayOfWeek = DayOfWeek.Friday && (day.Day - 1) / 7 = weeks - 1

    /// Indicators by name: true or false of the next weekday.
    let indicators: (string * (DateOnly -> bool)) list =
        [
            "next-monday", (fun day -> day.DayOfWeek = DayOfWeek.Monday)
            "next-tuesday", (fun day -> day.DayOfWeek = DayOfWeek.Tuesday)
            "next-wednesday", (fun day -> day.DayOfWeek = DayOfWeek.Wednesday)
            "next-thursday", (fun day -> day.DayOfWeek = DayOfWeek.Thursday)
            "next-first-friday", friday 1
            "next-third-friday", friday 3
            "next-christmas", (fun day -> day.Month = 12 && day.Day >= christmasStart)
            "next-new-year", (fun day -> day.Month = 1 && day.Day <= newYearDays)
            "next-month-start", (fun day -> day.Day <= monthStart)
            "next-august", (fun day -> day.Month = 8)
            "next-december", (fun day -> day.Month = 12 && day.Day < christmasStart)
        ]

    /// Indicators of sessions at a weekend; such a symbol's days have another level then.
    let weekend: (string * (DateOnly -> bool)) list =
        [
            "next-saturday", (fun day -> day.DayOfWeek = DayOfWeek.Saturday)
            "next-sunday", (fun day -> day.DayOfWeek = DayOfWeek.Sunday)
        ]

    let private weeks = 8
    let private daysInWeek = 7

    // A weekday is given up only where the record of the eight weeks is dense.
    let private denseRecord = 20

    /// For each of a symbol's own days the date expected to be its next: the next day of the week that it trades on. It trades at a weekend
    /// day that it had in half of the last eight weeks, and on weekdays, unless it had none of that name in eight weeks of 20 own days or
    /// more. Holidays aren't looked for. Later days change nothing.
    let expected (dates: DateOnly[]) : DateOnly[] =
        let counts = Array.zeroCreate<int> daysInWeek
        let mutable first = 0

        dates
        |> Array.mapi (fun own date ->
            counts[int date.DayOfWeek] <- counts[int date.DayOfWeek] + 1

            while date.DayNumber - dates[first].DayNumber >= weeks * daysInWeek do
                let gone = int dates[first].DayOfWeek
                counts[gone] <- counts[gone] - 1
                first <- first + 1

            let trades (day: DateOnly) : bool =
                let count = counts[int day.DayOfWeek]

                match day.DayOfWeek with
                | DayOfWeek.Saturday
                | DayOfWeek.Sunday -> 2 * count >= weeks
                | _ -> count > 0 || own + 1 - first < denseRecord

            let mutable ahead = 1

            while ahead <= daysInWeek && not (trades (date.AddDays ahead)) do
                ahead <- ahead + 1

            date.AddDays(if ahead > daysInWeek then 1 else ahead))

    /// The weekday after a date.
    let after (date: DateOnly) : DateOnly =
        MarketDay.ofDate date |> MarketDay.add 1 |> MarketDay.date

    /// Days since the symbol's own day before, less the normal one (three over a weekend, two on a Sunday): 0 to 10.
    let gap (before: DateOnly) (date: DateOnly) : float =
        let normal =
            match date.DayOfWeek with
            | DayOfWeek.Monday -> 3
            | DayOfWeek.Sunday -> 2
            | _ -> 1

        float (min 10 (max 0 (date.DayNumber - before.DayNumber - normal)))
