/// What log-linear panel regressions share: their options, and the walk over the fits of a schedule. Knows no loss.
namespace VolatilityForge

/// How a panel regression is made.
type PanelRegressionOptions =
    {
        /// The registered name.
        Name: string
        Features: PanelFeature list
        Shrinkage: Shrinkage
        /// Rows a symbol needs for a line of its own.
        MinimumRows: int
        /// Rows of a symbol in which the weight of a row halves; None where all count alike.
        HalfLife: float option
        /// The largest ratio of outcome to fit that the bias factor of a regression of logarithms counts: a bad print must not raise
        /// every forecast after it.
        LargestRatio: float
        /// Bytes of rows that are kept between passes over the symbols; beyond them rows are made again in each pass, to the same bits.
        KeptBytes: int64
    }

/// Shared parts.
[<RequireQualifiedAccess>]
module PanelRegression =

    /// Ratios of outcome to fit above 20 count as 20 in bias factors, unless options say otherwise: few sound days are so far above what was
    /// expected.
    let largestRatio: float = 20.0

    /// Ok when a largest ratio is above one; infinity counts every ratio as it is.
    let checkLargestRatio (ratio: float) : Result<unit, Fault> =
        ratio > 1.0
        |> Checked.require (Fault.BadSetting("largest ratio", "must be above 1", string ratio))

    /// Core features, slopes shrunk to the pooled ones by a prior of 1,000 rows, at least 60 rows.
    let defaults: PanelRegressionOptions =
        {
            Name = "eb-log"
            Features = PanelFeatures.ofBlocks PanelFeatures.core
            Shrinkage = Shrinkage.ToPooled 1000.0
            MinimumRows = 60
            HalfLife = None
            LargestRatio = largestRatio
            KeptBytes = PanelMoments.KeptBytes
        }

    /// Ok when every setting is inside its domain; otherwise all the faults.
    let check (options: PanelRegressionOptions) : Result<PanelRegressionOptions, Fault> =
        let names = options.Features |> List.map _.Name

        Checked.all
            [
                not names.IsEmpty
                |> Checked.require (Fault.BadSetting("features", "must be one or more", "none"))
                List.distinct names = names
                |> Checked.require (
                    Fault.BadSetting("features", "must have different names", System.String.Join(", ", names))
                )
                PanelPrior.check options.Shrinkage
                options.MinimumRows >= 2
                |> Checked.require (Fault.BadSetting("minimum rows", "must be at least 2", string options.MinimumRows))
                checkLargestRatio options.LargestRatio
                options.KeptBytes >= 0L
                |> Checked.require (Fault.BadSetting("kept bytes", "must be zero or more", string options.KeptBytes))
                options.HalfLife
                |> Option.forall (fun rows -> rows > 0.0)
                |> Checked.require (Fault.BadSetting("half-life", "must be positive", $"%A{options.HalfLife}"))
            ]
        |> Result.map (fun () -> options)

    /// What a row's weight is multiplied by with each row after it.
    let internal keep (options: PanelRegressionOptions) : float =
        match options.HalfLife with
        | Some rows -> 0.5 ** (1.0 / rows)
        | None -> 1.0

    /// What an estimator's forecasts depend on.
    let private settings (estimator: string) (options: PanelRegressionOptions) : string =
        System.String.Join(
            " ",
            estimator,
            (RecordJson.toNode options.Shrinkage).ToJsonString(),
            options.MinimumRows,
            (RecordJson.toNode [ options.HalfLife; Some options.LargestRatio ]).ToJsonString(),
            PanelFeature.describe options.Features
        )

    /// A regression as a panel forecaster, with the name of its estimator. `run options threads panel refits horizon tell` tells the lines of every symbol, None where it had
    /// too few rows.
    let internal forecaster
        (estimator: string)
        (run:
            PanelRegressionOptions
                -> int
                -> Panel
                -> MarketDay[]
                -> int
                -> (int -> PanelRows -> PanelLine option[] -> unit)
                -> unit)
        (options: PanelRegressionOptions)
        : IPanelForecaster =
        { new IPanelWalker with
            member _.Name = options.Name

            member _.Fit(panel, day, horizon) =
                check options
                |> Result.bind (fun options ->
                    PanelParallel.catch (fun () ->
                        let lines = Array.create panel.Count None
                        run options 1 panel [| day |] horizon (fun symbol _ own -> lines[symbol] <- own[0])

                        Array.zip panel.Symbols lines
                        |> Array.choose (fun (symbol, line) -> line |> Option.map (fun line -> symbol, line))
                        |> Map.ofArray))
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
          interface IPanelSettings with
              member _.Settings _ = settings estimator options
        }
