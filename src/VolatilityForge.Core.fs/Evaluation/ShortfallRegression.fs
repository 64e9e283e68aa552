/// Backtests of expected shortfall that need no Value at Risk: returns regressed on the forecast. Knows no model.
namespace VolatilityForge

open System

/// Bayer and Dimitriadis' (2022) regression backtests.
type ShortfallRegressionTest =
    {
        /// Of the regression of expected shortfall on a constant and the forecast.
        Intercept: float
        Slope: float
        /// That intercept is 0 and slope 1: the strict test, by its chi-square distribution, which is reached slowly.
        Strict: ChiSquareTest
        /// Its p-value by resampling days: the one to go by.
        StrictPValue: float
        /// Expected shortfall of return less forecast: below zero where losses are worse than forecast.
        Excess: float
        /// Excess over its standard error.
        Statistic: float
        /// That the excess is zero, both sides.
        PValue: float
        /// That it is not below zero, against worse: the intercept test that regulators ask for.
        OneSided: float
    }

/// Regression of returns' tails on forecasts.
[<RequireQualifiedAccess>]
module ShortfallRegression =

    let private what = "Shortfall regression"

    /// Fewest days expected in the tail: five per coefficient.
    [<Literal>]
    let private FewestInTail = 10

    /// The smallest value with at least that share of the sorted values up to it.
    let private quantileOf (level: float) (values: float[]) : float =
        let sorted = Array.sort values
        sorted[max 0 (int (ceil (level * float sorted.Length - 1e-9)) - 1)]

    /// Intercept and slope of the quantile regression of one regressor. The loss, minimised over the intercept, is convex in the slope
    /// and has a kink at its minimum, so that a golden section finds it to rounding.
    let quantile (level: float) (regressor: float[]) (target: float[]) : struct (float * float) =
        let centre = Array.average regressor
        let moved = regressor |> Array.map (fun x -> x - centre)
        let spread = sqrt (moved |> Array.averageBy (fun x -> x * x))
        let size = sqrt (target |> Array.averageBy (fun y -> y * y))

        let interceptAt (slope: float) : float =
            Array.map2 (fun y x -> y - slope * x) target moved |> quantileOf level

        let loss (slope: float) : float =
            let intercept = interceptAt slope
            let mutable sum = 0.0

            for day in 0 .. target.Length - 1 do
                sum <- sum + RiskLoss.quantile level (intercept + slope * moved[day]) target[day]

            sum

        let golden = (sqrt 5.0 - 1.0) / 2.0

        let rec narrow low high left right atLeft atRight steps =
            if steps = 0 then
                0.5 * (low + high)
            elif atLeft < atRight then
                let fresh = right - golden * (right - low)
                narrow low right fresh left (loss fresh) atLeft (steps - 1)
            else
                let fresh = left + golden * (high - left)
                narrow left high right fresh atRight (loss fresh) (steps - 1)

        // Slopes beyond this many root mean squares of the target over the regressor's are no regression.
        let reach = 20.0 * size / spread
        let left, right = reach - golden * 2.0 * reach, golden * 2.0 * reach - reach
        let slope = narrow -reach reach left right (loss left) (loss right) 90
        struct (interceptAt slope - slope * centre, slope)

    /// Days of the tail by a quantile: the return's mean below it, in expectation, is that of these values.
    let private tailValues (level: float) (quantiles: float[]) (returns: float[]) : float[] =
        Array.map2 (fun q r -> q + (if r <= q then (r - q) / level else 0.0)) quantiles returns

    /// Distance of the weighted regression's coefficients, over days counted so many times, from given ones, in its own covariance;
    /// NaN where that is singular.
    let private distance
        (regressor: float[])
        (target: float[])
        (times: int[])
        (slope: float)
        (intercept: float)
        : float =
        let mutable xx = 0.0
        let mutable x1 = 0.0
        let mutable n = 0.0
        let mutable xy = 0.0
        let mutable y1 = 0.0

        for day in 0 .. times.Length - 1 do
            let count = float times[day]
            let x, y = regressor[day], target[day]
            xx <- xx + count * x * x
            x1 <- x1 + count * x
            n <- n + count
            xy <- xy + count * x * y
            y1 <- y1 + count * y

        let determinant = xx * n - x1 * x1
        let b = (n * xy - x1 * y1) / determinant
        let a = (xx * y1 - x1 * xy) / determinant
        let mutable sxx = 0.0
        let mutable sx1 = 0.0
        let mutable s11 = 0.0

        for day in 0 .. times.Length - 1 do
            let u = target[day] - b * regressor[day] - a
            let square = float times[day] * u * u
            sxx <- sxx + square * regressor[day] * regressor[day]
            sx1 <- sx1 + square * regressor[day]
            s11 <- s11 + square

        // With scores S and moments M the covariance is inv(M) S inv(M), so that its inverse is M inv(S) M.
        let left = xx * (b - slope) + x1 * (a - intercept)
        let right = x1 * (b - slope) + n * (a - intercept)

        (s11 * left * left - 2.0 * sx1 * left * right + sxx * right * right)
        / (sxx * s11 - sx1 * sx1)

    /// Share of samples of days, drawn with replacement, whose coefficients are as far from those found as these from the hypothesis. The
    /// quantile stays: to first order the shortfall's coefficients don't depend on it.
    let private resampled
        (draws: int)
        (seed: int64)
        (regressor: float[])
        (target: float[])
        (slope: float)
        (intercept: float)
        =
        let days = target.Length
        let found = distance regressor target (Array.create days 1) 0.0 1.0
        let mutable state = Rng.ofSeed seed
        let times = Array.zeroCreate<int> days
        let mutable beyond = 0
        let mutable counted = 0

        for _ in 1..draws do
            Array.Clear times

            for _ in 1..days do
                let struct (chosen, next) = Rng.nextInt days state
                state <- next
                times[chosen] <- times[chosen] + 1

            let drawn = distance regressor target times slope intercept

            // A sample without a day of the tail has no covariance and says nothing.
            if Double.IsFinite drawn then
                counted <- counted + 1

                if drawn >= found then
                    beyond <- beyond + 1

        float (beyond + 1) / float (counted + 1)

    /// The strict test and the intercept test of forecasts of expected shortfall, (days), at a level such as 0.025. The quantile is
    /// regressed first; the shortfall then by least squares of q + 1{r <= q}(r - q)/level with weights 1/forecast² (Barendse
    /// 2020), which has the first-order distribution of the joint fit by Fissler and Ziegel's loss; standard errors allow any variance.
    /// `draws` samples of days, seeded, give the strict p-value. Faults: fewer draws than one, series of different lengths, a level outside (0, 1), TooShort with fewer than ten days expected in the tail, forecasts
    /// that are not negative and finite, NotComputable for forecasts that never vary.
    let test
        (draws: int)
        (seed: int64)
        (level: float)
        (shortfall: float[])
        (returns: float[])
        : Result<ShortfallRegressionTest, Fault> =
        let days = returns.Length

        either {
            if draws < 1 then
                return! Error(Fault.BadSetting("draws", "must be at least 1", string draws))

            if not (level > 0.0 && level < 1.0) then
                return! Error(Fault.BadSetting("level", "must lie between 0 and 1", string level))

            if shortfall.Length <> days then
                return! Error(Fault.BadShape(what, "shortfall", string days, string shortfall.Length))

            if level * float days < float FewestInTail then
                return! Error(Fault.TooShort(what, int (ceil (float FewestInTail / level)), days))

            if not (shortfall |> Array.forall (fun e -> e < 0.0 && Double.IsFinite e)) then
                let remedy = "Give shortfalls as returns: negative for a small level."
                return! Error(Fault.NotComputable(what, "a forecast is not negative and finite", remedy))

            if not (Array.forall Double.IsFinite returns) then
                return! Error(Fault.NotComputable(what, "a return is not finite", "Look for gaps in the series."))

            if shortfall |> Array.forall ((=) shortfall[0]) then
                return! Error(Fault.NotComputable(what, "the forecasts never vary", "Use the test of McNeil and Frey."))

            let struct (a, b) = quantile level shortfall returns
            let targets = tailValues level (shortfall |> Array.map (fun e -> a + b * e)) returns

            // Weights 1/e²: columns 1/e and 1, target z/e.
            let inverse = shortfall |> Array.map (fun e -> 1.0 / e)
            let relative = Array.map2 (/) targets shortfall

            let! fit =
                TestRegression.fit what (ErrorRule.Hac 0) [| inverse; Array.create days 1.0 |] relative

            let! strict = TestRegression.wald what [ 0, 0.0; 1, 1.0 ] fit

            let excess = Array.map2 (-) returns shortfall
            let tail = tailValues level (Array.create days (quantileOf level excess)) excess
            let mean = Array.average tail
            let squares = tail |> Array.sumBy (fun x -> (x - mean) * (x - mean))
            let statistic = mean / sqrt (squares / float days / float days)

            return
                {
                    Intercept = fit.Coefficients[0]
                    Slope = fit.Coefficients[1]
                    Strict = strict
                    StrictPValue = resampled draws seed inverse relative fit.Coefficients[0] fit.Coefficients[1]
                    Excess = mean
                    Statistic = statistic
                    PValue = 2.0 * Tail.normal (abs statistic)
                    OneSided = Tail.normal -statistic
                }
        }
