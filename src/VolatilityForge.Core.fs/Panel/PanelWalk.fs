/// The forecasts of any panel model over a schedule, by whichever way it knows. Knows no model.
namespace VolatilityForge

open System

/// Walking models.
[<RequireQualifiedAccess>]
module internal PanelWalk =

    /// By fits at every day of the schedule, for models that know no shorter way. Raises the model's faults.
    let byFits (model: IPanelForecaster) (panel: Panel) (schedule: PanelSchedule) : Variance[][] =
        let refits = PanelSchedule.refits schedule

        let forecasts =
            panel.Histories
            |> Array.map (fun history -> Array.create history.Dates.Length (nan * 1.0< / day>))

        for place in 0 .. refits.Length - 1 do
            let fitted = model.Fit(panel, refits[place], schedule.Horizon) |> Fault.orRaise

            for symbol in 0 .. panel.Count - 1 do
                panel.Histories[symbol].Dates
                |> Array.iteri (fun day date ->
                    if PanelSchedule.fitOn schedule (MarketDay.ofDate date) = place then
                        forecasts[symbol][day] <- fitted.Forecast(panel, symbol, OwnDay day))

        forecasts

    /// The members of a combination at a horizon; a fault for two of one name, because forecasts are shared by name.
    let members (combination: IPanelCombination) (horizon: int) : Result<IPanelForecaster list, Fault> =
        let members = combination.Members horizon
        let names = members |> List.map _.Name

        List.distinct names = names
        |> Checked.require (
            Fault.BadSetting(combination.Name, "must have members of different names", String.Join(", ", names))
        )
        |> Result.map (fun () -> members)

    /// By symbol and own day, with so many threads. Raises the model's faults.
    let rec ofModel (threads: int) (panel: Panel) (schedule: PanelSchedule) (model: IPanelForecaster) : Variance[][] =
        match model with
        | :? IPanelCombination as combination ->
            let forecasts =
                members combination schedule.Horizon
                |> Fault.orRaise
                |> List.map (ofModel threads panel schedule)

            combination.Combine(panel, schedule, forecasts) |> Fault.orRaise
        | :? IPanelWalker as walker -> walker.Walk(panel, schedule, threads) |> Fault.orRaise
        | _ -> byFits model panel schedule

    /// The models that are walked at a horizon, combinations resolved, each name once. Faults: those of members.
    let leaves (horizon: int) (models: IPanelForecaster list) : Result<IPanelForecaster list, Fault> =
        let rec leavesOf (model: IPanelForecaster) : Result<IPanelForecaster list, Fault> =
            match model with
            | :? IPanelCombination as combination ->
                members combination horizon
                |> Result.bind (Checked.traverse leavesOf)
                |> Result.map List.concat
            | _ -> Ok [ model ]

        models
        |> Checked.traverse leavesOf
        |> Result.map (List.concat >> List.distinctBy _.Name)

    /// The name, the settings that the model tells or else the code it is of, and the members, if any.
    let rec settings (horizon: int) (model: IPanelForecaster) : string =
        let own =
            match box model with
            | :? IPanelSettings as told -> told.Settings horizon
            | _ ->
                let code = model.GetType()
                $"{code.FullName} of {code.Module.ModuleVersionId}"

        let others =
            match model with
            | :? IPanelCombination as combination -> combination.Members horizon |> List.map (settings horizon)
            | _ -> []

        String.Join("; ", $"{model.Name}: {own}" :: others)

    /// Whether forecasts depend on the first day of a schedule, not on the day of the latest fit alone.
    let rec readsPast (horizon: int) (model: IPanelForecaster) : bool =
        match model with
        | :? IPanelCombination as combination ->
            combination.ReadsPast
            || combination.Members horizon |> List.exists (readsPast horizon)
        | _ -> false
