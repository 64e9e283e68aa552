/// The two-stage panel model: one-day errors of a first regression are inputs of a second, near forecasts are cleared of their bias, far
/// horizons are made of a near and a far part. Knows no walk-forward.
namespace VolatilityForge

open System.Collections.Concurrent
open System.Runtime.CompilerServices

/// The model.
[<RequireQualifiedAccess>]
module TwoStage =

    /// The stretches of days ahead that a horizon is made of: first and last day.
    let private parts (options: TwoStageOptions) (horizon: int) : (int * int) list =
        if options.Split && horizon > TwoStageOptions.weeks then
            [ 1, TwoStageOptions.week; TwoStageOptions.week + 1, horizon ]
        else
            [ 1, horizon ]

    /// Forecasts for these days are cleared of their bias.
    let private hasBias (first: int, last: int) : bool =
        first = 1 && last <= TwoStageOptions.weeks

    /// The mean over all days of the parts' means over theirs.
    let private join (parts: ((int * int) * Variance) list) : Variance =
        match parts with
        | [ _, whole ] -> whole
        | _ ->
            let days (first: int, last: int) = float (last - first + 1)
            let sum = parts |> List.sumBy (fun (part, variance) -> days part * variance)
            sum / (parts |> List.sumBy (fst >> days))

    /// States of panels, kept while these are alive, with the rows of the last symbol asked for.
    [<Sealed>]
    type private Memory(options: TwoStageOptions) =
        let states = ConditionalWeakTable<Panel, PanelState>()

        let rows =
            ConditionalWeakTable<Panel, ConcurrentDictionary<struct (int * int * bool), PanelRows>>()

        member _.State(threads: int, panel: Panel) : PanelState =
            states.GetValue(panel, (fun panel -> PanelState(options, threads, panel)))

        /// Rows of the second stage for days up to the last, or of its bias.
        member memory.Rows(panel: Panel, symbol: int, first: int, last: int, bias: bool) : PanelRows =
            let kept = rows.GetValue(panel, (fun _ -> ConcurrentDictionary()))
            let key = struct (symbol, last, bias)

            match kept.TryGetValue key with
            | true, found -> found
            | _ ->
                let state = memory.State(1, panel)

                let features =
                    if bias then
                        BiasRegression.features state last
                    else
                        (state.Rows(state.Stage(first, last))).Features

                let made = PanelRows.ofSymbol state.Factors features last symbol

                // Only those of one symbol: panels may have thousands.
                for struct (other, _, _) as old in kept.Keys do
                    if other <> symbol then
                        kept.TryRemove old |> ignore

                kept[key] <- made
                made

    let private walk
        (options: TwoStageOptions)
        (state: PanelState)
        (threads: int)
        (schedule: PanelSchedule)
        (first: int, last: int)
        : Variance[][] =
        let schedule = { schedule with Horizon = last }

        if hasBias (first, last) then
            state.Near(last, schedule, threads)
            |> BiasRegression.walk options state threads schedule
        else
            state.Walk(state.Stage(first, last), schedule, threads)

    let private fitPart
        (options: TwoStageOptions)
        (memory: Memory)
        (panel: Panel)
        (day: MarketDay)
        (first: int, last: int)
        : Panel -> int -> OwnDay -> Variance =
        let state = memory.State(1, panel)
        let stage = state.Stage(first, last)
        let lines = StageRegression.fit stage 1 (state.Rows stage) day

        let bias =
            if hasBias (first, last) then
                BiasRegression.fit options state last day
            else
                Map.empty

        fun panel symbol day ->
            match lines.TryFind panel.Symbols[symbol] with
            | None -> nan * 1.0< / day>
            | Some line ->
                let rows = memory.Rows(panel, symbol, first, last, false)
                let forecast = PanelLine.forecast line rows day.Index

                match bias.TryFind panel.Symbols[symbol] with
                | None -> forecast
                | Some line ->
                    let state = memory.Rows(panel, symbol, first, last, true)
                    BiasRegression.apply options.Bias line (PanelRows.row state day.Index) forecast

    let private run (options: TwoStageOptions) (body: TwoStageOptions -> 'a) : Result<'a, Fault> =
        TwoStageOptions.check options
        |> Result.bind (fun options -> PanelParallel.catch (fun () -> body options))

    /// The features of the second stage at a horizon, made for a panel and for it only. Faults: settings outside their domain.
    let features
        (options: TwoStageOptions)
        (threads: int)
        (horizon: int)
        (panel: Panel)
        : Result<PanelFeature list, Fault> =
        run options (fun options ->
            let state = PanelState(options, threads, panel)
            (state.Rows(state.Stage(1, horizon))).Features)

    /// The model as a panel forecaster. It keeps what it found of a panel while the panel is alive.
    let forecaster (options: TwoStageOptions) : IPanelForecaster =
        let memory = Memory options

        { new IPanelWalker with
            member _.Name = options.Name

            member _.Walk(panel, schedule, threads) =
                run options (fun options ->
                    let state = memory.State(threads, panel)
                    let parts = parts options schedule.Horizon
                    let walked = parts |> List.map (walk options state threads schedule)

                    panel.Histories
                    |> Array.mapi (fun symbol history ->
                        Array.init history.Dates.Length (fun day ->
                            join (List.map2 (fun part (own: Variance[][]) -> part, own[symbol][day]) parts walked))))

            member _.Fit(panel, day, horizon) =
                run options (fun options ->
                    let fits =
                        parts options horizon
                        |> List.map (fun part -> part, fitPart options memory panel day part)

                    { new IPanelFitted with
                        member _.Forecast(panel, symbol, day) =
                            fits
                            |> List.map (fun (part, forecast) -> part, forecast panel symbol day)
                            |> join
                    })
          interface IPanelSettings with
              member _.Settings horizon =
                  TwoStageOptions.describe options horizon
        }
