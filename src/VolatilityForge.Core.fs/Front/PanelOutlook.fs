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
        /// Share of the last errors that intervals made on their days held.
        Held: float
        /// How many errors that is.
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
            Conformal.walk conformal track.Horizon track.Forecast track.Realised
            |> Result.map (fun (struct (intervals, state)) ->
                let held =
                    Array.map2 Conformal.holds intervals track.Realised
                    |> Array.filter id
                    |> Array.length

                let known =
                    let mutable state = state

                    // The walk ends before the last labels: those that have ended by the last day are learned too.
                    for day in max 0 (track.Forecast.Length - track.Horizon) .. track.Forecast.Length - 1 do
                        state <- Conformal.observe state track.Forecast[day] track.Realised[day]

                    state

                let symbol = Array.IndexOf(panel.Symbols, track.Symbol)
                let dates = panel.Histories[symbol].Dates

                {
                    Symbol = track.Symbol
                    Model = track.Model
                    Horizon = track.Horizon
                    Origin = dates[dates.Length - 1]
                    Variance = track.Next
                    Interval = Conformal.interval known track.Next
                    Held = float held / float track.Forecast.Length
                    Errors = track.Forecast.Length
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
