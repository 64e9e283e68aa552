/// Panel models run forward through a panel: purged fits on shared weekdays, forecasts on own days, clamping. Knows no model.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Threading

/// How a panel walk-forward runs.
type PanelWalkForwardConfig =
    {
        /// Own trading days ahead, each positive and once.
        Horizons: int list
        /// Own days of a symbol before its first forecast that counts.
        WarmUp: int
        /// The first date on which a forecast counts; None for the first weekday on which a symbol is past its warm-up.
        From: DateOnly option
        /// Weekdays between fits.
        RefitEvery: int
        Clamp: ClampRule
        /// Most threads at work; the forecasts are the same for any number.
        Threads: int
    }

/// What a panel walk-forward tells and asks while it runs.
type PanelMonitor =
    {
        /// Models and horizons done, and in all.
        Progress: int * int -> unit
        Cancellation: CancellationToken
        /// Raw forecasts kept by an earlier, interrupted run of the same panel and settings, by model and horizon.
        Recall: string * int -> Variance[][] option
        /// Told raw forecasts by symbol and own day as soon as a model is through at a horizon.
        Keep: string * int -> Variance[][] -> unit
    }

/// Running panel models forward.
[<RequireQualifiedAccess>]
module PanelWalkForward =

    /// A day, a week, a month ahead; forecasts count from a symbol's 1,022nd day; fits every 22 weekdays; clamped to [min/2, 2 max] of the
    /// symbol's own past labels.
    let defaults: PanelWalkForwardConfig =
        {
            Horizons = [ 1; 5; 22 ]
            WarmUp = 1021
            From = None
            RefitEvery = 22
            Clamp = ClampRule.WithinLabels(0.5, 2.0)
            Threads = 1
        }

    /// Tells nobody, keeps nothing, never stops.
    let unmonitored: PanelMonitor =
        {
            Progress = ignore
            Cancellation = CancellationToken.None
            Recall = fun _ -> None
            Keep = fun _ _ -> ()
        }

    /// Ok when every setting is inside its domain; otherwise all the faults.
    let check (config: PanelWalkForwardConfig) : Result<PanelWalkForwardConfig, Fault> =
        let horizons = config.Horizons

        let faults =
            [
                if horizons.IsEmpty || List.exists (fun horizon -> horizon < 1) horizons then
                    Fault.BadSetting("horizons", "must be one or more positive numbers of days", $"%A{horizons}")
                if List.distinct horizons <> horizons then
                    Fault.BadSetting("horizons", "must differ from each other", $"%A{horizons}")
                if config.WarmUp < Standing.minimumDays then
                    Fault.BadSetting("warm-up", $"must be at least {Standing.minimumDays} days", string config.WarmUp)
                if config.RefitEvery < 1 then
                    Fault.BadSetting("refit every", "must be at least 1 day", string config.RefitEvery)
                if config.Threads < 1 then
                    Fault.BadSetting("threads", "must be at least 1", string config.Threads)
                match config.Clamp with
                | ClampRule.WithinLabels(below, above) when not (below > 0.0 && below <= 1.0 && above >= 1.0) ->
                    Fault.BadSetting("clamp", "needs 0 < below <= 1 <= above", $"{below}, {above}")
                | _ -> ()
            ]

        if faults.IsEmpty then
            Ok config
        else
            Error(Fault.combine faults)

    /// The weekdays of fits at a horizon: from the first forecast that counts to the end of the panel.
    let schedule (config: PanelWalkForwardConfig) (panel: Panel) (horizon: int) : PanelSchedule =
        let first =
            match config.From with
            | Some date when date.DayOfWeek = DayOfWeek.Saturday || date.DayOfWeek = DayOfWeek.Sunday ->
                MarketDay.ofDate date |> MarketDay.add 1
            | Some date -> MarketDay.ofDate date
            | None ->
                panel.Histories
                |> Array.filter (fun history -> history.Dates.Length > config.WarmUp)
                |> Array.map (fun history -> MarketDay.ofDate history.Dates[config.WarmUp])
                |> Array.fold min panel.Last

        {
            Horizon = horizon
            First = first
            Last = panel.Last
            Every = config.RefitEvery
        }

    /// The own days of a symbol whose forecasts count.
    let private origins (config: PanelWalkForwardConfig) (schedule: PanelSchedule) (history: History) : int[] =
        let first = MarketDay.date schedule.First

        [|
            for day in config.WarmUp .. history.Dates.Length - 1 - schedule.Horizon do
                if history.Dates[day] >= first then
                    day
        |]

    /// A model's track of one symbol; None where no day counts.
    let private track
        (config: PanelWalkForwardConfig)
        (schedule: PanelSchedule)
        (model: string)
        (history: History)
        (raw: Variance[])
        : ForecastTrack option =
        let horizon = schedule.Horizon
        let origins = origins config schedule history

        if origins.Length = 0 then
            None
        else
            let labels = Labels.ofSeries horizon history.Variance
            let mutable clamped = 0
            let mutable ended = 0
            let mutable smallest = infinity * 1.0< / day>
            let mutable largest = 0.0< / day>
            let mutable sum = 0.0< / day>

            let kept (day: int) : Variance =
                while ended <= day - horizon do
                    smallest <- min smallest labels[ended]
                    largest <- max largest labels[ended]
                    sum <- sum + labels[ended]
                    ended <- ended + 1

                let moved =
                    ClampRule.apply
                        config.Clamp
                        {
                            Smallest = smallest
                            Largest = largest
                            Mean = sum / float ended
                        }
                        raw[day]

                if
                    Double.IsNaN(Units.strip raw[day])
                    || not (moved > 0.0< / day>)
                    || Double.IsInfinity(Units.strip moved)
                then
                    Fault.raiseWith (
                        Fault.NotComputable(
                            $"{model} at horizon {horizon}",
                            $"the forecast of {history.Symbol} on {history.Dates[day]:O} is {raw[day]}",
                            "Look for gaps in the history up to that day, or begin later."
                        )
                    )

                if moved <> raw[day] then
                    clamped <- clamped + 1

                moved

            let forecast = origins |> Array.map kept
            let clampedOnOrigins = clamped

            Some
                {
                    Model = model
                    Symbol = history.Symbol
                    Horizon = horizon
                    Origins = origins
                    Dates = origins |> Array.map (fun day -> history.Dates[day])
                    Forecast = forecast
                    Realised = origins |> Array.map (fun day -> labels[day])
                    Scored = origins |> Array.map (History.isScored horizon history)
                    Clamped = clampedOnOrigins
                    Refits = (PanelSchedule.refits schedule).Length
                    Next = kept (history.Dates.Length - 1)
                }

    /// The forecasts of a model by fits at every day of the schedule, for models that know no shorter way.
    let private walkByFits (model: IPanelForecaster) (panel: Panel) (schedule: PanelSchedule) : Variance[][] =
        let refits = PanelSchedule.refits schedule

        let forecasts =
            panel.Histories
            |> Array.map (fun history -> Array.create history.Dates.Length (nan * 1.0< / day>))

        for place in 0 .. refits.Length - 1 do
            let fitted = model.Fit(panel, refits[place], schedule.Horizon) |> Fault.orRaise

            for symbol in 0 .. panel.Count - 1 do
                panel.Histories[symbol].Dates
                |> Array.iteri (fun day date ->
                    if PanelSchedule.fitOn schedule (MarketDay.ofDate date) = place then
                        forecasts[symbol][day] <- fitted.Forecast(panel, symbol, OwnDay day))

        forecasts

    let rec private raw
        (config: PanelWalkForwardConfig)
        (monitor: PanelMonitor)
        (made: Dictionary<struct (string * int), Variance[][]>)
        (panel: Panel)
        (schedule: PanelSchedule)
        (model: IPanelForecaster)
        : Variance[][] =
        let key = struct (model.Name, schedule.Horizon)

        if monitor.Cancellation.IsCancellationRequested then
            Fault.raiseWith (Fault.Cancelled "The walk-forward")

        match made.TryGetValue key with
        | true, known -> known
        | _ ->
            let forecasts =
                match monitor.Recall(model.Name, schedule.Horizon), model with
                | Some recalled, _ -> recalled
                | None, (:? IPanelCombination as combination) ->
                    let members =
                        combination.Members schedule.Horizon
                        |> List.map (raw config monitor made panel schedule)

                    combination.Combine(panel, schedule, members) |> Fault.orRaise
                | None, (:? IPanelWalker as walker) -> walker.Walk(panel, schedule, config.Threads) |> Fault.orRaise
                | None, _ -> walkByFits model panel schedule

            monitor.Keep (model.Name, schedule.Horizon) forecasts
            made[key] <- forecasts
            forecasts

    /// Runs every model at every horizon over the same own days of every symbol. Each fit sees labels ended by the close of its weekday,
    /// each forecast what all markets know by the close of its day. Tracks come by horizon, symbol, then in the order of the models; symbols
    /// without a day that counts have none. Faults: settings outside their domain, names that are not different, TooShort where no symbol has
    /// a day that counts, a model's own faults, a forecast that is not a number, Cancelled.
    let run
        (config: PanelWalkForwardConfig)
        (monitor: PanelMonitor)
        (models: IPanelForecaster list)
        (panel: Panel)
        : Result<ForecastTrack list, Fault> =
        let names = models |> List.map _.Name
        let total = models.Length * config.Horizons.Length
        let mutable finished = 0

        let tracksAt (horizon: int) : ForecastTrack list =
            let schedule = schedule config panel horizon
            let made = Dictionary()

            let forecasts =
                [
                    for model in models do
                        model.Name, raw config monitor made panel schedule model
                        finished <- finished + 1
                        monitor.Progress(finished, total)
                ]

            [
                for symbol in 0 .. panel.Count - 1 do
                    for name, own in forecasts do
                        match track config schedule name panel.Histories[symbol] own[symbol] with
                        | Some track -> track
                        | None -> ()
            ]

        either {
            let! config = check config

            do!
                Checked.all
                    [
                        not models.IsEmpty
                        |> Checked.require (Fault.BadSetting("models", "must be one or more", "none"))
                        List.distinct names = names
                        |> Checked.require (
                            Fault.BadSetting("models", "must have different names", String.Join(", ", names))
                        )
                    ]

            let! tracks =
                PanelParallel.catch (fun () -> config.Horizons |> List.collect tracksAt)

            if tracks.IsEmpty then
                let longest =
                    panel.Histories |> Array.map (fun history -> history.Dates.Length) |> Array.max

                let needed = config.WarmUp + List.min config.Horizons + 1
                return! Error(Fault.TooShort("A panel walk-forward (days of the longest symbol)", needed, longest))

            return tracks
        }
