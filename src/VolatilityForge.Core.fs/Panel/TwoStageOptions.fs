/// Settings and features of the two-stage panel model. Knows no estimator.
namespace VolatilityForge

open System

/// How the bias of near forecasts is learned from their own past: the ratio of outcome to forecast, regressed on the state of the day.
type BiasRule =
    {
        /// The largest ratio of outcome to forecast that is learned from.
        LargestRatio: float
        /// Rows that the pooled slopes are worth to a symbol, and rows that slopes of zero are worth to the pooled ones.
        Prior: float
        PooledRidge: float
        /// Bounds of the expected ratio, and the share of its logarithm by which forecasts are moved; a share of 0 leaves them as they are.
        Lowest: float
        Highest: float
        Share: float
    }

/// How the two-stage model is made.
type TwoStageOptions =
    {
        /// The registered name.
        Name: string
        /// Features added to those of the second stage.
        Extra: PanelFeature list
        /// Rows that the pooled slopes are worth to a symbol, by horizon.
        Prior: int -> float
        /// Rows that slopes of zero are worth to the pooled ones, by the last day ahead: much to one symbol, little to a large panel.
        PooledRidge: int -> float
        /// Rows that the mean bias factor of all symbols is worth to a symbol.
        SmearingRows: float
        /// The largest ratio of outcome to fit that a bias factor counts: a bad print must not raise every forecast after it.
        LargestRatio: float
        /// Rows a symbol needs for a line of its own.
        MinimumRows: int
        /// Rows that the pooled slopes are worth to a symbol in the first stage.
        FirstPrior: float
        /// Weekdays between the panel's first and the first fit of the first stage, and between its fits.
        FirstStart: int
        FirstEvery: int
        Surprise: SurpriseRule
        /// Of horizons up to ten days.
        Bias: BiasRule
        /// True where horizons of more than ten days are made of days 1 to 5 and the rest, each with its own regression.
        Split: bool
    }

/// Making settings.
[<RequireQualifiedAccess>]
module TwoStageOptions =

    /// Days ahead that far horizons are divided after.
    let internal week = 5

    /// The longest near horizon, in days.
    let internal weeks = 10

    /// 2,000 rows for a day ahead, 5,000 to ten days, 10,000 beyond: overlapping labels say less each.
    let priorRows (horizon: int) : float =
        if horizon = 1 then 2000.0
        elif horizon <= weeks then 5000.0
        else 10000.0

    /// 1,000 rows to ten days ahead, 2,000 beyond.
    let ridgeRows (last: int) : float =
        if last <= weeks then 1000.0 else 2000.0

    /// As released; chosen on 31 indices in 2004-2011, the ridge and the largest ratio on single symbols too.
    let defaults: TwoStageOptions =
        {
            Name = "panel"
            Extra = []
            Prior = priorRows
            PooledRidge = ridgeRows
            SmearingRows = 300.0
            LargestRatio = PanelRegression.largestRatio
            MinimumRows = 60
            FirstPrior = 2000.0
            FirstStart = 303
            FirstEvery = 22
            Surprise = Surprises.defaults
            Bias =
                {
                    LargestRatio = 4.0
                    Prior = 20000.0
                    PooledRidge = 1000.0
                    Lowest = 0.6
                    Highest = 1.6
                    Share = 0.5
                }
            Split = true
        }

    /// Ok when every setting is inside its domain; otherwise all the faults.
    let check (options: TwoStageOptions) : Result<TwoStageOptions, Fault> =
        let amount (name: string) (value: float) =
            (value >= 0.0 && Double.IsFinite value)
            |> Checked.require (Fault.BadSetting(name, "must be zero or more, and finite", string value))

        let atLeast (least: int) (name: string) (value: int) =
            value >= least
            |> Checked.require (Fault.BadSetting(name, $"must be at least {least}", string value))

        Checked.all
            [
                for horizon in [ 1; week; 22 ] do
                    amount $"prior at {horizon}" (options.Prior horizon)
                    amount $"pooled ridge at {horizon}" (options.PooledRidge horizon)
                amount "smearing rows" options.SmearingRows
                PanelRegression.checkLargestRatio options.LargestRatio
                amount "prior of the first stage" options.FirstPrior
                atLeast 2 "minimum rows" options.MinimumRows
                atLeast 0 "start of the first stage" options.FirstStart
                atLeast 1 "first stage, weekdays between fits" options.FirstEvery
                Surprises.check options.Surprise
                amount "bias, prior" options.Bias.Prior
                amount "bias, pooled ridge" options.Bias.PooledRidge
                amount "bias, share" options.Bias.Share
                (options.Bias.LargestRatio > 0.0
                 && options.Bias.Lowest > 0.0
                 && options.Bias.Highest >= options.Bias.Lowest
                 && Double.IsFinite options.Bias.Highest)
                |> Checked.require (
                    Fault.BadSetting(
                        "bias",
                        "needs a positive largest ratio and 0 < lowest <= highest",
                        $"{options.Bias.LargestRatio}, {options.Bias.Lowest}, {options.Bias.Highest}"
                    )
                )
            ]
        |> Result.map (fun () -> options)

    /// What forecasts at a horizon depend on.
    let internal describe (options: TwoStageOptions) (horizon: int) : string =
        let numbers =
            [
                yield! [ 1; week; horizon ] |> List.map options.Prior
                yield! [ 1; week; horizon ] |> List.map options.PooledRidge
                options.SmearingRows
                options.LargestRatio
                float options.MinimumRows
                options.FirstPrior
                float options.FirstStart
                float options.FirstEvery
            ]

        String.Join(
            " ",
            "two-stage",
            (RecordJson.toNode numbers).ToJsonString(),
            (RecordJson.toNode options.Surprise).ToJsonString(),
            (RecordJson.toNode options.Bias).ToJsonString(),
            options.Split,
            PanelFeature.describe options.Extra
        )

    /// The features of the first stage.
    let firstFeatures (closures: Closures) : PanelFeature list =
        [
            yield! StageFeatures.past
            yield! ClosureFeatures.today closures
            yield! ClosureFeatures.calendarAhead closures 1
            yield! ClosureFeatures.closedAhead closures 1
        ]

    /// The features of the second stage at a horizon.
    let features (closures: Closures) (surprises: Surprises) (horizon: int) : PanelFeature list =
        let near = horizon <= weeks

        [
            yield! StageFeatures.past
            yield! ClosureFeatures.today closures

            if horizon = 1 then
                ClosureFeatures.expiryToday

            if near then
                yield! ClosureFeatures.calendarAhead closures horizon
                yield! ClosureFeatures.closedAhead closures horizon
            else
                // What holidays do to a single day is lost in the mean of a month.
                yield! ClosureFeatures.calendarAhead closures 1

            yield! Surprises.slow surprises
            yield! StageFeatures.extremes

            if near then
                yield! Surprises.fast surprises
        ]

    /// What the bias of forecasts at a near horizon is regressed on, beside their own logarithm.
    let biasFeatures (closures: Closures) (surprises: Surprises) (horizon: int) : PanelFeature list =
        [
            PanelFeature.up StageFeatures.shock
            PanelFeature.down StageFeatures.shock
            PanelFeature.up StageFeatures.allShock
            PanelFeature.up StageFeatures.leaderShock
            StageFeatures.level
            StageFeatures.levelMonth
            StageFeatures.levelQuarter
            PanelFeature.up StageFeatures.monthShock

            if surprises.Panel.Count > 1 then
                Surprises.everywhere surprises

            PanelFeatures.gap
            yield! ClosureFeatures.biasAhead closures horizon
        ]
