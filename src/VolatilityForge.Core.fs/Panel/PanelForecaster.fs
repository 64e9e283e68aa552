/// The contract of models that forecast every symbol of a panel. Knows no model.
namespace VolatilityForge

open System

/// When a panel model is fitted: on the first weekday and every so many after it, up to the last.
type PanelSchedule =
    {
        /// Own trading days ahead.
        Horizon: int
        First: MarketDay
        Last: MarketDay
        /// Weekdays between fits.
        Every: int
    }

/// The days of a schedule.
[<RequireQualifiedAccess>]
module PanelSchedule =

    /// Own days of a symbol before its first forecast that counts, unless a run says otherwise.
    let warmUp: int = 1021

    /// Weekdays between fits, unless a run says otherwise.
    let refitEvery: int = 22

    /// From the first weekday on which a symbol is past so many own days to the end of the panel, with so many weekdays between fits.
    let afterWarmUp (warmUp: int) (every: int) (panel: Panel) (horizon: int) : PanelSchedule =
        {
            Horizon = horizon
            First =
                panel.Histories
                |> Array.filter (fun history -> history.Dates.Length > warmUp)
                |> Array.map (fun history -> MarketDay.ofDate history.Dates[warmUp])
                |> Array.fold min panel.Last
            Last = panel.Last
            Every = every
        }

    /// The schedule from the latest of its fits that leaves at least so many weekdays to its last: its later fits are on the same days.
    let recent (days: int) (schedule: PanelSchedule) : PanelSchedule =
        let spare = MarketDay.between schedule.First schedule.Last - days

        if spare <= 0 then
            schedule
        else
            { schedule with
                First = MarketDay.add (spare / schedule.Every * schedule.Every) schedule.First
            }

    /// The weekdays on which fits are made.
    let refits (schedule: PanelSchedule) : MarketDay[] =
        [|
            for number in schedule.First.Number .. schedule.Every .. schedule.Last.Number -> MarketDay number
        |]

    /// The place of the fit used on a weekday; -1 before the first.
    let fitOn (schedule: PanelSchedule) (day: MarketDay) : int =
        if day.Number < schedule.First.Number then
            -1
        else
            (min day.Number schedule.Last.Number - schedule.First.Number) / schedule.Every

/// A model fitted on a panel.
type IPanelFitted =

    /// Mean daily variance of a symbol over its next own days (the horizon it was fitted for), as of one of its own days, with what
    /// all markets know by its close; NaN where the model has nothing to say of the symbol.
    abstract Forecast: panel: Panel * symbol: int * day: OwnDay -> Variance

/// A model of all symbols of a panel.
type IPanelForecaster =

    /// The registered name, such as "eb-log".
    abstract Name: string

    /// Fits on the labels that have ended by the close of a weekday, for a horizon in own trading days. Nothing later is read.
    abstract Fit: panel: Panel * day: MarketDay * horizon: int -> Result<IPanelFitted, Fault>

/// A panel model that says what its forecasts depend on beside the data: what was kept of a model of one name isn't taken for another's.
type IPanelSettings =

    /// At a horizon; equal for models of equal forecasts.
    abstract Settings: horizon: int -> string

/// A panel model that makes the forecasts of a whole schedule in one go: the same as by a fit at each of its days.
type IPanelWalker =
    inherit IPanelForecaster

    /// By symbol and own day: the forecast of the latest fit at or before the day's weekday; NaN before the first and where the model has
    /// nothing to say. At most so many threads; the same for any number.
    abstract Walk: panel: Panel * schedule: PanelSchedule * threads: int -> Result<Variance[][], Fault>

/// A panel model that forecasts each symbol by itself, so that symbols can be done apart.
type IPanelBySymbol =
    inherit IPanelWalker

    /// As Walk, of the symbols at these places alone, in their order.
    abstract WalkSymbols:
        panel: Panel * schedule: PanelSchedule * symbols: int[] * threads: int -> Result<Variance[][], Fault>

/// A panel model made of others: the walk-forward runs each of them once, however many combinations read it.
type IPanelCombination =
    inherit IPanelForecaster

    /// The models it is made of at a horizon, of different names. Members of one name in several combinations of a run are one model, and run
    /// once.
    abstract Members: horizon: int -> IPanelForecaster list

    /// True where a day's forecast reads the members' forecasts of earlier days, and so depends on where a schedule begins.
    abstract ReadsPast: bool

    /// The forecasts, out of those of the members in their order, by symbol and own day.
    abstract Combine: panel: Panel * schedule: PanelSchedule * members: Variance[][] list -> Result<Variance[][], Fault>
