/// Variance of a day from its intraday returns, with and without jumps. Knows no time and no sampling.
namespace VolatilityForge

open System

/// What estimators from returns share.
[<RequireQualifiedAccess>]
module internal Estimate =

    let private notFinite (what: string) (row: int) (value: float) : 'a =
        let place =
            {
                Source = what
                Row = row
                Column = "return"
            }

        Fault.raiseWith (Fault.BadData(place, "returns must be finite", string value, ""))

    /// Raises Fault.TooShort below a number of returns.
    let atLeast (what: string) (needed: int) (returns: float[]) : unit =
        if returns.Length < needed then
            Fault.raiseWith (Fault.TooShort(what, needed, returns.Length))

    /// Raises Fault.BadData for the first return that isn't finite. A sum shows one by itself; minima and medians hide it.
    let allFinite (what: string) (returns: float[]) : unit =
        for index in 0 .. returns.Length - 1 do
            if not (Double.IsFinite returns[index]) then
                notFinite what (index + 1) returns[index]

    /// The number, or Fault.BadData raised where returns weren't finite.
    let finite (what: string) (value: float) : float =
        if Double.IsFinite value then
            value
        else
            notFinite what 0 value

    let variance (what: string) (value: float) : Variance = finite what value * 1.0< / day>

/// Realised variance and its jump-robust relatives. Every function takes the returns of one day in order, runs over them
/// once, and raises Fault.TooShort for too few and Fault.BadData for returns that are not finite.
[<RequireQualifiedAccess>]
module PowerVariation =

    /// The sum of squared returns (Andersen and Bollerslev 1998). At least 1 return; 0 for no movement.
    let realised (returns: float[]) : Variance =
        Estimate.atLeast "Realised variance" 1 returns
        Estimate.variance "Realised variance" (LaneSums.products returns.Length returns 0 returns 0)

    /// The sum of squared returns below zero (Barndorff-Nielsen, Kinnebrock and Shephard 2010). At least 1 return.
    let downside (returns: float[]) : Variance =
        Estimate.atLeast "Realised semivariance" 1 returns
        Estimate.allFinite "Realised semivariance" returns
        Estimate.variance "Realised semivariance" (LaneSums.squaresBelow returns)

    /// The sum of squared returns above zero (Barndorff-Nielsen, Kinnebrock and Shephard 2010). At least 1 return.
    let upside (returns: float[]) : Variance =
        Estimate.atLeast "Realised semivariance" 1 returns
        Estimate.allFinite "Realised semivariance" returns
        Estimate.variance "Realised semivariance" (LaneSums.squaresAbove returns)

    /// Bipower variation, (pi / 2) n / (n - 1) sum |r_i| |r_(i-1)| (Barndorff-Nielsen and Shephard 2004). At least 2 returns.
    let bipower (returns: float[]) : Variance =
        Estimate.atLeast "Bipower variation" 2 returns
        let n = float returns.Length
        Estimate.variance "Bipower variation" (Math.PI / 2.0 * n / (n - 1.0) * LaneSums.neighbours returns)

    /// MinRV, pi / (pi - 2) n / (n - 1) sum min(|r_i|, |r_(i-1)|)^2 (Andersen, Dobrev and Schaumburg 2012). At least 2
    /// returns.
    let minimum (returns: float[]) : Variance =
        Estimate.atLeast "MinRV" 2 returns
        Estimate.allFinite "MinRV" returns
        let n = float returns.Length
        Estimate.variance "MinRV" (Math.PI / (Math.PI - 2.0) * n / (n - 1.0) * LaneSums.minimumSquares returns)

    /// MedRV, pi / (6 - 4 sqrt 3 + pi) n / (n - 2) sum med(|r_(i-2)|, |r_(i-1)|, |r_i|)^2 (Andersen, Dobrev and Schaumburg
    /// 2012). At least 3 returns.
    let median (returns: float[]) : Variance =
        Estimate.atLeast "MedRV" 3 returns
        Estimate.allFinite "MedRV" returns
        let n = float returns.Length

        Estimate.variance
            "MedRV"
            (Math.PI / (6.0 - 4.0 * sqrt 3.0 + Math.PI) * n / (n - 2.0)
             * LaneSums.medianSquares returns)
