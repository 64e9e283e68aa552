/// How far a forecast of variance is from what was realised. Knows no model.
namespace VolatilityForge

open System

/// Average losses of a series of forecasts.
type Metrics =
    {
        /// Mean QLIKE over the scored days; scale-free. NaN when no day is scored.
        Qlike: float
        /// Mean squared error of variance, over all days.
        Mse: float<1 / day^2>
        /// Root of the mean squared error of variance.
        Rmse: Variance
        /// Mean absolute error of volatility, over all days.
        Mae: Volatility
        /// Days with a forecast and a realised value.
        Count: int
        /// Days of Count that QLIKE leaves out, since their realised variance stands at a floor.
        Excluded: int
    }

/// Losses of single forecasts.
[<RequireQualifiedAccess>]
module Loss =

    /// v/f - ln(v/f) - 1 (Patton 2011): zero when they agree, positive otherwise; robust to noise in v. Variances only.
    /// Both must be positive and finite.
    let qlike (forecast: Variance) (realised: Variance) : float =
        let ratio = realised / forecast
        // Rounding can leave the difference a hair below zero where the two agree.
        max 0.0 (ratio - log ratio - 1.0)

    /// The squared error of variance.
    let squared (forecast: Variance) (realised: Variance) : float<1 / day^2> =
        (realised - forecast) * (realised - forecast)

    /// The absolute error of volatility.
    let absolute (forecast: Variance) (realised: Variance) : Volatility =
        abs (Units.volatility realised - Units.volatility forecast)

    /// Ok when three series have one length, every forecast is positive and finite, and so is every realised value that
    /// is scored; others may be zero.
    let check (forecast: Variance[]) (realised: Variance[]) (scored: bool[]) : Result<unit, Fault> =
        let bad =
            lazy
                (Seq.init forecast.Length id
                 |> Seq.tryPick (fun day ->
                     let f, v = Units.strip forecast[day], Units.strip realised[day]

                     if not (f > 0.0 && Double.IsFinite f) then
                         Some $"forecast {day} is {f}, not a positive number"
                     elif not (v >= 0.0 && Double.IsFinite v) then
                         Some $"realised variance {day} is {v}, not a number that is zero or more"
                     elif scored[day] && v = 0.0 then
                         Some $"realised variance {day} is scored but zero"
                     else
                         None))

        if forecast.Length <> realised.Length then
            Error(Fault.BadShape("Losses", "realised", string forecast.Length, string realised.Length))
        elif forecast.Length <> scored.Length then
            Error(Fault.BadShape("Losses", "scored", string forecast.Length, string scored.Length))
        elif forecast.Length = 0 then
            Error(Fault.TooShort("Losses", 1, 0))
        else
            match bad.Value with
            | Some reason ->
                Error(
                    Fault.NotComputable("Losses", reason, "Clamp the forecasts, or mark days at a floor as not scored.")
                )
            | None -> Ok()

/// Averages of losses.
[<RequireQualifiedAccess>]
module Metrics =

    /// The average losses of forecasts against realised variances, with the faults of Loss.check.
    let ofForecasts (forecast: Variance[]) (realised: Variance[]) (scored: bool[]) : Result<Metrics, Fault> =
        let average () : Metrics =
            let count = forecast.Length
            let mutable qlike, scoredDays = 0.0, 0
            let mutable squares = 0.0<1 / day^2>
            let mutable distance = Units.volatility 0.0< / day>

            for day in 0 .. count - 1 do
                if scored[day] then
                    qlike <- qlike + Loss.qlike forecast[day] realised[day]
                    scoredDays <- scoredDays + 1

                squares <- squares + Loss.squared forecast[day] realised[day]
                distance <- distance + Loss.absolute forecast[day] realised[day]

            let mse = squares / float count

            {
                Qlike = qlike / float scoredDays
                Mse = mse
                Rmse = sqrt mse
                Mae = distance / float count
                Count = count
                Excluded = count - scoredDays
            }

        Loss.check forecast realised scored |> Result.map average
