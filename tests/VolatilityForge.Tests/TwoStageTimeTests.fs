/// The two-stage panel model and time: what comes after a day changes nothing of it, and a forecast is the same whenever it is made.
module VolatilityForge.Tests.TwoStageTimeTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.StagePanels

/// The histories with everything after a date reversed and scaled.
let private disturbed: Lazy<Panel> =
    lazy
        (histories.Value
         |> List.map (fun history ->
             let last =
                 history.Dates |> Array.filter (fun day -> day <= canaryDate) |> Array.length

             { history with
                 Variance =
                     Array.append
                         history.Variance[.. last - 1]
                         (history.Variance[last..] |> Array.rev |> Array.map (fun value -> 3.7 * value))
             })
         |> panelOf)

let private cut: Lazy<Panel> =
    lazy (Expect.wantOk (Panel.upTo canaryDate panel.Value) "cut")

[<Tests>]
let suite =
    testList
        "Two-stage panel model in time"
        [
            testCase "no feature depends on what comes after its day, whether disturbed or not there"
            <| fun () ->
                for horizon in [ 1; 5; 22 ] do
                    let values (panel: Panel) =
                        let factors = Factors.ofPanel 1 panel

                        let features =
                            Expect.wantOk (TwoStage.features TwoStageOptions.defaults 1 horizon panel) "features"

                        dict
                            [
                                for symbol in 0 .. panel.Count - 1 do
                                    let view = SymbolView(factors, symbol)

                                    for feature in features do
                                        struct (panel.Symbols[symbol], feature.Name), view[feature]
                            ]

                    let whole = values panel.Value
                    Expect.isGreaterThan whole.Count 300 "features"

                    for other in [ values disturbed.Value; values cut.Value ] do
                        Expect.equal other.Count whole.Count "the same features"

                        for struct (symbol, name) in whole.Keys do
                            let dates = (histories.Value |> List.find (fun h -> h.Symbol = symbol)).Dates
                            let left, right = whole[struct (symbol, name)], other[struct (symbol, name)]

                            dates
                            |> Array.iteri (fun day date ->
                                if date <= canaryDate then
                                    Expect.isTrue (sameBits left[day] right[day]) $"{name}, {symbol}, {date}")

            testCase
                "no forecast depends on what comes after its day; the next one of a cut panel is the one made later"
            <| fun () ->
                let whole = run config [ model "panel" ] panel.Value
                let moved = run config [ model "panel" ] disturbed.Value
                let short = run config [ model "panel" ] cut.Value
                let mutable changed = false

                for one, other in List.zip whole moved do
                    for i in 0 .. one.Dates.Length - 1 do
                        if one.Dates[i] <= canaryDate then
                            Expect.isTrue
                                (sameBits (float one.Forecast[i]) (float other.Forecast[i]))
                                $"{one.Symbol} {one.Dates[i]}"
                        elif one.Forecast[i] <> other.Forecast[i] then
                            changed <- true

                Expect.isTrue changed "what was disturbed is read"

                for track in short do
                    let other =
                        whole
                        |> List.find (fun whole -> whole.Symbol = track.Symbol && whole.Horizon = track.Horizon)

                    Expect.equal track.Forecast other.Forecast[.. track.Forecast.Length - 1] track.Symbol

                    let last =
                        cut.Value.Histories[Array.IndexOf(cut.Value.Symbols, track.Symbol)].Dates
                        |> Array.last

                    let place = Array.IndexOf(other.Dates, last)
                    Expect.equal track.Next other.Forecast[place] $"{track.Symbol} {track.Horizon}"

            testCase "any number of threads, and a fit at each day of a walk, give the same bits"
            <| fun () ->
                for horizon in [ 5; 22 ] do
                    let schedule =
                        { PanelWalkForward.schedule config panel.Value horizon with
                            Every = 200
                        }

                    let walk (threads: int) : Variance[][] =
                        match model "panel" with
                        | :? IPanelWalker as walker ->
                            Expect.wantOk (walker.Walk(panel.Value, schedule, threads)) "walk"
                        | _ -> failtest "a walker"

                    let one, three = walk 1, walk 3

                    Array.iter2
                        (Array.iter2 (fun left right -> Expect.isTrue (sameBits (float left) (float right)) "threads"))
                        one
                        three

                    let model = model "panel"

                    for day in PanelSchedule.refits schedule do
                        let fitted = Expect.wantOk (model.Fit(panel.Value, day, horizon)) "fit"

                        for symbol in 0 .. panel.Value.Count - 1 do
                            match panel.Value.OwnDay(symbol, day) with
                            | ValueSome own when panel.Value.MarketDay(symbol, own) = day ->
                                let direct = fitted.Forecast(panel.Value, symbol, own)

                                Expect.isTrue
                                    (sameBits (float direct) (float (one[symbol][own.Index])))
                                    $"{horizon}, {panel.Value.Symbols[symbol]}, {MarketDay.date day}"
                            | _ -> ()
        ]
