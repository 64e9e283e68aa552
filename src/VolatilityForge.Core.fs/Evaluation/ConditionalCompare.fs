/// Whether what is known today tells which of two forecasts will be better. Knows no model and no loss.
namespace VolatilityForge

open System

/// The test of Giacomini and White (2006) for equal conditional predictive ability.
type GiacominiWhite =
    {
        Test: ChiSquareTest
        /// Of the difference on the instruments by least squares: what a rule that picks tomorrow's model would use.
        Coefficients: float[]
        /// Days whose predicted difference is negative, as a share: how often that rule picks the first.
        FirstChosen: float
        Lag: int
        Count: int
    }

/// Testing conditional predictive ability.
[<RequireQualifiedAccess>]
module ConditionalCompare =

    let private what = "Giacomini-White"

    /// Tests that the difference of losses at a horizon, (days), can't be predicted by instruments known on the day of the
    /// forecast: columns of (days). A constant among them is up to the caller. Autocovariances up to horizon - 1 are taken in,
    /// since the difference can't be predicted beyond. Faults: columns of other lengths, too few days, dependent columns.
    let withInstruments (horizon: int) (instruments: float[][]) (difference: float[]) : Result<GiacominiWhite, Fault> =
        let count, width = difference.Length, instruments.Length

        if horizon < 1 then
            Error(Fault.BadSetting("horizon", "must be at least 1", string horizon))
        elif count < width + horizon + 1 then
            Error(Fault.TooShort(what, width + horizon + 1, count))
        else
            either {
                let! fit = TestRegression.fit what ErrorRule.Classical instruments difference

                let products =
                    instruments |> Array.map (fun column -> Array.map2 (*) column difference)

                let sums = products |> Array.map Array.sum

                // Uncentred: under the hypothesis the products have mean zero.
                let! inverse =
                    TestRegression.tryInvert (TestRegression.bartlett (horizon - 1) products)
                    |> Either.ofOption (
                        Fault.NotComputable(what, "the instruments' covariance is singular", "Use other instruments.")
                    )

                let predicted (day: int) =
                    Array.fold2 (fun sum b (column: float[]) -> sum + b * column[day]) 0.0 fit.Coefficients instruments

                let chosen =
                    Seq.init count predicted |> Seq.filter (fun value -> value < 0.0) |> Seq.length

                return
                    {
                        Test = ChiSquareTest.ofStatistic width (TestRegression.quadratic inverse sums)
                        Coefficients = fit.Coefficients
                        FirstChosen = float chosen / float count
                        Lag = horizon - 1
                        Count = count
                    }
            }

    /// Tests with a constant and the latest difference known on the day of the forecast, which is that of `horizon` days
    /// before. Losses are aligned by the day of the forecast; the first `horizon` days serve as instruments only.
    let giacominiWhite (horizon: int) (first: float[]) (second: float[]) : Result<GiacominiWhite, Fault> =
        if first.Length <> second.Length then
            Error(Fault.BadShape(what, "second", string first.Length, string second.Length))
        elif horizon < 1 then
            Error(Fault.BadSetting("horizon", "must be at least 1", string horizon))
        elif first.Length < 2 * horizon + 3 then
            Error(Fault.TooShort(what, 2 * horizon + 3, first.Length))
        else
            let difference = Array.map2 (fun (a: float) (b: float) -> a - b) first second

            if not (Array.forall Double.IsFinite difference) then
                Error(Fault.NotComputable(what, "a loss is not finite", "Compare series of losses that vary."))
            else
                let later = difference[horizon..]
                let known = difference[.. difference.Length - horizon - 1]
                withInstruments horizon [| Array.create later.Length 1.0; known |] later
