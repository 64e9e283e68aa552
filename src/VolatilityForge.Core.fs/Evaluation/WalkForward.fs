/// Forecasts made day by day with what was known that day: refits, purged labels, clamping. Knows no model.
namespace VolatilityForge

open System
open System.Runtime.ExceptionServices
open System.Threading
open System.Threading.Tasks

/// One model's forecasts at one horizon. Arrays have one element per origin.
type ForecastTrack =
    {
        Model: string
        Symbol: string
        Horizon: int
        /// Indices into the history.
        Origins: int[]
        /// Dates of the origins.
        Dates: DateOnly[]
        /// Mean daily variance over the horizon, after clamping.
        Forecast: Variance[]
        /// What it turned out to be.
        Realised: Variance[]
        /// False where a day of the target stands at a floor.
        Scored: bool[]
        /// Forecasts moved by the clamp rule, Next not counted.
        Clamped: int
        /// Fits made.
        Refits: int
        /// The forecast made on the last day of the history, after clamping: its target is still to come.
        Next: Variance
    }

/// Running models forward through a history.
[<RequireQualifiedAccess>]
module WalkForward =

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

    /// Lowest and highest forecast allowed at an origin.
    let private bounds
        (config: WalkForwardConfig)
        (horizon: int)
        (labels: Variance[])
        (origin: int)
        : struct (Variance * Variance) =
        match config.Clamp with
        | ClampRule.Keep -> struct (0.0< / day>, infinity * 1.0< / day>)
        | ClampRule.WithinLabels(below, above) ->
            let window = WalkForwardConfig.window config horizon origin
            let mutable smallest = labels[window.First]
            let mutable largest = smallest

            for row in window.First + 1 .. window.Last - horizon do
                smallest <- min smallest labels[row]
                largest <- max largest labels[row]

            struct (below * smallest, above * largest)

    /// A forecast made at an origin, moved into the bounds of that origin's window.
    let clamp (config: WalkForwardConfig) (horizon: int) (history: History) (origin: int) (raw: Variance) : Variance =
        let struct (lowest, highest) =
            bounds config horizon (Labels.ofSeries horizon history.Variance) origin

        min highest (max lowest raw)

    let private unusable (model: string) (horizon: int) (history: History) (origin: int) (found: Variance) : Fault =
        Fault.NotComputable(
            $"{model} at horizon {horizon}",
            $"the forecast of {history.Dates[origin]:O} is {found}",
            "Look for gaps or zeros in the history up to that day, or clamp forecasts."
        )

    /// One model at one horizon. `allowed` holds the bounds of every origin, the last day's as its last element.
    let private track
        (config: WalkForwardConfig)
        (step: unit -> unit)
        (cancellation: CancellationToken)
        (history: History)
        (labels: Variance[])
        (origins: int[])
        (allowed: struct (Variance * Variance)[])
        (horizon: int)
        (model: IForecaster)
        : ForecastTrack =
        let mutable fitted = Unchecked.defaultof<IFitted>
        let mutable fittedAt = -1
        let mutable refits = 0
        let mutable clamped = 0

        // The schedule counts from the first origin, so that the fit used on a day depends on nothing after it.
        let fittedFor (origin: int) : IFitted =
            let due =
                origin
                - (origin - origins[0]) % max 1 (defaultArg config.RefitEvery model.RefitEvery)

            if due <> fittedAt then
                fitted <-
                    model.Fit(history, WalkForwardConfig.window config horizon due, horizon)
                    |> Fault.orRaise

                fittedAt <- due
                refits <- refits + 1

            match fitted with
            | :? IUpdatable as updatable when origin <> due ->
                updatable.Update(history, WalkForwardConfig.window config horizon origin)
                |> Fault.orRaise
            | _ -> fitted

        let forecast (origin: int) (bound: struct (Variance * Variance)) : Variance =
            let struct (lowest, highest) = bound
            let raw = (fittedFor origin).Forecast(history, origin)
            let kept = min highest (max lowest raw)

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
            origins
            |> Array.mapi (fun i origin ->
                if cancellation.IsCancellationRequested then
                    Fault.raiseWith (Fault.Cancelled "The walk-forward")

                let forecast = forecast origin allowed[i]
                step ()
                forecast)

        let clampedOnOrigins = clamped
        let next = forecast (History.length history - 1) allowed[origins.Length]

        {
            Model = model.Name
            Symbol = history.Symbol
            Horizon = horizon
            Origins = origins
            Dates = origins |> Array.map (fun origin -> history.Dates[origin])
            Forecast = forecasts
            Realised = origins |> Array.map (fun origin -> labels[origin])
            Scored = origins |> Array.map (History.isScored horizon history)
            Clamped = clampedOnOrigins
            Refits = refits
            Next = next
        }

    /// Runs jobs, those that may share with others one after the other and the rest on so many threads; results in their order. The
    /// fault raised is that of the first job that has one.
    let private onThreads (threads: int) (jobs: struct (bool * (unit -> 'a))[]) : 'a list =
        let results = Array.create jobs.Length None

        let work (index: int) : unit =
            let struct (_, job) = jobs[index]
            results[index] <- Some(Fault.catch job)

        let serial, free =
            [| 0 .. jobs.Length - 1 |]
            |> Array.partition (fun index ->
                let struct (alone, _) = jobs[index]
                threads = 1 || alone)

        let failed () =
            results |> Array.exists (Option.exists Result.isError)

        try
            Parallel.ForEach(free, ParallelOptions(MaxDegreeOfParallelism = threads), work)
            |> ignore
        with :? AggregateException as several ->
            ExceptionDispatchInfo.Throw several.InnerExceptions[0]

        for index in serial do
            if not (failed ()) then
                work index

        results |> Array.choose id |> Array.map Fault.orRaise |> List.ofArray

    /// Runs every model at every horizon over the same origins: from the first origin to the last day whose target the
    /// history holds, and once more on its last day. Each fit sees only labels ended by the day it is made. Tracks come by
    /// horizon, then in the order of the models. `progress` is told forecasts made and in all, one at a time.
    /// Faults: settings outside their domain, TooShort with the days needed, a model's own faults, a forecast that is not a
    /// number (with model and date), Cancelled.
    let run
        (config: WalkForwardConfig)
        (progress: int * int -> unit)
        (cancellation: CancellationToken)
        (forecasters: IForecaster list)
        (history: History)
        : Result<ForecastTrack list, Fault> =
        let tracks () : ForecastTrack list =
            let last = History.length history - 1

            let originsAt (horizon: int) : int[] =
                [| WalkForwardConfig.firstOrigin config horizon .. last - horizon |]

            let total =
                forecasters.Length
                * (config.Horizons |> List.sumBy (fun horizon -> (originsAt horizon).Length))

            let made = ref 0
            let gate = obj ()

            let step () : unit =
                lock gate (fun () ->
                    made.Value <- made.Value + 1
                    progress (made.Value, total))

            onThreads
                config.Threads
                [|
                    for horizon in config.Horizons do
                        let labels = Labels.ofSeries horizon history.Variance
                        let origins = originsAt horizon

                        let allowed =
                            Array.append origins [| last |] |> Array.map (bounds config horizon labels)

                        for model in forecasters do
                            struct (model :? ISerialForecaster,
                                    fun () ->
                                        track config step cancellation history labels origins allowed horizon model)
                |]

        WalkForwardConfig.check config
        |> Result.bind (fun _ -> checkModels config forecasters history)
        |> Result.bind (fun () -> Fault.catch tracks)
