/// The regression of the two-stage panel model: ln mean variance of a stretch of days ahead, one line per symbol, slopes shrunk to those of all
/// symbols, bias factors to that of all. Knows no feature.
namespace VolatilityForge

open System.Threading.Tasks

/// How a stage is estimated.
type internal StageOptions =
    {
        /// Rows that the pooled slopes are worth to a symbol.
        Prior: float
        /// Rows that slopes of zero are worth to the pooled ones.
        PooledRidge: float
        /// Rows that the mean bias factor of all symbols is worth to a symbol; None for no bias factor.
        Smearing: float option
        /// The largest ratio of label to fit that a bias factor counts.
        LargestRatio: float
        /// Rows a symbol needs for a line of its own; its rows count in the pooled slopes from the first on.
        MinimumRows: int
        /// The days ahead of which the label is made.
        First: int
        Last: int
    }

/// What a stage learns: the features of rows, and their labels by own day, NaN where not known; labels of an own day are known once the last
/// of the days ahead is over.
type internal StageRows =
    {
        Factors: Factors
        Features: PanelFeature list
        Label: int -> float[]
    }

/// Estimating.
[<RequireQualifiedAccess>]
module internal StageRegression =

    /// Ridge per row, which keeps constant features harmless.
    [<Literal>]
    let private SmallRidge = 1e-6

    /// ln mean variance of the days ahead by own day of a symbol.
    let logLabel (options: StageOptions) (panel: Panel) (symbol: int) : float[] =
        let variance = panel.Histories[symbol].Variance
        let count = float (options.Last - options.First + 1)

        Array.init variance.Length (fun day ->
            if day + options.Last >= variance.Length then
                nan
            else
                let mutable sum = 0.0< / day>

                for ahead in options.First .. options.Last do
                    sum <- sum + variance[day + ahead]

                log (Units.strip sum / count))

    /// A symbol's rows with the stage's labels.
    let private rowsOf (options: StageOptions) (stage: StageRows) (symbol: int) : PanelRows =
        let rows = PanelRows.ofSymbol stage.Factors stage.Features options.Last symbol
        let labels = stage.Label symbol

        { rows with
            LogLabel = labels
            // A row without a label teaches nothing, and must not be counted; where a label is to come the row isn't known yet.
            Complete =
                Array.mapi
                    (fun day complete ->
                        complete
                        && (day + options.Last >= labels.Length || not (System.Double.IsNaN labels[day])))
                    rows.Complete
        }

    let private priorOf (options: StageOptions) (sums: PooledSums) : PanelPrior =
        let width = sums.WithLabel.Length
        let rows = max 1.0 sums.Rows

        let ridged =
            Array.init (width * width) (fun cell ->
                let product = sums.Products[cell]

                if cell / width = cell % width then
                    (1.0 + options.PooledRidge / rows) * product + SmallRidge * rows
                else
                    product)

        {
            Precision = PanelPrior.precision (Shrinkage.ToPooled options.Prior) sums
            Slopes = SmallMatrix.solve width (PanelPrior.factor width ridged) sums.WithLabel
        }

    let private lineOf (prior: PanelPrior) (moments: RowMoments) : PanelLine =
        let width = prior.Slopes.Length
        let right = PanelPrior.times prior.Precision prior.Slopes

        for i in 0 .. width - 1 do
            right[i] <- right[i] + moments.Scatter(width, i)

        let slopes =
            SmallMatrix.solve width (PanelPrior.withMoments prior.Precision moments) right

        {
            Intercept = moments.Mean width - RowProduct.centre moments slopes
            Slopes = slopes
            Scale = 1.0
        }

    /// Sum of the ratios of label to fit over the known rows, none above the largest.
    let private ratios (largest: float) (line: PanelLine) (rows: PanelRows) (known: int) : float =
        let mutable sum = 0.0

        for day in 0 .. known - 1 do
            if rows.Complete[day] then
                let residual =
                    rows.LogLabel[day]
                    - line.Intercept
                    - RowProduct.dot (PanelRows.row rows day) line.Slopes

                sum <- sum + min largest (exp residual)

        sum

    /// Bias factors by symbol and fit: a symbol's sum of ratios and the panel's mean ratio at so many rows, over all those rows.
    let private scales (options: StageOptions) (sums: float[][]) (rows: int[][]) : float[][] =
        match options.Smearing with
        | None -> sums |> Array.map (Array.map (fun _ -> 1.0))
        | Some worth ->
            let fits = if sums.Length = 0 then 0 else sums[0].Length

            let mean =
                Array.init fits (fun fit ->
                    let mutable sum = 0.0
                    let mutable count = 0

                    for symbol in 0 .. sums.Length - 1 do
                        sum <- sum + sums[symbol][fit]
                        count <- count + rows[symbol][fit]

                    if count = 0 then 1.0 else sum / float count)

            Array.map2
                (fun (sums: float[]) (rows: int[]) ->
                    Array.init fits (fun fit ->
                        if worth = 0.0 && rows[fit] = 0 then
                            1.0
                        else
                            (sums[fit] + worth * mean[fit]) / (float rows[fit] + worth)))
                sums
                rows

    /// Lines of every symbol at every fit, told by symbol without their bias factors; then these. Rows of as many symbols as there are threads
    /// are held at once, and of so many more as there is room for.
    let run
        (options: StageOptions)
        (threads: int)
        (stage: StageRows)
        (refits: MarketDay[])
        (tell: int -> PanelRows -> PanelLine option[] -> unit)
        : float[][] =
        let panel = stage.Factors.Panel
        let rows = PanelRowSource(panel.Count, PanelMoments.KeptBytes, rowsOf options stage)
        let parallelism = ParallelOptions(MaxDegreeOfParallelism = max 1 threads)
        let sums = PanelMoments.pooled threads 1.0 1 stage.Features.Length rows refits
        let priors = Array.zeroCreate refits.Length

        Parallel.For(0, refits.Length, parallelism, (fun fit -> priors[fit] <- priorOf options sums[fit]))
        |> ignore

        let ratioSums = Array.init panel.Count (fun _ -> Array.zeroCreate refits.Length)
        let counts = Array.init panel.Count (fun _ -> Array.zeroCreate refits.Length)

        let ofSymbol (symbol: int) : unit =
            let own = rows.Get symbol
            let lines = Array.create refits.Length None

            PanelMoments.walk 1.0 own refits (fun fit moments known ->
                if moments.Count > 0 then
                    let line = lineOf priors[fit] moments

                    if options.Smearing.IsSome then
                        ratioSums[symbol][fit] <- ratios options.LargestRatio line own known
                        counts[symbol][fit] <- moments.Count

                    if moments.Count >= options.MinimumRows then
                        lines[fit] <- Some line)

            tell symbol own lines

        Parallel.For(0, panel.Count, parallelism, ofSymbol) |> ignore
        scales options ratioSums counts

    /// Forecasts of a schedule by symbol and own day.
    let walk (options: StageOptions) (threads: int) (stage: StageRows) (schedule: PanelSchedule) : Variance[][] =
        let panel = stage.Factors.Panel
        let forecasts = Array.zeroCreate<Variance[]> panel.Count

        let scales =
            run options threads stage (PanelSchedule.refits schedule) (fun symbol rows lines ->
                forecasts[symbol] <- PanelLine.walk schedule rows lines)

        forecasts
        |> Array.mapi (fun symbol own ->
            let dates = panel.Histories[symbol].Dates

            own
            |> Array.mapi (fun day forecast ->
                match PanelSchedule.fitOn schedule (MarketDay.ofDate dates[day]) with
                | -1 -> forecast
                | fit -> forecast * scales[symbol][fit]))

    /// Lines at one fit by symbol name.
    let fit (options: StageOptions) (threads: int) (stage: StageRows) (day: MarketDay) : Map<string, PanelLine> =
        let panel = stage.Factors.Panel
        let lines = Array.create panel.Count None

        let scales =
            run options threads stage [| day |] (fun symbol _ own -> lines[symbol] <- own[0])

        [
            for symbol in 0 .. panel.Count - 1 do
                match lines[symbol] with
                | Some line -> panel.Symbols[symbol], { line with Scale = scales[symbol][0] }
                | None -> ()
        ]
        |> Map.ofList
