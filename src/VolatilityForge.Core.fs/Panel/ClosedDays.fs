/// Weekdays on which a market is closed, learned from its own record: fixed dates, feasts that move with Easter, weekdays of a month,
/// substitutes of feasts at a weekend. Knows no panel and no variance.
namespace VolatilityForge

open System
open System.Numerics

/// The rules by which a weekday may be a holiday, as places in a table of what was seen on such days; -1 where a rule doesn't apply.
[<Struct>]
type internal DayRules =
    {
        Date: int
        Easter: int
        /// The first, second ... such weekday of the month.
        Nth: int
        /// Counted from the month's end.
        NthLast: int
        /// On a Monday the dates of the Sunday and the Saturday before, on a Friday that of the Saturday after.
        Sunday: int
        Saturday: int
        NextSaturday: int
    }

/// Learning closed days.
[<RequireQualifiedAccess>]
module internal ClosedDays =

    /// Calendar days between the last day learned from and a day that is predicted.
    [<Literal>]
    let Lag = 60

    /// Times that a rule came up of which the last are remembered.
    [<Literal>]
    let private Remembered = 8

    /// Closed days over times remembered and one more: from two closings in two on a day counts as a holiday.
    [<Literal>]
    let private Threshold = 0.6

    /// Weekdays without a session after which a market has no session rather than a holiday.
    [<Literal>]
    let LongestClosure = 10

    // Places in the table: month and day; days from Easter Sunday; month, weekday, count; the three kinds of substitute.
    let private easterPlace = 1300
    let private firstEaster, lastEaster = -50, 64
    let private nthPlace = 1500
    let private nthLastPlace = 3000
    let private substituteSunday = 4500
    let private substituteSaturday = 4501
    let private substituteNextSaturday = 4502
    let private places = 4503

    /// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
    let easter (year: int) : DateOnly =
        let a, b, c = year % 19, year / 100, year % 100
        let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30
        let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7
        let m = (a + 11 * h + 22 * l) / 451
        let sum = h + l - 7 * m + 114
        DateOnly(year, sum / 31, sum % 31 + 1)

    let private datePlace (date: DateOnly) : int = date.Month * 100 + date.Day

    /// The rules of a weekday.
    let rules (date: DateOnly) : DayRules =
        let fromEaster = date.DayNumber - (easter date.Year).DayNumber
        let weekday = (int date.DayOfWeek + 6) % 7
        let left = DateTime.DaysInMonth(date.Year, date.Month) - date.Day
        let monday = date.DayOfWeek = DayOfWeek.Monday

        {
            Date = datePlace date
            Easter =
                if fromEaster >= firstEaster && fromEaster <= lastEaster then
                    easterPlace + fromEaster - firstEaster
                else
                    -1
            Nth = nthPlace + date.Month * 100 + weekday * 10 + (date.Day - 1) / 7
            NthLast = nthLastPlace + date.Month * 100 + weekday * 10 + left / 7
            Sunday = if monday then datePlace (date.AddDays -1) else -1
            Saturday = if monday then datePlace (date.AddDays -2) else -1
            NextSaturday =
                if date.DayOfWeek = DayOfWeek.Friday then
                    datePlace (date.AddDays 1)
                else
                    -1
        }

    /// What is remembered of each rule: how often it came up, and the last times as bits, 1 for closed.
    type private Memory() =
        let counts = Array.zeroCreate<int> places
        let closed = Array.zeroCreate<uint32> places

        member _.Score(place: int) : float =
            if place < 0 then
                0.0
            else
                float (BitOperations.PopCount closed[place]) / float (counts[place] + 1)

        member _.Add(place: int, wasClosed: bool) : unit =
            if place >= 0 then
                counts[place] <- min Remembered (counts[place] + 1)
                closed[place] <- ((closed[place] <<< 1) ||| (if wasClosed then 1u else 0u)) &&& 0xFFu

        /// The kind of substitute that a day is, by what is known of the feasts at the weekend beside it; -1 for none.
        member memory.Substitute(rules: DayRules) : int =
            if memory.Score rules.Saturday >= Threshold then
                substituteSaturday
            elif memory.Score rules.Sunday >= Threshold then
                substituteSunday
            elif memory.Score rules.NextSaturday >= Threshold then
                substituteNextSaturday
            else
                -1

    /// Whether each weekday (rules and dates by weekday) is expected to be closed, given on which of the first weekdays there was a session. A
    /// day is predicted from days at least `Lag` calendar days before, so that later days change nothing; days before the first session,
    /// after the last and in gaps longer than `LongestClosure` teach nothing.
    let predict (dates: DateOnly[]) (rules: DayRules[]) (session: bool[]) : bool[] =
        let memory = Memory()
        let first = Array.IndexOf(session, true)
        let last = Array.LastIndexOf(session, true)

        let taught =
            let known = Array.create session.Length false

            if first >= 0 then
                let mutable before = first

                for day in first..last do
                    if session[day] then
                        if day - before <= LongestClosure then
                            for between in before..day do
                                known[between] <- true

                        known[day] <- true
                        before <- day

            known

        let learn (day: int) : unit =
            let own = rules[day]
            let closed = not session[day]
            let substitute = memory.Substitute own

            if substitute >= 0 && memory.Score own.Date < Threshold then
                memory.Add(substitute, closed)

            memory.Add(own.Date, closed)
            memory.Add(own.Easter, closed)
            memory.Add(own.Nth, closed)
            memory.Add(own.NthLast, closed)

        let mutable learned = 0

        Array.init dates.Length (fun day ->
            while learned < session.Length
                  && dates[day].DayNumber - dates[learned].DayNumber >= Lag do
                if taught[learned] then
                    learn learned

                learned <- learned + 1

            let own = rules[day]

            let score =
                memory.Score own.Date
                |> max (memory.Score own.Easter)
                |> max (memory.Score own.Nth)
                |> max (memory.Score own.NthLast)

            max score (memory.Score(memory.Substitute own)) >= Threshold)

    /// Whether the market is known to be closed on a weekday at its close: 1, 0, or NaN where it had no session for long.
    let today (session: bool[]) : float[] =
        let mutable last = Int32.MinValue / 2

        session
        |> Array.mapi (fun day open' ->
            if open' then
                last <- day
                0.0
            elif day - last <= LongestClosure then
                1.0
            else
                nan)
