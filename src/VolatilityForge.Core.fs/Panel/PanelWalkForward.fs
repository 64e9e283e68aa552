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

/// What raw forecasts are kept under.
type PanelTrackKey =
    {
        Model: string
        Horizon: int
        /// What tells the model from others of its name.
        Settings: string
    }

/// What a panel walk-forward tells and asks while it runs.
type PanelMonitor =
    {
        /// Models and horizons done, and in all.
        Progress: int * int -> unit
        Cancellation: CancellationToken
        /// Raw forecasts kept by an earlier, interrupted run of the same panel, and settings.
        Recall: PanelTrackKey -> Variance[][] option
        /// Told raw forecasts by symbol and own day as soon as a model is through at a horizon.
        Keep: PanelTrackKey -> Variance[][] -> unit
    }

/// Running panel models forward.
[<RequireQualifiedAccess>]
module PanelWalkForward =

    /// A day, a week, a month ahead; forecasts count from a symbol's 1,022nd day; fits every 22 weekdays; clamped to [min/2, 2 max] of the
    /// symbol's own past labels.
    let defaults: PanelWalkForwardConfig =
        {
            Horizons = [ 1; 5; 22 ]
            WarmUp = PanelSchedule.warmUp
            From = None
            RefitEvery = PanelSchedule.refitEvery
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

    /// Days that features look back, and the rows that a symbol's own line needs.
    let private minimumWarmUp =
        Standing.minimumDays + PanelRegression.defaults.MinimumRows

    /// Ok when every setting is inside its domain; otherwise all the faults.
    let check (config: PanelWalkForwardConfig) : Result<PanelWalkForwardConfig, Fault> =
        let horizons = config.Horizons

        let faults =
            [
                if horizons.IsEmpty || List.exists (fun horizon -> horizon < 1) horizons then
                    Fault.BadSetting("horizons", "must be one or more positive numbers of days", $"%A{horizons}")
                if List.distinct horizons <> horizons then
                    Fault.BadSetting("horizons", "must differ from each other", $"%A{horizons}")
                if not horizons.IsEmpty && config.WarmUp < minimumWarmUp + List.max horizons then
                    Fault.BadSetting(
                        "warm-up",
                        $"must be at least {minimumWarmUp} days and the longest horizon, {minimumWarmUp + List.max horizons}",
                        string config.WarmUp
                    )
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
        let usual = PanelSchedule.afterWarmUp config.WarmUp config.RefitEvery panel horizon

        match config.From with
        | None -> usual
        | Some date when date.DayOfWeek = DayOfWeek.Saturday || date.DayOfWeek = DayOfWeek.Sunday ->
            { usual with
                First = MarketDay.ofDate date |> MarketDay.add 1
            }
        | Some date ->
            { usual with
                First = MarketDay.ofDate date
            }

    /// The own days of a symbol whose forecasts count.
    let private origins (config: PanelWalkForwardConfig) (schedule: PanelSchedule) (history: History) : int[] =
        let first = MarketDay.date schedule.First

        [|
            for day in config.WarmUp .. history.Dates.Length - 1 - schedule.Horizon do
                if history.Dates[day] >= first then
                    day
        |]

    /// Whether a raw forecast can be told, clamped where it is to be.
    let private isSound (clamp: ClampRule) (raw: Variance) : bool =
        match clamp with
        | ClampRule.WithinLabels _
        | ClampRule.MeanOfLabels -> not (Double.IsNaN(Units.strip raw))
        | ClampRule.Keep -> raw > 0.0< / day> && Double.IsFinite(Units.strip raw)

    /// A model's track of one symbol at the origins given; None where there is none.
    let private track
        (config: PanelWalkForwardConfig)
        (schedule: PanelSchedule)
        (origins: int[])
        (model: string)
        (history: History)
        (raw: Variance[])
        : ForecastTrack option =
        let horizon = schedule.Horizon

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
                    Next =
                        if isSound config.Clamp raw[raw.Length - 1] then
                            kept (raw.Length - 1)
                        else
                            nan * 1.0< / day>
                }

    /// What a model's raw forecasts at a horizon are kept under.
    let trackKey (horizon: int) (model: IPanelForecaster) : PanelTrackKey =
        {
            Model = model.Name
            Horizon = horizon
            Settings = PanelWalk.settings horizon model
        }

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
            let kept = trackKey schedule.Horizon model

            let forecasts =
                match monitor.Recall kept, model with
                | Some recalled, _ -> recalled
                | None, (:? IPanelCombination as combination) ->
                    let members =
                        PanelWalk.members combination schedule.Horizon
                        |> Fault.orRaise
                        |> List.map (raw config monitor made panel schedule)

                    combination.Combine(panel, schedule, members) |> Fault.orRaise
                | None, (:? IPanelWalker as walker) -> walker.Walk(panel, schedule, config.Threads) |> Fault.orRaise
                | None, _ -> PanelWalk.byFits model panel schedule

            monitor.Keep kept forecasts
            made[key] <- forecasts
            forecasts

    /// Ok when the settings, the models' names and the first date fit each other and the panel; otherwise the faults of `run`.
    let internal checkRun
        (config: PanelWalkForwardConfig)
        (models: IPanelForecaster list)
        (panel: Panel)
        : Result<PanelWalkForwardConfig, Fault> =
        let names = models |> List.map _.Name

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

            match config.From with
            | Some date when date > MarketDay.date panel.Last ->
                let last = MarketDay.date panel.Last

                return!
                    Error(
                        Fault.BadSetting("from", $"must not be after the panel's last weekday, {last:O}", $"{date:O}")
                    )
            | _ -> ()

            return config
        }

    /// Runs every model at every horizon over the same own days of every symbol. Each fit sees labels ended by the close of its weekday,
    /// each forecast what all markets know by the close of its day. Tracks come by horizon, symbol, then in the order of the models; symbols
    /// without a day that counts have none. A day on which one of the models has nothing to say of a symbol is left out for all of them
    /// (`leftOut` counts them); a next forecast is NaN there. Faults: settings outside their domain, names that are not different, BadSetting
    /// for a first date that leaves no day, TooShort where no symbol is past its warm-up, NotComputable where every day is left out, a
    /// model's own faults, Cancelled.
    let run
        (config: PanelWalkForwardConfig)
        (monitor: PanelMonitor)
        (models: IPanelForecaster list)
        (panel: Panel)
        : Result<ForecastTrack list, Fault> =
        let total = models.Length * config.Horizons.Length
        let mutable finished = 0
        let mutable silent: string option = None

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
                    let history = panel.Histories[symbol]

                    let speaks (day: int) : bool =
                        match
                            forecasts
                            |> List.tryFind (fun (_, own) -> not (isSound config.Clamp own.[symbol].[day]))
                        with
                        | None -> true
                        | Some(name, own) ->
                            if silent.IsNone then
                                silent <-
                                    Some
                                        $"{name}'s forecast of {history.Symbol} on {history.Dates[day]:O} at horizon {horizon} is {own[symbol][day]}"

                            false

                    let origins = origins config schedule history |> Array.filter speaks

                    for name, own in forecasts do
                        match track config schedule origins name history own[symbol] with
                        | Some track -> track
                        | None -> ()
            ]

        either {
            let! config = checkRun config models panel

            let! tracks =
                PanelParallel.catch (fun () -> config.Horizons |> List.collect tracksAt)

            if tracks.IsEmpty then
                let longest =
                    panel.Histories |> Array.map (fun history -> history.Dates.Length) |> Array.max

                let needed = config.WarmUp + List.min config.Horizons + 1

                return!
                    match silent, config.From with
                    | Some first, _ ->
                        Error(
                            Fault.NotComputable(
                                "A panel walk-forward",
                                $"on every day a model has nothing to say ({first}, and so on)",
                                "Leave that model out, begin later, or look for gaps in what it reads."
                            )
                        )
                    | None, Some date when longest >= needed ->
                        Error(
                            Fault.BadSetting(
                                "from",
                                $"must leave a symbol past its warm-up {List.min config.Horizons} days or more to its end",
                                $"{date:O}"
                            )
                        )
                    | _ -> Error(Fault.TooShort("A panel walk-forward (days of the longest symbol)", needed, longest))

            return tracks
        }

    /// Days of a run's tracks that were left out because a model had nothing to say, by symbol and horizon; those with none are not listed.
    let leftOut
        (config: PanelWalkForwardConfig)
        (tracks: ForecastTrack list)
        (panel: Panel)
        : (string * int * int) list =
        [
            for horizon in config.Horizons do
                let schedule = schedule config panel horizon

                for history in panel.Histories do
                    let told =
                        tracks
                        |> List.tryFind (fun track -> track.Symbol = history.Symbol && track.Horizon = horizon)
                        |> Option.map _.Origins.Length
                        |> Option.defaultValue 0

                    let days = (origins config schedule history).Length - told

                    if days > 0 then
                        history.Symbol, horizon, days
        ]
