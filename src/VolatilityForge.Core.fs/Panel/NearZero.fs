/// Days whose variance is so small that it can only be an error of the record: half a session, a stale price. Knows no panel.
namespace VolatilityForge

open System

/// Leaving such days out.
[<RequireQualifiedAccess>]
module NearZero =

    /// Share of the running median below which no day of a traded index has been seen that was recorded whole.
    let share: float = 1e-3

    /// The share, or a fault outside [0, 1): at 1 and above the rule would leave out ordinary days.
    let check (share: float) : Result<float, Fault> =
        (share >= 0.0 && share < 1.0)
        |> Checked.require (Fault.BadSetting("near zero", "must be at least 0 and below 1", string share))
        |> Result.map (fun () -> share)

    /// Days of the running median.
    let private window = 250

    /// Days before the rule applies.
    let private minimumDays = 22

    /// By day: true where the variance is below the share of the median of the (up to 250) kept days before. Later days change nothing.
    let find (share: float) (variance: Variance[]) : bool[] =
        let kept = Collections.Generic.Queue<Variance>()

        variance
        |> Array.map (fun value ->
            let near =
                kept.Count >= minimumDays
                // The median is sorted for few days only: it lies above the smallest.
                && value < Seq.min kept
                && (let sorted = kept.ToArray()
                    Array.sortInPlace sorted
                    value < share * sorted[sorted.Length / 2])

            if not near then
                kept.Enqueue value

                if kept.Count > window then
                    kept.Dequeue() |> ignore

            near)

    /// The history without those days, and how many they were; the returns of days left out count into those of the next day kept.
    let drop (share: float) (history: History) : struct (History * int) =
        let near = find share history.Variance
        let days = [| 0 .. near.Length - 1 |] |> Array.filter (fun day -> not near[day])

        if days.Length = near.Length then
            struct (history, 0)
        else
            let pick (values: 'a[]) : 'a[] =
                days |> Array.map (fun day -> values[day])

            let returns =
                days
                |> Array.mapi (fun place day ->
                    let first = if place = 0 then 0 else days[place - 1] + 1
                    Array.sum history.Returns[first..day])

            struct ({ history with
                        Dates = pick history.Dates
                        Variance = pick history.Variance
                        Returns = returns
                        Scored = pick history.Scored
                        Measures = history.Measures |> Map.map (fun _ values -> pick values)
                    },
                    near.Length - days.Length)
