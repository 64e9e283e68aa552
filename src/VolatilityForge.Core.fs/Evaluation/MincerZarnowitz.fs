/// Whether a forecast is unbiased and uses what it knows: the regression of what was realised on it. Knows no model.
namespace VolatilityForge

/// In what the regression is run.
[<RequireQualifiedAccess>]
type ForecastScale =
    /// Variances: v = a + b f. Days of high variance weigh most.
    | Levels
    /// Both sides over the forecast: v/f = a/f + b, which evens out the days (Patton and Sheppard 2009).
    | Relative
    /// Logarithms: ln v = a + b ln f. Efficient forecasts of variance have a below 0 there, by half the variance of ln v.
    | Logarithms

/// The regression of Mincer and Zarnowitz (1969).
type MincerZarnowitz =
    {
        /// a; a daily variance unless the scale is Logarithms.
        Intercept: float
        /// b.
        Slope: float
        InterceptError: float
        SlopeError: float
        /// Share of the variation of the left side explained.
        RSquared: float
        /// That a = 0 and b = 1.
        Efficient: ChiSquareTest
        /// Autocovariances in the standard errors.
        Lag: int
        Count: int
    }

/// Fitting the regression.
[<RequireQualifiedAccess>]
module MincerZarnowitz =

    let private what = "Mincer-Zarnowitz"

    /// Regresses realised variances on forecasts over a horizon, both (days), with HAC standard errors. Faults: series of
    /// different lengths, too few days, forecasts that never vary, a value that is not positive where the scale needs it.
    let test
        (scale: ForecastScale)
        (rule: HacLag)
        (horizon: int)
        (forecast: Variance[])
        (realised: Variance[])
        : Result<MincerZarnowitz, Fault> =
        let f, v = Array.map Units.strip forecast, Array.map Units.strip realised
        let ones = Array.create f.Length 1.0

        let positive (values: float[]) = Array.forall (fun x -> x > 0.0) values

        if horizon < 1 then
            Error(Fault.BadSetting("horizon", "must be at least 1", string horizon))
        elif f.Length <> v.Length then
            Error(Fault.BadShape(what, "realised", string f.Length, string v.Length))
        elif f.Length < horizon + 3 then
            Error(Fault.TooShort(what, horizon + 3, f.Length))
        elif not (positive f) || (scale = ForecastScale.Logarithms && not (positive v)) then
            Error(Fault.NotComputable(what, "a variance is not positive", "Leave days at a floor out."))
        else
            let lag = Compare.lag rule horizon f.Length

            let columns, target =
                match scale with
                | ForecastScale.Levels -> [| ones; f |], v
                | ForecastScale.Relative -> [| f |> Array.map (fun x -> 1.0 / x); ones |], Array.map2 (/) v f
                | ForecastScale.Logarithms -> [| ones; Array.map log f |], Array.map log v

            either {
                let! fit = TestRegression.fit what (ErrorRule.Hac lag) columns target
                let! efficient = TestRegression.wald what [ 0, 0.0; 1, 1.0 ] fit
                let errors = fit.StandardErrors

                return
                    {
                        Intercept = fit.Coefficients[0]
                        Slope = fit.Coefficients[1]
                        InterceptError = errors[0]
                        SlopeError = errors[1]
                        RSquared = fit.RSquared
                        Efficient = efficient
                        Lag = lag
                        Count = f.Length
                    }
            }
