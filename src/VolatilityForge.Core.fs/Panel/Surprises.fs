/// The one-day errors of a first model as inputs of a second: own, of all symbols, of groups, of the lead market; levels cleared of them.
/// Knows no regression.
namespace VolatilityForge

open System

/// How large surprises are cut off.
type SurpriseRule =
    {
        /// Standard deviations of a symbol's own errors beyond which a surprise is left out of the robust level.
        Deviations: float
        /// The variance of errors before there are any, and how many errors it counts as.
        PriorVariance: float
        PriorErrors: float
    }

/// One-day errors, ln variance less the ln forecast of the own day before.
[<Sealed>]
type Surprises
    internal (panel: Panel, rule: SurpriseRule, errors: float[][], everywhere: float[], byGroup: Map<string, float[]>) =

    /// The panel they are of.
    member _.Panel: Panel = panel

    /// How large ones are cut off.
    member _.Rule: SurpriseRule = rule

    /// A symbol's errors by own day, 0 where there was no forecast.
    member _.Errors(symbol: int) : float[] = errors[symbol]

    /// Mean error of the symbols with a session, by weekday; 0 where there is none.
    member _.Everywhere: float[] = everywhere

    /// Mean error of a group, by weekday.
    member _.Group(name: string) : float[] = byGroup[name]

/// Making surprises and their features.
[<RequireQualifiedAccess>]
module Surprises =

    /// Beyond 2.5 standard deviations; variance .2, worth 50 errors, to begin with.
    let defaults: SurpriseRule =
        {
            Deviations = 2.5
            PriorVariance = 0.2
            PriorErrors = 50.0
        }

    /// Ok when the rule is inside its domain.
    let check (rule: SurpriseRule) : Result<unit, Fault> =
        [
            "deviations", rule.Deviations
            "prior variance", rule.PriorVariance
            "prior errors", rule.PriorErrors
        ]
        |> Checked.traverse (fun (name, value) ->
            (value > 0.0 && Double.IsFinite value)
            |> Checked.require (
                Fault.BadSetting($"surprise rule, {name}", "must be positive and finite", string value)
            ))
        |> Result.map ignore

    /// Values by own day, written on the first weekday at or after the own day; NaN where there is none.
    let private onWeekdays (panel: Panel) (days: int) (symbol: int) (values: float[]) : float[] =
        let series = Array.create days nan

        panel.Histories[symbol].Dates
        |> Array.iteri (fun own date ->
            let before = MarketDay.ofDate date

            let weekday =
                if MarketDay.date before = date then
                    before
                else
                    MarketDay.add 1 before

            let place = MarketDay.between panel.First weekday

            if place < days then
                series[place] <- values[own])

        series

    let private mean (days: int) (series: float[][]) (members: int[]) : float[] =
        Array.init days (fun day ->
            let mutable sum = 0.0
            let mutable count = 0

            for symbol in members do
                let value = series[symbol][day]

                if not (Double.IsNaN value) then
                    sum <- sum + value
                    count <- count + 1

            if count = 0 then 0.0 else sum / float count)

    /// Out of one-day forecasts by symbol and own day, NaN where there is none.
    let ofForecasts (rule: SurpriseRule) (panel: Panel) (forecasts: Variance[][]) : Surprises =
        let errors =
            panel.Histories
            |> Array.mapi (fun symbol history ->
                Array.init history.Dates.Length (fun day ->
                    if day = 0 then
                        0.0
                    else
                        let error = log (history.Variance[day] / forecasts[symbol][day - 1])
                        if Double.IsFinite error then error else 0.0))

        let days = MarketDay.between panel.First panel.Last + 1
        let series = errors |> Array.mapi (onWeekdays panel days)

        let byGroup =
            Closures.lead :: Closures.groups panel
            |> List.map (fun name -> name, mean days series (Closures.members panel name))
            |> Map.ofList

        Surprises(panel, rule, errors, mean days series [| 0 .. panel.Count - 1 |], byGroup)

    /// ln variance less the part of the day's surprise that lies beyond so many standard deviations of the errors before.
    let private robust (surprises: Surprises) (view: SymbolView) : float[] =
        let rule = surprises.Rule
        let errors = surprises.Errors view.Symbol
        let mutable squares = rule.PriorErrors * rule.PriorVariance

        view.Logs
        |> Array.mapi (fun day level ->
            let error = errors[day]
            // The first day has the prior alone, each later one the errors of all days before.
            let deviation = sqrt (squares / (rule.PriorErrors + float day))
            squares <- squares + error * error
            let beyond = max 0.0 (abs error - rule.Deviations * deviation)
            level - float (sign error) * beyond)

    let private exponential (halfLife: float) (values: float[]) : float[] =
        let keep = 0.5 ** (1.0 / halfLife)
        let mutable sum = 0.0
        let mutable weight = 0.0

        values
        |> Array.map (fun value ->
            sum <- sum * keep + value
            weight <- weight * keep + 1.0
            sum / weight)

    let private ofRobust (surprises: Surprises) (name: string) (statistic: float[] -> float[]) : PanelFeature =
        PanelFeature.required name (fun view -> statistic (robust surprises view))

    let private weekday (name: string) (series: float[]) : PanelFeature =
        PanelFeature.required name (fun view -> view.OnOwnDays series)

    let private quarter = 66

    /// Mean surprise of all symbols.
    let everywhere (surprises: Surprises) : PanelFeature =
        weekday "surprise-all" surprises.Everywhere

    /// The robust level of the day, its means over five and 22 days; mean surprise of all symbols and the symbol's own over 66 days.
    let slow (surprises: Surprises) : PanelFeature list =
        [
            ofRobust surprises "robust" id
            ofRobust surprises "robust-week" (StageFeatures.means 5)
            ofRobust surprises "robust-month" (StageFeatures.means 22)

            if surprises.Panel.Count > 1 then
                everywhere surprises

            PanelFeature.optional "surprise-quarter" (fun view ->
                StageFeatures.means quarter (surprises.Errors view.Symbol))
        ]

    /// Surprise of the lead market and mean surprise of each group; exponential means of the robust level, half-lives 1, 3, 10 and 40 days.
    let fast (surprises: Surprises) : PanelFeature list =
        let panel = surprises.Panel

        [
            if panel.Count > 1 && panel.Lead.IsSome then
                weekday "surprise-leader" (surprises.Group Closures.lead)

            if panel.Count > 1 && not panel.Groups.IsEmpty then
                for group in Closures.groups panel do
                    weekday $"surprise-in-{group}" (surprises.Group group)

            for halfLife in [ 1.0; 3.0; 10.0; 40.0 ] do
                ofRobust surprises $"robust-{halfLife}" (exponential halfLife)
        ]
