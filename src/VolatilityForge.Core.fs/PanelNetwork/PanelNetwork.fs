/// A network as a panel model: it learns what a base leaves, and untrained it is that base.
namespace VolatilityForge

open System

/// One fit of a panel's network as it was used.
type PanelNetworkUse =
    {
        Fit: PanelNetworkFit
        /// The share of the mean answer applied.
        Gain: float
    }

/// A panel model that adds the mean answer of networks to ln of a base's forecast.
type IPanelNetwork =
    inherit IPanelCombination

    /// The model whose errors are learned.
    abstract Base: IPanelForecaster

    /// Each member with the same gains by itself; they share what was trained.
    abstract BySeed: (int64 * IPanelForecaster) list

    /// Ok when the settings are inside their domains and the tensor engine is there; otherwise the faults of Fit and Combine.
    abstract Check: unit -> Result<unit, Fault>

    /// The fits that a schedule's forecasts use, in order.
    abstract Fits: panel: Panel * schedule: PanelSchedule -> Result<PanelNetworkUse list, Fault>

/// Making models.
[<RequireQualifiedAccess>]
module PanelNetwork =

    /// Weekdays of a schedule's fits of the base, gathered by the fit of the network that each sees: the weekday of that fit, then the first
    /// and last place among the schedule's fits.
    let private stretches
        (memory: NetworkMemory)
        (panel: Panel)
        (schedule: PanelSchedule)
        : struct (MarketDay * int * int) list =
        let refits = PanelSchedule.refits schedule
        let days = memory.FitDays(panel, schedule.Last)

        refits
        |> Array.indexed
        |> Array.choose (fun (place, refit) ->
            days
            |> Array.tryFindBack (fun day -> day.Number <= refit.Number)
            |> Option.map (fun day -> day, place))
        |> Array.groupBy fst
        |> Array.map (fun (day, places) -> struct (day, snd places[0], snd places[places.Length - 1]))
        |> List.ofArray

    /// The base's forecasts times exp(gain * answer), on the days of a schedule; the base's own where there is no answer.
    let private applied
        (memory: NetworkMemory)
        (answer: float32[][] -> int -> float)
        (panel: Panel)
        (schedule: PanelSchedule)
        (forecasts: Variance[][])
        : Variance[][] =
        let state = memory.Panel panel
        let moved = forecasts |> Array.map Array.copy

        for struct (on, first, last) in stretches memory panel schedule do
            match memory.Fit(panel, schedule.Horizon, on) with
            | None -> ()
            | Some fit ->
                let gain = memory.Gain(panel, schedule.Horizon, on)

                if gain > 0.0 && fit.Untrained < fit.Members.Length then
                    let places =
                        [| 0 .. state.Dates.Length - 1 |]
                        |> Array.filter (fun place ->
                            let used = PanelSchedule.fitOn schedule (MarketDay.ofDate state.Dates[place])
                            used >= first && used <= last)

                    memory.Answers(panel, fit, places)
                    |> Array.iter2
                        (fun place answers ->
                            let sessions = state.Sessions place

                            for symbol in 0 .. panel.Count - 1 do
                                if sessions[symbol] >= 0 then
                                    let own = answer answers symbol

                                    if Double.IsFinite own then
                                        let day = sessions[symbol]
                                        moved[symbol][day] <- moved[symbol][day] * exp (gain * own))
                        places

        moved

    let private checkedFor (options: PanelNetworkOptions) : Result<PanelNetworkOptions, Fault> =
        either {
            let! options = PanelNetworkOptions.check options
            let! _ = Engine.check ()
            return options
        }

    /// A fit at a weekday: the base's there, and the latest of the network's at or before it.
    let private fitted
        (options: PanelNetworkOptions)
        (memory: NetworkMemory)
        (answer: float32[][] -> int -> float)
        (panel: Panel)
        (day: MarketDay)
        (horizon: int)
        : Result<IPanelFitted, Fault> =
        either {
            let! _ = checkedFor options
            let! own = options.Base.Fit(panel, day, horizon)

            let! used =
                PanelParallel.catch (fun () ->
                    memory.FitDays(panel, day)
                    |> Array.tryLast
                    |> Option.bind (fun on ->
                        memory.Fit(panel, horizon, on)
                        |> Option.map (fun fit ->
                            {
                                Fit = fit
                                Gain = memory.Gain(panel, horizon, on)
                            })))

            return
                { new IPanelFitted with
                    member _.Forecast(panel, symbol, day) =
                        let forecast = own.Forecast(panel, symbol, day)

                        match used with
                        | Some used when used.Gain > 0.0 ->
                            let state = memory.Panel panel
                            let date = panel.Histories[symbol].Dates[day.Index]
                            let place = Array.BinarySearch(state.Dates, date)
                            let answer = answer (memory.Answers(panel, used.Fit, [| place |])[0]) symbol

                            if Double.IsFinite answer then
                                forecast * exp (used.Gain * answer)
                            else
                                forecast
                        | _ -> forecast
                }
        }

    let private combine
        (options: PanelNetworkOptions)
        (memory: NetworkMemory)
        (answer: float32[][] -> int -> float)
        (panel: Panel)
        (schedule: PanelSchedule)
        (members: Variance[][] list)
        : Result<Variance[][], Fault> =
        checkedFor options
        |> Result.bind (fun _ ->
            PanelParallel.catch (fun () -> applied memory answer panel schedule (List.exactlyOne members)))

    /// The member of a seed by itself.
    let private alone
        (options: PanelNetworkOptions)
        (memory: NetworkMemory)
        (place: int, seed: int64)
        : IPanelForecaster =
        let answer (answers: float32[][]) (symbol: int) = float (answers[place][symbol])

        { new IPanelCombination with
            member _.Name = $"{options.Name} seed {seed}"
            member _.Members _ = [ options.Base ]
            member _.ReadsPast = false

            member _.Combine(panel, schedule, members) =
                combine options memory answer panel schedule members

            member _.Fit(panel, day, horizon) =
                fitted options memory answer panel day horizon
          interface IPanelSettings with
              member _.Settings _ =
                  $"{PanelNetworkOptions.describe options}, seed {seed}"
        }

    /// The network as a panel model: forecast = base * exp(gain * mean answer of the members), the base's own forecast in every bit where the
    /// networks are untrained, the gain is 0 or there are too few days to train on. Networks are trained on the base's walk-forward forecasts,
    /// never on fits that saw the label; validated on the last months before a fit, untrained snapshot included. A fit on a weekday uses the
    /// network of the latest of its fit days at or before it. It keeps what it trained on a panel while the panel is alive. Without the tensor
    /// engine Fit and Combine give Fault.NoEngine.
    let forecaster (options: PanelNetworkOptions) : IPanelNetwork =
        let memory = NetworkMemory options

        { new IPanelNetwork with
            member _.Base = options.Base

            member _.BySeed =
                options.Seeds
                |> List.indexed
                |> List.map (fun (place, seed) -> seed, alone options memory (place, seed))

            member _.Check() = checkedFor options |> Result.map ignore

            member _.Fits(panel, schedule) =
                checkedFor options
                |> Result.bind (fun _ ->
                    PanelParallel.catch (fun () ->
                        [
                            for struct (on, _, _) in stretches memory panel schedule do
                                match memory.Fit(panel, schedule.Horizon, on) with
                                | Some fit ->
                                    {
                                        Fit = fit
                                        Gain = memory.Gain(panel, schedule.Horizon, on)
                                    }
                                | None -> ()
                        ]))
          interface IPanelCombination with
              member _.Members _ = [ options.Base ]
              member _.ReadsPast = false

              member _.Combine(panel, schedule, members) =
                  combine options memory MemberAnswers.mean panel schedule members
          interface IPanelForecaster with
              member _.Name = options.Name

              member _.Fit(panel, day, horizon) =
                  fitted options memory MemberAnswers.mean panel day horizon
          interface IPanelSettings with
              member _.Settings _ = PanelNetworkOptions.describe options
        }
