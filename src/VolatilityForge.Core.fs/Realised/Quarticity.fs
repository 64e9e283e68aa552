/// Integrated quarticity of a day from its intraday returns: how precisely its variance is known. Knows no time.
namespace VolatilityForge

open System

/// The square of a daily variance.
type Quarticity = float<1 / day^2>

/// Estimators of integrated quarticity. Every function takes the returns of one day in order, runs over them once, and
/// raises Fault.TooShort for too few and Fault.BadData for returns that are not finite.
[<RequireQualifiedAccess>]
module Quarticity =

    let private quarticity (what: string) (value: float) : Quarticity =
        Estimate.finite what value * 1.0< / day^2>

    /// Realised quarticity, n / 3 sum r_i^4 (Barndorff-Nielsen and Shephard 2002). At least 1 return; jumps inflate it.
    let realised (returns: float[]) : Quarticity =
        Estimate.atLeast "Realised quarticity" 1 returns
        quarticity "Realised quarticity" (float returns.Length / 3.0 * LaneSums.fourths returns)

    /// E |z|^(4/3) of a standard normal z, 2^(2/3) Gamma(7/6) / Gamma(1/2).
    let internal fourThirdsMoment: float = 0.8308609250295592

    /// Tripower quarticity, n^2 / (n - 2) mu^-3 sum |r_i r_(i-1) r_(i-2)|^(4/3), mu = E |z|^(4/3) (Barndorff-Nielsen and
    /// Shephard 2004). At least 3 returns.
    let tripower (returns: float[]) : Quarticity =
        Estimate.atLeast "Tripower quarticity" 3 returns
        let n = float returns.Length

        quarticity
            "Tripower quarticity"
            (n * n / (n - 2.0) / (fourThirdsMoment * fourThirdsMoment * fourThirdsMoment)
             * LaneSums.fourThirdsOfThree returns)

    /// MinRQ, pi n / (3 pi - 8) n / (n - 1) sum min(|r_i|, |r_(i-1)|)^4 (Andersen, Dobrev and Schaumburg 2014). At least 2
    /// returns.
    let minimum (returns: float[]) : Quarticity =
        Estimate.atLeast "MinRQ" 2 returns
        Estimate.allFinite "MinRQ" returns
        let n = float returns.Length

        quarticity
            "MinRQ"
            (Math.PI * n / (3.0 * Math.PI - 8.0) * n / (n - 1.0)
             * LaneSums.minimumFourths returns)

    /// MedRQ, 3 pi n / (9 pi + 72 - 52 sqrt 3) n / (n - 2) sum med(|r_(i-2)|, |r_(i-1)|, |r_i|)^4 (Andersen, Dobrev and
    /// Schaumburg 2012). At least 3 returns.
    let median (returns: float[]) : Quarticity =
        Estimate.atLeast "MedRQ" 3 returns
        Estimate.allFinite "MedRQ" returns
        let n = float returns.Length

        quarticity
            "MedRQ"
            (3.0 * Math.PI * n / (9.0 * Math.PI + 72.0 - 52.0 * sqrt 3.0) * n / (n - 2.0)
             * LaneSums.medianFourths returns)
