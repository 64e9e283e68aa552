/// What was trained on a panel, its answers and its gains, each made once. Knows no walk-forward.
namespace VolatilityForge

open System
open System.Collections.Concurrent
open System.Collections.Generic
open System.Runtime.CompilerServices

/// Answers of the members of a fit to the tokens of a date: by member and symbol.
[<RequireQualifiedAccess>]
module internal MemberAnswers =

    /// The members' mean; NaN where the symbol has no token.
    let mean (answers: float32[][]) (symbol: int) : float =
        let mutable sum = 0.0

        for own in answers do
            sum <- sum + float own[symbol]

        sum / float answers.Length

/// Fits, answers and gains by panel, kept while it is alive.
[<Sealed>]
type internal NetworkMemory(options: PanelNetworkOptions) =

    let panels = ConditionalWeakTable<Panel, NetworkPanel>()

    let fits =
        ConditionalWeakTable<Panel, ConcurrentDictionary<struct (int * MarketDay), Lazy<PanelNetworkFit option>>>()

    let answered =
        ConditionalWeakTable<Panel, ConditionalWeakTable<PanelNetworkFit, Dictionary<int, float32[][]>>>()

    let gains =
        ConditionalWeakTable<Panel, ConcurrentDictionary<struct (int * MarketDay), Lazy<float>>>()

    member _.Panel(panel: Panel) : NetworkPanel =
        panels.GetValue(panel, (fun panel -> NetworkPanel(options, panel)))

    /// Weekdays of fits in a panel up to one.
    member _.FitDays(panel: Panel, last: MarketDay) : MarketDay[] =
        PanelNetworkOptions.fitDays options panel.First last

    /// The fit of a weekday; None where there are too few days before it.
    member memory.Fit(panel: Panel, horizon: int, on: MarketDay) : PanelNetworkFit option =
        fits
            .GetValue(panel, (fun _ -> ConcurrentDictionary()))
            .GetOrAdd(struct (horizon, on), fun _ -> lazy (PanelNetworkFit.fit options (memory.Panel panel) horizon on))
            .Value

    /// The answers of a fit to the dates at these places of the panel.
    member memory.Answers(panel: Panel, fit: PanelNetworkFit, places: int[]) : float32[][][] =
        let known =
            answered.GetValue(panel, (fun _ -> ConditionalWeakTable())).GetValue(fit, (fun _ -> Dictionary()))

        lock known (fun () ->
            let missing = places |> Array.filter (known.ContainsKey >> not)

            if missing.Length > 0 then
                PanelNetworkFit.answers options (memory.Panel panel) fit missing
                |> Array.iter2 (fun place answer -> known[place] <- answer) missing

            places |> Array.map (fun place -> known[place]))

    /// The gain with which a fit is used.
    member memory.Gain(panel: Panel, horizon: int, on: MarketDay) : float =
        match options.Gain with
        | NetworkGain.Fixed gain -> gain
        | NetworkGain.Past(candidates, first) ->
            gains
                .GetValue(panel, (fun _ -> ConcurrentDictionary()))
                .GetOrAdd(struct (horizon, on), fun _ -> lazy (memory.Chosen(panel, horizon, on, candidates, first)))
                .Value

    /// The candidate with the lowest QLIKE over what the trained fits before a weekday forecast until the next of them.
    member private memory.Chosen
        (panel: Panel, horizon: int, on: MarketDay, candidates: float list, first: float)
        : float =
        let state = memory.Panel panel
        let known = MarketDay.date on
        let losses = Array.zeroCreate<float> candidates.Length
        let mutable count = 0

        for from, until in memory.FitDays(panel, on) |> Array.pairwise do
            match memory.Fit(panel, horizon, from) with
            | None -> ()
            // Its answers are 0: every gain ties, which is no evidence for any.
            | Some fit when fit.Untrained = fit.Members.Length -> ()
            | Some fit ->
                let places =
                    [| 0 .. state.Dates.Length - 1 |]
                    |> Array.filter (fun place ->
                        state.Dates[place] >= MarketDay.date from
                        && state.Dates[place] < MarketDay.date until)

                let answers = memory.Answers(panel, fit, places)
                let rows = state.Rows horizon

                for i in 0 .. places.Length - 1 do
                    let sessions = state.Sessions places[i]

                    for symbol in 0 .. panel.Count - 1 do
                        let day = sessions[symbol]
                        let answer = MemberAnswers.mean answers[i] symbol

                        if day >= 0 && Double.IsFinite answer then
                            let own = rows.Rows[symbol]

                            if day + horizon < own.Dates.Length && own.Dates[day + horizon] <= known then
                                let error = own.LogLabel[day] - rows.LogBase[symbol][day]
                                count <- count + 1

                                candidates
                                |> List.iteri (fun place gain ->
                                    let left = error - gain * answer
                                    losses[place] <- losses[place] + exp left - left - 1.0)

        if count = 0 then
            first
        else
            let least = Array.min losses
            candidates[Array.IndexOf(losses, least)]
