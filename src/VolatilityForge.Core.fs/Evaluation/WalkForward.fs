/// Forecasts made day by day with what was known that day: refits, purged labels, clamping. Knows no model.
namespace VolatilityForge

open System
open System.Threading

/// Running models forward through a history.
[<RequireQualifiedAccess>]
module WalkForward =

    /// The fault of a model that is fitted on returns and a history without any; None where there is nothing against them.
    let returnsFault (model: IForecaster) (history: History) : Fault option =
        match box model with
        | :? IReadsReturns as reader when reader.ReadsReturns && Array.forall ((=) 0.0) history.Returns ->
            let owner =
                if history.Symbol = "" then
                    "the history"
                else
                    history.Symbol

            Some(
                Fault.NotComputable(
                    model.Name,
                    $"it is fitted on returns, and {owner} has none (all are zero)",
                    "Name the column of returns or of prices (--return-column, --price-column), or leave the model out."
                )
            )
        | _ -> None

    /// Ok when every model has a name of its own and enough days at every horizon, and the history has a target to score.
    let private checkModels
        (config: WalkForwardConfig)
        (forecasters: IForecaster list)
        (history: History)
        : Result<unit, Fault> =
        let names = forecasters |> List.map _.Name

        let faults =
            [
                if forecasters.IsEmpty then
                    Fault.BadSetting("models", "must be one or more", "none")
                if List.distinct names <> names then
                    Fault.BadSetting("models", "must have different names", String.Join(", ", names))
                for model in forecasters do
                    match box model with
                    | :? IReadsMeasures as reader ->
                        for name in reader.Measures do
                            if not (history.Measures.ContainsKey name) then
                                let known = history.Measures |> Map.keys |> List.ofSeq
                                Fault.UnknownName($"daily measure in the history for {model.Name},", name, known)
                    | _ -> ()

                    yield! returnsFault model history |> Option.toList
                for horizon in config.Horizons do
                    let first = WalkForwardConfig.firstOrigin config horizon

                    if first + horizon >= History.length history then
                        Fault.TooShort(
                            $"A walk-forward at horizon {horizon}",
                            first + horizon + 1,
                            History.length history
                        )

                    for model in forecasters do
                        let days = (WalkForwardConfig.window config horizon first).Length

                        if days < model.MinimumDays horizon then
                            Fault.TooShort($"{model.Name} at horizon {horizon}", model.MinimumDays horizon, days)
            ]

        if faults.IsEmpty then Ok() else Error(Fault.combine faults)

    /// The labels that a fit at an origin sees.
    let private rangeAt (config: WalkForwardConfig) (horizon: int) (labels: Variance[]) (origin: int) : LabelRange =
        let window = WalkForwardConfig.window config horizon origin
        let mutable smallest = labels[window.First]
        let mutable largest = smallest
        let mutable sum = smallest

        for row in window.First + 1 .. window.Last - horizon do
            smallest <- min smallest labels[row]
            largest <- max largest labels[row]
            sum <- sum + labels[row]

        {
            Smallest = smallest
            Largest = largest
            Mean = sum / float (window.Last - horizon - window.First + 1)
        }

    /// A forecast made at an origin, after the rule of clamping over that origin's window.
    let clamp (config: WalkForwardConfig) (horizon: int) (history: History) (origin: int) (raw: Variance) : Variance =
        let labels =
            rangeAt config horizon (Labels.ofSeries horizon history.Variance) origin

        ClampRule.apply config.Clamp labels raw

    let private unusable (model: string) (horizon: int) (history: History) (origin: int) (found: Variance) : Fault =
        Fault.NotComputable(
            $"{model} at horizon {horizon}",
            $"the forecast of {history.Dates[origin]:O} is {found}",
            "Look for gaps or zeros in the history up to that day, or clamp forecasts."
        )

    /// What every unit of a symbol and horizon shares.
    type private Ground =
        {
            History: History
            Labels: Variance[]
            /// The labels in the window of an origin.
            Range: int -> LabelRange
        }

    let private groundOf (config: WalkForwardConfig) (history: History) (horizon: int) : Ground =
        let labels = Labels.ofSeries horizon history.Variance
        let first = WalkForwardConfig.firstOrigin config horizon
        let last = History.length history - 1

        let ranges =
            Array.init (last - first + 1) (fun i -> rangeAt config horizon labels (first + i))

        {
            History = history
            Labels = labels
            Range = fun origin -> ranges[origin - first]
        }

    /// Fits between which coefficients are kept: a month.
    [<Literal>]
    let private ParameterDays = 22

    /// One unit of the plan.
    let private work
        (config: WalkForwardConfig)
        (step: unit -> unit)
        (cancellation: CancellationToken)
        (ground: Ground)
        (model: IForecaster)
        (unit: WorkUnit)
        : UnitResult =
        let history, horizon = ground.History, unit.Horizon
        let first = WalkForwardConfig.firstOrigin config horizon
        let every = max 1 (defaultArg config.RefitEvery model.RefitEvery)
        let mutable fitted = Unchecked.defaultof<IFitted>
        let mutable fittedAt = -1
        let mutable refits = 0
        let mutable clamped = 0
        let points = ResizeArray<ParameterPoint>()

        // Whether a fit is kept depends on its own day only, whatever unit it is in.
        let isFirstOfMonth (due: int) : bool =
            due = first
            || (due - first) / ParameterDays > (due - every - first) / ParameterDays

        // The schedule counts from the first origin, so that the fit used on a day depends on nothing after it.
        let fittedFor (origin: int) : IFitted =
            let due = origin - (origin - first) % every

            if due <> fittedAt then
                fitted <-
                    model.Fit(history, WalkForwardConfig.window config horizon due, horizon)
                    |> Fault.orRaise

                fittedAt <- due
                refits <- refits + 1

                match fitted with
                | :? IHasParameters as told when isFirstOfMonth due ->
                    points.Add
                        {
                            Origin = due
                            Values = told.Parameters
                        }
                | _ -> ()

            match fitted with
            | :? IUpdatable as updatable when origin <> due ->
                updatable.Update(history, WalkForwardConfig.window config horizon origin)
                |> Fault.orRaise
            | _ -> fitted

        let forecast (origin: int) : Variance =
            let raw = (fittedFor origin).Forecast(history, origin)
            let kept = ClampRule.apply config.Clamp (ground.Range origin) raw

            if
                Double.IsNaN(Units.strip raw)
                || not (kept > 0.0< / day>)
                || Double.IsInfinity(Units.strip kept)
            then
                Fault.raiseWith (unusable model.Name horizon history origin raw)

            if kept <> raw then
                clamped <- clamped + 1

            kept

        let forecasts =
            Array.init unit.Origins (fun i ->
                if cancellation.IsCancellationRequested then
                    Fault.raiseWith (Fault.Cancelled "The walk-forward")

                let forecast = forecast (unit.First + i)
                step ()
                forecast)

        let clampedOnOrigins = clamped

        let next =
            if unit.Closing then
                Some(forecast (History.length history - 1))
            else
                None

        {
            Unit = unit
            Forecast = forecasts
            Clamped = clampedOnOrigins
            Refits = refits
            Next = next
            Parameters = List.ofSeq points
            NewsImpact =
                match fitted with
                | :? IHasNewsImpact as told when unit.Closing -> told.NewsImpact NewsImpact.shocks
                | _ -> [||]
        }

    /// Ok when the settings are inside their domain, the symbols differ, and every model has a name of its own and enough days of every
    /// symbol. A fault of one of several symbols names it.
    let check
        (config: WalkForwardConfig)
        (forecasters: IForecaster list)
        (histories: History list)
        : Result<unit, Fault> =
        let symbols = histories |> List.map _.Symbol

        let named (history: History) (fault: Fault) : Fault =
            match Fault.flatten fault with
            | faults when histories.Length > 1 ->
                faults
                |> List.map (fun fault ->
                    match fault with
                    | Fault.TooShort(what, needed, found) -> Fault.TooShort($"{history.Symbol}: {what}", needed, found)
                    | Fault.UnknownName(kind, name, known) ->
                        Fault.UnknownName($"{kind} (symbol {history.Symbol})", name, known)
                    | other -> other)
                |> Fault.combine
            | _ -> fault

        either {
            let! _ = WalkForwardConfig.check config

            do!
                Checked.all
                    [
                        not histories.IsEmpty
                        |> Checked.require (Fault.BadSetting("symbols", "must be one or more", "none"))
                        List.distinct symbols = symbols
                        |> Checked.require (
                            Fault.BadSetting("symbols", "must have different names", String.Join(", ", symbols))
                        )
                        yield!
                            histories
                            |> List.map (fun history ->
                                checkModels config forecasters history |> Result.mapError (named history))
                    ]
        }

    /// Does units of a plan, each model that is no ISerialForecaster on any of the config's threads; results in the order of the units,
    /// the same bits for any number of threads and any other split into parts. `forecasterOf` is asked for a unit's model when the unit
    /// begins; `finished` is told each result, and `step` each forecast, one at a time. Faults: those of a model, a forecast that is not
    /// a number (with model and date), Cancelled.
    let units
        (config: WalkForwardConfig)
        (isSerial: string -> bool)
        (forecasterOf: WorkUnit -> IForecaster)
        (finished: UnitResult -> unit)
        (step: unit -> unit)
        (cancellation: CancellationToken)
        (histories: History list)
        (units: WorkUnit list)
        : Result<UnitResult list, Fault> =
        let gate = obj ()

        let grounds =
            dict
                [
                    for history in histories do
                        for horizon in config.Horizons do
                            struct (history.Symbol, horizon), lazy groundOf config history horizon
                ]

        let job (unit: WorkUnit) =
            struct (isSerial unit.Model,
                    fun () ->
                        let result =
                            work
                                config
                                (fun () -> lock gate step)
                                cancellation
                                (grounds[struct (unit.Symbol, unit.Horizon)].Value)
                                (forecasterOf unit)
                                unit

                        lock gate (fun () -> finished result)
                        result)

        Fault.catch (fun () -> units |> List.map job |> Array.ofList |> WorkThreads.run config.Threads)

    /// The tracks that all units of a plan make together: by symbol, then by horizon, then in the order of the models. The results are
    /// those of the whole plan in its order.
    let tracks (histories: History list) (results: UnitResult list) : ForecastTrack list =
        let histories =
            histories |> List.map (fun history -> history.Symbol, history) |> Map.ofList

        results
        |> List.groupBy (fun result -> result.Unit.Symbol, result.Unit.Horizon, result.Unit.Model)
        |> List.map (fun ((symbol, horizon, model), parts) ->
            let history = histories[symbol]
            let origins = [| parts.Head.Unit.First .. (List.last parts).Unit.Last |]
            let labels = Labels.ofSeries horizon history.Variance

            {
                Model = model
                Symbol = symbol
                Horizon = horizon
                Origins = origins
                Dates = origins |> Array.map (fun origin -> history.Dates[origin])
                Forecast = parts |> Seq.map _.Forecast |> Array.concat
                Realised = origins |> Array.map (fun origin -> labels[origin])
                Scored = origins |> Array.map (History.isScored horizon history)
                Clamped = parts |> List.sumBy _.Clamped
                Refits = parts |> List.sumBy _.Refits
                Next = (List.last parts).Next |> Option.defaultValue (nan * 1.0< / day>)
            })

    /// Runs every model at every horizon over the same origins of every symbol: from the first origin to the last day whose target the
    /// history holds, and once more on its last day. Symbols may begin and end when they like. Each fit sees only labels ended by
    /// the day it is made. Tracks come by symbol, then by horizon, then in the order of the models. `progress` is told forecasts made
    /// and in all, one at a time. Faults: those of `check` and `units`.
    let runPanel
        (config: WalkForwardConfig)
        (progress: int * int -> unit)
        (cancellation: CancellationToken)
        (forecasters: IForecaster list)
        (histories: History list)
        : Result<ForecastTrack list, Fault> =
        check config forecasters histories
        |> Result.bind (fun () ->
            let plan =
                WorkPlan.units config (forecasters |> List.map (fun model -> model.Name, model.RefitEvery)) histories

            let byName = forecasters |> List.map (fun model -> model.Name, model) |> Map.ofList
            let total = plan |> List.sumBy _.Origins
            let made = ref 0

            let step () : unit =
                made.Value <- made.Value + 1
                progress (made.Value, total)

            units
                config
                (fun model -> byName[model] :? ISerialForecaster)
                (fun unit -> byName[unit.Model])
                ignore
                step
                cancellation
                histories
                plan
            |> Result.map (tracks histories))

    /// As `runPanel`, for one symbol.
    let run
        (config: WalkForwardConfig)
        (progress: int * int -> unit)
        (cancellation: CancellationToken)
        (forecasters: IForecaster list)
        (history: History)
        : Result<ForecastTrack list, Fault> =
        runPanel config progress cancellation forecasters [ history ]
