/// Panel models made of others: means of the logarithms of their forecasts, equal or weighted by past QLIKE. Knows no estimator.
namespace VolatilityForge

open System

/// How forecasts are combined.
[<RequireQualifiedAccess>]
type PanelCombinationRule =
    /// The mean of the logarithms.
    | LogMean
    /// The mean of the logarithms weighted by 1 / QLIKE^power, QLIKE the symbol's own mean of the labels ended so far; equal weights before
    /// there are so many.
    | InverseQlike of power: float * minimumLabels: int

/// Combining.
[<RequireQualifiedAccess>]
module PanelCombination =

    /// Weights by the inverse of past QLIKE after a quarter of labels.
    let inverseQlike: PanelCombinationRule = PanelCombinationRule.InverseQlike(1.0, 66)

    let private logMean (weights: float[]) (forecasts: Variance[] list) (day: int) : Variance =
        let mutable sum = 0.0
        let mutable total = 0.0

        forecasts
        |> List.iteri (fun place own ->
            sum <- sum + weights[place] * log (Units.strip own[day])
            total <- total + weights[place])

        exp (sum / total) * 1.0< / day>

    let private combineSymbol
        (rule: PanelCombinationRule)
        (horizon: int)
        (history: History)
        (forecasts: Variance[] list)
        : Variance[] =
        let members = forecasts.Length
        let days = history.Dates.Length

        match rule with
        | PanelCombinationRule.LogMean -> Array.init days (logMean (Array.create members 1.0) forecasts)
        | PanelCombinationRule.InverseQlike(power, minimum) ->
            let labels = Labels.ofSeries horizon history.Variance
            let losses = Array.zeroCreate<float> members
            let mutable count = 0

            Array.init days (fun day ->
                let ended = day - horizon

                if
                    ended >= 0
                    && forecasts |> List.forall (fun own -> Double.IsFinite(Units.strip own[ended]))
                then
                    forecasts
                    |> List.iteri (fun place own ->
                        losses[place] <- losses[place] + Loss.qlike own[ended] labels[ended])

                    count <- count + 1

                let weights =
                    if count < minimum then
                        Array.create members 1.0
                    else
                        losses |> Array.map (fun loss -> (loss / float count) ** -power)

                logMean weights forecasts day)

    /// A symbol's forecast as of a day past the fit: weights need the members' forecasts of all days before.
    let private combineOn
        (rule: PanelCombinationRule)
        (horizon: int)
        (walked: Map<string, Variance[] list>)
        (fittedOn: MarketDay)
        (fits: IPanelFitted list)
        (panel: Panel)
        (symbol: int)
        (day: OwnDay)
        : Variance =
        let history = panel.Histories[symbol] |> History.upTo day.Index
        let earlier = walked.TryFind history.Symbol

        fits
        |> List.mapi (fun place fit ->
            history.Dates
            |> Array.mapi (fun own date ->
                match earlier with
                | Some forecasts when (MarketDay.ofDate date).Number < fittedOn.Number -> forecasts[place][own]
                | None when (MarketDay.ofDate date).Number < fittedOn.Number -> nan * 1.0< / day>
                | _ -> fit.Forecast(panel, symbol, OwnDay own)))
        |> combineSymbol rule horizon history
        |> Array.last

    /// The members' forecasts by symbol on the usual schedule up to a fit.
    let private walkTo (members: IPanelForecaster list) (panel: Panel) (day: MarketDay) (horizon: int) =
        let usual =
            { PanelSchedule.afterWarmUp PanelSchedule.warmUp PanelSchedule.refitEvery panel horizon with
                Last = day
            }

        if usual.First.Number >= day.Number then
            Map.empty
        else
            let forecasts = members |> List.map (PanelWalk.ofModel 1 panel usual)

            panel.Symbols
            |> Array.mapi (fun symbol name -> name, forecasts |> List.map (fun own -> own[symbol]))
            |> Map.ofArray

    /// A combination of the models it has at a horizon. A fit by itself with weights of past QLIKE walks the members to its day on the usual
    /// schedule (PanelSchedule.afterWarmUp), so that it is that of a walk-forward with the usual settings.
    let forecaster
        (name: string)
        (rule: PanelCombinationRule)
        (members: int -> IPanelForecaster list)
        : IPanelForecaster =
        { new IPanelCombination with
            member _.Name = name
            member _.Members horizon = members horizon

            member _.ReadsPast =
                match rule with
                | PanelCombinationRule.LogMean -> false
                | PanelCombinationRule.InverseQlike _ -> true

            member _.Combine(panel, schedule, forecasts) =
                if forecasts.IsEmpty then
                    Error(Fault.BadSetting(name, "must have one or more members", "none"))
                else
                    Ok(
                        panel.Histories
                        |> Array.mapi (fun symbol history ->
                            forecasts
                            |> List.map (fun own -> own[symbol])
                            |> combineSymbol rule schedule.Horizon history)
                    )

            member _.Fit(panel, day, horizon) =
                either {
                    let! fits =
                        members horizon
                        |> Checked.traverse (fun model -> model.Fit(panel, day, horizon))

                    match rule with
                    | PanelCombinationRule.LogMean ->
                        return
                            { new IPanelFitted with
                                member _.Forecast(panel, symbol, day) =
                                    let forecasts = fits |> List.map (fun fit -> [| fit.Forecast(panel, symbol, day) |])

                                    logMean (Array.create fits.Length 1.0) forecasts 0
                            }
                    | PanelCombinationRule.InverseQlike _ ->
                        let! walked = Fault.catch (fun () -> walkTo (members horizon) panel day horizon)

                        return
                            { new IPanelFitted with
                                member _.Forecast(panel, symbol, own) =
                                    combineOn rule horizon walked day fits panel symbol own
                            }
                }
          interface IPanelSettings with
              member _.Settings _ = (RecordJson.toNode rule).ToJsonString()
        }
