/// Intervals of a walk-forward's track: what teaches them, and how many held. Knows no model.
namespace VolatilityForge

/// Intervals of one model, symbol and horizon.
type ConformalTrack =
    {
        /// One per origin, each by the errors known on its day.
        Intervals: VarianceInterval[]
        /// After every target of the track: what the next interval is made of.
        State: Conformal
        /// Days whose interval has two ends and whose target is scored.
        Judged: int
        /// Of these, days that the interval held.
        Held: int
    }

/// Making them.
[<RequireQualifiedAccess>]
module ConformalTrack =

    /// The intervals of a track. Targets that are not scored, since a day of theirs stands at a floor, teach nothing and are not
    /// judged. Faults as Conformal.walk.
    let ofTrack (config: ConformalConfig) (track: ForecastTrack) : Result<ConformalTrack, Fault> =
        let known =
            Array.map2
                (fun scored realised -> if scored then realised else nan * 1.0< / day>)
                track.Scored
                track.Realised

        Conformal.walk config track.Horizon track.Forecast known
        |> Result.map (fun (struct (intervals, state)) ->
            // The walk ends before the last targets, which have ended by the last day of the history.
            let last =
                seq { max 0 (known.Length - track.Horizon) .. known.Length - 1 }
                |> Seq.fold
                    (fun state day -> Conformal.observe state intervals[day] track.Forecast[day] known[day])
                    state

            let judged =
                [|
                    for day in 0 .. known.Length - 1 do
                        if track.Scored[day] && Conformal.isFinite intervals[day] then
                            Conformal.holds intervals[day] known[day]
                |]

            {
                Intervals = intervals
                State = last
                Judged = judged.Length
                Held = judged |> Array.filter id |> Array.length
            })
