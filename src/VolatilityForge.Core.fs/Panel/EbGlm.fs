/// Log-linear models of variance fitted by QLIKE, one per symbol, whose slopes are shrunk to those of all symbols. Knows no walk-forward.
namespace VolatilityForge

open System
open System.Numerics
open System.Runtime.InteropServices
open System.Threading.Tasks

/// The estimator minimises the sum of v e^-f + f with f = a + x b: QLIKE with a log link, convex; the intercept follows from the slopes.
/// Steps divide the gradient by the features' own products, which is the expected curvature (Fisher scoring), so that a step costs one pass
/// over the rows. The pooled slopes of all fits take their steps together: each pass over the symbols holds the rows of as many as there are
/// threads, and of so many more as there is room for.
[<RequireQualifiedAccess>]
module EbGlm =

    /// Symbols whose objectives are told at once; they are added in order, so that the sums are the same for any number of threads.
    [<Literal>]
    let private WaveSymbols = 64

    /// ln of the largest label, in geometric means of the symbol's variance over the month before: the objective weighs a day by its ratio to
    /// the fit, and a bad print of 10,000 times the usual variance would weigh as much as all others.
    [<Literal>]
    let private LargestLabel = 4.0

    let private bounded (panel: Panel) (symbol: int) (rows: PanelRows) : PanelRows =
        let month =
            panel.Histories[symbol].Variance
            |> Array.map (fun variance -> log (Units.strip variance))
            |> Standing.meansFrom 1 22

        { rows with
            LogLabel = Array.map2 (fun label month -> min label (month + LargestLabel)) rows.LogLabel month
        }

    /// A symbol's rows that are known at a fit.
    [<Struct>]
    type private Known =
        {
            Rows: PanelRows
            /// Days whose labels are known, and how many of them are complete.
            Days: int
            Count: int
            /// Sums of the complete days' features.
            Totals: float[]
        }

    /// Days whose ratios are made at once.
    [<Literal>]
    let private BatchDays = 64

    /// ratios <- e^ratios.
    let private exponentials (ratios: float[]) : unit =
        let cells = MemoryMarshal.Cast<float, Vector<float>>(Span<float> ratios)

        for cell in 0 .. cells.Length - 1 do
            cells[cell] <- Vector.Exp cells[cell]

    /// Of one symbol: rows times ln of the mean of v e^-(x b), x about its mean. One pass: the gradient is the ratios' sum of features over
    /// their mean, less the features' own sum.
    let private evaluate (known: Known) (slopes: float[]) : DescentPoint =
        let rows = known.Rows
        let width = slopes.Length
        let count = float known.Count
        let centre = RowProduct.dot (ReadOnlySpan known.Totals) slopes / count
        let weighted = Array.zeroCreate<float> width
        let ratios = Array.zeroCreate<float> BatchDays
        let mutable total = 0.0
        let mutable first = 0

        while first < known.Days do
            let days = min BatchDays (known.Days - first)

            for place in 0 .. days - 1 do
                let day = first + place

                ratios[place] <-
                    if rows.Complete[day] then
                        rows.LogLabel[day] - RowProduct.dot (PanelRows.row rows day) slopes + centre
                    else
                        0.0

            exponentials ratios

            for place in 0 .. days - 1 do
                let day = first + place

                if rows.Complete[day] then
                    total <- total + ratios[place]
                    RowProduct.addTo weighted ratios[place] (PanelRows.row rows day)

            first <- first + days

        let mean = total / count

        {
            Value = count * log mean
            Descent = Array.init width (fun i -> weighted[i] / mean - known.Totals[i])
            Intercept = log mean - centre
        }

    /// Tells what is known of a symbol's rows at each fit; the sums are good until the next is told.
    let private walk (rows: PanelRows) (refits: MarketDay[]) (tell: int -> Known -> unit) : unit =
        let totals = Array.zeroCreate<float> rows.Width
        let mutable days = 0
        let mutable count = 0

        for fit in 0 .. refits.Length - 1 do
            let known = PanelRows.known rows (MarketDay.date refits[fit])

            for day in days .. known - 1 do
                if rows.Complete[day] then
                    count <- count + 1
                    RowProduct.addTo totals 1.0 (PanelRows.row rows day)

            days <- max days known

            tell
                fit
                {
                    Rows = rows
                    Days = days
                    Count = count
                    Totals = totals
                }

    /// The pooled slopes at each fit, found together from a start for each.
    let private pooledSlopes
        (options: PanelRegressionOptions)
        (threads: int)
        (rows: PanelRowSource)
        (refits: MarketDay[])
        (sums: PooledSums[])
        (starts: float[][])
        : float[][] =
        let searches =
            Array.map2 (fun sums start -> DescentSearch(PanelPrior.pooledFactor sums, start)) sums starts

        let ofSymbol (symbol: int) : DescentPoint voption[] =
            let found = Array.create refits.Length ValueNone

            walk (rows.Get symbol) refits (fun fit known ->
                if known.Count >= options.MinimumRows && not searches[fit].Done then
                    found[fit] <- ValueSome(evaluate known searches[fit].Trial))

            found

        while searches |> Array.exists (fun search -> not search.Done) do
            let totals = starts |> Array.map (fun start -> DescentPoint.zero start.Length)

            for first in 0..WaveSymbols .. rows.Count - 1 do
                let made = Array.zeroCreate (min WaveSymbols (rows.Count - first))

                Parallel.For(
                    0,
                    made.Length,
                    ParallelOptions(MaxDegreeOfParallelism = max 1 threads),
                    fun i -> made[i] <- ofSymbol (first + i)
                )
                |> ignore

                for own in made do
                    for fit in 0 .. refits.Length - 1 do
                        match own[fit] with
                        | ValueSome objective -> totals[fit] <- DescentPoint.add totals[fit] objective
                        | ValueNone -> ()

            Array.iter2
                (fun (search: DescentSearch) total ->
                    if not search.Done then
                        search.Tell total)
                searches
                totals

        searches |> Array.map _.Slopes

    /// The objective of a symbol with the penalty of its prior.
    let private penalised (prior: PanelPrior) (known: Known) (slopes: float[]) : DescentPoint =
        let own = evaluate known slopes
        let distance = Array.map2 (-) slopes prior.Slopes
        let pull = PanelPrior.times prior.Precision distance
        let penalty = Array.fold2 (fun sum d p -> sum + d * p) 0.0 distance pull / 2.0

        { own with
            Value = own.Value + penalty
            Descent = Array.map2 (-) own.Descent pull
        }

    let private line (shrinkage: Shrinkage) (prior: PanelPrior) (moments: RowMoments) (known: Known) : PanelLine =
        let struct (slopes, intercept) =
            match shrinkage with
            | Shrinkage.Pooled -> struct (prior.Slopes, (evaluate known prior.Slopes).Intercept)
            | _ ->
                let search =
                    DescentSearch(PanelPrior.withMoments prior.Precision moments, prior.Slopes)

                while not search.Done do
                    search.Tell(penalised prior known search.Trial)

                struct (search.Slopes, search.Found.Intercept)

        {
            Intercept = intercept
            Slopes = slopes
            Scale = 1.0
        }

    /// Lines of every symbol at every fit, told by symbol and never kept.
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

        let rows =
            PanelRowSource(
                panel.Count,
                options.KeptBytes,
                fun symbol -> PanelRows.ofSymbol factors features horizon symbol |> bounded panel symbol
            )

        let sums =
            PanelMoments.pooled threads 1.0 options.MinimumRows features.Length rows refits

        let linear = sums |> Array.map (PanelPrior.ofSums options.Shrinkage)

        let priors =
            match options.Shrinkage with
            | Shrinkage.ToZero _ -> linear
            | Shrinkage.ToPooled _
            | Shrinkage.Pooled ->
                linear
                |> Array.map _.Slopes
                |> pooledSlopes options threads rows refits sums
                |> Array.map2 (fun prior slopes -> { prior with Slopes = slopes }) linear

        let ofSymbol (symbol: int) : unit =
            let own = rows.Get symbol
            let lines = Array.create refits.Length None

            PanelMoments.walk 1.0 own refits (fun fit moments days ->
                if moments.Count >= options.MinimumRows then
                    let known =
                        {
                            Rows = own
                            Days = days
                            Count = moments.Count
                            Totals = Array.init features.Length (fun i -> float moments.Count * moments.Mean i)
                        }

                    lines[fit] <- Some(line options.Shrinkage priors[fit] moments known))

            tell symbol own lines

        Parallel.For(0, panel.Count, ParallelOptions(MaxDegreeOfParallelism = max 1 threads), ofSymbol)
        |> ignore

    /// The model as a panel forecaster; a half-life is a fault when it is fitted.
    let forecaster (options: PanelRegressionOptions) : IPanelForecaster =
        let run (options: PanelRegressionOptions) =
            if options.HalfLife.IsSome then
                Fault.raiseWith (
                    Fault.BadSetting("half-life", "must be none for a fit by QLIKE", $"%A{options.HalfLife}")
                )

            run options

        PanelRegression.forecaster "eb-glm" run options
