using System;
using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>Which hours are traded on which day, in the zone of the data. Immutable: every With gives a new calendar.</summary>
public sealed class TradingCalendar
{
    private TradingCalendar(Core.Calendar calendar) => Calendar = calendar;

    internal Core.Calendar Calendar { get; }

    /// <summary>All hours of all days.</summary>
    public static TradingCalendar Always { get; } = new(Core.CalendarModule.always);

    /// <summary>Every day but Saturday and Sunday, in these hours, such as "09:30-16:00".</summary>
    /// <exception cref="Core.VolatilityForgeException">The hours are not two times of a day in order.</exception>
    public static TradingCalendar Weekdays(string hours) =>
        new(Core.CalendarModule.weekdays(Core.SessionModule.parse(hours).OrThrow()));

    /// <summary>The calendar with these days off.</summary>
    public TradingCalendar WithHolidays(params DateOnly[] days) =>
        new(Core.CalendarModule.withHolidays(days, Calendar));

    /// <summary>The calendar with other hours on a day.</summary>
    /// <exception cref="Core.VolatilityForgeException">The hours are not two times of a day in order.</exception>
    public TradingCalendar WithHalfDay(DateOnly day, string hours) =>
        new(
            Core.CalendarModule.withHalfDays(
                [Tuple.Create(day, Core.SessionModule.parse(hours).OrThrow())],
                Calendar
            )
        );

    /// <summary>The calendar with a time without trading, from its first instant until the instant before the second.</summary>
    public TradingCalendar WithHalt(DateTime from, DateTime until) =>
        new(
            Core.CalendarModule.withHalts(
                Microsoft.FSharp.Collections.ListModule.OfSeq([new Core.Halt(from, until)]),
                Calendar
            )
        );

    /// <summary>True inside a session and outside every halt.</summary>
    public bool IsOpen(DateTime time) => Core.CalendarModule.isOpen(time, Calendar);

    /// <summary>The days of trading from first to last, both included.</summary>
    public IReadOnlyList<DateOnly> TradingDays(DateOnly first, DateOnly last) =>
        [.. Core.CalendarModule.tradingDays(first, last, Calendar)];
}
