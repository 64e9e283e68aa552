/// Splits of shares, and bars adjusted for them. Knows no file.
namespace VolatilityForge

open System

/// A split: from its day on, so many new shares for an old one (7 for a seven-for-one split, 0.125 for a reverse split).
[<Struct>]
type Split = { Date: DateOnly; Ratio: float }

/// Adjusting bars.
[<RequireQualifiedAccess>]
module Split =

    /// The splits that the overnight jumps of bars look like (Bars.splitLike). Read them before they are believed: a crash may
    /// look like a split.
    let detected (bars: Bars) : Split list =
        Bars.splitLike bars
        |> List.map (fun jump ->
            let struct (many, few) = jump.Ratio

            {
                Date = jump.Date
                Ratio = float many / float few
            })

    /// The bars with prices before each split over its ratio and volumes times it, so that no return shows a split. Adjusted
    /// closes are left as they are. Fault.BadSetting for a ratio that isn't finite and positive.
    let adjust (splits: Split list) (bars: Bars) : Result<Bars, Fault> =
        match
            splits
            |> List.tryFind (fun split -> not (Double.IsFinite split.Ratio && split.Ratio > 0.0))
        with
        | Some split ->
            Error(Fault.BadSetting("split ratio", "must be finite and positive", TickRules.shown split.Ratio))
        | None ->
            let factors =
                bars.Dates
                |> Array.map (fun day ->
                    splits
                    |> List.fold (fun factor split -> if day < split.Date then factor * split.Ratio else factor) 1.0)

            let price column = Array.map2 (/) column factors

            Bars.check
                {
                    Symbol = bars.Symbol
                    Dates = bars.Dates
                    Open = price bars.Open
                    High = price bars.High
                    Low = price bars.Low
                    Close = price bars.Close
                    AdjustedClose = bars.AdjustedClose
                    Volume = bars.Volume |> Option.map (Array.map2 (*) factors)
                }
