/// Realised kernels: variance from every tick in the presence of noise. Knows no time and no sampling.
namespace VolatilityForge

open System

/// The weights that a realised kernel gives to autocovariances.
[<RequireQualifiedAccess>]
type KernelShape =
    /// 1 - 6 x^2 + 6 x^3 up to 1/2, then 2 (1 - x)^3. Never gives a negative variance.
    | Parzen
    /// sin^2(pi / 2 (1 - x)^2), the modified Tukey-Hanning kernel of power 2.
    | TukeyHanning

/// Realised kernels (Barndorff-Nielsen, Hansen, Lunde and Shephard 2008, 2009). Functions take the log prices (levels) of one
/// day in order.
[<RequireQualifiedAccess>]
module RealisedKernel =

    /// The kernel's name: "parzen", "tukey-hanning".
    let name (shape: KernelShape) : string =
        match shape with
        | KernelShape.Parzen -> "parzen"
        | KernelShape.TukeyHanning -> "tukey-hanning"

    /// The weight at x from 0 to 1; 0 beyond.
    let weight (shape: KernelShape) (x: float) : float =
        if x >= 1.0 then
            0.0
        else
            match shape with
            | KernelShape.Parzen when x <= 0.5 -> 1.0 - 6.0 * x * x * (1.0 - x)
            | KernelShape.Parzen -> 2.0 * (1.0 - x) * (1.0 - x) * (1.0 - x)
            | KernelShape.TukeyHanning ->
                let root = Math.Sin(Math.PI / 2.0 * (1.0 - x) * (1.0 - x))
                root * root

    /// The integral of the squared modified Tukey-Hanning kernel from 0 to 1, by Simpson's rule on two million intervals.
    let private tukeyHanningSquare: float = 0.21852442117174767

    /// The constant c* = (k''(0)^2 / integral of k^2)^(1/5) of the best bandwidth (Barndorff-Nielsen et al. 2009, section
    /// 2.2): 12^2 and 151/560 for Parzen, (2 pi^2)^2 and 0.21852 for the modified Tukey-Hanning kernel.
    let bandwidthConstant (shape: KernelShape) : float =
        match shape with
        | KernelShape.Parzen -> Math.Pow(144.0 * 560.0 / 151.0, 0.2)
        | KernelShape.TukeyHanning -> Math.Pow(Math.Pow(2.0 * Math.PI * Math.PI, 2.0) / tukeyHanningSquare, 0.2)

    /// The bandwidth c* xi^(4/5) n^(3/5), xi^2 the noise variance over a rough daily variance that stands for the root of the
    /// quarticity (Barndorff-Nielsen et al. 2009, section 2.2); rounded up, at most n - 1 for n returns.
    let bandwidth (shape: KernelShape) (noise: Variance) (roughVariance: Variance) (returns: int) : int =
        let ratio = float noise / float roughVariance

        let optimal =
            bandwidthConstant shape * Math.Pow(ratio, 0.4) * Math.Pow(float returns, 0.6)

        // NaN where nothing moves: then every autocovariance is 0.
        if Double.IsNaN optimal then
            0
        else
            int (Math.Min(Math.Ceiling optimal, float (max 0 (returns - 1))))

    /// The ends averaged over so many levels each, which takes the noise of the first and the last price out of the limit
    /// (jittering, Barndorff-Nielsen et al. 2009, section 2.1; they use 2).
    let jitter (ends: int) (levels: float[]) : float[] =
        if ends < 1 || levels.Length < 2 * ends + 1 then
            Fault.raiseWith (
                Fault.BadSetting(
                    "realised kernel: ends",
                    "must be at least 1 and leave a price between them",
                    $"{ends} of {levels.Length}"
                )
            )

        let last = levels.Length - ends

        [|
            Array.average levels[.. ends - 1]
            yield! levels[ends .. last - 1]
            Array.average levels[last..]
        |]

    /// Returns worked on at a time: with those that the lags reach back to they stay in the first cache for all lags.
    [<Literal>]
    let private Chunk = 2048

    /// The autocovariances of lags 0 to H, the sums over j of r_j r_(j-h).
    let private autocovariances (bandwidth: int) (levels: float[]) : float[] =
        let sums = Array.zeroCreate<float>(bandwidth + 1)
        let last = levels.Length - 2
        let chunk = max Chunk bandwidth

        Scratch.borrow (chunk + bandwidth) (fun returns ->
            for from in 0..chunk..last do
                let until = min last (from + chunk - 1)
                let first = max 0 (from - bandwidth)
                LaneSums.spansTo returns levels 1 first (until - first + 1)

                for lag in 0..bandwidth do
                    let start = max from (first + lag)
                    let count = until - start + 1

                    if count > 0 then
                        sums[lag] <-
                            sums[lag]
                            + LaneSums.products count returns (start - first) returns (start - first - lag))

        sums

    /// The kernel-weighted sum of autocovariances up to a bandwidth H, weights k(h / (H + 1)), of the levels as they are: with
    /// H = 0 the realised variance. O(n H) time, O(H) memory. Raises Fault.TooShort below H + 2 levels, Fault.BadSetting for
    /// a negative H, Fault.BadData for levels that are not finite.
    let estimate (shape: KernelShape) (bandwidth: int) (levels: float[]) : Variance =
        if bandwidth < 0 then
            Fault.raiseWith (Fault.BadSetting("realised kernel: bandwidth", "must not be negative", string bandwidth))

        if levels.Length < bandwidth + 2 then
            Fault.raiseWith (Fault.TooShort("Realised kernel (prices)", bandwidth + 2, levels.Length))

        let covariances = autocovariances bandwidth levels
        let mutable sum = covariances[0]

        for lag in 1..bandwidth do
            sum <- sum + 2.0 * weight shape (float lag / float (bandwidth + 1)) * covariances[lag]

        Estimate.variance "Realised kernel" sum
