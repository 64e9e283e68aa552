/// Log-linear models of variance fitted by QLIKE, one per symbol, whose slopes are shrunk to those of all symbols. Knows no walk-forward.
namespace VolatilityForge

open System.Threading.Tasks

/// The estimator minimises the sum of v e^-f + f with f = a + x b: QLIKE with a log link, convex; the intercept follows from the slopes.
/// Steps divide the gradient by the features' own products, which is the expected curvature (Fisher scoring), so that a step costs one pass
/// over the rows. All rows of the panel are held at once.
[<RequireQualifiedAccess>]
module EbGlm =

    /// Steps end where no slope moves more.
    [<Literal>]
    let private Tolerance = 1e-7

    [<Literal>]
    let private MostSteps = 60

    [<Literal>]
    let private MostHalvings = 20

    /// A symbol's rows that are known at a fit.
    type private Known =
        {
            Rows: PanelRows
            Moments: RowMoments
            /// Days whose labels are known.
            Days: int
        }

    /// The objective with the intercept put in, and the direction in which it falls.
    [<Struct>]
    type private Slope =
        {
            Value: float
            Descent: float[]
            Intercept: float
        }

    /// Of one symbol: rows times ln of the mean of v e^-(x b), x about its mean. One pass: the gradient is the ratios' sum of features over
    /// their mean, less the features' own sum.
    let private evaluate (known: Known) (slopes: float[]) : Slope =
        let rows = known.Rows
        let width = slopes.Length
        let centre = RowProduct.centre known.Moments slopes
        let weighted = Array.zeroCreate<float> width
        let mutable total = 0.0

        for day in 0 .. known.Days - 1 do
            if rows.Complete[day] then
                let row = PanelRows.row rows day
                let ratio = exp (rows.LogLabel[day] - RowProduct.dot row slopes + centre)
                total <- total + ratio
                RowProduct.addTo weighted ratio row

        let count = float known.Moments.Count
        let mean = total / count

        {
            Value = count * log mean
            Descent = Array.init width (fun i -> weighted[i] / mean - count * known.Moments.Mean i)
            Intercept = log mean - centre
        }

    /// Minimises from a start; a step that doesn't lower the objective is halved.
    let private minimise (factor: float[]) (evaluate: float[] -> Slope) (start: float[]) : struct (float[] * Slope) =
        let width = start.Length
        let mutable slopes = start
        let mutable found = evaluate start
        let mutable steps = 0
        let mutable moved = infinity

        while moved > Tolerance && steps < MostSteps do
            let step = SmallMatrix.solve width factor found.Descent
            let mutable share = 1.0
            let mutable next = Array.map2 (+) slopes step
            let mutable there = evaluate next
            let mutable halvings = 0
            // Rounding of the sum must not count as a rise.
            let limit = found.Value + 1e-12 * abs found.Value

            while not (there.Value <= limit) && halvings < MostHalvings do
                share <- share / 2.0
                halvings <- halvings + 1
                next <- Array.map2 (fun b s -> b + share * s) slopes step
                there <- evaluate next

            if there.Value <= limit then
                moved <- share * (step |> Array.fold (fun most value -> max most (abs value)) 0.0)
                slopes <- next
                found <- there
            else
                moved <- 0.0

            steps <- steps + 1

        struct (slopes, found)

    let private sum (width: int) (parts: Slope[]) : Slope =
        let descent = Array.zeroCreate<float> width
        let mutable value = 0.0

        for part in parts do
            value <- value + part.Value

            for i in 0 .. width - 1 do
                descent[i] <- descent[i] + part.Descent[i]

        {
            Value = value
            Descent = descent
            Intercept = 0.0
        }

    /// The objective of a symbol with the penalty of its prior.
    let private penalised (prior: PanelPrior) (known: Known) (slopes: float[]) : Slope =
        let own = evaluate known slopes
        let distance = Array.map2 (-) slopes prior.Slopes
        let pull = PanelPrior.times prior.Precision distance
        let penalty = Array.fold2 (fun sum d p -> sum + d * p) 0.0 distance pull / 2.0

        { own with
            Value = own.Value + penalty
            Descent = Array.map2 (-) own.Descent pull
        }

    /// Lines of every symbol at one fit.
    let private fitAt (options: PanelRegressionOptions) (width: int) (symbols: Known[]) : PanelLine option[] =
        let able =
            symbols
            |> Array.filter (fun known -> known.Moments.Count >= options.MinimumRows)

        let sums = PanelPrior.emptySums width

        for known in able do
            PanelPrior.addMoments sums known.Moments

        let pooled (slopes: float[]) : Slope =
            able |> Array.map (fun known -> evaluate known slopes) |> sum width

        let linear = PanelPrior.ofSums options.Shrinkage sums

        let prior =
            match options.Shrinkage with
            | Shrinkage.ToZero _ -> linear
            | _ ->
                let struct (slopes, _) =
                    minimise (PanelPrior.pooledFactor sums) pooled linear.Slopes

                { linear with Slopes = slopes }

        let line (known: Known) : PanelLine =
            let struct (slopes, intercept) =
                match options.Shrinkage with
                | Shrinkage.Pooled -> struct (prior.Slopes, (evaluate known prior.Slopes).Intercept)
                | _ ->
                    let factor = PanelPrior.withMoments prior.Precision known.Moments
                    let struct (slopes, found) = minimise factor (penalised prior known) prior.Slopes
                    struct (slopes, found.Intercept)

            {
                Intercept = intercept
                Slopes = slopes
                Scale = 1.0
            }

        symbols
        |> Array.map (fun known ->
            if known.Moments.Count >= options.MinimumRows then
                Some(line known)
            else
                None)

    /// Lines of every symbol at every fit; as many fits are made at once as there are threads.
    let internal run
        (options: PanelRegressionOptions)
        (threads: int)
        (panel: Panel)
        (refits: MarketDay[])
        (horizon: int)
        (tell: int -> PanelRows -> PanelLine option[] -> unit)
        : unit =
        let features = PanelFeature.applicable panel options.Features
        let factors = Factors.ofPanel threads panel
        let parallelism = ParallelOptions(MaxDegreeOfParallelism = max 1 threads)
        let rows = Array.zeroCreate panel.Count

        Parallel.For(
            0,
            panel.Count,
            parallelism,
            fun symbol -> rows[symbol] <- PanelRows.ofSymbol factors features horizon symbol
        )
        |> ignore

        let moments = rows |> Array.map (fun _ -> RowMoments(features.Length + 1))
        let days = Array.zeroCreate<int> panel.Count
        let lines = Array.zeroCreate refits.Length
        // More than one fit per thread, because later ones take longer.
        let wave = if threads <= 1 then 1 else 4 * threads

        for first in 0..wave .. refits.Length - 1 do
            let known =
                [|
                    for fit in first .. min refits.Length (first + wave) - 1 do
                        [|
                            for symbol in 0 .. panel.Count - 1 do
                                days[symbol] <-
                                    PanelRegression.advance 1.0 rows[symbol] moments[symbol] days[symbol] refits[fit]

                                {
                                    Rows = rows[symbol]
                                    Moments = (if wave = 1 then moments[symbol] else moments[symbol].Copy())
                                    Days = days[symbol]
                                }
                        |]
                |]

            Parallel.For(
                0,
                known.Length,
                parallelism,
                fun i -> lines[first + i] <- fitAt options features.Length known[i]
            )
            |> ignore

        for symbol in 0 .. panel.Count - 1 do
            tell symbol rows[symbol] (lines |> Array.map (fun fit -> fit[symbol]))

    /// The model as a panel forecaster; a half-life is a fault when it is fitted.
    let forecaster (options: PanelRegressionOptions) : IPanelForecaster =
        let run (options: PanelRegressionOptions) =
            if options.HalfLife.IsSome then
                Fault.raiseWith (
                    Fault.BadSetting("half-life", "must be none for a fit by QLIKE", $"%A{options.HalfLife}")
                )

            run options

        PanelRegression.forecaster run options
