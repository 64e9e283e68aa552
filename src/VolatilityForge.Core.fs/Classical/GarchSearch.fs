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

    /// Whether a maximum at a unit root says nothing of valleys elsewhere: the likelihood of a long series rises to the bound and would
    /// beyond it. A coefficient of news that ends at zero does say so: beta is then free.
    let private unitRootIsPlain (model: VarianceModel) : bool =
        match model with
        | VarianceModel.Garch _
        | VarianceModel.Gjr _ -> true
        | _ -> false

    /// Whether maxima lie so close to each other that a warm search may end in another than a cold one: its start is then one of
    /// several.
    let private startsMatter (model: VarianceModel) : bool = model.IsComponent

    /// Returns below which the likelihood is looked through more widely: it has more valleys, and the search costs little.
    [<Literal>]
    let private ShortSeries = 1000

    /// Searches of the wider look.
    [<Literal>]
    let private WiderSearches = 8

    /// Residuals of a kurtosis beyond daily returns', or of which one in twenty is the same.
    let private unlikeReturns (residuals: float[]) : bool =
        let square = residuals |> Array.averageBy (fun e -> e * e)
        let fourth = residuals |> Array.averageBy (fun e -> e * e * e * e)
        let sorted = Array.sort residuals
        let apart = max 1 (residuals.Length / 20)
        let mutable tied = false

        for i in 0 .. sorted.Length - 1 - apart do
            tied <- tied || sorted[i] = sorted[i + apart]

        tied || fourth > 30.0 * square * square

    /// Likelihoods of kinked models have spikes without a top: a search that ended on one doesn't count beside a maximum.
    let private better (best: Minimum) (found: Minimum) : Minimum =
        if best.Converged && not found.Converged then best
        elif found.Converged && not best.Converged then found
        elif found.Value < best.Value - 1e-12 then found
        else best

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

            let candidatesOf (thorough: bool) (shapes: float list) : (float * float[]) list =
                GarchLayout.starts thorough spec.Variance variance
                |> List.map (fun own ->
                    within (
                        GarchLayout.closed spec scale
                        <| Array.concat
                            [
                                likelihood.MeanStart
                                own
                                Array.zeroCreate scale.Variance.Length
                                List.toArray shapes
                            ]
                    ))
                |> List.map (fun point -> likelihood.Evaluate(point, gradient), point)
                |> List.filter (fst >> Double.IsFinite)
                |> List.sortBy fst

            // Taken before the arrays are overwritten.
            let unlike = likelihood.Count < ShortSeries || unlikeReturns likelihood.Residuals
            let candidates = candidatesOf false (Innovation.startShapes spec.Innovation)

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

                    let chosen =
                        match best with
                        | Some best -> better best found
                        | None -> found

                    attempt (left - 1) rest (Some chosen)
                | [], None -> descend (within likelihood.MeanStart)

            let first = attempt (attempts spec.Variance) candidates None
            let own = likelihood.MeanStart.Length

            let unitRoot =
                if unitRootIsPlain spec.Variance then
                    GarchLayout.shareIndex spec own
                else
                    None

            let atBound =
                seq { own .. own + GarchLayout.varianceSize spec.Variance - 1 }
                |> Seq.exists (fun i -> first.AtBound[i] && not (unitRoot = Some i && first.Point[i] >= upper[i]))

            // Where the surface may have several valleys: short or odd series, and a maximum on the edge.
            if unlike || atBound || not first.Converged then
                let wider =
                    [
                        yield! candidatesOf true (Innovation.startShapes spec.Innovation)

                        match spec.Innovation with
                        | Innovation.Normal -> ()
                        | Innovation.StudentT -> yield! candidatesOf true [ 2.5 ]
                        | Innovation.SkewedT -> yield! candidatesOf true [ 2.5; 0.0 ]
                        | Innovation.Ged -> yield! candidatesOf true [ 0.8 ]
                    ]
                    |> List.sortBy fst
                    |> List.truncate WiderSearches

                wider |> List.fold (fun best (_, start) -> better best (descend start)) first
            else
                first

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

                let gains (found: Minimum) : bool =
                    found.Value < best.Value - RestartGain
                    && (found.Converged || not best.Converged)

                match List.filter gains beside with
                | [] -> best
                | better -> settle (left - 1) (better |> List.minBy _.Value)

        match warm with
        | Some start ->
            let start = within start

            if Double.IsFinite(likelihood.Evaluate(start, gradient)) then
                let found = descend start

                if not found.Converged then
                    settle Restarts (cold ())
                elif startsMatter spec.Variance then
                    better found (settle Restarts (cold ()))
                else
                    found
            else
                settle Restarts (cold ())
        | None -> settle Restarts (cold ())
