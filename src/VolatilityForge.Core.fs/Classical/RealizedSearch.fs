/// Where the joint likelihood of a Realized GARCH is highest. Knows no forecast.
namespace VolatilityForge

open System

/// Starts and searches.
[<RequireQualifiedAccess>]
module internal RealizedSearch =

    /// Searches from the best of the starts.
    [<Literal>]
    let private Attempts = 2

    /// Weights of the measure and of the variance that searches start from.
    let private pairs: (float * float) list =
        [ 0.4, 0.55; 0.2, 0.75; 0.6, 0.3; 0.1, 0.87; 0.3, 0.6 ]

    /// A start: the pair's recursion around the returns' variance, with the measure's equation by least squares given it.
    let private startOf
        (spec: RealizedGarchSpec)
        (likelihood: RealizedLikelihood)
        (gamma: float, beta: float)
        : float[] =
        let theta = Array.zeroCreate<float> likelihood.Size
        let atXi = RealizedLayout.xi spec

        if spec.ConstantMean then
            theta[0] <- likelihood.SampleMean

        // A level whose mean is the returns' and whose measure has the slope one.
        let unconditional =
            match spec.Form with
            // A mean square lies above the exponential of the mean logarithm.
            | RealizedForm.LogLinear -> likelihood.StartLevel - 0.3
            | RealizedForm.Linear -> likelihood.StartLevel

        let slope =
            match spec.Form with
            | RealizedForm.LogLinear -> 1.0
            | RealizedForm.Linear -> likelihood.MeanMeasure / likelihood.StartLevel

        let gamma = gamma / slope
        theta[RealizedLayout.mean spec] <- (1.0 - beta) * unconditional - gamma * likelihood.MeanMeasure
        theta[RealizedLayout.gamma spec] <- gamma
        theta[RealizedLayout.beta spec] <- beta
        theta[atXi] <- likelihood.MeanMeasure - slope * unconditional
        theta[atXi + 1] <- slope
        theta[atXi + 4] <- 1.0

        if spec.Start = RealizedStart.Estimated then
            theta[atXi + 5] <- unconditional

        let struct (ofReturns, _) = likelihood.Parts theta

        if Double.IsFinite ofReturns then
            let z = likelihood.Standardised

            let fit =
                Regression.ofRows
                    [| Array.copy likelihood.Levels; z; z |> Array.map (fun z -> z * z - 1.0) |]
                    (Array.skip spec.Presample likelihood.Measure)
                    0
                    (z.Length - 1)

            match fit with
            | Ok fit ->
                theta[atXi] <- fit.Intercept
                Array.blit fit.Slopes 0 theta (atXi + 1) 3
                theta[atXi + 4] <- fit.ResidualVariance
            | Error _ -> ()

        theta

    /// The maximum, from inner estimates of an earlier fit where they lead to it, else from the best of the starts. Raises
    /// Fault.NotComputable where the likelihood is finite at none.
    let run (spec: RealizedGarchSpec) (likelihood: RealizedLikelihood) (warm: float[] option) : Minimum =
        let struct (lower, upper) = RealizedLayout.bounds spec
        let f: Smooth = fun point gradient -> likelihood.Evaluate(point, gradient)

        let within (point: float[]) =
            Array.init point.Length (fun i -> min upper[i] (max lower[i] point[i]))

        let finite (point: float[]) : float =
            f point (Array.zeroCreate likelihood.Size)

        let descend (start: float[]) : Minimum =
            Minimise.within
                Minimise.defaults
                lower
                upper
                (GarchSearch.definite likelihood.Size (likelihood.OuterProducts start))
                start
                f

        let cold () : Minimum =
            let starts =
                pairs
                |> List.map (startOf spec likelihood >> within)
                |> List.map (fun point -> finite point, point)
                |> List.filter (fst >> Double.IsFinite)
                |> List.sortBy fst

            if starts.IsEmpty then
                Fault.raiseWith (
                    Fault.NotComputable(
                        RealizedGarchSpec.name spec,
                        "the likelihood is not finite at any start",
                        "Look for outliers or gaps in returns and measure."
                    )
                )

            starts
            |> List.truncate Attempts
            |> List.map (snd >> descend)
            |> List.minBy _.Value

        match warm |> Option.map within with
        | Some start when Double.IsFinite(finite start) ->
            let found = descend start
            if found.Converged then found else cold ()
        | _ -> cold ()
