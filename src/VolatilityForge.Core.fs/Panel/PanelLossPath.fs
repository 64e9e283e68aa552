/// How a model's loss over a panel adds up against the baseline's, day by day. Knows no model and prints nothing.
namespace VolatilityForge

open System
open System.Collections.Generic

/// The running sum of a model's QLIKE less the baseline's, each day's mean over the symbols scored on it: falling where the model gains.
type PanelLossPath =
    {
        Model: string
        Horizon: int
        Dates: DateOnly[]
        Sum: float[]
    }

/// Making the paths.
[<RequireQualifiedAccess>]
module PanelLossPath =

    /// By date: sum over symbols of the loss, and how many there are.
    let private daily (tracks: ForecastTrack list) : SortedDictionary<DateOnly, struct (float * int)> =
        let days = SortedDictionary()

        for track in tracks do
            for day in 0 .. track.Origins.Length - 1 do
                if track.Scored[day] then
                    let loss = Loss.qlike track.Forecast[day] track.Realised[day]

                    match days.TryGetValue track.Dates[day] with
                    | true, struct (sum, count) -> days[track.Dates[day]] <- struct (sum + loss, count + 1)
                    | _ -> days[track.Dates[day]] <- struct (loss, 1)

        days

    /// The paths of every model but the baseline, by horizon, of tracks over the same days from one walk-forward. A horizon without the
    /// baseline has none.
    let ofTracks (baseline: string) (tracks: ForecastTrack list) : PanelLossPath list =
        [
            for horizon, own in tracks |> List.groupBy _.Horizon do
                let models = own |> List.groupBy _.Model

                match models |> List.tryFind (fst >> (=) baseline) with
                | None -> ()
                | Some(_, against) ->
                    let reference = daily against

                    for model, tracks in models do
                        if model <> baseline then
                            let losses = daily tracks
                            let mutable sum = 0.0

                            {
                                Model = model
                                Horizon = horizon
                                Dates = Array.ofSeq losses.Keys
                                Sum =
                                    [|
                                        for day in losses do
                                            let struct (loss, count) = day.Value
                                            let struct (other, others) = reference[day.Key]
                                            sum <- sum + loss / float count - other / float others
                                            sum
                                    |]
                            }
        ]
