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
