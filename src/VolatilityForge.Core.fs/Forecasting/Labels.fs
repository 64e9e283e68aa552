/// The labels of a window: which rows a model may learn from at a horizon. Knows no model.
namespace VolatilityForge

/// A label is the mean variance over t+1..t+horizon of a row t; it belongs to a window when t and all those days do.
[<RequireQualifiedAccess>]
module Labels =

    /// The label of every day, one element per day of the series; NaN in the last `horizon` places.
    /// Each is summed by itself, so a label depends on its own days only, bit for bit.
    let ofSeries (horizon: int) (variance: Variance[]) : Variance[] =
        Array.init variance.Length (fun day ->
            if day + horizon >= variance.Length then
                nan * 1.0< / day>
            else
                let mutable sum = 0.0< / day>

                for ahead in day + 1 .. day + horizon do
                    sum <- sum + variance[ahead]

                sum / float horizon)

    /// Labels in a window whose days all count.
    let count (horizon: int) (window: Window) : int = max 0 (window.Length - horizon)

    /// The window that holds the given number of labels, all ended by its last day.
    let windowEnding (horizon: int) (labels: int) (last: int) : Window =
        {
            First = last - horizon - labels + 1
            Last = last
        }

    /// Ok when the horizon is positive, the window lies inside the history and holds the days a model needs.
    let check
        (model: string)
        (minimumDays: int)
        (horizon: int)
        (history: History)
        (window: Window)
        : Result<unit, Fault> =
        if horizon < 1 then
            Error(Fault.BadSetting("horizon", "must be at least 1", string horizon))
        elif window.First < 0 || window.Last >= History.length history then
            Error(
                Fault.BadSetting(
                    "window",
                    $"must lie inside the history, 0..{History.length history - 1}",
                    $"{window.First}..{window.Last}"
                )
            )
        elif window.Length < minimumDays then
            Error(Fault.TooShort($"{model} at horizon {horizon}", minimumDays, max 0 window.Length))
        else
            Ok()
