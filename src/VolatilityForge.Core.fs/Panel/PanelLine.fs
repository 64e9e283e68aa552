/// A log-linear forecast of one symbol: intercept, slopes, bias factor. Knows no estimator.
namespace VolatilityForge

open System.Collections.Concurrent
open System.Runtime.CompilerServices

/// Forecast = Scale * exp(Intercept + slopes · features).
type PanelLine =
    {
        Intercept: float
        /// One per feature.
        Slopes: float[]
        /// Corrects the bias of the logarithm; 1 where there is none.
        Scale: float
    }

/// Lines by fit and symbol, and what is forecast with them.
[<RequireQualifiedAccess>]
module internal PanelLine =

    /// The forecast on an own day; NaN for a row that is not complete.
    let forecast (line: PanelLine) (rows: PanelRows) (day: int) : Variance =
        line.Scale
        * exp (line.Intercept + RowProduct.dot (PanelRows.row rows day) line.Slopes)
        * 1.0< / day>

    /// Forecasts by own day from the lines of a schedule's fits, which are None where a symbol had too few rows.
    let walk (schedule: PanelSchedule) (rows: PanelRows) (lines: PanelLine option[]) : Variance[] =
        rows.Dates
        |> Array.mapi (fun day date ->
            match PanelSchedule.fitOn schedule (MarketDay.ofDate date) with
            | -1 -> nan * 1.0< / day>
            | fit ->
                match lines[fit] with
                | Some line -> forecast line rows day
                | None -> nan * 1.0< / day>)

    /// Rows of a symbol in a panel, kept for the last symbol asked for while the panel is alive.
    [<Sealed>]
    type private LastRows(features: PanelFeature list) =
        let factors = ConditionalWeakTable<Panel, Factors>()
        let rows = ConditionalWeakTable<Panel, ConcurrentDictionary<int, PanelRows>>()

        member _.Get(panel: Panel, symbol: int, horizon: int) : PanelRows =
            let own = factors.GetValue(panel, (fun panel -> Factors.ofPanel 1 panel))
            let kept = rows.GetValue(panel, (fun _ -> ConcurrentDictionary<int, PanelRows>()))

            match kept.TryGetValue symbol with
            | true, found -> found
            | _ ->
                let made = PanelRows.ofSymbol own features horizon symbol
                kept.Clear()
                kept[symbol] <- made
                made

    /// A fitted model of lines by symbol name.
    let fitted (features: PanelFeature list) (horizon: int) (lines: Map<string, PanelLine>) : IPanelFitted =
        let rows = LastRows features

        { new IPanelFitted with
            member _.Forecast(panel, symbol, day) =
                match lines.TryFind panel.Symbols[symbol] with
                | Some line -> forecast line (rows.Get(panel, symbol, horizon)) day.Index
                | None -> nan * 1.0< / day>
        }
