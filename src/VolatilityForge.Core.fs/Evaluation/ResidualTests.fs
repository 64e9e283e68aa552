/// What a volatility model has left in its standardised residuals. Knows no model.
namespace VolatilityForge

open System

/// The joint test of Engle and Ng (1993) and the regression it comes from.
type SignBias =
    {
        /// Of squared residuals on a constant, the sign of yesterday's, and yesterday's where negative and where not.
        Coefficients: float[]
        /// Of the four coefficients.
        TStatistics: float[]
        /// The last three are zero.
        Joint: ChiSquareTest
    }

/// Tests of standardised residuals, (days).
[<RequireQualifiedAccess>]
module ResidualTests =

    let private squared (values: float[]) : float[] = values |> Array.map (fun x -> x * x)

    let private checkSeries (what: string) (needed: int) (values: float[]) : Result<unit, Fault> =
        if values.Length < needed then
            Error(Fault.TooShort(what, needed, values.Length))
        elif not (Array.forall Double.IsFinite values) then
            Error(Fault.NotComputable(what, "a value is not finite", "Look for gaps in the series."))
        elif Array.forall (fun x -> x = values[0]) values then
            Error(Fault.NotComputable(what, "the series never varies", "Use a series that varies."))
        else
            Ok()

    /// Ljung and Box's (1978) test that the first `lags` autocorrelations are zero; `fitted` parameters of a mean model cost as
    /// many degrees of freedom. Give squared residuals to test what is left of volatility. Faults: lags below 1 or not above the
    /// fitted, too few days, a series that never varies.
    let ljungBox (lags: int) (fitted: int) (values: float[]) : Result<ChiSquareTest, Fault> =
        if lags < 1 || fitted < 0 || fitted >= lags then
            Error(Fault.BadSetting("lags", "must be at least 1 and above the fitted parameters", $"{lags}, {fitted}"))
        else
            checkSeries "Ljung-Box" (lags + 2) values
            |> Result.map (fun () ->
                let n = float values.Length
                let mean = Array.average values
                let centred = values |> Array.map (fun x -> x - mean)
                let variance = centred |> Array.sumBy (fun x -> x * x)

                let term (lag: int) =
                    let mutable sum = 0.0

                    for i in lag .. centred.Length - 1 do
                        sum <- sum + centred[i] * centred[i - lag]

                    let correlation = sum / variance
                    correlation * correlation / (n - float lag)

                ChiSquareTest.ofStatistic (lags - fitted) (n * (n + 2.0) * Seq.sumBy term (seq { 1..lags })))

    /// Engle's (1982) test that squared residuals are unrelated to their last `lags` values: observations times R squared. Faults:
    /// lags below 1, too few days, a series that never varies.
    let archLm (lags: int) (values: float[]) : Result<ChiSquareTest, Fault> =
        let what = "ARCH-LM"

        if lags < 1 then
            Error(Fault.BadSetting("lags", "must be at least 1", string lags))
        else
            either {
                do! checkSeries what (2 * lags + 2) values
                let squares = squared values
                let target = squares[lags..]

                let columns =
                    [|
                        Array.create target.Length 1.0

                        for lag in 1..lags do
                            squares[lags - lag .. squares.Length - 1 - lag]
                    |]

                let! fit = TestRegression.fit what ErrorRule.Classical columns target
                return ChiSquareTest.ofStatistic lags (float target.Length * fit.RSquared)
            }

    /// Whether squared residuals depend on the sign of yesterday's, and on its size on either side; observations times R squared
    /// for the three together. Faults: fewer than ten days, residuals of one sign.
    let signBias (residuals: float[]) : Result<SignBias, Fault> =
        let what = "Sign bias"

        either {
            do! checkSeries what 10 residuals
            let target = squared residuals[1..]
            let before = residuals[.. residuals.Length - 2]
            let negative = before |> Array.map (fun x -> if x < 0.0 then 1.0 else 0.0)

            let columns =
                [|
                    Array.create target.Length 1.0
                    negative
                    Array.map2 (*) negative before
                    Array.map2 (fun s x -> (1.0 - s) * x) negative before
                |]

            let! fit = TestRegression.fit what ErrorRule.Classical columns target

            return
                {
                    Coefficients = fit.Coefficients
                    TStatistics = Array.map2 (/) fit.Coefficients fit.StandardErrors
                    Joint = ChiSquareTest.ofStatistic 3 (float target.Length * fit.RSquared)
                }
        }
