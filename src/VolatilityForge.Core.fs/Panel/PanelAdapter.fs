/// Models of one symbol, run on every symbol of a panel. Knows no model by name.
namespace VolatilityForge

open System.Threading.Tasks

/// How a model of one symbol is fitted in a panel.
type PanelAdapterOptions =
    {
        /// Which labels a fit sees; a window that the history can't fill yet begins at the look-back.
        Window: WindowRule
        /// Days before the first row of a window, for regressors that look back.
        LookBack: int
    }

/// Adapting forecasters.
[<RequireQualifiedAccess>]
module PanelAdapter =

    /// Every label so far, after a month of look-back.
    let defaults: PanelAdapterOptions =
        {
            Window = WindowRule.Expanding 1
            LookBack = 21
        }

    /// The days a fit at an own day sees.
    let private window (options: PanelAdapterOptions) (horizon: int) (day: OwnDay) : Window =
        match options.Window with
        | WindowRule.Expanding _ ->
            {
                First = options.LookBack
                Last = day.Index
            }
        | WindowRule.Rolling labels ->
            let window = Labels.windowEnding horizon labels day.Index

            { window with
                First = max options.LookBack window.First
            }

    /// The fit of a symbol as of one of its days; None where the window is shorter than the model needs.
    let private fitSymbol
        (options: PanelAdapterOptions)
        (forecaster: IForecaster)
        (history: History)
        (horizon: int)
        (day: OwnDay)
        : IFitted option =
        let window = window options horizon day

        if window.Length < forecaster.MinimumDays horizon then
            None
        else
            forecaster.Fit(history, window, horizon) |> Fault.orRaise |> Some

    let private forecastOn
        (options: PanelAdapterOptions)
        (horizon: int)
        (history: History)
        (fitted: IFitted)
        (fittedOn: OwnDay)
        (day: OwnDay)
        : Variance =
        match fitted with
        | :? IUpdatable as updatable when day <> fittedOn ->
            (updatable.Update(history, window options horizon day) |> Fault.orRaise).Forecast(history, day.Index)
        | _ -> fitted.Forecast(history, day.Index)

    let private walkSymbol
        (options: PanelAdapterOptions)
        (forecaster: IForecaster)
        (panel: Panel)
        (schedule: PanelSchedule)
        (symbol: int)
        : Variance[] =
        let history = panel.Histories[symbol]
        let refits = PanelSchedule.refits schedule
        let mutable current = -1
        let mutable fitted = None

        history.Dates
        |> Array.mapi (fun day date ->
            match PanelSchedule.fitOn schedule (MarketDay.ofDate date) with
            | -1 -> nan * 1.0< / day>
            | place ->
                if place <> current then
                    current <- place

                    fitted <-
                        match panel.OwnDay(symbol, refits[place]) with
                        | ValueSome known ->
                            fitSymbol options forecaster history schedule.Horizon known
                            |> Option.map (fun fit -> struct (fit, known))
                        | ValueNone -> None

                match fitted with
                | Some(struct (fit, known)) -> forecastOn options schedule.Horizon history fit known (OwnDay day)
                | None -> nan * 1.0< / day>)

    /// The forecaster as a panel model: each symbol by itself, fitted on the schedule's weekdays. A forecaster that shares something
    /// runs on one thread.
    let ofForecaster (options: PanelAdapterOptions) (forecaster: IForecaster) : IPanelForecaster =
        { new IPanelWalker with
            member _.Name = forecaster.Name

            member _.Fit(panel, day, horizon) =
                Fault.catch (fun () ->
                    let fits =
                        [
                            for symbol in 0 .. panel.Count - 1 do
                                match panel.OwnDay(symbol, day) with
                                | ValueSome known ->
                                    match fitSymbol options forecaster panel.Histories[symbol] horizon known with
                                    | Some fit -> panel.Symbols[symbol], struct (fit, known)
                                    | None -> ()
                                | ValueNone -> ()
                        ]
                        |> Map.ofList

                    { new IPanelFitted with
                        member _.Forecast(panel, symbol, day) =
                            match fits.TryFind panel.Symbols[symbol] with
                            | Some(struct (fit, known)) ->
                                forecastOn options horizon panel.Histories[symbol] fit known day
                            | None -> nan * 1.0< / day>
                    })

            member this.Walk(panel, schedule, threads) =
                (this :?> IPanelBySymbol).WalkSymbols(panel, schedule, [| 0 .. panel.Count - 1 |], threads)
          interface IPanelBySymbol with
              member _.WalkSymbols(panel, schedule, symbols, threads) =
                  let threads = if forecaster :? ISerialForecaster then 1 else max 1 threads

                  PanelParallel.catch (fun () ->
                      let forecasts = Array.zeroCreate symbols.Length

                      Parallel.For(
                          0,
                          symbols.Length,
                          ParallelOptions(MaxDegreeOfParallelism = threads),
                          fun place -> forecasts[place] <- walkSymbol options forecaster panel schedule symbols[place]
                      )
                      |> ignore

                      forecasts)
          interface IPanelSettings with
              member _.Settings _ =
                  let code = forecaster.GetType()
                  let own = (RecordJson.toNode options).ToJsonString()
                  $"each symbol by itself {own} {code.FullName} of {code.Module.ModuleVersionId}"
        }
