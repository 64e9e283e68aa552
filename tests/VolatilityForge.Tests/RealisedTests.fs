/// Realised measures: laws, naive twins, and what is refused.
module VolatilityForge.Tests.RealisedTests

open Expecto
open VolatilityForge
open VolatilityForge.Tests.RealisedByName

/// The kernel as a double sum over pairs of returns.
let private naiveKernel (shape: KernelShape) (bandwidth: int) (levels: float[]) : float =
    let returns = Sampling.returns levels

    Seq.sum (
        seq {
            for left in 0 .. returns.Length - 1 do
                for right in 0 .. returns.Length - 1 do
                    let weight =
                        RealisedKernel.weight shape (float (abs (left - right)) / float (bandwidth + 1))

                    weight * returns[left] * returns[right]
        }
    )

/// Each grid of every stride-th level by itself.
let private naiveGrids (stride: int) (levels: float[]) : float =
    List.init stride (fun offset ->
        [| for index in offset..stride .. levels.Length - 1 -> levels[index] |]
        |> Sampling.returns
        |> Array.sumBy (fun change -> change * change))
    |> List.average

/// Pre-averaged returns as differences of averages of levels, for an even window.
let private naivePreAverage (window: int) (levels: float[]) : float =
    let k = float window
    let half = window / 2
    let n = levels.Length - 1
    let mean first last = Array.average levels[first..last]

    let squares =
        Seq.sum (
            seq {
                for first in 0 .. n - window + 1 do
                    let average =
                        0.5 * (mean (first + half) (first + window - 1) - mean first (first + half - 1))

                    average * average
            }
        )

    // For even windows sum (g(j/k) - g((j-1)/k))^2 is 1 / k and sum g^2 is (k^2 + 2) / (12 k).
    let psi1, psi2 = 1.0, (k * k + 2.0) / (12.0 * k * k)

    let realised =
        Sampling.returns levels |> Array.sumBy (fun change -> change * change)

    let correction = psi1 / (2.0 * psi2 * k * k)

    (float n / float (n - window + 2) / (psi2 * k) * squares - correction * realised)
    / (1.0 - correction)

let private levelsOf (seed: int64) (count: int) : float[] =
    let struct (draws, _) = Rng.normals count (Rng.ofSeed seed)
    accumulate (draws |> Array.map (fun draw -> 0.001 * draw))

let private tooShort (body: unit -> 'a) : bool =
    match Fault.catch (fun () -> body () |> ignore) with
    | Error(Fault.TooShort _) -> true
    | _ -> false

[<Tests>]
let laws =
    testList
        "realised measures, laws"
        [
            testProperty
                "variances are homogeneous of degree 2, quarticities of degree 4, jump tests of degree 0"
                (fun (seed: int64) ->
                    let levels = levelsOf seed 60
                    let returns = Sampling.returns levels
                    // A power of two scales without rounding.
                    let scaled = Array.map ((*) 8.0)

                    (varianceNames
                     |> List.forall (fun name -> byName name (scaled returns) = 64.0 * byName name returns))
                    && (quarticityNames
                        |> List.forall (fun name ->
                            let expected = 4096.0 * byName name returns
                            abs (byName name (scaled returns) - expected) <= 1e-14 * expected))
                    && (levelCases
                        |> List.forall (fun (name, parameter) ->
                            ofLevels name parameter (scaled levels) = 64.0 * ofLevels name parameter levels))
                    && abs (byName "bns_statistic" (scaled returns) - byName "bns_statistic" returns) < 1e-12)

            testProperty "a shift of the log price changes nothing but rounding" (fun (seed: int64) ->
                let levels = levelsOf seed 60
                let moved = levels |> Array.map ((+) 4.0)

                levelCases
                |> List.forall (fun (name, parameter) ->
                    abs (ofLevels name parameter moved - ofLevels name parameter levels) < 1e-14))

            testProperty "semivariances add up to the realised variance" (fun (seed: int64) ->
                let returns = Sampling.returns (levelsOf seed 60)

                let sum =
                    byName "negative_semivariance" returns + byName "positive_semivariance" returns

                abs (sum - byName "rv" returns) <= 1e-15 * 60.0)

            testProperty "no estimator but the two-scale and the pre-averaged is negative" (fun (seed: int64) ->
                let levels = levelsOf seed 30

                (varianceNames @ quarticityNames
                 |> List.forall (fun name -> byName name (Sampling.returns levels) >= 0.0))
                && ofLevels "kernel_parzen" 9 levels >= 0.0)

            testProperty
                "kernels are the double sum, and the realised variance at bandwidth 0"
                (fun (seed: int64) (size: int) ->
                    let bandwidth = abs size % 20
                    let levels = levelsOf seed 40

                    [ KernelShape.Parzen; KernelShape.TukeyHanning ]
                    |> List.forall (fun shape ->
                        abs (
                            float (RealisedKernel.estimate shape bandwidth levels)
                            - naiveKernel shape bandwidth levels
                        )
                            <
                            1e-17
                        && abs (
                            float (RealisedKernel.estimate shape 0 levels)
                            - byName "rv" (Sampling.returns levels)
                        )
                            <
                            1e-18))

            testProperty "strided sums are those of the grids one by one" (fun (seed: int64) (size: int) ->
                let stride = 2 + abs size % 12
                let levels = levelsOf seed 50
                let n = 50.0
                let k = float stride
                let grids = naiveGrids stride levels
                let share = (n - k + 1.0) / k / n

                let twoScale =
                    (grids - share * byName "rv" (Sampling.returns levels)) / (1.0 - share)

                abs (float (Subsampling.realised stride levels) - grids * n / (n - k + 1.0)) < 1e-16
                && abs (float (Subsampling.twoScale stride levels) - twoScale) < 1e-16)

            testProperty "pre-averaged returns are differences of averages" (fun (seed: int64) (size: int) ->
                let window = 4 + 2 * (abs size % 8)
                let levels = levelsOf seed 50
                abs (float (PreAverage.estimate window levels) - naivePreAverage window levels) < 1e-15)

            testCase "long days, worked on a stretch at a time, have the sums of one loop" (fun () ->
                let struct (draws, _) = Rng.normals 10_007 (Rng.ofSeed 4L)
                let returns = draws |> Array.map (fun draw -> 1e-3 * draw)
                returns[100] <- 0.0
                let levels = Array.scan (+) 1.5 returns
                let returns = Sampling.returns levels
                let n = returns.Length
                let near (what: string) (expected: float) (found: float) = close found expected what

                for bandwidth in [ 0; 1; 30; 2_500 ] do
                    let weight lag =
                        RealisedKernel.weight KernelShape.Parzen (float lag / float (bandwidth + 1))

                    let covariance lag =
                        Seq.sum (seq { for j in lag .. n - 1 -> returns[j] * returns[j - lag] })

                    let expected =
                        Seq.sum (
                            seq {
                                for lag in 0..bandwidth -> (if lag = 0 then 1.0 else 2.0) * weight lag * covariance lag
                            }
                        )

                    RealisedKernel.estimate KernelShape.Parzen bandwidth levels
                    |> float
                    |> near $"kernel of bandwidth {bandwidth}" expected

                for window in [ 3; 4; 7; 100; 101 ] do
                    let k = float window
                    let g (j: int) = min (float j / k) (1.0 - float j / k)
                    let weights = Array.init (window - 1) (fun j -> g (j + 1))
                    let psi2 = (weights |> Array.sumBy (fun w -> w * w)) / k

                    let psi1 =
                        k
                        * Seq.sum (seq { for j in 1..window -> (g j - g (j - 1)) * (g j - g (j - 1)) })

                    let squares =
                        Seq.sum (
                            seq {
                                for first in 0 .. n - window + 1 do
                                    let average =
                                        weights |> Array.mapi (fun j w -> w * returns[first + j]) |> Array.sum

                                    average * average
                            }
                        )

                    let correction = psi1 / (2.0 * psi2 * k * k)
                    let realised = returns |> Array.sumBy (fun r -> r * r)

                    let expected =
                        (float n / float (n - window + 2) / (psi2 * k) * squares - correction * realised)
                        / (1.0 - correction)

                    PreAverage.estimate window levels
                    |> float
                    |> near $"pre-averaged, {window}" expected

                let product j =
                    abs (returns[j] * returns[j - 1] * returns[j - 2])

                let scale = float n * float n / float (n - 2) / 0.8308609250295592 ** 3.0

                Quarticity.tripower returns
                |> float
                |> near
                    "tripower quarticity"
                    (scale * Seq.sum (seq { for j in 2 .. n - 1 -> product j ** (4.0 / 3.0) })))

            testCase "too few returns are a fault that says how many are needed" (fun () ->
                for name, needed in
                    [
                        "rv", 1
                        "bipower", 2
                        "min_rv", 2
                        "med_rv", 3
                        "tripower_quarticity", 3
                        "med_rq", 3
                    ] do
                    Expect.isTrue (tooShort (fun () -> byName name (Array.create (needed - 1) 0.1))) name
                    Expect.isFalse (tooShort (fun () -> byName name (Array.create needed 0.1))) name

                for name, parameter in levelCases do
                    Expect.isTrue (tooShort (fun () -> ofLevels name parameter (Array.create parameter 0.1))) name)

            testCase "returns that are not finite are a fault, never NaN" (fun () ->
                for bad in [ nan; infinity ] do
                    let returns = [| 0.1; bad; 0.1; 0.1; 0.1 |]

                    for name in varianceNames @ quarticityNames do
                        match Fault.catch (fun () -> byName name returns) with
                        | Error(Fault.BadData _) -> ()
                        | other -> failtestf "%s: BadData expected, found %A" name other)

            testCase "a price that never moves has no variance and no jump" (fun () ->
                let still = Array.create 60 4.6

                for name in varianceNames @ quarticityNames do
                    Expect.equal (byName name (Sampling.returns still)) 0.0 name

                for name, parameter in levelCases do
                    Expect.equal (ofLevels name parameter still) 0.0 name

                Expect.equal
                    (JumpTests.barndorffNielsenShephard (Sampling.returns still))
                    { Statistic = 0.0; PValue = 0.5 }
                    "no jump")
        ]
