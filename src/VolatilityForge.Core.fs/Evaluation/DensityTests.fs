/// Whether whole distributions were forecast: tests of probability integral transforms. Knows no model.
namespace VolatilityForge

open System

/// Berkowitz's (2001) tests: transforms turned normal follow z(t) = a + r z(t-1) + s e(t).
type Berkowitz =
    {
        Mean: float
        /// s squared; 1 where the forecast is right.
        Variance: float
        Persistence: float
        /// Mean 0, variance 1, no persistence: three degrees of freedom.
        Density: ChiSquareTest
        /// No persistence: one degree of freedom.
        Independence: ChiSquareTest
    }

/// Tests of probability integral transforms: the forecast distribution's probability of a value below what came, uniform on
/// (0, 1) and independent where the forecast is right.
[<RequireQualifiedAccess>]
module DensityTests =

    /// Terms of Kolmogorov's series: beyond these they are below rounding for every argument that matters.
    [<Literal>]
    let private Terms = 100

    let private checkTransforms (what: string) (needed: int) (transforms: float[]) : Result<unit, Fault> =
        if transforms.Length < needed then
            Error(Fault.TooShort(what, needed, transforms.Length))
        elif transforms |> Array.exists (fun u -> not (u > 0.0 && u < 1.0)) then
            Error(
                Fault.NotComputable(
                    what,
                    "a transform is not between 0 and 1",
                    "Give the forecast probability of a smaller value."
                )
            )
        else
            Ok()

    /// Berkowitz's tests of transforms, (days), by the likelihood given the first day. Faults: fewer than ten, one outside (0, 1),
    /// transforms that never vary.
    let berkowitz (transforms: float[]) : Result<Berkowitz, Fault> =
        let what = "Berkowitz"

        either {
            do! checkTransforms what 10 transforms
            let z = transforms |> Array.map Tail.normalQuantile
            let count = z.Length - 1
            let later, before = z[1..], z[.. count - 1]

            let! fit =
                TestRegression.fit what ErrorRule.Classical [| Array.create count 1.0; before |] later

            let n = float count
            let variance = (fit.Residuals |> Array.sumBy (fun x -> x * x)) / n
            let mean = Array.average later
            let unrelated = (later |> Array.sumBy (fun x -> (x - mean) * (x - mean))) / n
            let standard = later |> Array.sumBy (fun x -> x * x)
            // Twice the log-likelihood, without the constant that both sides share.
            let best = -n * (log variance + 1.0)

            return
                {
                    Mean = fit.Coefficients[0]
                    Variance = variance
                    Persistence = fit.Coefficients[1]
                    Density = ChiSquareTest.ofStatistic 3 (best + standard)
                    Independence = ChiSquareTest.ofStatistic 1 (best + n * (log unrelated + 1.0))
                }
        }

    /// Kolmogorov and Smirnov's largest distance from the uniform distribution, and its probability in large samples. Faults as
    /// in berkowitz.
    let kolmogorovSmirnov (transforms: float[]) : Result<struct (float * float), Fault> =
        checkTransforms "Kolmogorov-Smirnov" 10 transforms
        |> Result.map (fun () ->
            let sorted = Array.sort transforms
            let n = float sorted.Length

            let distance =
                sorted
                |> Array.mapi (fun i u -> max (float (i + 1) / n - u) (u - float i / n))
                |> Array.max

            let x = sqrt n * distance

            let p =
                // Jacobi's form of the same series converges where the alternating one does not.
                if x < 1.0 then
                    let sum =
                        Seq.init Terms (fun k ->
                            let odd = float (2 * k + 1)
                            exp (-(odd * odd) * Math.PI * Math.PI / (8.0 * x * x)))
                        |> Seq.sum

                    1.0 - sqrt (2.0 * Math.PI) / x * sum
                else
                    2.0
                    * (Seq.init Terms (fun k ->
                        let j = float (k + 1)
                        (if k % 2 = 0 then 1.0 else -1.0) * exp (-2.0 * j * j * x * x))
                       |> Seq.sum)

            struct (distance, max 0.0 (min 1.0 p)))
