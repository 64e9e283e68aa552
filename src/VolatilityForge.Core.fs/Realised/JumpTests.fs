/// Tests for jumps in the prices of a day. Knows no time and no sampling.
namespace VolatilityForge

open System
open MathNet.Numerics

/// The outcome of a test for jumps.
[<Struct>]
type JumpTest =
    {
        /// Standard normal without jumps, large with them.
        Statistic: float
        /// The probability of a statistic as large without jumps.
        PValue: float
    }

/// Tests for jumps.
[<RequireQualifiedAccess>]
module JumpTests =

    /// The ratio test of Barndorff-Nielsen and Shephard (2006) with the maximum adjustment: (1 - BV / RV) over the root of
    /// (pi^2 / 4 + pi - 5) max(1, TQ / BV^2) / n, BV bipower variation, TQ tripower quarticity (Huang and Tauchen 2005,
    /// equation 14). One-sided. No movement gives statistic 0. At least 3 returns of one day, finite.
    let barndorffNielsenShephard (returns: float[]) : JumpTest =
        let variance = float (PowerVariation.realised returns)
        let bipower = float (PowerVariation.bipower returns)
        let quarticity = float (Quarticity.tripower returns)

        if variance = 0.0 then
            { Statistic = 0.0; PValue = 0.5 }
        else
            // Without two returns in a row that move, bipower and tripower are both 0 and their ratio says nothing.
            let ratio =
                if bipower > 0.0 then
                    max 1.0 (quarticity / (bipower * bipower))
                else
                    1.0

            let spread =
                sqrt ((Math.PI * Math.PI / 4.0 + Math.PI - 5.0) * ratio / float returns.Length)

            let statistic = (1.0 - bipower / variance) / spread

            {
                Statistic = statistic
                PValue = 0.5 * SpecialFunctions.Erfc(statistic / sqrt 2.0)
            }

    /// The window that Lee and Mykland (2008, section 1.3) recommend: the root of 252 times the returns of a day, rounded up.
    let window (returnsPerDay: int) : int =
        max 3 (int (Math.Ceiling(sqrt (252.0 * float returnsPerDay))))

    /// The critical value of leeMykland at a level: -ln(-ln(1 - level)). Level between 0 and 1.
    let leeMyklandCritical (level: float) : float =
        if not (level > 0.0 && level < 1.0) then
            Fault.raiseWith (Fault.BadSetting("Lee-Mykland level", "must be between 0 and 1", string level))

        -log(-log(1.0 - level))

    /// For every return the statistic (|L| - C) / S of Lee and Mykland (2008), whose maximum over n returns without jumps is
    /// standard Gumbel: L the return over the root of the mean of |r_j| |r_(j-1)| in the window - 1 returns before it, c =
    /// sqrt(2 / pi), C = sqrt(2 ln n) / c - (ln pi + ln ln n) / (2 c sqrt(2 ln n)), S = 1 / (c sqrt(2 ln n)). NaN where the window isn't
    /// full or nothing moves in it. `count` is n, the returns among which the largest is looked for, from 2; window from 3.
    /// The returns may span days: each is judged by those before it. O(n window) time.
    let leeMykland (window: int) (count: int) (returns: float[]) : float[] =
        if window < 3 then
            Fault.raiseWith (Fault.BadSetting("Lee-Mykland window", "must be at least 3", string window))

        if count < 2 then
            Fault.raiseWith (Fault.BadSetting("Lee-Mykland count", "must be at least 2", string count))

        let c = sqrt (2.0 / Math.PI)
        let root = sqrt (2.0 * log (float count))
        let centre = root / c - (log Math.PI + log (log (float count))) / (2.0 * c * root)
        let scale = 1.0 / (c * root)

        // Each window is summed afresh: running sums would make a value depend on where the data begin.
        returns
        |> Array.mapi (fun index value ->
            if index < window - 1 then
                nan
            else
                let mutable sum = 0.0

                for earlier in index - window + 2 .. index - 1 do
                    sum <- sum + abs returns[earlier] * abs returns[earlier - 1]

                if sum = 0.0 then
                    nan
                else
                    (abs value / sqrt (sum / float (window - 2)) - centre) / scale)
