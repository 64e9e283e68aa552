/// Panels and time: what comes after a day changes nothing of it, and a forecast is the same whenever it is made.
module VolatilityForge.Tests.PanelTimeTests

open System
open System.IO
open Expecto
open VolatilityForge

let private histories: Lazy<History list> =
    lazy
        (match Market.repositoryFile (Path.Combine("tests", "golden", "panel-input.csv")) with
         | Some path -> (Expect.wantOk (MeasureFile.read MeasureFile.defaults path) "the file is sound").Histories
         | None -> failtest "panel-input.csv is missing")

let private panelOf (histories: History list) : Panel =
    let groups =
        [
            "A", "north"
            "B", "north"
            "C", "north"
            "D", "south"
            "E", "south"
            "F", "south"
        ]

    let made =
        Panel.create histories
        |> Result.bind (Panel.withGroups groups)
        |> Result.bind (Panel.withLead "B")

    Expect.wantOk made "the panel is sound"

let private config: PanelWalkForwardConfig =
    { PanelWalkForward.defaults with
        Horizons = [ 1; 5 ]
        WarmUp = 300
        Clamp = ClampRule.Keep
    }

let private model (name: string) : IPanelForecaster =
    Expect.wantOk (PanelModels.registry.Create(name, [])) "the model is known"

let private sameBits (left: float) (right: float) : bool =
    BitConverter.DoubleToInt64Bits left = BitConverter.DoubleToInt64Bits right

let private canaryDate = DateOnly(2011, 10, 12)

/// Three symbols of 1,250 weekdays whose logarithms are autoregressive.
let private long: Lazy<History list> =
    lazy
        (let days = 1250
         let first = MarketDay.ofDate (DateOnly(2005, 1, 3))

         [
             for seed, symbol in List.indexed [ "A"; "B"; "C" ] do
                 let random = Random(20 + seed)
                 let mutable level = -9.0

                 let variance =
                     Array.init days (fun _ ->
                         level <-
                             -9.0
                             + 0.95 * (level + 9.0)
                             + 0.4 * (random.NextDouble() + random.NextDouble() - 1.0)

                         exp (level + 0.5 * (random.NextDouble() - 0.5)) * 1.0< / day>)

                 { histories.Value.Head with
                     Symbol = symbol
                     Dates = Array.init days (fun day -> MarketDay.date (MarketDay.add day first))
                     Variance = variance
                     Returns = Array.zeroCreate days
                     Scored = Array.create days true
                     Measures = Map.empty
                 }
         ])

/// Histories with returns and a measure, and a common series: everything that a panel model may read.
let private informed: Lazy<History list * CommonSeries> =
    lazy
        (let withMore (history: History) : History =
            let root = history.Variance |> Array.map (fun value -> sqrt (float value))

            { history with
                Returns = root |> Array.mapi (fun day value -> if day % 3 = 0 then -value else value)
                Measures =
                    Map
                        [
                            "rv", root |> Array.map (fun value -> value * value + 1e-6)
                            "part", root |> Array.mapi (fun day value -> value * value * float (1 + day % 7) / 9.0)
                        ]
            }

         let first = histories.Value.Head

         List.map withMore histories.Value,
         {
             Name = "vix"
             Dates = first.Dates
             Values = first.Variance |> Array.map (fun value -> 20.0 * (float value / 1e-4) ** 0.2)
         })

let private informedExtra: PanelFeature list =
    [
        yield! PanelFeatures.ofCommon "vix"

        for name, form in
            [
                "rv", MeasureForm.Log
                "part", MeasureForm.Share
                PanelMeasure.returns, MeasureForm.Signed
            ] do
            yield! PanelMeasure.features { Name = name; Form = form }
    ]

let private informedPanel (histories: History list, common: CommonSeries) : Panel =
    Expect.wantOk (Panel.withCommon common (panelOf histories)) "the series is sound"

/// The histories with everything after a date shuffled and scaled, and every fifth day taken out.
let private disturbedAfter (date: DateOnly) (history: History) : History =
    let last = history.Dates |> Array.filter (fun day -> day <= date) |> Array.length

    let kept =
        [| last .. history.Dates.Length - 1 |]
        |> Array.filter (fun day -> day = history.Dates.Length - 1 || (day - last) % 5 <> 4)

    let later (scale: 'a -> 'a) (values: 'a[]) : 'a[] =
        Array.append values[.. last - 1] (kept |> Array.rev |> Array.map (fun day -> scale values[day]))

    { history with
        Dates = Array.append history.Dates[.. last - 1] (kept |> Array.map (fun day -> history.Dates[day]))
        Variance = later ((*) 3.7) history.Variance
        Returns = later ((*) -1.9) history.Returns
        Scored = later not history.Scored
        Measures = history.Measures |> Map.map (fun _ values -> later ((*) 3.7) values)
    }

let private disturbedSeries (date: DateOnly) (series: CommonSeries) : CommonSeries =
    let last = series.Dates |> Array.filter (fun day -> day <= date) |> Array.length

    { series with
        Values = Array.append series.Values[.. last - 1] (series.Values[last..] |> Array.rev |> Array.map ((*) 1.6))
    }

[<Tests>]
let suite =
    testList
        "Panels in time"
        [
            testCase "no forecast of any model depends on what comes after its day"
            <| fun () ->
                let whole, common = informed.Value
                let plain = informedPanel (whole, common)

                let disturbed =
                    informedPanel (whole |> List.map (disturbedAfter canaryDate), disturbedSeries canaryDate common)

                for name in Registry.names PanelModels.registry do
                    let made =
                        Expect.wantOk (PanelModels.registry.Create(name, informedExtra)) "the model is known"

                    let tracks (panel: Panel) =
                        Expect.wantOk (PanelWalkForward.run config PanelWalkForward.unmonitored [ made ] panel) "tracks"

                    let mutable moved = false

                    for one, other in List.zip (tracks plain) (tracks disturbed) do
                        for i in 0 .. min one.Dates.Length other.Dates.Length - 1 do
                            if one.Dates[i] <= canaryDate then
                                Expect.isTrue
                                    (sameBits (float one.Forecast[i]) (float other.Forecast[i]))
                                    $"{name}, {one.Symbol}, {one.Dates[i]}"
                            elif one.Forecast[i] <> other.Forecast[i] then
                                moved <- true

                    Expect.isTrue moved $"{name} reads what was disturbed"

            testCase "no feature depends on what comes after its day"
            <| fun () ->
                let whole, common = informed.Value

                let disturbed =
                    informedPanel (whole |> List.map (disturbedAfter canaryDate), disturbedSeries canaryDate common)

                let views (panel: Panel) =
                    let factors = Factors.ofPanel 1 panel
                    Array.init panel.Count (fun symbol -> SymbolView(factors, symbol))

                for feature in informedExtra @ PanelFeatures.known do
                    for one, other in Array.zip (views (informedPanel (whole, common))) (views disturbed) do
                        let left, right = one[feature], other[feature]
                        let mutable compared = 0

                        for day in 0 .. min left.Length right.Length - 1 do
                            if one.History.Dates[day] <= canaryDate then
                                if Double.IsFinite left[day] then
                                    compared <- compared + 1

                                Expect.isTrue
                                    (sameBits left[day] right[day])
                                    $"{feature.Name}, {one.History.Symbol}, {one.History.Dates[day]}"

                        Expect.isGreaterThan compared 30 $"{feature.Name}, {one.History.Symbol} is there"

            testCase "a fit of weighted models by itself is that of a walk on the usual schedule"
            <| fun () ->
                let panel = Expect.wantOk (Panel.create long.Value) "panel"

                let combined (rule: PanelCombinationRule) =
                    PanelCombination.forecaster "both" rule (fun _ -> [ model "pooled-log-har"; model "eb-log" ])

                let weighted = combined (PanelCombinationRule.InverseQlike(4.0, 22))
                let horizon = 5

                let tracks =
                    Expect.wantOk
                        (PanelWalkForward.run
                            { PanelWalkForward.defaults with
                                Horizons = [ horizon ]
                                Clamp = ClampRule.Keep
                            }
                            PanelWalkForward.unmonitored
                            [ weighted ]
                            panel)
                        "tracks"

                let schedule = PanelWalkForward.schedule PanelWalkForward.defaults panel horizon
                let refit = (PanelSchedule.refits schedule)[6]
                let fitted = Expect.wantOk (weighted.Fit(panel, refit, horizon)) "fit"

                let plain =
                    Expect.wantOk ((combined PanelCombinationRule.LogMean).Fit(panel, refit, horizon)) "fit"

                for symbol in 0 .. panel.Count - 1 do
                    for later in [ 0; 3; 21 ] do
                        let date = MarketDay.date (MarketDay.add later refit)
                        let track = tracks |> List.find (fun track -> track.Symbol = panel.Symbols[symbol])
                        let place = Array.IndexOf(track.Dates, date)
                        let day = OwnDay track.Origins[place]
                        let found = fitted.Forecast(panel, symbol, day)
                        Expect.isTrue (sameBits (float found) (float track.Forecast[place])) $"{date}"
                        Expect.notEqual found (plain.Forecast(panel, symbol, day)) "weights aren't equal"

            testCase "the forecast of data up to a day is the run's of that day"
            <| fun () ->
                let settings =
                    { PanelConfig.defaults with
                        Models = [ "eb-log"; "k3c-weighted" ]
                        Baseline = "eb-log"
                        Horizons = [ 5 ]
                        WarmUp = 300
                    }

                for settings in [ settings; { settings with Models = [ "eb-log" ] } ] do
                    let result =
                        Expect.wantOk (PanelExperiment.run settings 2 PanelWalkForward.unmonitored [] long.Value) "run"

                    for last in [ 1103; 1119 ] do
                        let rows =
                            Expect.wantOk
                                (PanelOutlook.forecast
                                    settings
                                    Conformal.defaults
                                    2
                                    PanelWalkForward.unmonitored
                                    []
                                    (long.Value |> List.map (History.upTo last)))
                                "forecast"

                        Expect.equal rows.Length (3 * settings.Models.Length) "every symbol and model"

                        for row in rows do
                            let track =
                                result.Tracks
                                |> List.find (fun track -> track.Symbol = row.Symbol && track.Model = row.Model)

                            let expected = track.Forecast[Array.IndexOf(track.Origins, last)]
                            Expect.isTrue (sameBits (float row.Variance) (float expected)) $"{row.Model}, {last}"
                            Expect.isLessThan row.Errors 640 "errors of the last 600 weekdays"
        ]
