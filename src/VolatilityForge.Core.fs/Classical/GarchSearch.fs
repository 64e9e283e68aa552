/// Where the likelihood is highest. Knows no forecast.
namespace VolatilityForge

open System

/// Starts and searches.
[<RequireQualifiedAccess>]
module internal GarchSearch =

    /// Searches run from the best of the starts: one where the surface has one valley, more where it has several.
    let private attempts (model: VarianceModel) : int =
        match model with
        | VarianceModel.Garch _
        | VarianceModel.Gjr _ -> 1
        | VarianceModel.Aparch _ -> 3
        | _ -> 2

    /// Restarts of a search that may stand between two kinks.
    [<Literal>]
    let private Restarts = 6

    /// How far a restart moves the mean: this share of its standard deviation, the others held.
    [<Literal>]
    let private RestartStep = 0.3

    /// What a restart must gain in the mean log-likelihood to count.
    [<Literal>]
    let private RestartGain = 1e-9

    /// A first guess of the curvature: outer products of scores, with a ridge that keeps it definite; changed in place.
    let definite (size: int) (products: float[]) : float[] =
        for i in 0 .. size - 1 do
            let own = products[i * size + i]

            products[i * size + i] <-
                if own > 0.0 && own < infinity then
                    own * 1.0001 + 1e-8
                else
                    1.0

        if
            products |> Array.forall Double.IsFinite
            && (SmallMatrix.cholesky size products).IsSome
        then
            products
        else
            Array.init (size * size) (fun cell -> if cell / size = cell % size then 1.0 else 0.0)

    /// The maximum, from inner estimates of an earlier fit where they lead to it, else from the best of the starts. Raises
    /// Fault.NotComputable where the likelihood is finite at none.
    let run (spec: GarchSpec) (scale: GarchScale) (likelihood: GarchLikelihood) (warm: float[] option) : Minimum =
        let struct (lower, upper) = GarchLayout.bounds spec scale
        let gradient = Array.zeroCreate<float> likelihood.Size
        let f: Smooth = fun point gradient -> likelihood.Evaluate(point, gradient)

        let within (point: float[]) =
            Array.init point.Length (fun i -> min upper[i] (max lower[i] point[i]))

        let descend (start: float[]) : Minimum =
            Minimise.within
                Minimise.defaults
                lower
                upper
                (definite likelihood.Size (likelihood.OuterProducts start))
                start
                f

        let cold () : Minimum =
            likelihood.Filter(
                Array.concat
                    [
                        likelihood.MeanStart
                        Array.zeroCreate (likelihood.Size - likelihood.MeanStart.Length)
                    ]
            )
            |> ignore

            let variance = likelihood.Residuals |> Array.averageBy (fun e -> e * e)

            let candidates =
                GarchLayout.starts spec.Variance variance
                |> List.map (fun own ->
                    within (
                        GarchLayout.closed spec scale
                        <| Array.concat
                            [
                                likelihood.MeanStart
                                own
                                Array.zeroCreate scale.Variance.Length
                                List.toArray (Innovation.startShapes spec.Innovation)
                            ]
                    ))
                |> List.map (fun point -> likelihood.Evaluate(point, gradient), point)
                |> List.filter (fst >> Double.IsFinite)
                |> List.sortBy fst

            if candidates.IsEmpty then
                Fault.raiseWith (
                    Fault.NotComputable(
                        GarchSpec.name spec.Variance,
                        "the likelihood is not finite at any start",
                        "Look for outliers or gaps; a plain garch may fit."
                    )
                )

            let rec attempt (left: int) (candidates: (float * float[]) list) (best: Minimum option) : Minimum =
                match candidates, best with
                | [], Some best -> best
                | _, Some best when left <= 0 && best.Converged -> best
                | _, Some best when left <= -2 -> best
                | (_, start) :: rest, _ ->
                    let found = descend start

                    let better =
                        match best with
                        | Some best when not (found.Value < best.Value - 1e-12) -> best
                        | _ -> found

                    attempt (left - 1) rest (Some better)
                | [], None -> descend (within likelihood.MeanStart)

            attempt (attempts spec.Variance) candidates None

        /// The best of searches restarted to both sides of a minimum, until neither side is better.
        let rec settle (left: int) (best: Minimum) : Minimum =
            if
                left = 0
                || likelihood.MeanStart.Length = 0
                || not (GarchLayout.kinked spec.Variance)
            then
                best
            else
                let own = (likelihood.OuterProducts best.Point)[0]
                let step = RestartStep / sqrt (own * float likelihood.Count)

                let beside =
                    [ step; -step ]
                    |> List.map (fun move ->
                        let point = Array.copy best.Point
                        point[0] <- point[0] + move
                        point)
                    |> List.filter (fun point -> Double.IsFinite(likelihood.Evaluate(point, gradient)))
                    |> List.map descend

                match beside |> List.filter (fun found -> found.Value < best.Value - RestartGain) with
                | [] -> best
                | better -> settle (left - 1) (better |> List.minBy _.Value)

        match warm with
        | Some start ->
            let start = within start

            if Double.IsFinite(likelihood.Evaluate(start, gradient)) then
                let found = descend start
                if found.Converged then found else settle Restarts (cold ())
            else
                settle Restarts (cold ())
        | None -> settle Restarts (cold ())
