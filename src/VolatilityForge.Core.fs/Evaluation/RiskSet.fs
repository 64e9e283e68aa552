/// One model's forecasts of risk with every backtest of them. Knows no model and no file.
namespace VolatilityForge

/// One model's quantiles and, where it has them, expected shortfalls.
type RiskSet =
    {
        Symbol: string
        Model: string
        Risk: RiskForecast
        /// (days), as returns: below the quantiles.
        Shortfall: float[] option
    }

/// The backtests of a forecast of risk. A test that the sample can't support is None.
type RiskEvaluation =
    {
        Symbol: string
        Model: string
        Level: float
        Coverage: CoverageTests
        DynamicQuantile: ChiSquareTest option
        /// With a simulated p-value.
        Duration: DurationTest option
        Shortfall: ShortfallTest option
        /// Bayer and Dimitriadis' regression of the shortfall.
        Regression: ShortfallRegressionTest option
        /// Mean quantile loss.
        QuantileLoss: float
        /// Mean loss of Fissler and Ziegel, on the days that both forecasts are negative.
        FisslerZiegel: float option
    }

/// Backtesting.
[<RequireQualifiedAccess>]
module RiskSet =

    /// Simulations behind the p-value of durations: one in a thousand at the least.
    let durationDraws: int = 999

    /// Resamples behind the p-value of the regressed shortfall, at the most.
    let regressionDraws: int = 999

    /// Every backtest. Resampling is seeded and has so many draws; the shortfall's residuals are divided by the quantile's size, so that
    /// days of all volatilities count alike. Faults: those of RiskForecast.check, a shortfall that is above its quantile.
    let evaluate (draws: int) (seed: int64) (set: RiskSet) : Result<RiskEvaluation, Fault> =
        either {
            let! risk = RiskForecast.check set.Risk
            let! coverage = Coverage.test risk

            let! shortfall =
                match set.Shortfall with
                | None -> Ok None
                | Some forecast ->
                    let scale = risk.ValueAtRisk |> Array.map abs

                    match Shortfall.mcNeilFrey draws seed scale forecast risk with
                    | Ok test -> Ok(Some test)
                    // Too few exceedances are no mistake of the caller's.
                    | Error(Fault.TooShort _) -> Ok None
                    | Error fault -> Error fault

            let days = risk.Returns.Length

            let joint =
                set.Shortfall
                |> Option.map (fun forecast ->
                    Array.init days (fun day ->
                        RiskLoss.fisslerZiegel risk.Level risk.ValueAtRisk[day] forecast[day] risk.Returns[day])
                    |> Array.filter System.Double.IsFinite)
                |> Option.filter (fun losses -> losses.Length > 0)

            return
                {
                    Symbol = set.Symbol
                    Model = set.Model
                    Level = risk.Level
                    Coverage = coverage
                    DynamicQuantile = DynamicQuantile.test DynamicQuantile.lags risk |> Result.toOption
                    Duration =
                        RiskForecast.exceedances risk
                        |> ExceedanceDuration.simulated durationDraws seed risk.Level
                        |> Result.toOption
                    Shortfall = shortfall
                    Regression =
                        set.Shortfall
                        |> Option.bind (fun forecast ->
                            ShortfallRegression.test (min draws regressionDraws) seed risk.Level forecast risk.Returns
                            |> Result.toOption)
                    QuantileLoss =
                        Array.map2 (RiskLoss.quantile risk.Level) risk.ValueAtRisk risk.Returns
                        |> Array.average
                    FisslerZiegel = joint |> Option.map Array.average
                }
        }
