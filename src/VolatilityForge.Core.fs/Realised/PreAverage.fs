/// Pre-averaged variance: noise averaged away before returns are squared. Knows no time and no sampling.
namespace VolatilityForge

open System

/// The pre-averaging estimator (Jacod, Li, Mykland, Podolskij and Vetter 2009). Functions take the log prices (levels) of one
/// day in order.
[<RequireQualifiedAccess>]
module PreAverage =

    /// The window theta sqrt n of n returns with theta = 1, rounded up; at least 3.
    let window (returns: int) : int =
        max 3 (int (Math.Ceiling(sqrt (float returns))))

    /// Over windows of k returns weighted by g(j / k) = min(j / k, 1 - j / k): n / (n - k + 2) / (psi2 k) times the sum of the
    /// squared pre-averaged returns, less psi1 / (2 psi2 k^2) times the realised variance, over 1 - psi1 / (2 psi2 k^2), with
    /// psi1 = k sum (g(j / k) - g((j - 1) / k))^2 and psi2 = sum g(j / k)^2 / k: the estimator with theta = k / sqrt n and the
    /// corrections for small samples of Hautsch and Podolskij (2013). Free of the bias of independent noise. O(n k) time,
    /// O(n) memory. Window from 3 (at 2 nothing is left of the variance once the noise is out); raises Fault.TooShort below k + 1 levels, Fault.BadData for levels that are not finite.
    let estimate (window: int) (levels: float[]) : Variance =
        if window < 3 then
            Fault.raiseWith (Fault.BadSetting("Pre-averaged variance: window", "must be at least 3", string window))

        if levels.Length < window + 1 then
            Fault.raiseWith (Fault.TooShort("Pre-averaged variance (prices)", window + 1, levels.Length))

        let k = float window
        let g (j: int) = min (float j / k) (1.0 - float j / k)
        let weights = Array.init (window - 1) (fun index -> g (index + 1))
        let psi2 = (weights |> Array.sumBy (fun weight -> weight * weight)) / k

        let psi1 =
            k
            * (Seq.sumBy (fun j -> (g j - g (j - 1)) * (g j - g (j - 1))) (seq { 1..window }))

        let returns =
            Array.init (levels.Length - 1) (fun index -> levels[index + 1] - levels[index])

        let n = returns.Length
        let mutable squares = 0.0

        for first in 0 .. n - window + 1 do
            let average = LaneSums.products (window - 1) weights 0 returns first
            squares <- squares + average * average

        let realised = LaneSums.products n returns 0 returns 0
        let correction = psi1 / (2.0 * psi2 * k * k)

        let raw =
            float n / float (n - window + 2) / (psi2 * k) * squares - correction * realised

        Estimate.variance "Pre-averaged variance" (raw / (1.0 - correction))
