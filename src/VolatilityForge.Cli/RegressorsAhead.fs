/// Values of regressors on days that the data don't reach: told, kept or missing. Knows no command.
namespace VolatilityForge.Cli

open VolatilityForge

/// What regressors are on the days ahead.
[<RequireQualifiedAccess>]
type RegressorsAhead =
    /// Not told.
    | Unknown
    /// They stay at the last row of the data.
    | Held
    /// A CSV with a row per day ahead.
    | Table of path: string

/// Columns of the days ahead.
[<RequireQualifiedAccess>]
module RegressorsAhead =

    /// What the two options say.
    let ofOptions (table: string option) (held: bool) : Result<RegressorsAhead, Fault> =
        match table, held with
        | Some _, true ->
            Error(Fault.BadSetting("--regressors-ahead", "must be given without --hold-regressors", "both"))
        | Some path, false -> Ok(RegressorsAhead.Table path)
        | None, true -> Ok RegressorsAhead.Held
        | None, false -> Ok RegressorsAhead.Unknown

    /// What JSON says of it.
    let name (ahead: RegressorsAhead) : string =
        match ahead with
        | RegressorsAhead.Unknown -> "none"
        | RegressorsAhead.Held -> "held"
        | RegressorsAhead.Table path -> path

    /// Ok where the regressors of so many days ahead are known: the variance's of all but the last, and the mean's of all where returns
    /// are asked for. Faults say how many rows are missing, and refuse options that have no meaning and days that aren't 1..10000.
    let check (regressors: GarchRegressors) (returns: bool) (days: int) (ahead: RegressorsAhead) : Result<unit, Fault> =
        let mean = if returns then regressors.Mean else []

        let missing =
            (if mean.IsEmpty then [] else [ mean, days ])
            @ [ regressors.Variance, days - 1 ]

        let told =
            missing
            |> List.filter (fun (names, rows) -> not names.IsEmpty && rows > 0)
            |> List.map (fun (names, rows) ->
                let count =
                    if rows = 1 then
                        "the first day ahead"
                    else
                        $"the first {rows} days ahead"

                $"""{String.concat ", " names} of {count}""")

        match ahead with
        | RegressorsAhead.Unknown when not told.IsEmpty ->
            Error(
                Fault.BadSetting(
                    "--regressors-ahead",
                    "must name a CSV of the regressors' values on days ahead; or --hold-regressors keeps them at their last row",
                    $"""no {String.concat " and no " told}"""
                )
            )
        | RegressorsAhead.Held
        | RegressorsAhead.Table _ when GarchRegressors.isNone regressors ->
            Error(
                Fault.BadSetting(
                    "--regressors-ahead and --hold-regressors",
                    "have no meaning for a model without regressors; leave them out",
                    "given"
                )
            )
        | _ -> GarchForecast.checkDays days

    /// Columns over the days ahead, of the mean where returns are asked for, and of the variance; as GarchSimulation has them. `last` are the
    /// rows that --hold-regressors keeps. Faults of `check` and of the table.
    let columns
        (delimiter: char)
        (regressors: GarchRegressors)
        (returns: bool)
        (days: int)
        (last: string -> Result<float, Fault>)
        (ahead: RegressorsAhead)
        : Result<float[][] * float[][], Fault> =
        let of' (names: string list) (rows: int) : Result<float[][], Fault> =
            match ahead with
            | RegressorsAhead.Unknown -> Ok [||]
            | _ when rows = 0 -> Ok [||]
            | RegressorsAhead.Held ->
                names
                |> Checked.traverse (last >> Result.map (Array.create rows))
                |> Result.map Array.ofList
            | RegressorsAhead.Table path ->
                names
                |> Checked.traverse (fun name -> ColumnFile.readFirst rows path name delimiter)
                |> Result.map Array.ofList

        either {
            do! check regressors returns days ahead

            return!
                checked' {
                    let! mean = of' (if returns then regressors.Mean else []) days
                    and! variance = of' regressors.Variance (days - 1)
                    return mean, variance
                }
        }
