/// The bias of near forecasts by the state of the day, learned from forecasts of the past. Knows no walk-forward.
namespace VolatilityForge

open System

/// Outcome over forecast, regressed on the state and on ln forecast; slopes shrunk to the panel's.
[<RequireQualifiedAccess>]
module internal BiasRegression =

    let private stage (options: TwoStageOptions) (horizon: int) : StageOptions =
        {
            Prior = options.Bias.Prior
            PooledRidge = options.Bias.PooledRidge
            Smearing = None
            LargestRatio = options.LargestRatio
            MinimumRows = options.MinimumRows
            First = 1
            Last = horizon
        }

    /// The features without ln forecast, which is the last column of a row.
    let features (state: PanelState) (horizon: int) : PanelFeature list =
        TwoStageOptions.biasFeatures state.Closures state.Surprises horizon
        |> PanelFeature.applicable state.Panel

    let private logForecast (past: Variance[][]) : PanelFeature =
        PanelFeature.required "log-forecast" (fun view ->
            past[view.Symbol] |> Array.map (fun forecast -> log (Units.strip forecast)))

    let private rows (options: TwoStageOptions) (state: PanelState) (horizon: int) (past: Variance[][]) : StageRows =
        let part = stage options horizon

        {
            Factors = state.Factors
            Features = features state horizon @ [ logForecast past ]
            Label =
                fun symbol ->
                    StageRegression.logLabel part state.Panel symbol
                    |> Array.mapi (fun day label ->
                        let ratio = exp (label - log (Units.strip (past[symbol][day])))

                        if Double.IsNaN ratio then
                            nan
                        else
                            min options.Bias.LargestRatio ratio)
        }

    /// The forecast moved by a line, given the state's features of its day.
    let apply (rule: BiasRule) (line: PanelLine) (state: ReadOnlySpan<float>) (forecast: Variance) : Variance =
        let mutable ratio = line.Intercept

        for i in 0 .. state.Length - 1 do
            ratio <- ratio + line.Slopes[i] * state[i]

        ratio <- ratio + line.Slopes[state.Length] * log (Units.strip forecast)

        if Double.IsFinite ratio then
            forecast * (min rule.Highest (max rule.Lowest ratio)) ** rule.Share
        else
            forecast

    /// Lines of every symbol at one fit.
    let fit (options: TwoStageOptions) (state: PanelState) (horizon: int) (day: MarketDay) : Map<string, PanelLine> =
        if options.Bias.Share = 0.0 then
            Map.empty
        else
            StageRegression.fit (stage options horizon) 1 (rows options state horizon (state.Past(horizon, 1))) day

    /// Forecasts of a schedule, moved.
    let walk
        (options: TwoStageOptions)
        (state: PanelState)
        (threads: int)
        (schedule: PanelSchedule)
        (forecasts: Variance[][])
        : Variance[][] =
        if options.Bias.Share = 0.0 then
            forecasts
        else
            let horizon = schedule.Horizon
            let past = state.Past(horizon, threads)
            let moved = Array.zeroCreate<Variance[]> forecasts.Length

            let tell (symbol: int) (rows: PanelRows) (lines: PanelLine option[]) : unit =
                moved[symbol] <-
                    forecasts[symbol]
                    |> Array.mapi (fun day forecast ->
                        match PanelSchedule.fitOn schedule (MarketDay.ofDate rows.Dates[day]) with
                        | -1 -> forecast
                        | fit ->
                            match lines[fit] with
                            | Some line ->
                                apply options.Bias line ((PanelRows.row rows day).Slice(0, rows.Width - 1)) forecast
                            | None -> forecast)

            StageRegression.run
                (stage options horizon)
                threads
                (rows options state horizon past)
                (PanelSchedule.refits schedule)
                tell
            |> ignore

            moved
