/// Forecasts of several models over the same days, wherever they come from. Knows no model and no file.
namespace VolatilityForge

open System

/// One symbol's forecasts at one horizon; arrays have one element per day.
type ForecastSet =
    {
        /// The symbol, or an empty string.
        Symbol: string
        /// Days ahead.
        Horizon: int
        /// Days the forecasts were made, increasing.
        Dates: DateOnly[]
        /// What mean daily variance turned out to be.
        Realised: Variance[]
        /// False where a day of the target stands at a floor.
        Scored: bool[]
        /// By model, in order.
        Forecasts: (string * Variance[]) list
    }

/// Building and reading sets.
[<RequireQualifiedAccess>]
module ForecastSet =

    /// The set, or the fault in it: no model, a name twice, days that don't increase, those of Loss.check for any model.
    let check (set: ForecastSet) : Result<ForecastSet, Fault> =
        let names = set.Forecasts |> List.map fst
        let what = $"The forecasts of horizon {set.Horizon}"

        if set.Horizon < 1 then
            Error(Fault.BadSetting("horizon", "must be at least 1", string set.Horizon))
        elif names.IsEmpty then
            Error(Fault.BadSetting("models", "must be one or more", "none"))
        elif List.distinct names <> names then
            Error(Fault.BadSetting("models", "must have different names", String.Join(", ", names)))
        elif set.Dates.Length <> set.Realised.Length then
            Error(Fault.BadShape(what, "dates", string set.Realised.Length, string set.Dates.Length))
        elif
            Array.pairwise set.Dates
            |> Array.exists (fun (before, after) -> after <= before)
        then
            Error(Fault.NotComputable(what, "the days don't increase", "Sort them, and give each once."))
        else
            set.Forecasts
            |> List.map (fun (_, forecast) -> Loss.check forecast set.Realised set.Scored)
            |> Checked.all
            |> Result.map (fun () -> set)

    /// The sets of tracks, by symbol and horizon in the order they come. Fault.NotComputable for models that forecast on
    /// different days.
    let ofTracks (tracks: ForecastTrack list) : Result<ForecastSet list, Fault> =
        tracks
        |> List.groupBy (fun track -> track.Symbol, track.Horizon)
        |> Checked.traverse (fun ((symbol, horizon), group) ->
            let first = group.Head

            match group |> List.tryFind (fun track -> track.Dates <> first.Dates) with
            | Some other ->
                Error(
                    Fault.NotComputable(
                        $"The forecasts of horizon {horizon}",
                        $"{other.Model} and {first.Model} forecast on different days",
                        "Run them in one walk-forward."
                    )
                )
            | None ->
                check
                    {
                        Symbol = symbol
                        Horizon = horizon
                        Dates = first.Dates
                        Realised = first.Realised
                        Scored = first.Scored
                        Forecasts = group |> List.map (fun track -> track.Model, track.Forecast)
                    })

    /// The days a model is scored on: dates, losses.
    let losses (rule: LossRule) (set: ForecastSet) (forecast: Variance[]) : float[] =
        [|
            for day in 0 .. forecast.Length - 1 do
                if set.Scored[day] then
                    LossRule.value rule forecast[day] set.Realised[day]
        |]

    /// The days that losses come from.
    let scoredDates (set: ForecastSet) : DateOnly[] =
        Array.zip set.Dates set.Scored |> Array.filter snd |> Array.map fst

    /// Losses of every model, checked for tests that compare them all.
    let lossTable (rule: LossRule) (set: ForecastSet) : Result<LossTable, Fault> =
        set.Forecasts
        |> List.map (fun (model, forecast) -> model, losses rule set forecast)
        |> LossTable.ofLosses
