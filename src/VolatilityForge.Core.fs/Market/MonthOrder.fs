/// Whether the day or the month stands first in a column of dates. Opens nothing.
namespace VolatilityForge

/// Rows by their number in the source, 0 where there is none.
[<Struct>]
type internal MonthEvidence =
    {
        /// The first row whose date leaves the order open.
        Open: int
        /// The first that only a day before the month explains.
        DayFirst: int
        /// The first that only a month before the day explains.
        MonthFirst: int
    }

/// What rows tell about all of them.
[<RequireQualifiedAccess>]
module internal MonthOrder =

    /// True when days come before months, false too where the format of the dates leaves no choice; else the row that is at fault, the rule
    /// and the remedy, the given one where the format has to be told.
    let isDayFirst (remedy: string) (evidence: MonthEvidence) : Result<bool, struct (int * string * string)> =
        if evidence.DayFirst > 0 && evidence.MonthFirst > 0 then
            let earlier = min evidence.DayFirst evidence.MonthFirst
            let later = max evidence.DayFirst evidence.MonthFirst

            Error
                struct (later,
                        $"the dates mix day-month-year and month-day-year (row {earlier} against this one)",
                        "Write all dates in one format.")
        elif evidence.Open > 0 && evidence.DayFirst = 0 && evidence.MonthFirst = 0 then
            Error struct (evidence.Open, "nothing in the file tells whether the day or the month comes first", remedy)
        else
            Ok(evidence.DayFirst > 0)
