/// Trading hours and calendars.
module VolatilityForge.Tests.CalendarTests

open System
open Expecto
open VolatilityForge

let private day (number: int) : DateOnly = DateOnly(2020, 1, number)

let private at (number: int) (clock: string) : DateTime =
    (day number).ToDateTime(TimeOnly.Parse(clock, Globalization.CultureInfo.InvariantCulture))

let private halfDay: Session =
    Expect.wantOk (Session.parse "09:30-13:00") "a session"

let private calendar: Calendar =
    Calendar.weekdays Session.usEquities
    |> Calendar.withHolidays [ day 20 ]
    |> Calendar.withHalfDays [ day 3, halfDay ]
    |> Calendar.withHalts
        [
            {
                From = at 6 "11:00"
                Until = at 6 "11:05"
            }
        ]

[<Tests>]
let tests =
    testList
        "Calendar"
        [
            testTheory
                "sessions are read"
                [
                    "09:30-16:00", Some Session.usEquities
                    " 9:30 - 16:00:00 ", Some Session.usEquities
                    "16:00-09:30", None
                    "09:30-09:30", None
                    "09:30", None
                    "09:30-25:00", None
                ]
                (fun (text, expected) -> Expect.equal (Session.parse text |> Result.toOption) expected text)

            testTheory
                "open hours are those of the day, ends included, halts left out"
                [
                    2, "09:30", true
                    2, "16:00", true
                    2, "09:29:59", false
                    2, "16:00:00.001", false
                    3, "13:00", true
                    3, "13:01", false
                    4, "12:00", false
                    20, "12:00", false
                    6, "10:59:59", true
                    6, "11:00", false
                    6, "11:04:59", false
                    6, "11:05", true
                ]
                (fun (number, clock, expected) ->
                    Expect.equal (Calendar.isOpen (at number clock) calendar) expected $"{number} {clock}")

            testCase "days of trading leave out weekends and holidays" (fun () ->
                Expect.equal
                    (Calendar.tradingDays (day 17) (day 22) calendar)
                    [ day 17; day 21; day 22 ]
                    "18 and 19 are a weekend, 20 is a holiday"

                Expect.equal (Calendar.tradingDays (day 18) (day 19) Calendar.always) [ day 18; day 19 ] "always")

            testCase "what is added to a calendar leaves what it had" (fun () ->
                let halt hour =
                    {
                        From = at 7 $"{hour}:00"
                        Until = at 7 $"{hour}:30"
                    }

                let more =
                    calendar
                    |> Calendar.withHolidays [ day 21 ]
                    |> Calendar.withHalfDays [ day 22, halfDay ]
                    |> Calendar.withHalts [ halt 10 ]
                    |> Calendar.withHalts [ halt 12 ]

                for number, clock in
                    [
                        20, "12:00"
                        21, "12:00"
                        3, "14:00"
                        22, "14:00"
                        6, "11:01"
                        7, "10:01"
                        7, "12:01"
                    ] do
                    Expect.isFalse (Calendar.isOpen (at number clock) more) $"{number} {clock}"

                Expect.isTrue (Calendar.isOpen (at 7 "11:00") more) "between the halts"
                Expect.equal (Session.length halfDay) (TimeSpan.FromHours 3.5) "length")

            testCase "a session that does not close after it opens tells its ends" (fun () ->
                match Session.create (TimeOnly(16, 0)) (TimeOnly(9, 30)) with
                | Error(Fault.BadSetting("session", _, "16:00-09:30")) -> ()
                | other -> failtestf "BadSetting expected, found %A" other)
        ]
