/// Values by date. Knows no file and no model.
namespace VolatilityForge

open System

/// Dated values with a unit; dates strictly increasing, values finite. Made by Series.check only.
[<Sealed>]
type Series<[<Measure>] 'unit> internal (dates: DateOnly[], values: float<'unit>[]) =

    /// The dates, strictly increasing. Not to be written to.
    member _.Dates: DateOnly[] = dates

    /// One finite value per date. Not to be written to.
    member _.Values: float<'unit>[] = values

    /// How many dates there are.
    member _.Length: int = dates.Length

/// Making and reading dated values.
[<RequireQualifiedAccess>]
module Series =

    let private fault (name: string) (index: int) (column: string) (rule: string) (found: string) : Fault =
        Fault.badData name (index + 1) column rule found ""

    let private isoDate (date: DateOnly) : string =
        date.ToString("yyyy-MM-dd", Globalization.CultureInfo.InvariantCulture)

    /// The index of the first date that does not come after the one before it.
    let internal firstUnordered (dates: DateOnly[]) : int option =
        let mutable index = 1

        while index < dates.Length && dates[index - 1] < dates[index] do
            index <- index + 1

        if index < dates.Length then Some index else None

    /// A series, or the first broken rule: as many values as dates, dates strictly increasing, values finite. The name
    /// is what the fault calls the source; rows count from 1.
    let check (name: string) (dates: DateOnly[]) (values: float<'unit>[]) : Result<Series<'unit>, Fault> =
        if dates.Length <> values.Length then
            Error(Fault.BadShape(name, "values", $"as many as dates ({dates.Length})", string values.Length))
        else
            match
                firstUnordered dates, values |> Array.tryFindIndex (fun value -> not (Double.IsFinite(float value)))
            with
            | Some index, _ -> Error(fault name index "date" "dates must strictly increase" (isoDate dates[index]))
            | None, Some index -> Error(fault name index "value" "values must be finite" (string (float values[index])))
            | None, None -> Ok(Series<'unit>(Array.copy dates, Array.copy values))

    /// The function of every value, dates kept; Fault.BadData where it gives something not finite.
    let map (mapping: float<'a> -> float<'b>) (series: Series<'a>) : Result<Series<'b>, Fault> =
        check "mapped series" series.Dates (Array.map mapping series.Values)

    /// The index of the first date at or after this one; the length when there is none.
    let private lowerBound (date: DateOnly) (series: Series<'unit>) : int =
        let found = Array.BinarySearch(series.Dates, date)
        if found >= 0 then found else ~~~found

    /// The value of a date, or None.
    let tryAt (date: DateOnly) (series: Series<'unit>) : float<'unit> option =
        let found = Array.BinarySearch(series.Dates, date)
        if found >= 0 then Some series.Values[found] else None

    /// The dates from first to last, both included; empty when there are none between them.
    let slice (first: DateOnly) (last: DateOnly) (series: Series<'unit>) : Series<'unit> =
        let start = lowerBound first series

        let afterLast =
            if last = DateOnly.MaxValue then
                series.Length
            else
                lowerBound (last.AddDays 1) series

        let count = max 0 (afterLast - start)

        Series<'unit>(
            Array.sub series.Dates (min start series.Length) count,
            Array.sub series.Values (min start series.Length) count
        )
