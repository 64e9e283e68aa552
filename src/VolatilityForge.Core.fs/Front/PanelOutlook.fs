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

    /// The next forecasts of every model of a panel run on histories up to today: models are fitted anew on the run's schedule for the
    /// last 600 weekdays, whose errors make conformal intervals by symbol. Symbols past their warm-up only. Faults as PanelExperiment.run.
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

            let! models =
                config.Models
                |> Checked.traverse (PanelExperiment.model PanelModels.registry config)

            let! panel, _ = PanelExperiment.panel config common histories
            let usual = PanelExperiment.walkForwardOf threads config
            let schedule = PanelWalkForward.schedule usual panel (List.min config.Horizons)
            let late = panel.Last |> MarketDay.add -calibrationDays

            let start =
                if late.Number > schedule.First.Number then
                    late
                else
                    schedule.First

            let! tracks =
                PanelWalkForward.run
                    { usual with
                        From = Some(MarketDay.date start)
                    }
                    monitor
                    models
                    panel

            return! tracks |> Checked.traverse (row panel)
        }
