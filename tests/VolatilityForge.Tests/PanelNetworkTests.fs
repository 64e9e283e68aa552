/// Networks as panel models: against their base, against the future, against fits and seeds.
module VolatilityForge.Tests.PanelNetworkTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests
open VolatilityForge.Tests.NetworkPanels

let private canaryDate = DateOnly(2010, 6, 2)

[<Tests>]
let suite =
    testSequenced
    <| testList
        "Networks as panel models"
        [
            testCase "they move their base's forecasts, on the days after their first fit alone"
            <| fun () ->
                for name in names do
                    let used = fits (network id name)
                    Expect.isGreaterThan used.Length 1 "fits"
                    Expect.exists used (fun used -> used.Fit.Untrained < used.Fit.Members.Length) "some learned"

                    let moved =
                        List.zip (of' baseModel.Name whole.Value) (of' name whole.Value)
                        |> List.collect (fun (own, other) ->
                            [
                                for i in 0 .. own.Dates.Length - 1 do
                                    if not (sameBits own.Forecast[i] other.Forecast[i]) then
                                        own.Dates[i]
                            ])

                    Expect.isGreaterThan moved.Length 100 $"{name} moves forecasts"
                    Expect.isTrue (List.min moved >= used.Head.Fit.FittedOn) "not before it was fitted"

            testCase "untrained, or with a gain of 0, they are their base in every bit"
            <| fun () ->
                let untrained (options: PanelNetworkOptions) =
                    { options with
                        // A step of this size moves no weight.
                        Training =
                            { options.Training with
                                PeakRate = 1e-30
                            }
                    }

                let silent (options: PanelNetworkOptions) =
                    { options with
                        Gain = NetworkGain.Fixed 0.0
                    }

                for change in [ untrained; silent ] do
                    let tracks = run (baseModel :: both change) panel.Value

                    for name in names do
                        for own, other in List.zip (of' baseModel.Name tracks) (of' name tracks) do
                            Expect.isTrue (Array.forall2 sameBits own.Forecast other.Forecast) $"{name}, {own.Symbol}"

            testCase "everything after a date reversed and scaled, or cut off, changes no earlier forecast in any bit"
            <| fun () ->
                let disturbed =
                    histories.Value
                    |> List.map (fun history ->
                        let known =
                            history.Dates |> Array.filter (fun day -> day <= canaryDate) |> Array.length

                        { history with
                            Variance =
                                Array.append
                                    history.Variance[.. known - 1]
                                    (history.Variance[known..] |> Array.rev |> Array.map (fun value -> 3.7 * value))
                        })
                    |> StagePanels.panelOf

                let cut = Expect.wantOk (Panel.upTo canaryDate panel.Value) "cut"

                for other in [ disturbed; cut ] do
                    for track in run (both id) other do
                        let known =
                            whole.Value
                            |> List.find (fun known -> known.Model = track.Model && known.Symbol = track.Symbol)

                        let mutable compared = 0

                        for i in 0 .. track.Dates.Length - 1 do
                            if track.Dates[i] <= canaryDate then
                                compared <- compared + 1
                                Expect.equal track.Dates[i] known.Dates[i] "the same days"

                                Expect.isTrue
                                    (sameBits track.Forecast[i] known.Forecast[i])
                                    $"{track.Model}, {track.Symbol}, {track.Dates[i]}"

                        Expect.isGreaterThan compared 0 "days before"

                        if obj.ReferenceEquals(other, cut) then
                            let next =
                                known.Forecast[Array.IndexOf(
                                                   known.Dates,
                                                   cut.Histories[Array.IndexOf(cut.Symbols, track.Symbol)].Dates
                                                   |> Array.last
                                               )]

                            Expect.isTrue (sameBits track.Next next) $"{track.Model}, {track.Symbol}: the next forecast"

            testCase "a walk gives the bits of a fit at each of its days, on the days up to the next"
            <| fun () ->
                let schedule = PanelWalkForward.schedule config panel.Value 1

                for name in names do
                    let network = network id name

                    for place, day in PanelSchedule.refits schedule |> Array.indexed |> Array.skip 2 do
                        let fitted = Expect.wantOk (network.Fit(panel.Value, day, 1)) "fit"

                        for track in of' name whole.Value do
                            let symbol = Array.IndexOf(panel.Value.Symbols, track.Symbol)

                            for i in 0..7 .. track.Dates.Length - 1 do
                                if PanelSchedule.fitOn schedule (MarketDay.ofDate track.Dates[i]) = place then
                                    let direct = fitted.Forecast(panel.Value, symbol, OwnDay track.Origins[i])

                                    Expect.isTrue
                                        (sameBits direct track.Forecast[i])
                                        $"{name}, {track.Symbol}, {track.Dates[i]}"

            testCase "the same seeds give the same bits, on any number of threads; other seeds give others"
            <| fun () ->
                let again = run (both (fun options -> { options with Threads = 3 })) panel.Value

                let other =
                    run (both (fun options -> { options with Seeds = [ 8L; 9L ] })) panel.Value

                for track, otherwise in List.zip again other do
                    let known =
                        whole.Value
                        |> List.find (fun known -> known.Model = track.Model && known.Symbol = track.Symbol)

                    Expect.isTrue
                        (Array.forall2 sameBits track.Forecast known.Forecast)
                        $"{track.Model}, {track.Symbol}"

                    Expect.notEqual otherwise.Forecast known.Forecast $"{track.Model}, {track.Symbol}, other seeds"

            testCase "the mean answer of the members is what the ensemble adds"
            <| fun () ->
                let network = network id "panel-mlp"

                let tracks =
                    run (baseModel :: (network :> IPanelForecaster) :: List.map snd network.BySeed) panel.Value

                let logOf (model: string) =
                    of' model tracks
                    |> List.collect (fun track -> track.Forecast |> Array.map (float >> log) |> List.ofArray)

                let members = network.BySeed |> List.map (fun (_, model) -> logOf model.Name)
                let mean = List.map2 (fun left right -> (left + right) / 2.0) members[0] members[1]

                for expected, found in List.zip mean (logOf network.Name) do
                    Expect.isLessThan (abs (found - expected)) 1e-12 "ln of the forecast"

            testCase "a walk-forward that was interrupted after the base goes on to the same tracks"
            <| fun () ->
                let kept = Collections.Generic.Dictionary<PanelTrackKey, Variance[][]>()

                let stopping =
                    { PanelWalkForward.unmonitored with
                        Keep =
                            fun key forecasts ->
                                if kept.Count > 0 then
                                    Fault.raiseWith (Fault.Cancelled "The walk-forward")

                                kept[key] <- forecasts
                    }

                Expect.isError (PanelWalkForward.run config stopping (both id) panel.Value) "stopped"
                Expect.equal (kept.Keys |> Seq.map _.Model |> List.ofSeq) [ baseModel.Name ] "the base was through"

                let going =
                    { PanelWalkForward.unmonitored with
                        Recall =
                            fun key ->
                                match kept.TryGetValue key with
                                | true, forecasts -> Some forecasts
                                | _ -> None
                    }

                let tracks =
                    Expect.wantOk (PanelWalkForward.run config going (both id) panel.Value) "tracks"

                for name in names do
                    Expect.equal (of' name tracks) (of' name whole.Value) name

            testCase "what was kept of a network isn't taken for one of other settings"
            <| fun () ->
                let key (change: PanelNetworkOptions -> PanelNetworkOptions) =
                    PanelWalkForward.trackKey 1 (network change "panel-mlp")

                Expect.equal (key id) (key id) "the same"

                for change in
                    [
                        fun (options: PanelNetworkOptions) -> { options with Seeds = [ 9L ] }
                        fun (options: PanelNetworkOptions) ->
                            { options with
                                RefitMonths = options.RefitMonths + 1
                            }
                        fun (options: PanelNetworkOptions) ->
                            { options with
                                Gain = NetworkGain.Fixed 0.125
                            }
                        fun (options: PanelNetworkOptions) ->
                            { options with
                                Training =
                                    { options.Training with
                                        PeakRate = 1e-7
                                    }
                            }
                        fun (options: PanelNetworkOptions) ->
                            { options with
                                Base = PanelModels.ebLog []
                            }
                    ] do
                    Expect.notEqual (key change) (key id) "another"

            testCase "fit days are the first weekdays of every so many months"
            <| fun () ->
                let days (months: int) =
                    PanelNetworkOptions.fitDays
                        { optionsOf "x" (snd networks.Head) with
                            RefitMonths = months
                        }
                        (MarketDay.ofDate (DateOnly(2004, 1, 1)))
                        (MarketDay.ofDate (DateOnly(2008, 12, 31)))
                    |> Array.map MarketDay.date
                    |> List.ofArray

                Expect.equal
                    (days 24)
                    [ DateOnly(2004, 1, 1); DateOnly(2006, 1, 2); DateOnly(2008, 1, 1) ]
                    "every even year"

                Expect.equal (days 12).Length 5 "every year"
                Expect.contains (days 6) (DateOnly(2006, 7, 3)) "the first of July 2006 is a Saturday"

            testCase "fits leave no tensor alive"
            <| fun () ->
                let once () =
                    let network =
                        network (fun options -> { options with Seeds = [ 5L ] }) "panel-transformer"

                    Expect.isOk (network.Fit(panel.Value, panel.Value.Last, 1)) "fit"

                once ()
                let before = Scope.liveCount ()
                once ()
                Expect.equal (Scope.liveCount ()) before "live tensors"

            testCase "too few days to train on leave the base; settings outside their domain are faults"
            <| fun () ->
                let early = MarketDay.add 200 panel.Value.First
                let network' = network id "panel-mlp"
                let own = Expect.wantOk (network'.Fit(panel.Value, early, 1)) "fit"
                let plain = Expect.wantOk (baseModel.Fit(panel.Value, early, 1)) "fit"

                Expect.isTrue
                    (sameBits (own.Forecast(panel.Value, 0, OwnDay 210)) (plain.Forecast(panel.Value, 0, OwnDay 210)))
                    "the base"

                let wrong: (PanelNetworkOptions -> PanelNetworkOptions) list =
                    [
                        fun options -> { options with Seeds = [] }
                        fun options -> { options with Seeds = [ 1L; 1L ] }
                        fun options ->
                            { options with
                                Gain = NetworkGain.Fixed 1.5
                            }
                        fun options ->
                            { options with
                                Gain = NetworkGain.Past([], 0.5)
                            }
                        fun options -> { options with RefitMonths = 0 }
                        fun options -> { options with ValidationMonths = 0 }
                        fun options -> { options with BaseEvery = 0 }
                        fun options -> { options with BaseHorizons = [ 0 ] }
                        fun options -> { options with Threads = 0 }
                        fun options -> { options with Device = "abacus" }
                    ]

                for change in wrong do
                    Expect.isError ((network change "panel-mlp").Fit(panel.Value, early, 1)) "a fit"

                for settings in
                    [
                        { PanelNetworks.settings with
                            Gain = "much"
                        }
                        { PanelNetworks.settings with
                            Base = "nothing"
                        }
                    ] do
                    Expect.isError
                        (PanelNetworks.addTo PanelModels.registry 1 Threading.CancellationToken.None settings)
                        $"%A{settings}"
        ]
    |> Needs.tensors
