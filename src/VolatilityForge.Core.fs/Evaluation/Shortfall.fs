/// Whether forecasts of expected shortfall are right on the days that Value at Risk is exceeded. Knows no model.
namespace VolatilityForge

open System

/// The test of McNeil and Frey (2000).
type ShortfallTest =
    {
        /// Days on which Value at Risk was exceeded.
        Exceedances: int
        /// Of return less expected shortfall over the scale on those days: below zero where losses are worse than forecast.
        MeanResidual: float
        Statistic: float
        /// That the mean is not below zero, by resampling the days.
        PValue: float
    }

/// Testing expected shortfall.
[<RequireQualifiedAccess>]
module Shortfall =

    let private what = "Expected shortfall"

    /// Tests that returns on days of exceedance have the forecast expected shortfall as their mean, against worse. Residuals
    /// are divided by a scale, (days): the forecast volatility, or ones. The resampling is of single days, seeded. Faults: those
    /// of RiskForecast.check, series of other lengths, a scale that is not positive, a shortfall above the Value at Risk, fewer than
    /// two exceedances, residuals that never vary.
    let mcNeilFrey
        (draws: int)
        (seed: int64)
        (scale: float[])
        (shortfall: float[])
        (risk: RiskForecast)
        : Result<ShortfallTest, Fault> =
        either {
            let! risk = RiskForecast.check risk
            let days = risk.Returns.Length

            for axis, series in [ "shortfall", shortfall; "scale", scale ] do
                if series.Length <> days then
                    return! Error(Fault.BadShape(what, axis, string days, string series.Length))

            if draws < 1 then
                return! Error(Fault.BadSetting("draws", "must be at least 1", string draws))

            if not (scale |> Array.forall (fun s -> s > 0.0 && Double.IsFinite s)) then
                return!
                    Error(Fault.NotComputable(what, "a scale is not positive", "Use forecast volatilities, or ones."))

            if not (Array.forall2 (fun (e: float) q -> Double.IsFinite e && e <= q) shortfall risk.ValueAtRisk) then
                return!
                    Error(
                        Fault.NotComputable(
                            what,
                            "a shortfall is above its Value at Risk",
                            "Give both as returns: negative for a small level."
                        )
                    )

            let residuals =
                [|
                    for day in 0 .. days - 1 do
                        if risk.Returns[day] < risk.ValueAtRisk[day] then
                            (risk.Returns[day] - shortfall[day]) / scale[day]
                |]

            let count = residuals.Length

            if count < 2 then
                return! Error(Fault.TooShort($"{what}: exceedances", 2, count))

            let studentised (values: float[]) : float =
                let mean = Array.average values
                let squares = values |> Array.sumBy (fun x -> (x - mean) * (x - mean))
                mean / sqrt (squares / float (values.Length - 1) / float values.Length)

            let mean = Array.average residuals
            let statistic = studentised residuals

            if not (Double.IsFinite statistic) then
                return! Error(Fault.NotComputable(what, "residuals never vary", "Use a longer sample."))

            let centred = residuals |> Array.map (fun x -> x - mean)
            let mutable state = Rng.ofSeed seed

            let below =
                Array.init draws (fun _ ->
                    studentised (
                        Array.init count (fun _ ->
                            let struct (chosen, next) = Rng.nextInt count state
                            state <- next
                            centred[chosen])
                    ))
                // A resample of one value alone has no deviation and says nothing.
                |> Array.filter Double.IsFinite
                |> Array.map (fun value -> if value <= statistic then 1.0 else 0.0)

            return
                {
                    Exceedances = count
                    MeanResidual = mean
                    Statistic = statistic
                    PValue = if below.Length = 0 then nan else Array.average below
                }
        }
