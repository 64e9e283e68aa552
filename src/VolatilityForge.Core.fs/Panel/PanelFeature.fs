/// Features of a symbol's own days as values that can be combined, each computed from what all markets know by the close of that day.
/// Knows no regression.
namespace VolatilityForge

open System
open System.Collections.Generic

/// A feature: a name and one number per own day of a symbol, NaN where missing.
type PanelFeature =
    {
        /// Unlike that of every other feature.
        Name: string
        /// True where rows without it are left out; false where a missing value counts as 0: an optional feature has 0 for its mean.
        Required: bool
        /// False for panels that lack what it reads, such as a lead market: it is left out there.
        Applies: Panel -> bool
        /// (own days). Reads nothing that is dated after the day.
        Values: SymbolView -> float[]
    }

/// One symbol of a panel with the factors, and the features computed so far. Used by one thread.
and [<Sealed>] SymbolView(factors: Factors, symbol: int) =

    let history = factors.Panel.Histories[symbol]

    let logs =
        lazy (history.Variance |> Array.map (fun variance -> log (Units.strip variance)))

    let standing = lazy (Factors.standing factors.Panel Factors.carry symbol)
    let nextDays = lazy (NextDay.expected history.Dates)
    let others = lazy (factors.Others(history.Symbol, standing.Value))
    let computed = Dictionary<string, float[]>()

    let weekdays =
        lazy
            (history.Dates
             |> Array.map (fun date -> MarketDay.between factors.Panel.First (MarketDay.ofDate date)))

    /// The panel's factors.
    member _.Factors: Factors = factors

    /// The symbol's place in the panel.
    member _.Symbol: int = symbol

    /// The symbol's history.
    member _.History: History = history

    /// ln variance by own day.
    member _.Logs: float[] = logs.Value

    /// The symbol's own standing by weekday.
    member _.Standing: float[] = standing.Value

    /// Mean standing of the others of the symbol's group by weekday; None where it has no group.
    member _.Others: float[] option = others.Value

    /// The date expected to be the symbol's next, by own day.
    member _.NextDays: DateOnly[] = nextDays.Value

    /// Values by weekday, read on the weekday of each own day; at a weekend on the Friday before.
    member _.OnOwnDays(byWeekday: float[]) : float[] =
        weekdays.Value |> Array.map (fun day -> byWeekday[day])

    /// The feature's values, computed once.
    member view.Item(feature: PanelFeature) : float[] =
        match computed.TryGetValue feature.Name with
        | true, values -> values
        | _ ->
            let values = feature.Values view
            computed[feature.Name] <- values
            values

/// Making and combining features.
[<RequireQualifiedAccess>]
module PanelFeature =

    /// A feature that rows can't do without.
    let required (name: string) (values: SymbolView -> float[]) : PanelFeature =
        {
            Name = name
            Required = true
            Applies = fun _ -> true
            Values = values
        }

    /// A feature that counts as 0 where it is missing.
    let optional (name: string) (values: SymbolView -> float[]) : PanelFeature =
        { required name values with
            Required = false
        }

    /// A feature of one or more others, element by element; required where all of them are.
    let private combine (name: string) (parts: PanelFeature list) (values: SymbolView -> float[]) : PanelFeature =
        {
            Name = name
            Required = parts |> List.forall _.Required
            Applies = fun panel -> parts |> List.forall (fun part -> part.Applies panel)
            Values = values
        }

    /// The feature changed element by element.
    let map (name: string) (change: float -> float) (feature: PanelFeature) : PanelFeature =
        combine name [ feature ] (fun view -> Array.map change view[feature])

    /// Two features combined element by element.
    let map2 (name: string) (join: float -> float -> float) (left: PanelFeature) (right: PanelFeature) : PanelFeature =
        combine name [ left; right ] (fun view -> Array.map2 join view[left] view[right])

    /// The first less the second, named LEFT-RIGHT.
    let minus (left: PanelFeature) (right: PanelFeature) : PanelFeature =
        map2 $"{left.Name}-{right.Name}" (-) left right

    /// The product, named LEFT*RIGHT.
    let times (left: PanelFeature) (right: PanelFeature) : PanelFeature =
        map2 $"{left.Name}*{right.Name}" (*) left right

    /// The square where the feature is positive, else 0: a hinge.
    let up (feature: PanelFeature) : PanelFeature =
        map $"({feature.Name})+²" (fun value -> if Double.IsNaN value then nan else (max value 0.0) ** 2.0) feature

    /// The square where the feature is negative, else 0.
    let down (feature: PanelFeature) : PanelFeature =
        map $"({feature.Name})-²" (fun value -> if Double.IsNaN value then nan else (min value 0.0) ** 2.0) feature

    /// The feature so many own days before.
    let lag (days: int) (feature: PanelFeature) : PanelFeature =
        combine $"{feature.Name}[-{days}]" [ feature ] (fun view ->
            let values = view[feature]
            Array.init values.Length (fun day -> if day < days then nan else values[day - days]))

    /// The mean over the last `span` own days of what is not missing; NaN where nothing is.
    let mean (span: int) (feature: PanelFeature) : PanelFeature =
        combine $"mean{span}({feature.Name})" [ feature ] (fun view ->
            let values = view[feature]

            Array.init values.Length (fun day ->
                let first = max 0 (day - span + 1)
                let mutable sum = 0.0
                let mutable count = 0

                for back in first..day do
                    if not (Double.IsNaN values[back]) then
                        sum <- sum + values[back]
                        count <- count + 1

                if count = 0 then nan else sum / float count))

    /// Values less the expanding mean of those that are there, as a standing is: what is missing counts as 0, and the mean is there. NaN
    /// before there are `Standing.minimumDays`.
    let private centred (change: float -> float) (values: float[]) : float[] =
        let mutable sum = 0.0
        let mutable count = 0

        values
        |> Array.map (fun value ->
            let changed = change value

            if Double.IsFinite changed then
                sum <- sum + changed
                count <- count + 1

                if count < Standing.minimumDays then
                    nan
                else
                    changed - sum / float count
            else
                nan)

    /// Daily values of the symbol's own history, changed by a function such as log, less their expanding mean over own days; missing where the
    /// history has none.
    let internal ofHistory (name: string) (change: float -> float) (values: History -> float[] option) : PanelFeature =
        optional name (fun view ->
            match values view.History with
            | Some values -> centred change values
            | None -> Array.create view.History.Dates.Length nan)

    /// A measure of the symbol's history, changed by a function such as log, less its expanding mean over own days; missing where the
    /// history has no such measure.
    let measure (name: string) (change: float -> float) : PanelFeature =
        { ofHistory $"measure:{name}" change (fun history -> history.Measures.TryFind name) with
            Applies = fun panel -> panel.Histories |> Array.exists (fun h -> h.Measures.ContainsKey name)
        }

    /// A common series of the panel as of the weekday of each own day, changed by a function such as log, less its expanding mean over own
    /// days.
    let common (name: string) (change: float -> float) : PanelFeature =
        { optional $"common:{name}" (fun view ->
              match view.Factors.Common name with
              | Some values -> centred change (view.OnOwnDays values)
              | None -> Array.create view.History.Dates.Length nan) with
            Applies = fun panel -> panel.Common |> List.exists (fun series -> series.Name = name)
        }

    /// What features are: their names, whether rows need them, and the code of those that aren't the library's.
    let internal describe (features: PanelFeature list) : string =
        let library = typeof<PanelFeature>.Module

        features
        |> List.map (fun feature ->
            let code = feature.Values.GetType().Module
            let origin = if code = library then "" else $"@{code.ModuleVersionId}"
            let need = if feature.Required then "!" else ""
            $"{feature.Name}{need}{origin}")
        |> String.concat " "

    /// The features that apply to a panel.
    let applicable (panel: Panel) (features: PanelFeature list) : PanelFeature list =
        features |> List.filter (fun feature -> feature.Applies panel)
