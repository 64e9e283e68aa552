/// Which of a day's ticks are looked at. Knows no estimator.
namespace VolatilityForge

open System
open System.Globalization

/// A scheme of sampling.
[<RequireQualifiedAccess>]
type Sampling =
    /// Calendar time: at the first tick and then at every multiple of the step after the open up to the close, the price of
    /// the previous tick. A session of the whole day has no close: there the first multiple not before the last tick is the last.
    | Every of step: TimeSpan
    /// Tick time: the first tick and every so many after it, and the last.
    | Ticks of count: int
    /// Every tick whose price differs from the one before.
    | Changes
    /// Every tick.
    | All

/// Sampling.
[<RequireQualifiedAccess>]
module Sampling =

    /// Five minutes, the usual compromise between noise and information (Liu, Patton and Sheppard 2015).
    let fiveMinutes: Sampling = Sampling.Every(TimeSpan.FromMinutes 5.0)

    /// The scheme's name: "5m", "30s", "1h", "ticks:10", "changes", "all".
    let name (sampling: Sampling) : string =
        let whole (count: float) (unit: string) =
            count.ToString("0.#######", CultureInfo.InvariantCulture) + unit

        match sampling with
        | Sampling.Every step when step.Ticks % TimeSpan.TicksPerHour = 0L -> whole step.TotalHours "h"
        | Sampling.Every step when step.Ticks % TimeSpan.TicksPerMinute = 0L -> whole step.TotalMinutes "m"
        | Sampling.Every step -> whole step.TotalSeconds "s"
        | Sampling.Ticks count -> $"ticks:{count}"
        | Sampling.Changes -> "changes"
        | Sampling.All -> "all"

    let private unknown (text: string) : Result<Sampling, Fault> =
        Error(
            Fault.BadSetting(
                "sampling",
                "must be a step such as 5m, 30s or 1h, optionally as previous-tick:5m; ticks:N; changes; or all",
                text
            )
        )

    /// The step as written: a number and h, m or s.
    let internal step (text: string) : TimeSpan option =
        let units =
            [
                "h", TimeSpan.TicksPerHour
                "m", TimeSpan.TicksPerMinute
                "min", TimeSpan.TicksPerMinute
                "s", TimeSpan.TicksPerSecond
            ]

        units
        |> List.tryPick (fun (suffix, ticks) ->
            if text.EndsWith(suffix, StringComparison.Ordinal) then
                match CellNumber.point (text.AsSpan(0, text.Length - suffix.Length)) with
                | ValueSome count when
                    count > 0.0
                    && count * float ticks >= 1.0
                    && count * float ticks <= float TimeSpan.TicksPerDay
                    ->
                    Some(TimeSpan.FromTicks(int64 (Math.Round(count * float ticks))))
                | _ -> None
            else
                None)

    /// The scheme of a name, as name writes it; "previous-tick:5m" is "5m". Fault.BadSetting otherwise.
    let parse (text: string) : Result<Sampling, Fault> =
        match text.ToLowerInvariant().Split(':', 2) with
        | [| "all" |] -> Ok Sampling.All
        | [| "changes" |] -> Ok Sampling.Changes
        | [| "previous-tick" |] -> Ok fiveMinutes
        | [| "ticks"; count |] ->
            match Int32.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, count when count >= 1 -> Ok(Sampling.Ticks count)
            | _ -> unknown text
        | [| written |]
        | [| "previous-tick"; written |] ->
            match step written with
            | Some step -> Ok(Sampling.Every step)
            | None -> unknown text
        | _ -> unknown text

    // Far more than any market's ticks of a day; a finer grid is a slip of the unit.
    let private mostPoints = 10_000_000L

    // A whole day without hours of its own has no close, and a grid beyond its last tick would be of zeros.
    let private gridEnd (step: TimeSpan) (start: DateTime) (day: PriceDay) : DateTime =
        if day.Session = Session.wholeDay then
            let sinceStart = day.Times[day.Times.Length - 1] - start
            start.AddTicks((sinceStart.Ticks + step.Ticks - 1L) / step.Ticks * step.Ticks)
        else
            day.Date.ToDateTime day.Session.Close

    /// The levels on a grid of a day that begins an offset after the open: the first tick, and for each point of the grid
    /// after it up to the close the previous tick. One pass. Raises Fault.BadSetting above ten million points.
    let internal onGrid (step: TimeSpan) (offset: TimeSpan) (day: PriceDay) : float[] =
        let opens = day.Date.ToDateTime day.Session.Open
        let first = day.Times[0]
        let start = opens + offset
        let closes = gridEnd step start day

        // The first point of the grid after the first tick.
        let skipped =
            if first < start then
                0L
            else
                (first - start).Ticks / step.Ticks + 1L

        let mutable point = start.AddTicks(skipped * step.Ticks)

        let count =
            if point > closes then
                0L
            else
                (closes - point).Ticks / step.Ticks + 1L

        if count > mostPoints then
            Fault.raiseWith (
                Fault.BadSetting(
                    "sampling",
                    $"must give at most {mostPoints} points a day",
                    $"{step}, which gives {count}"
                )
            )

        let levels = Array.zeroCreate<float>(int count + 1)
        levels[0] <- day.Levels[0]
        let mutable tick = 0

        for index in 1 .. int count do
            while tick + 1 < day.Times.Length && day.Times[tick + 1] <= point do
                tick <- tick + 1

            levels[index] <- day.Levels[tick]
            point <- point + step

        levels

    /// A change of levels up to which it is rounding: a millionth of their root mean square change. Middles of two quotes that are one
    /// number in decimals may differ in their last bit, which is no move.
    let internal rounding (levels: float[]) : float =
        let mutable sum = 0.0

        for tick in 1 .. levels.Length - 1 do
            let change = levels[tick] - levels[tick - 1]
            sum <- sum + change * change

        1e-6 * sqrt (sum / float (max 1 (levels.Length - 1)))

    /// The sampled levels of a day, one or more; returns are their differences.
    let levels (sampling: Sampling) (day: PriceDay) : float[] =
        match sampling with
        | Sampling.All -> day.Levels
        | Sampling.Every step -> onGrid step TimeSpan.Zero day
        | Sampling.Changes ->
            let rounding = rounding day.Levels

            day.Levels
            |> Array.indexed
            |> Array.filter (fun (tick, level) -> tick = 0 || abs (level - day.Levels[tick - 1]) > rounding)
            |> Array.map snd
        | Sampling.Ticks count ->
            let last = day.Levels.Length - 1

            [|
                for tick in 0..count..last do
                    day.Levels[tick]
                if last % count <> 0 then
                    day.Levels[last]
            |]

    /// The differences of levels, one fewer.
    let returns (levels: float[]) : float[] =
        Array.init (max 0 (levels.Length - 1)) (fun index -> levels[index + 1] - levels[index])
