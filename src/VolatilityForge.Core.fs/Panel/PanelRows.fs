/// A symbol's rows for a regression: features by own day, ln labels, the day each label is known. Knows no estimator.
namespace VolatilityForge

open System
open System.Threading

/// One symbol's rows at a horizon. Matrices are flat, row after row.
type PanelRows =
    {
        /// Features in a row.
        Width: int
        /// (own days, width): missing optional features are 0; rows that can't be used hold NaN somewhere.
        Features: float[]
        /// ln mean variance over the horizon by own day; NaN where it is not known yet.
        LogLabel: float[]
        /// True where every required feature is there.
        Complete: bool[]
        /// The dates of the own days.
        Dates: DateOnly[]
        /// Own days ahead.
        Horizon: int
    }

/// Making rows.
[<RequireQualifiedAccess>]
module PanelRows =

    /// Rows of a symbol. `features` apply to the panel.
    let ofSymbol (factors: Factors) (features: PanelFeature list) (horizon: int) (symbol: int) : PanelRows =
        let view = SymbolView(factors, symbol)
        let history = view.History
        let days = history.Dates.Length

        let columns =
            features
            |> List.map (fun feature -> struct (feature.Required, view[feature]))
            |> Array.ofList

        let width = columns.Length
        let matrix = Array.zeroCreate<float>(days * width)
        let complete = Array.create days true

        for column in 0 .. width - 1 do
            let struct (required, values) = columns[column]

            for day in 0 .. days - 1 do
                let value = values[day]

                if Double.IsFinite value then
                    matrix[day * width + column] <- value
                elif required then
                    matrix[day * width + column] <- nan
                    complete[day] <- false

        {
            Width = width
            Features = matrix
            LogLabel =
                Labels.ofSeries horizon history.Variance
                |> Array.map (fun label -> log (Units.strip label))
            Complete = complete
            Dates = history.Dates
            Horizon = horizon
        }

    /// The row of an own day.
    let row (rows: PanelRows) (day: int) : ReadOnlySpan<float> =
        ReadOnlySpan(rows.Features, day * rows.Width, rows.Width)

    /// How many rows from the first on have labels that are known at the close of a date: the last of their days is dated at or before.
    let known (rows: PanelRows) (date: DateOnly) : int =
        let found = Array.BinarySearch(rows.Dates, date)
        let days = if found >= 0 then found + 1 else ~~~found
        max 0 (days - rows.Horizon)

/// Rows of a panel's symbols for passes over them: kept up to so many bytes, made again each time beyond. Safe for several threads.
[<Sealed>]
type internal PanelRowSource(count: int, capacity: int64, make: int -> PanelRows) =
    let kept = Array.create<PanelRows option> count None
    let mutable spent = 0L

    /// Symbols.
    member _.Count: int = count

    /// A symbol's rows: the same whether they were kept or not.
    member _.Get(symbol: int) : PanelRows =
        match Volatile.Read(&kept[symbol]) with
        | Some rows -> rows
        | None ->
            let rows = make symbol

            let bytes =
                int64 sizeof<float> * int64 (rows.Features.Length + rows.LogLabel.Length)

            if Interlocked.Add(&spent, bytes) <= capacity then
                Volatile.Write(&kept[symbol], Some rows)
            else
                Interlocked.Add(&spent, -bytes) |> ignore

            rows
