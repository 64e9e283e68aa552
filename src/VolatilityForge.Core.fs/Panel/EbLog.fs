/// Regressions of ln variance, one per symbol, whose slopes are shrunk to those of all symbols together. Knows no walk-forward.
namespace VolatilityForge

open System.Threading.Tasks

/// The estimator: b = (S + P)^-1 (c + P b0), S and c a symbol's centred products, b0 the pooled slopes; the forecast is exp of the fitted
/// value times the mean of exp of the residuals, none above the largest ratio.
[<RequireQualifiedAccess>]
module EbLog =

    let private slopes (shrinkage: Shrinkage) (prior: PanelPrior) (moments: RowMoments) : float[] =
        match shrinkage with
        | Shrinkage.Pooled -> prior.Slopes
        | _ ->
            let width = prior.Slopes.Length
            let right = PanelPrior.times prior.Precision prior.Slopes

            for i in 0 .. width - 1 do
                right[i] <- right[i] + moments.Scatter(width, i)

            SmallMatrix.solve width (PanelPrior.withMoments prior.Precision moments) right

    let private line
        (options: PanelRegressionOptions)
        (keep: float)
        (prior: PanelPrior)
        (rows: PanelRows)
        (known: int)
        (moments: RowMoments)
        : PanelLine =
        let slopes = slopes options.Shrinkage prior moments
        let mutable intercept = moments.Mean slopes.Length

        for i in 0 .. slopes.Length - 1 do
            intercept <- intercept - moments.Mean i * slopes[i]

        let mutable smearing = 0.0

        for day in 0 .. known - 1 do
            if rows.Complete[day] then
                smearing <-
                    keep * smearing
                    + min
                        options.LargestRatio
                        (exp (rows.LogLabel[day] - intercept - RowProduct.dot (PanelRows.row rows day) slopes))

        {
            Intercept = intercept
            Slopes = slopes
            Scale = smearing / moments.Mass
        }

    /// Lines of every symbol at every fit, told by symbol and never kept: two passes over the symbols, each of which holds the rows of as
    /// many symbols as there are threads, and of so many more as there is room for.
    let internal run
        (options: PanelRegressionOptions)
        (threads: int)
        (panel: Panel)
        (refits: MarketDay[])
        (horizon: int)
        (tell: int -> PanelRows -> PanelLine option[] -> unit)
        : unit =
        let keep = PanelRegression.keep options
        let features = PanelFeature.applicable panel options.Features
        let factors = Factors.ofPanel threads panel
        let parallelism = ParallelOptions(MaxDegreeOfParallelism = max 1 threads)

        let rows =
            PanelRowSource(panel.Count, options.KeptBytes, PanelRows.ofSymbol factors features horizon)

        let sums =
            PanelMoments.pooled threads keep options.MinimumRows features.Length rows refits

        let priors = Array.zeroCreate refits.Length

        Parallel.For(
            0,
            refits.Length,
            parallelism,
            (fun fit -> priors[fit] <- PanelPrior.ofSums options.Shrinkage sums[fit])
        )
        |> ignore

        let ofSymbol (symbol: int) : unit =
            let rows = rows.Get symbol
            let lines = Array.create refits.Length None

            PanelMoments.walk keep rows refits (fun fit moments known ->
                if moments.Count >= options.MinimumRows then
                    lines[fit] <- Some(line options keep priors[fit] rows known moments))

            tell symbol rows lines

        Parallel.For(0, panel.Count, parallelism, ofSymbol) |> ignore

    /// The regression as a panel forecaster.
    let forecaster (options: PanelRegressionOptions) : IPanelForecaster =
        PanelRegression.forecaster "eb-log" run options
