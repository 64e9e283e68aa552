/// Features of the time of a row alone. Knows no column.
namespace VolatilityForge

open System

/// Definitions. They read the index only.
[<RequireQualifiedAccess>]
module CalendarFeatures =

    let private define (name: string) (summary: string) (outputs: string list) (value: DateTime -> int -> float) =
        { Feature.define name FeatureFamily.Nonlinear "" summary with
            Outputs =
                fun _ _ ->
                    [
                        for output in outputs do
                            {
                                Name = output
                                Unit = Some FeatureUnit.one
                            }
                    ]
            Kernel =
                fun _ _ rows columns ->
                    for output in 0 .. columns.Length - 1 do
                        for row in rows.First .. rows.Last do
                            columns[output][row] <- value rows.Index[row] output
        }

    /// Sine, then cosine, of a share of a full turn.
    let private turn (share: float) (output: int) : float =
        let struct (sine, cosine) = Math.SinCos(2.0 * Math.PI * share)
        if output = 0 then sine else cosine

    /// The day of the week as a point on a circle.
    let weekday: FeatureDefinition =
        define
            "weekday"
            "sine and cosine of the day of the week, Monday 0, seven days a turn"
            [ "weekday_sin"; "weekday_cos" ]
            (fun time -> turn (float ((int time.DayOfWeek + 6) % 7) / 7.0))

    /// The time of the day as a point on a circle.
    let timeOfDay: FeatureDefinition =
        define
            "time-of-day"
            "sine and cosine of the time of the day, 24 hours a turn"
            [ "time_of_day_sin"; "time_of_day_cos" ]
            (fun time -> turn (float time.TimeOfDay.Ticks / float TimeSpan.TicksPerDay))

    /// The day of the year as a point on a circle.
    let season: FeatureDefinition =
        define
            "season"
            "sine and cosine of the day of the year, a year a turn"
            [ "season_sin"; "season_cos" ]
            (fun time ->
                let days = if DateTime.IsLeapYear time.Year then 366.0 else 365.0
                turn (float (time.DayOfYear - 1) / days))

    /// Nights since the row before.
    let gap: FeatureDefinition =
        { Feature.define
              "days-since"
              FeatureFamily.Nonlinear
              ""
              "days, with fractions, since the row before: 3 on a Monday of daily data; NaN at the first row" with
            Outputs = Define.output "days_since" { FeatureUnit.one with Day = 1.0 }
            Memory = fun _ -> 1
            Kernel =
                fun _ _ rows outputs ->
                    for row in rows.First .. rows.Last do
                        outputs[0][row] <-
                            if row = 0 then
                                nan
                            else
                                (rows.Index[row] - rows.Index[row - 1]).TotalDays
        }

    /// Every feature of this module.
    let all: FeatureDefinition list = [ weekday; timeOfDay; season; gap ]
