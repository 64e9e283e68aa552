/// Trading hours, half days, holidays and halts as values. Knows no exchange by name and no clock.
namespace VolatilityForge

open System
open System.Globalization

/// Trading hours of one day, both ends included, in the zone of the data.
[<Struct>]
type Session = { Open: TimeOnly; Close: TimeOnly }

/// Trading hours.
[<RequireQualifiedAccess>]
module Session =

    /// The whole day.
    let wholeDay: Session =
        {
            Open = TimeOnly.MinValue
            Close = TimeOnly.MaxValue
        }

    /// 09:30 to 16:00, the regular hours of stocks in the United States, in New York time.
    let usEquities: Session =
        {
            Open = TimeOnly(9, 30)
            Close = TimeOnly(16, 0)
        }

    /// A session out of its ends; Fault.BadSetting where it does not close after it opens.
    let create (opens: TimeOnly) (closes: TimeOnly) : Result<Session, Fault> =
        if opens < closes then
            Ok { Open = opens; Close = closes }
        else
            let ends = FormattableString.Invariant $"{opens:``HH:mm``}-{closes:``HH:mm``}"
            Error(Fault.BadSetting("session", "must close after it opens, on the same day", ends))

    /// A session written as in 09:30-16:00 or 09:30:00-16:00:00.
    let parse (text: string) : Result<Session, Fault> =
        let time (part: string) =
            match
                TimeOnly.TryParseExact(
                    part.Trim(),
                    [| "H:mm"; "HH:mm"; "HH:mm:ss" |],
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.None
                )
            with
            | true, time -> Some time
            | _ -> None

        match text.Split '-' |> Array.map time with
        | [| Some opens; Some closes |] -> create opens closes
        | _ -> Error(Fault.BadSetting("session", "must be two times of day such as 09:30-16:00", text))

    /// True within the hours, ends included.
    let contains (time: DateTime) (session: Session) : bool =
        let clock = TimeOnly.FromDateTime time
        session.Open <= clock && clock <= session.Close

    /// From open to close.
    let length (session: Session) : TimeSpan = session.Close - session.Open

/// A time without trading inside a session: from its first instant until the instant before the second.
[<Struct>]
type Halt = { From: DateTime; Until: DateTime }

/// Which hours are traded on which day.
type Calendar =
    {
        /// The hours of an ordinary day.
        Regular: Session
        /// Days with hours of their own.
        HalfDays: Map<DateOnly, Session>
        /// Days without trading, besides those of the week.
        Holidays: Set<DateOnly>
        /// Days of the week without trading.
        Closed: Set<DayOfWeek>
        Halts: Halt list
    }

/// Reading calendars.
[<RequireQualifiedAccess>]
module Calendar =

    /// Every day of the week but Saturday and Sunday, in these hours.
    let weekdays (session: Session) : Calendar =
        {
            Regular = session
            HalfDays = Map.empty
            Holidays = Set.empty
            Closed = Set [ DayOfWeek.Saturday; DayOfWeek.Sunday ]
            Halts = []
        }

    /// All hours of all days.
    let always: Calendar =
        { weekdays Session.wholeDay with
            Closed = Set.empty
        }

    /// The calendar with these days off.
    let withHolidays (days: DateOnly seq) (calendar: Calendar) : Calendar =
        { calendar with
            Holidays = calendar.Holidays + Set.ofSeq days
        }

    /// The calendar with other hours on these days.
    let withHalfDays (days: (DateOnly * Session) seq) (calendar: Calendar) : Calendar =
        { calendar with
            HalfDays = Seq.fold (fun known (day, session) -> Map.add day session known) calendar.HalfDays days
        }

    /// The calendar with these halts.
    let withHalts (halts: Halt list) (calendar: Calendar) : Calendar =
        { calendar with
            Halts = calendar.Halts @ halts
        }

    /// The hours of a day; None on a holiday and on a day of the week without trading.
    let session (day: DateOnly) (calendar: Calendar) : Session option =
        if calendar.Holidays.Contains day || calendar.Closed.Contains day.DayOfWeek then
            None
        else
            Some(calendar.HalfDays |> Map.tryFind day |> Option.defaultValue calendar.Regular)

    /// True inside a session and outside every halt.
    let isOpen (time: DateTime) (calendar: Calendar) : bool =
        match session (DateOnly.FromDateTime time) calendar with
        | Some hours ->
            Session.contains time hours
            && not (
                calendar.Halts
                |> List.exists (fun halt -> halt.From <= time && time < halt.Until)
            )
        | None -> false

    /// The days of trading from first to last, both included.
    let tradingDays (first: DateOnly) (last: DateOnly) (calendar: Calendar) : DateOnly list =
        [
            for offset in 0 .. last.DayNumber - first.DayNumber do
                let day = first.AddDays offset

                if (session day calendar).IsSome then
                    day
        ]
