/// Two ways of counting days, as two types: a symbol's own trading days, and the weekdays that all markets share. Knows no data.
namespace VolatilityForge

open System

/// A day by its place among a symbol's own trading days, the first at 0.
[<Struct>]
type OwnDay =
    | OwnDay of index: int

    /// The place.
    member day.Index: int =
        let (OwnDay index) = day
        index

/// A weekday, Monday to Friday, counted from Monday 0001-01-01: the calendar that all markets share, whether or not they trade.
[<Struct>]
type MarketDay =
    | MarketDay of number: int

    /// The weekday's number.
    member day.Number: int =
        let (MarketDay number) = day
        number

/// Arithmetic of weekdays.
[<RequireQualifiedAccess>]
module MarketDay =

    // Day 0 of the Gregorian calendar that .NET counts from is a Monday.
    let private daysInWeek = 7
    let private weekdays = 5
    let private friday = 4

    /// The weekday of a date; of a date at a weekend the Friday before, so that nothing dated later is known on it.
    let ofDate (date: DateOnly) : MarketDay =
        let week, place = Math.DivRem(date.DayNumber, daysInWeek).ToTuple()
        MarketDay(week * weekdays + min place friday)

    /// The date of a weekday.
    let date (day: MarketDay) : DateOnly =
        let week, place = Math.DivRem(day.Number, weekdays).ToTuple()
        DateOnly.FromDayNumber(week * daysInWeek + place)

    /// The weekday so many weekdays later.
    let add (count: int) (day: MarketDay) : MarketDay = MarketDay(day.Number + count)

    /// Weekdays from the first to the second; negative where the second comes first.
    let between (first: MarketDay) (second: MarketDay) : int = second.Number - first.Number
