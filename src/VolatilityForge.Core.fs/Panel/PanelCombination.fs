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

    /// A combination of the models it has at a horizon.
    let forecaster (name: string) (rule: PanelCombinationRule) (members: int -> IPanelForecaster list) : IPanelForecaster =
        { new IPanelCombination with
            member _.Name = name
            member _.Members horizon = members horizon

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
                members horizon
                |> Checked.traverse (fun model -> model.Fit(panel, day, horizon))
                |> Result.map (fun fits ->
                    { new IPanelFitted with
                        member _.Forecast(panel, symbol, day) =
                            let forecasts = fits |> List.map (fun fit -> [| fit.Forecast(panel, symbol, day) |])
                            logMean (Array.create fits.Length 1.0) forecasts 0
                    })
        }
