/// What networks of panels are worth to their base: the gain of past years, running losses.
module VolatilityForge.Tests.PanelNetworkGainTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.NetworkPanels

[<Tests>]
let suite =
    testSequenced
    <| testList
        "What networks are worth"
        [
            testCase "the gain of past years is the one with the lowest QLIKE of what was forecast in them"
            <| fun () ->
                let candidates = [ 0.0; 0.25; 0.5; 0.75; 1.0 ]

                let chosen =
                    network
                        (fun options ->
                            { options with
                                Gain = NetworkGain.Past(candidates, 0.4)
                            })
                        "panel-mlp"

                let used =
                    Expect.wantOk (chosen.Fits(panel.Value, PanelWalkForward.schedule config panel.Value 1)) "fits"

                // The schedule that the network learns from: its base there, moved by each candidate.
                let own =
                    {
                        Horizon = 1
                        First = MarketDay.add 120 panel.Value.First
                        Last = panel.Value.Last
                        Every = 22
                    }

                let forecasts =
                    match baseModel with
                    | :? IPanelWalker as walker -> Expect.wantOk (walker.Walk(panel.Value, own, 1)) "the base"
                    | _ -> failtest "a walker"

                let lossOf (gain: float) (from: DateOnly) (until: DateOnly) : float =
                    let network =
                        network
                            (fun options ->
                                { options with
                                    Gain = NetworkGain.Fixed gain
                                })
                            "panel-mlp"

                    let fitted =
                        Expect.wantOk (network.Fit(panel.Value, MarketDay.ofDate from, 1)) "fit"

                    let plain =
                        Expect.wantOk (baseModel.Fit(panel.Value, MarketDay.ofDate from, 1)) "fit"

                    [
                        for symbol in 0 .. panel.Value.Count - 1 do
                            let history = panel.Value.Histories[symbol]

                            for day in 0 .. history.Dates.Length - 2 do
                                if
                                    history.Dates[day] >= from
                                    && history.Dates[day] < until
                                    && history.Dates[day + 1] <= until
                                then
                                    let ratio =
                                        fitted.Forecast(panel.Value, symbol, OwnDay day)
                                        / plain.Forecast(panel.Value, symbol, OwnDay day)

                                    let loss = Loss.qlike (forecasts[symbol][day] * ratio) history.Variance[day + 1]

                                    if Double.IsFinite loss then
                                        loss
                    ]
                    |> List.sum

                // The fits from the first on which any was made: the gain of the second is that of the first one's days.
                let days = used |> List.map _.Fit.FittedOn

                let best = candidates |> List.minBy (fun gain -> lossOf gain days[0] days[1])

                Expect.equal used[0].Gain 0.4 "the first one's, before there is a past"
                Expect.equal used[1].Gain best "the second one's"

            testCase "running losses change sign when model and baseline swap, and end at the sum of the days"
            <| fun () ->
                let tracks = of' baseModel.Name whole.Value @ of' "panel-mlp" whole.Value

                let pathOf (model: string) (baseline: string) =
                    PanelLossPath.ofTracks baseline tracks
                    |> List.find (fun path -> path.Model = model)

                let path = pathOf "panel-mlp" baseModel.Name
                let swapped = pathOf baseModel.Name "panel-mlp"
                Expect.equal path.Dates swapped.Dates "days"

                for left, right in Array.zip path.Sum swapped.Sum do
                    Expect.isLessThan (abs (left + right)) 1e-12 "sums"

                let dayMeans (model: string) =
                    of' model tracks
                    |> Seq.collect (fun track ->
                        Seq.zip track.Dates (Array.map2 Loss.qlike track.Forecast track.Realised))
                    |> Seq.groupBy fst
                    |> Seq.sumBy (snd >> Seq.averageBy snd)

                let expected = dayMeans "panel-mlp" - dayMeans baseModel.Name
                Expect.isLessThan (abs (Array.last path.Sum - expected)) 1e-9 "the last sum"
        ]
    |> Needs.tensors
