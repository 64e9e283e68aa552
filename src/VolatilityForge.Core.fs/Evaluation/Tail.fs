/// Tail probabilities and quantiles of the distributions that tests refer to. Knows no test.
namespace VolatilityForge

open System
open MathNet.Numerics

/// Probabilities beyond a value, computed as such: a small one keeps its digits.
[<RequireQualifiedAccess>]
module Tail =

    /// Newton steps that bring a quantile of Student's t from eight digits to all of them.
    [<Literal>]
    let private NewtonSteps = 3

    /// That a chi-square variable with these degrees of freedom exceeds x.
    let chiSquare (freedom: float) (x: float) : float =
        if x <= 0.0 then
            1.0
        else
            SpecialFunctions.GammaUpperRegularized(freedom / 2.0, x / 2.0)

    /// That an F variable with these degrees of freedom exceeds x.
    let f (numerator: float) (denominator: float) (x: float) : float =
        if x <= 0.0 then
            1.0
        else
            SpecialFunctions.BetaRegularized(
                denominator / 2.0,
                numerator / 2.0,
                denominator / (denominator + numerator * x)
            )

    /// That Student's t with these degrees of freedom exceeds |x| in size.
    let studentBoth (freedom: float) (x: float) : float =
        if Double.IsInfinity x then
            0.0
        else
            SpecialFunctions.BetaRegularized(freedom / 2.0, 0.5, freedom / (freedom + x * x))

    /// That Student's t with these degrees of freedom exceeds x.
    let student (freedom: float) (x: float) : float =
        let half = 0.5 * studentBoth freedom x
        if x > 0.0 then half else 1.0 - half

    /// That a standard normal variable exceeds x.
    let normal (x: float) : float =
        0.5 * SpecialFunctions.Erfc(x / sqrt 2.0)

    /// The value that a standard normal variable stays below with a probability strictly between 0 and 1.
    let normalQuantile (probability: float) : float =
        -(sqrt 2.0) * SpecialFunctions.ErfcInv(2.0 * probability)

    /// The value that Student's t with these degrees of freedom (not scaled to unit variance) stays below with a
    /// probability strictly between 0 and 1.
    let studentQuantile (freedom: float) (probability: float) : float =
        // From the lower half, where the tail keeps its digits; the upper half mirrors it.
        let lower = min probability (1.0 - probability)

        let logDensityAtZero =
            SpecialFunctions.GammaLn((freedom + 1.0) / 2.0)
            - SpecialFunctions.GammaLn(freedom / 2.0)
            - 0.5 * log (freedom * Math.PI)

        let density (x: float) =
            exp (logDensityAtZero - 0.5 * (freedom + 1.0) * log (1.0 + x * x / freedom))

        let mutable x = Distributions.StudentT.InvCDF(0.0, 1.0, freedom, lower)

        for _ in 1..NewtonSteps do
            x <- x + (lower - student freedom -x) / density x

        if probability <= 0.5 then x else -x

/// A statistic that is chi-square where the hypothesis holds.
type ChiSquareTest =
    {
        Statistic: float
        /// Degrees of freedom.
        Freedom: int
        /// Probability of a statistic at least this large.
        PValue: float
    }

/// Chi-square tests.
[<RequireQualifiedAccess>]
module ChiSquareTest =

    /// The test of a statistic; rounding below zero counts as zero.
    let ofStatistic (freedom: int) (statistic: float) : ChiSquareTest =
        let statistic = max 0.0 statistic

        {
            Statistic = statistic
            Freedom = freedom
            PValue = Tail.chiSquare (float freedom) statistic
        }
