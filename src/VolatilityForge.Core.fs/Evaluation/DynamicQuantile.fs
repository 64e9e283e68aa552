/// Whether exceedances of Value at Risk can be predicted by what was known: Engle and Manganelli (2004). Knows no model.
namespace VolatilityForge

/// The dynamic quantile test.
[<RequireQualifiedAccess>]
module DynamicQuantile =

    let private what = "Dynamic quantile"

    /// Lags of the authors' own application.
    let lags: int = 4

    /// Tests that exceedances less the level are unrelated to a constant, their own last `lags` values and, where it varies, the
    /// forecast itself; chi-square with as many degrees of freedom. Faults: those of RiskForecast.check, a negative number of
    /// lags, too few days, no exceedance at all.
    let test (lags: int) (risk: RiskForecast) : Result<ChiSquareTest, Fault> =
        either {
            let! risk = RiskForecast.check risk

            let hits =
                RiskForecast.exceedances risk
                |> Array.map (fun hit -> (if hit then 1.0 else 0.0) - risk.Level)

            let days = hits.Length - lags

            if lags < 0 then
                return! Error(Fault.BadSetting("lags", "must be zero or more", string lags))

            if days < lags + 3 then
                return! Error(Fault.TooShort(what, 2 * lags + 3, hits.Length))

            let forecast = risk.ValueAtRisk[lags..]
            let varies = forecast |> Array.exists (fun q -> q <> forecast[0])

            let columns =
                [|
                    Array.create days 1.0

                    for lag in 1..lags do
                        hits[lags - lag .. hits.Length - 1 - lag]

                    if varies then
                        forecast
                |]

            let target = hits[lags..]
            // The residuals are not used: under the hypothesis the variance is known.
            let! fit = TestRegression.fit what ErrorRule.Classical columns target
            let explained = Array.map2 (-) target fit.Residuals |> Array.sumBy (fun x -> x * x)
            return ChiSquareTest.ofStatistic columns.Length (explained / (risk.Level * (1.0 - risk.Level)))
        }
