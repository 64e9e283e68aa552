/// Daily measures of one symbol by name, as checked columns. Knows no estimator and no file.
namespace VolatilityForge

open System

/// Daily measures of one symbol. Made by RealisedMeasures.check only: dates strictly increasing, names distinct, values finite
/// or NaN where a day has none. Arrays are not to be written to.
[<Sealed>]
type RealisedMeasures internal (symbol: string, dates: DateOnly[], columns: (string * float[]) list) =

    /// The symbol, or an empty string for a lone series.
    member _.Symbol: string = symbol

    /// Strictly increasing.
    member _.Dates: DateOnly[] = dates

    /// Names of the measures in order.
    member _.Names: string list = List.map fst columns

    /// Days.
    member _.Length: int = dates.Length

    member internal _.Columns: (string * float[]) list = columns

/// Making and reading daily measures.
[<RequireQualifiedAccess>]
module RealisedMeasures =

    let private midnight (date: DateOnly) : DateTime = date.ToDateTime TimeOnly.MinValue

    /// Daily measures out of columns of one element per day, which are copied; faults as Frame.create.
    let check
        (symbol: string)
        (dates: DateOnly[])
        (columns: (string * float[]) list)
        : Result<RealisedMeasures, Fault> =
        Frame.create symbol (Array.map midnight dates) columns
        |> Result.map (fun frame -> RealisedMeasures(symbol, Array.copy dates, frame.Columns))

    /// The values of a measure, or Fault.UnknownName with those there are. Not to be written to.
    let measure (name: string) (measures: RealisedMeasures) : Result<float[], Fault> =
        measures.Columns
        |> List.tryFind (fst >> (=) name)
        |> Option.map snd
        |> Either.ofOption (Fault.UnknownName("daily measure", name, measures.Names))

    /// The measures as a frame, each day at midnight.
    let toFrame (measures: RealisedMeasures) : Frame =
        Frame(measures.Symbol, Array.map midnight measures.Dates, measures.Columns)

    /// The columns of a frame as daily measures; Fault.BadData where a time is not a date.
    let ofFrame (frame: Frame) : Result<RealisedMeasures, Fault> =
        match frame.Index |> Array.tryFindIndex (fun time -> time.TimeOfDay <> TimeSpan.Zero) with
        | Some row ->
            let place =
                {
                    Source = if frame.Symbol = "" then "the frame" else frame.Symbol
                    Row = row + 1
                    Column = "time"
                }

            Error(
                Fault.BadData(
                    place,
                    "daily measures must have dates, not times of day",
                    DateText.stamp frame.Index[row],
                    ""
                )
            )
        | None -> Ok(RealisedMeasures(frame.Symbol, Array.map DateOnly.FromDateTime frame.Index, frame.Columns))
