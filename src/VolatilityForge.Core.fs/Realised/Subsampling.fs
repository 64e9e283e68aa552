/// Variances averaged over interleaved grids, and what noise does to them. Knows no time.
namespace VolatilityForge

open System

/// Estimators from log prices (levels) of one day in order, over every stride-th of them. Linear in time and memory; each
/// raises Fault.TooShort for too few levels and Fault.BadData for levels that are not finite.
[<RequireQualifiedAccess>]
module Subsampling =

    let private needing (what: string) (needed: int) (levels: float[]) : unit =
        if levels.Length < needed then
            Fault.raiseWith (Fault.TooShort($"{what} (prices)", needed, levels.Length))

    let private requireStride (what: string) (stride: int) : unit =
        if stride < 1 then
            Fault.raiseWith (Fault.BadSetting($"{what}: stride", "must be at least 1", string stride))

    /// The average over the `stride` interleaved grids of every stride-th level of their realised variances (Zhang, Mykland
    /// and Ait-Sahalia 2005, section 3.2), scaled by n stride / (stride n') for the parts of the day that the shifted grids
    /// miss: n steps of the fine grid, n' = n - stride + 1 strided differences. At least stride + 1 levels.
    let realised (stride: int) (levels: float[]) : Variance =
        requireStride "Subsampled realised variance" stride
        needing "Subsampled realised variance" (stride + 1) levels
        let steps = levels.Length - 1
        let scale = float steps / (float stride * float (steps - stride + 1))
        Estimate.variance "Subsampled realised variance" (scale * LaneSums.differences stride levels)

    /// An upper bound of the variance of the noise in an observed log price: realised variances of every stride-th level, each
    /// over twice the number of its returns beyond rounding, averaged over the strides (Barndorff-Nielsen, Hansen, Lunde and Shephard
    /// 2009, section 2.3). Holds half the variance of the price over a stride, which at long strides is most of it:
    /// debiasedNoise takes that out. 0 for levels that never move. At least stride + 1 levels.
    let noiseVariance (stride: int) (levels: float[]) : Variance =
        requireStride "Noise variance" stride
        needing "Noise variance" (stride + 1) levels
        let rounding = Sampling.rounding levels
        let mutable total = 0.0

        for offset in 0 .. stride - 1 do
            let mutable sum = 0.0
            let mutable moves = 0
            let mutable index = offset + stride

            while index < levels.Length do
                let change = levels[index] - levels[index - stride]

                if abs change > rounding then
                    moves <- moves + 1

                sum <- sum + change * change
                index <- index + stride

            total <- total + sum / (2.0 * float (max 1 moves))

        Estimate.variance "Noise variance" (total / float stride)

    /// The variance of the noise in an observed log price, independent over ticks: RV / (2 n) exp(-IV / RV), RV the realised
    /// variance of all returns, n those of them that aren't zero, IV a variance without noise: to first order RV less IV over 2 n,
    /// and always positive (Barndorff-Nielsen, Hansen, Lunde and Shephard 2008, section 6). IV counts as RV at most, so that
    /// where there is no noise 1 / e of half the variance of the price over a tick is left. 0 for levels that never move.
    /// At least 2 levels.
    let debiasedNoise (roughVariance: Variance) (levels: float[]) : Variance =
        needing "Noise variance" 2 levels
        let upper = noiseVariance 1 levels
        let realised = LaneSums.differences 1 levels

        if realised > 0.0 then
            upper * exp (-(min 1.0 (float roughVariance / realised)))
        else
            upper

    /// The stride that minimises the variance of the two-scale estimator, (12 omega^4 / IQ)^(1/3) n^(2/3) (Zhang, Mykland and
    /// Ait-Sahalia 2005, section 4), from the noise variance omega^2 and a rough variance whose square stands for the
    /// quarticity IQ; between 2 and a third of the n returns.
    let optimalStride (noise: Variance) (roughVariance: Variance) (returns: int) : int =
        let ratio = float noise / float roughVariance

        let optimal =
            Math.Pow(12.0 * ratio * ratio, 1.0 / 3.0) * Math.Pow(float returns, 2.0 / 3.0)

        let most = float (max 2 (returns / 3))
        // NaN where the rough variance is 0: then nothing moves and any stride will do.
        if Double.IsNaN optimal then
            2
        else
            int (Math.Round(Math.Clamp(optimal, 2.0, most)))

    /// The two-scale realised variance: the average over the stride's grids less n' / n of the realised variance of all
    /// returns, n' = (n - stride + 1) / stride, over 1 - n' / n, the correction for small samples (Zhang, Mykland and
    /// Ait-Sahalia 2005, section 4). Free of the bias of independent noise; may be negative in small samples.
    /// Stride from 2; at least stride + 1 levels.
    let twoScale (stride: int) (levels: float[]) : Variance =
        if stride < 2 then
            Fault.raiseWith (Fault.BadSetting("Two-scale variance: stride", "must be at least 2", string stride))

        needing "Two-scale variance" (stride + 1) levels
        let n = float (levels.Length - 1)
        let average = LaneSums.differences stride levels / float stride
        let share = (n - float stride + 1.0) / float stride / n
        Estimate.variance "Two-scale variance" ((average - share * LaneSums.differences 1 levels) / (1.0 - share))
