/// Losses of forecasts of risk: quantiles and expected shortfalls of returns. Knows no model.
namespace VolatilityForge

open System

/// Losses of a forecast of Value at Risk q and expected shortfall e at a level such as 0.01. All three are returns: q is the
/// level's quantile, e the mean return below it, so e <= q, and both are negative for a small level.
[<RequireQualifiedAccess>]
module RiskLoss =

    /// The quantile loss (level - 1{r < q}) (r - q): smallest in expectation at the level's quantile.
    let quantile (level: float) (q: float) (r: float) : float =
        (level - (if r < q then 1.0 else 0.0)) * (r - q)

    /// Fissler and Ziegel's (2016) loss of both in the form that is homogeneous of degree 0 (Patton, Ziegel and Chen 2019,
    /// equation 6): 1{r <= q} (r - q) / (level e) + q/e + ln(-e) - 1. For e <= q < 0, NaN outside. Smallest in expectation at
    /// the true pair.
    let fisslerZiegel (level: float) (q: float) (e: float) (r: float) : float =
        if not (e <= q && q < 0.0) then
            nan
        else
            let shortfall = if r <= q then (r - q) / (level * e) else 0.0
            shortfall + q / e + log -e - 1.0

/// Forecasts of the risk of returns: one element per day.
type RiskForecast =
    {
        /// Probability of a return below ValueAtRisk, such as 0.01.
        Level: float
        Returns: float[]
        /// Quantiles forecast, as returns: negative for a small level.
        ValueAtRisk: float[]
    }

/// Checking forecasts of risk.
[<RequireQualifiedAccess>]
module RiskForecast =

    /// The forecast, or the fault in it: a level outside (0, 1), series of different lengths, no day, a value that is not finite.
    let check (risk: RiskForecast) : Result<RiskForecast, Fault> =
        let days = risk.Returns.Length

        if not (risk.Level > 0.0 && risk.Level < 1.0) then
            Error(Fault.BadSetting("level", "must lie between 0 and 1", string risk.Level))
        elif risk.ValueAtRisk.Length <> days then
            Error(Fault.BadShape("Value at Risk", "days", string days, string risk.ValueAtRisk.Length))
        elif days = 0 then
            Error(Fault.TooShort("Value at Risk", 1, 0))
        elif
            not (
                Array.forall Double.IsFinite risk.Returns
                && Array.forall Double.IsFinite risk.ValueAtRisk
            )
        then
            Error(Fault.NotComputable("Value at Risk", "a value is not finite", "Look for gaps in the series."))
        else
            Ok risk

    /// Days whose return is below the forecast quantile.
    let exceedances (risk: RiskForecast) : bool[] =
        Array.map2 (fun (r: float) q -> r < q) risk.Returns risk.ValueAtRisk
