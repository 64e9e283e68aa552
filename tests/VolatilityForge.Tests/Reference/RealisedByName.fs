/// Realised measures by name, for tests that hold of many of them.
module VolatilityForge.Tests.RealisedByName

open System
open Expecto
open VolatilityForge

let accumulate (steps: float[]) : float[] = Array.scan (+) 0.0 steps

/// The opening of the first day.
let opens = DateTime(2020, 1, 2, 9, 30, 0)

/// Rounding differs with the order of sums and the powers of numpy: a dozen of the last bits.
let close (found: float) (expected: float) (what: string) : unit =
    Expect.isLessThanOrEqual (abs (found - expected)) (1e-11 * abs expected) $"{what}: {found} for {expected}"

let byName (name: string) : float[] -> float =
    match name with
    | "rv" -> PowerVariation.realised >> float
    | "bipower" -> PowerVariation.bipower >> float
    | "min_rv" -> PowerVariation.minimum >> float
    | "med_rv" -> PowerVariation.median >> float
    | "negative_semivariance" -> PowerVariation.downside >> float
    | "positive_semivariance" -> PowerVariation.upside >> float
    | "quarticity" -> Quarticity.realised >> float
    | "tripower_quarticity" -> Quarticity.tripower >> float
    | "min_rq" -> Quarticity.minimum >> float
    | "med_rq" -> Quarticity.median >> float
    | "bns_statistic" -> fun returns -> (JumpTests.barndorffNielsenShephard returns).Statistic
    | "bns_p_value" -> fun returns -> (JumpTests.barndorffNielsenShephard returns).PValue
    | other -> failtestf "no measure %s" other

let ofLevels (name: string) (parameter: int) : float[] -> float =
    match name with
    | "kernel_parzen" -> RealisedKernel.estimate KernelShape.Parzen parameter >> float
    | "kernel_tukey_hanning" -> RealisedKernel.estimate KernelShape.TukeyHanning parameter >> float
    | "two_scale" -> Subsampling.twoScale parameter >> float
    | "rv_subsampled" -> Subsampling.realised parameter >> float
    | "noise_variance" -> Subsampling.noiseVariance parameter >> float
    | "pre_averaged" -> PreAverage.estimate parameter >> float
    | other -> failtestf "no measure %s" other

let varianceNames =
    [
        "rv"
        "bipower"
        "min_rv"
        "med_rv"
        "negative_semivariance"
        "positive_semivariance"
    ]

let quarticityNames = [ "quarticity"; "tripower_quarticity"; "min_rq"; "med_rq" ]

let levelCases =
    [
        "kernel_parzen", 7
        "kernel_tukey_hanning", 7
        "two_scale", 5
        "rv_subsampled", 5
        "noise_variance", 5
        "pre_averaged", 6
    ]
