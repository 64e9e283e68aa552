/// Regressions of ln variance, one per symbol, whose slopes are shrunk to those of all symbols together. Knows no walk-forward.
namespace VolatilityForge

open System.Threading.Tasks

/// How the slopes of a symbol lean on those of the panel.
[<RequireQualifiedAccess>]
type Shrinkage =
    /// Towards the pooled slopes, by a prior worth so many rows (empirical Bayes).
    | ToPooled of rows: float
    /// The pooled slopes, with an intercept per symbol (fixed effects).
    | Pooled
    /// Towards zero, by a ridge worth so many rows of the panel's own spread: each symbol by itself.
    | ToZero of rows: float

/// How a panel regression of ln variance is made.
type EbLogOptions =
    {
        /// The registered name.
        Name: string
        Features: PanelFeature list
        Shrinkage: Shrinkage
        /// Rows a symbol needs for a line of its own.
        MinimumRows: int
    }

/// The estimator.
[<RequireQualifiedAccess>]
module EbLog =

    /// Core features, slopes shrunk to the pooled ones by a prior of 1,000 rows, at least 60 rows.
    let defaults: EbLogOptions =
        {
            Name = "eb-log"
            Features = PanelFeatures.ofBlocks PanelFeatures.core
            Shrinkage = Shrinkage.ToPooled 1000.0
            MinimumRows = 60
        }

    /// Ridge of the pooled regression per row, and of each symbol's: they only keep constant features harmless.
    [<Literal>]
    let private SmallRidge = 1e-6

    /// Symbols whose sums are made at once; blocks are added in order, so that the sums are the same for any number of threads.
    [<Literal>]
    let private BlockSymbols = 8

    /// Ok when every setting is inside its domain; otherwise all the faults.
    let check (options: EbLogOptions) : Result<EbLogOptions, Fault> =
        let names = options.Features |> List.map _.Name

        let faults =
            [
                if names.IsEmpty then
                    Fault.BadSetting("features", "must be one or more", "none")
                if List.distinct names <> names then
                    Fault.BadSetting("features", "must have different names", System.String.Join(", ", names))
                match options.Shrinkage with
                | Shrinkage.ToPooled rows
                | Shrinkage.ToZero rows when not (rows >= 0.0 && System.Double.IsFinite rows) ->
                    Fault.BadSetting("shrinkage", "must be zero or more rows", string rows)
                | _ -> ()
                if options.MinimumRows < 2 then
                    Fault.BadSetting("minimum rows", "must be at least 2", string options.MinimumRows)
            ]

        if faults.IsEmpty then
            Ok options
        else
            Error(Fault.combine faults)

    /// Sums over symbols at one fit: centred products of features, and of features with the label; rows.
    type private PooledSums =
        {
            Products: float[]
            WithLabel: float[]
            mutable Rows: int
        }

    let private emptySums (width: int) : PooledSums =
        {
            Products = Array.zeroCreate (width * width)
            WithLabel = Array.zeroCreate width
            Rows = 0
        }

    let private addMoments (sums: PooledSums) (moments: RowMoments) : unit =
        let width = sums.WithLabel.Length

        for i in 0 .. width - 1 do
            for j in 0..i do
                sums.Products[i * width + j] <- sums.Products[i * width + j] + moments.Scatter(i, j)

            sums.WithLabel[i] <- sums.WithLabel[i] + moments.Scatter(width, i)

        sums.Rows <- sums.Rows + moments.Count

    let private addSums (sums: PooledSums) (other: PooledSums) : unit =
        for cell in 0 .. sums.Products.Length - 1 do
            sums.Products[cell] <- sums.Products[cell] + other.Products[cell]

        for cell in 0 .. sums.WithLabel.Length - 1 do
            sums.WithLabel[cell] <- sums.WithLabel[cell] + other.WithLabel[cell]

        sums.Rows <- sums.Rows + other.Rows

    /// Tells the moments of a symbol's rows that are known at each fit, in the order of the fits.
    let private walkMoments (rows: PanelRows) (refits: MarketDay[]) (tell: int -> RowMoments -> unit) : unit =
        let moments = RowMoments(rows.Width + 1)
        let mutable day = 0

        for fit in 0 .. refits.Length - 1 do
            let known = PanelRows.known rows (MarketDay.date refits[fit])

            while day < known do
                if rows.Complete[day] then
                    moments.Add(PanelRows.row rows day, rows.LogLabel[day])

                day <- day + 1

            tell fit moments

    /// What all symbols together say at one fit: the prior's precision, and the precision times the slopes shrunk to.
    type private PooledLine = { Precision: float[]; Slopes: float[] }

    /// The solution of a symmetric system given by its lower triangle.
    let private solve (width: int) (lower: float[]) (right: float[]) : float[] =
        match SmallMatrix.cholesky width lower with
        | Some factor -> SmallMatrix.solve width factor right
        | None ->
            Fault.raiseWith (
                Fault.NotComputable(
                    "A panel regression",
                    "the products of the features are not positive definite",
                    "Look for features that are not finite or far larger than the others."
                )
            )

    let private pooledLine (options: EbLogOptions) (sums: PooledSums) : PooledLine =
        let width = sums.WithLabel.Length
        let rows = float (max 1 sums.Rows)

        let ridged (scale: float) (ridge: float) =
            Array.init (width * width) (fun cell ->
                scale * sums.Products[cell]
                + (if cell / width = cell % width then ridge else 0.0))

        match options.Shrinkage with
        | Shrinkage.ToZero prior ->
            {
                Precision =
                    Array.init (width * width) (fun cell ->
                        if cell / width = cell % width then
                            prior * sums.Products[cell] / rows + SmallRidge
                        else
                            0.0)
                Slopes = Array.zeroCreate width
            }
        | Shrinkage.ToPooled _
        | Shrinkage.Pooled ->
            let prior =
                match options.Shrinkage with
                | Shrinkage.ToPooled prior -> prior
                | _ -> 0.0

            {
                Precision = ridged (prior / rows) SmallRidge
                Slopes = solve width (ridged 1.0 (SmallRidge * rows)) sums.WithLabel
            }

    /// The slopes of a symbol: (S + P)^-1 (c + P b0).
    let private slopes (options: EbLogOptions) (pooled: PooledLine) (moments: RowMoments) : float[] =
        let width = pooled.Slopes.Length

        match options.Shrinkage with
        | Shrinkage.Pooled -> pooled.Slopes
        | _ ->
            let precision (i: int) (j: int) =
                pooled.Precision[max i j * width + min i j]

            let lower =
                Array.init (width * width) (fun cell ->
                    let i, j = cell / width, cell % width

                    if j <= i then
                        moments.Scatter(i, j) + pooled.Precision[cell]
                    else
                        0.0)

            let right =
                Array.init width (fun i ->
                    let mutable sum = moments.Scatter(width, i)

                    for j in 0 .. width - 1 do
                        sum <- sum + precision i j * pooled.Slopes[j]

                    sum)

            solve width lower right

    let private line
        (options: EbLogOptions)
        (pooled: PooledLine)
        (rows: PanelRows)
        (known: int)
        (moments: RowMoments)
        : PanelLine option =
        if moments.Count < options.MinimumRows then
            None
        else
            let slopes = slopes options pooled moments
            let mutable intercept = moments.Mean slopes.Length

            for i in 0 .. slopes.Length - 1 do
                intercept <- intercept - moments.Mean i * slopes[i]

            let mutable smearing = 0.0

            for day in 0 .. known - 1 do
                if rows.Complete[day] then
                    smearing <-
                        smearing
                        + exp (rows.LogLabel[day] - intercept - RowProduct.dot (PanelRows.row rows day) slopes)

            Some
                {
                    Intercept = intercept
                    Slopes = slopes
                    Scale = smearing / float moments.Count
                }

    /// Lines of every symbol at every fit, told by symbol and never kept: two passes over the symbols, each of which holds the rows of as
    /// many symbols as there are threads.
    let internal run
        (options: EbLogOptions)
        (threads: int)
        (panel: Panel)
        (refits: MarketDay[])
        (horizon: int)
        (tell: int -> PanelRows -> PanelLine option[] -> unit)
        : unit =
        let features = PanelFeature.applicable panel options.Features
        let width = features.Length
        let factors = Factors.ofPanel threads panel
        let parallelism = ParallelOptions(MaxDegreeOfParallelism = max 1 threads)

        let rowsOf (symbol: int) =
            PanelRows.ofSymbol factors features horizon symbol

        let sums = refits |> Array.map (fun _ -> emptySums width)
        let blocks = (panel.Count + BlockSymbols - 1) / BlockSymbols
        let wave = max 1 threads

        for first in 0..wave .. blocks - 1 do
            let ofBlock (block: int) : PooledSums[] =
                let own = refits |> Array.map (fun _ -> emptySums width)

                for symbol in block * BlockSymbols .. min panel.Count ((block + 1) * BlockSymbols) - 1 do
                    walkMoments (rowsOf symbol) refits (fun fit moments ->
                        if moments.Count >= options.MinimumRows then
                            addMoments own[fit] moments)

                own

            let made = Array.zeroCreate (min wave (blocks - first))

            Parallel.For(0, made.Length, parallelism, (fun i -> made[i] <- ofBlock (first + i)))
            |> ignore

            for own in made do
                for fit in 0 .. refits.Length - 1 do
                    addSums sums[fit] own[fit]

        let pooled = Array.zeroCreate refits.Length

        Parallel.For(0, refits.Length, parallelism, (fun fit -> pooled[fit] <- pooledLine options sums[fit]))
        |> ignore

        let ofSymbol (symbol: int) : unit =
            let rows = rowsOf symbol
            let lines = Array.create refits.Length None

            walkMoments rows refits (fun fit moments ->
                let known = PanelRows.known rows (MarketDay.date refits[fit])
                lines[fit] <- line options pooled[fit] rows known moments)

            tell symbol rows lines

        Parallel.For(0, panel.Count, parallelism, ofSymbol) |> ignore

    /// Lines by symbol from the labels that have ended by the close of a weekday; symbols with too few rows are left out.
    let fit
        (options: EbLogOptions)
        (panel: Panel)
        (day: MarketDay)
        (horizon: int)
        : Result<Map<string, PanelLine>, Fault> =
        check options
        |> Result.bind (fun options ->
            PanelParallel.catch (fun () ->
                let lines = Array.create panel.Count None
                run options 1 panel [| day |] horizon (fun symbol _ own -> lines[symbol] <- own[0])

                Array.zip panel.Symbols lines
                |> Array.choose (fun (symbol, line) -> line |> Option.map (fun line -> symbol, line))
                |> Map.ofArray))

    /// The regression as a panel forecaster.
    let forecaster (options: EbLogOptions) : IPanelForecaster =
        { new IPanelWalker with
            member _.Name = options.Name

            member _.Fit(panel, day, horizon) =
                fit options panel day horizon
                |> Result.map (PanelLine.fitted (PanelFeature.applicable panel options.Features) horizon)

            member _.Walk(panel, schedule, threads) =
                check options
                |> Result.bind (fun options ->
                    PanelParallel.catch (fun () ->
                        let forecasts = Array.zeroCreate panel.Count

                        run
                            options
                            threads
                            panel
                            (PanelSchedule.refits schedule)
                            schedule.Horizon
                            (fun symbol rows lines -> forecasts[symbol] <- PanelLine.walk schedule rows lines)

                        forecasts))
        }
