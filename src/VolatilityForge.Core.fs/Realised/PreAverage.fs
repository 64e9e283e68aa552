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

    /// Windows worked on at a time.
    [<Literal>]
    let private Chunk = 4096

    /// Over windows of k returns weighted by g(j / k) = min(j / k, 1 - j / k): n / (n - k + 2) / (psi2 k) times the sum of the
    /// squared pre-averaged returns, less psi1 / (2 psi2 k^2) times the realised variance, over 1 - psi1 / (2 psi2 k^2), with
    /// psi1 = k sum (g(j / k) - g((j - 1) / k))^2 and psi2 = sum g(j / k)^2 / k: the estimator with theta = k / sqrt n and the
    /// corrections for small samples of Hautsch and Podolskij (2013). Free of the bias of independent noise. O(n log k)
    /// time, O(k) memory: the weights are a window of one half of k slid over one of the other, and a sum of returns is a difference of levels. Window from 3 (at 2 nothing is left of the variance once the noise is out); raises Fault.TooShort below k + 1 levels, Fault.BadData for levels that are not finite.
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

        let n = levels.Length - 1
        let half = window / 2
        let other = window - half
        let windows = n - window + 2
        let chunk = max Chunk other

        let squares =
            Scratch.borrow (chunk + other) (fun changes ->
                Scratch.borrow (chunk + other) (fun sums ->
                    let mutable squares = 0.0

                    for first in 0..chunk .. windows - 1 do
                        let count = min chunk (windows - first)
                        LaneSums.spansTo changes levels half first (count + other - 1)
                        Sliding.sum other changes (other - 1) (count + other - 2) sums
                        squares <- squares + LaneSums.products count sums (other - 1) sums (other - 1)

                    squares / (k * k)))

        let realised = LaneSums.differences 1 levels
        let correction = psi1 / (2.0 * psi2 * k * k)

        let raw =
            float n / float (n - window + 2) / (psi2 * k) * squares - correction * realised

        Estimate.variance "Pre-averaged variance" (raw / (1.0 - correction))
