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
            Conformal.walk conformal track.Horizon track.Forecast track.Realised
            |> Result.map (fun (struct (intervals, state)) ->
                let held =
                    Array.map2 Conformal.holds intervals track.Realised
                    |> Array.filter id
                    |> Array.length

                let known =
                    let mutable state = state

                    // The walk ends before the last labels: those that have ended by the last day are learned too.
                    let unlearned = max 0 (track.Forecast.Length - track.Horizon)

                    for day in unlearned .. track.Forecast.Length - 1 do
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
