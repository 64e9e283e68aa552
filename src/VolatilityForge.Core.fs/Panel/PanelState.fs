/// What the two-stage model needs of a panel before it forecasts: factors, closed days, first-stage surprises, near forecasts of the past.
/// Knows no bias and no walk-forward.
namespace VolatilityForge

open System.Collections.Concurrent

/// Made once per panel; near forecasts when they are first asked for.
[<Sealed>]
type internal PanelState(options: TwoStageOptions, threads: int, panel: Panel) =

    let factors = Factors.ofPanel threads panel
    let closures = Closures.ofPanel threads panel

    let stage (horizon: int) (first: int) : StageOptions =
        {
            Prior = options.Prior horizon
            PooledRidge = options.PooledRidge horizon
            Smearing = Some options.SmearingRows
            LargestRatio = options.LargestRatio
            MinimumRows = options.MinimumRows
            First = first
            Last = horizon
        }

    let rows (part: StageOptions) (features: PanelFeature list) : StageRows =
        {
            Factors = factors
            Features = PanelFeature.applicable panel features
            Label = StageRegression.logLabel part panel
        }

    /// The model's own fits, whatever the schedule of a walk-forward is.
    let schedule (horizon: int) : PanelSchedule =
        {
            Horizon = horizon
            First = MarketDay.add options.FirstStart panel.First
            Last = panel.Last
            Every = options.FirstEvery
        }

    let surprises =
        let first =
            { stage 1 1 with
                Prior = options.FirstPrior
                Smearing = None
            }

        StageRegression.walk first threads (rows first (TwoStageOptions.firstFeatures closures)) (schedule 1)
        |> Surprises.ofForecasts options.Surprise panel

    let near = ConcurrentDictionary<int, Variance[][]>()

    /// The panel.
    member _.Panel: Panel = panel

    /// Its factors.
    member _.Factors: Factors = factors

    /// Its closed days.
    member _.Closures: Closures = closures

    /// Its one-day surprises.
    member _.Surprises: Surprises = surprises

    /// Settings of the second stage for a stretch of days ahead.
    member _.Stage(first: int, last: int) : StageOptions = stage last first

    /// Rows of the second stage.
    member _.Rows(part: StageOptions) : StageRows =
        rows part (TwoStageOptions.features closures surprises part.Last @ options.Extra)

    /// Forecasts of the second stage by symbol and own day on a schedule.
    member state.Walk(part: StageOptions, schedule: PanelSchedule, threads: int) : Variance[][] =
        StageRegression.walk part threads (state.Rows part) { schedule with Horizon = part.Last }

    /// Forecasts for days 1 to the horizon, by symbol and own day, on the model's own schedule.
    member state.Past(horizon: int, threads: int) : Variance[][] =
        match near.TryGetValue horizon with
        | true, found -> found
        | _ -> near.GetOrAdd(horizon, state.Walk(stage horizon 1, schedule horizon, threads))

    /// The same on another schedule: NaN before its first fit.
    member state.Near(horizon: int, asked: PanelSchedule, threads: int) : Variance[][] =
        let own = schedule horizon
        let apart = MarketDay.between own.First asked.First

        if asked.Every = own.Every && apart >= 0 && apart % own.Every = 0 then
            state.Past(horizon, threads)
            |> Array.mapi (fun symbol forecasts ->
                let dates = panel.Histories[symbol].Dates

                forecasts
                |> Array.mapi (fun day forecast ->
                    if PanelSchedule.fitOn asked (MarketDay.ofDate dates[day]) < 0 then
                        nan * 1.0< / day>
                    else
                        forecast))
        else
            state.Walk(stage horizon 1, asked, threads)
