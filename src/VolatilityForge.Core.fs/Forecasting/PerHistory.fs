/// What a model derives from a whole history, derived once. Knows no model.
namespace VolatilityForge

open System
open System.Collections.Concurrent
open System.Runtime.CompilerServices

/// Values derived from a history at a horizon, kept while the history is alive. Safe from many threads.
/// A history is a value: after one of its arrays is changed in place, what was derived before is returned.
/// The derivation must itself be prefix-stable, because it sees the whole history.
[<Sealed>]
type PerHistory<'value>(derive: int -> History -> 'value) =
    let byHistory =
        ConditionalWeakTable<History, ConcurrentDictionary<int, Lazy<'value>>>()

    /// The value for a horizon and a history.
    member _.Item(horizon: int, history: History) : 'value =
        let byHorizon =
            byHistory.GetValue(history, fun _ -> ConcurrentDictionary<int, Lazy<'value>>())

        byHorizon.GetOrAdd(horizon, fun asked -> lazy derive asked history).Value
