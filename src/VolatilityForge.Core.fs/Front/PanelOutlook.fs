/// Tomorrow's forecasts of a panel, with intervals that past errors give. Writes no file and prints nothing.
namespace VolatilityForge

open System

/// The next forecast of a symbol.
type PanelOutlookRow =
    {
        Symbol: string
        Model: string
        Horizon: int
        /// The symbol's last day.
        Origin: DateOnly
        /// Mean daily variance over the horizon.
        Variance: Variance
        /// Where it is expected with the coverage asked; from 0 to infinity where too few errors are known.
        Interval: VarianceInterval
        /// Share of the days judged whose interval, made on its day, held what came; NaN where none was judged.
        Held: float
        /// Days judged: those whose interval had two ends and whose target is scored.
        Errors: int
    }

/// Making the forecasts.
[<RequireQualifiedAccess>]
module PanelOutlook =

    /// Weekdays of forecasts whose errors make the intervals: the errors kept and as many weekdays as some of them need to end.
    let private calibrationDays = 600

    /// The track from a date on; None where nothing is left.
    let private since (date: DateOnly) (track: ForecastTrack) : ForecastTrack option =
        match track.Dates |> Array.tryFindIndex (fun day -> day >= date) with
        | None -> None
        | Some first ->
            Some
                { track with
                    Origins = track.Origins[first..]
                    Dates = track.Dates[first..]
                    Forecast = track.Forecast[first..]
                    Realised = track.Realised[first..]
                    Scored = track.Scored[first..]
                }

    /// The next forecasts of every model of a panel run on histories up to today, those that the run would make on that day: models are fitted
    /// anew on the weekdays of the run's schedule, all of them where weights of past forecasts need it, else the last ones from 600 weekdays
    /// before the end on, whose errors make conformal intervals by symbol. Symbols past their warm-up only, and only those that the models
    /// have something to say of. Faults as PanelExperiment.run.
    let forecast
        (config: PanelConfig)
        (conformal: ConformalConfig)
        (threads: int)
        (monitor: PanelMonitor)
        (common: CommonSeries list)
        (histories: History list)
        : Result<PanelOutlookRow list, Fault> =
        let row (panel: Panel) (track: ForecastTrack) : Result<PanelOutlookRow, Fault> =
            ConformalTrack.ofTrack conformal track
            |> Result.map (fun past ->
                let symbol = Array.IndexOf(panel.Symbols, track.Symbol)
                let dates = panel.Histories[symbol].Dates

                {
                    Symbol = track.Symbol
                    Model = track.Model
                    Horizon = track.Horizon
                    Origin = dates[dates.Length - 1]
                    Variance = track.Next
                    Interval = Conformal.interval past.State track.Next
                    Held = float past.Held / float past.Judged
                    Errors = past.Judged
                })

        either {
            let! _ = Conformal.check conformal

            let! registry = PanelExperiment.registry config threads monitor

            let! models =
                config.Models |> Checked.traverse (PanelExperiment.model registry config)

            do! PanelExperiment.checkNetworks models
            let! panel, _ = PanelExperiment.panel config common histories
            let usual = PanelExperiment.walkForwardOf threads config
            let schedule = PanelWalkForward.schedule usual panel (List.min config.Horizons)
            let late = PanelSchedule.recent calibrationDays schedule

            let readsPast =
                List.allPairs config.Horizons models
                |> List.exists (fun (horizon, model) -> PanelWalk.readsPast horizon model)

            let start = if readsPast then schedule.First else late.First

            let! tracks =
                PanelWalkForward.run
                    { usual with
                        From = Some(MarketDay.date start)
                    }
                    monitor
                    models
                    panel

            return!
                tracks
                |> List.filter (fun track -> not (Double.IsNaN(Units.strip track.Next)))
                |> List.choose (since (MarketDay.date late.First))
                |> Checked.traverse (row panel)
        }
