/// Starts of fits in a walk-forward that are the same in any order of fits. Knows no model.
namespace VolatilityForge

open System.Collections.Concurrent
open System.Runtime.CompilerServices

/// Fits to start others from.
[<RequireQualifiedAccess>]
module internal WarmStart =

    /// Starts come from fits between days that are multiples of this, so that neighbouring windows share one.
    [<Literal>]
    let AnchorDays = 250

    /// The days of a window between multiples of AnchorDays, which lie inside it: a fit so started reads its own window alone.
    let inside (window: Window) : Window =
        let first = max 1 window.First

        {
            First = max 1 ((first - 1 + AnchorDays - 1) / AnchorDays * AnchorDays)
            Last = window.Last - window.Last % AnchorDays
        }

    /// The fit on the inner days of a window, made once for a history; None where they are fewer than the minimum or can't be
    /// fitted.
    let ofHistory (minimum: int) (fit: History -> Window -> Result<'fit, Fault>) : History -> Window -> 'fit option =
        let tables =
            ConditionalWeakTable<History, ConcurrentDictionary<Window, Lazy<'fit option>>>()

        fun history window ->
            let inner = inside window

            if inner.Length < minimum then
                None
            else
                let table = tables.GetValue(history, fun _ -> ConcurrentDictionary())

                table.GetOrAdd(inner, fun _ -> lazy (fit history inner |> Result.toOption)).Value
