/// Further measures of a panel's symbols: their forms, their features against naive twins, what the models make of them.
module VolatilityForge.Tests.PanelMeasureTests

open System
open Expecto
open VolatilityForge

/// Three symbols whose variance tomorrow follows a measure of today, with returns and a part of the variance.
let private histories: Lazy<History list> =
    lazy
        ([
            for seed in 0..2 ->
                let random = Random(50 + seed)
                let days = 500
                let mutable level = -9.0
                let mutable signal = 0.0
                let first = MarketDay.ofDate (DateOnly(2015, 1, 5))
                let variance = Array.zeroCreate<Variance> days
                let signals = Array.zeroCreate days
                let returns = Array.zeroCreate days
                let part = Array.zeroCreate days

                for day in 0 .. days - 1 do
                    level <- -9.0 + 0.9 * (level + 9.0) + signal
                    variance[day] <- exp (level + 0.2 * random.NextDouble()) * 1.0< / day>
                    signal <- 0.6 * (random.NextDouble() - 0.5)
                    signals[day] <- exp signal
                    returns[day] <- sqrt (float variance[day]) * 2.0 * (random.NextDouble() - 0.5)
                    part[day] <- float variance[day] * (0.2 + 0.6 * random.NextDouble())

                Expect.wantOk
                    (History.create
                        $"S{seed}"
                        (Array.init days (fun day -> MarketDay.date (MarketDay.add day first)))
                        variance
                        (Some returns)
                        [ "signal", signals; "rsv", part ])
                    "a history"
        ])

let private measure (text: string) : PanelMeasure =
    Expect.wantOk (PanelMeasure.ofText text) text

let private valuesOf (histories: History list) (text: string) : float[] list =
    let panel = Expect.wantOk (Panel.create histories) "a panel"
    let view = SymbolView(Factors.ofPanel 1 panel, 0)
    PanelMeasure.features (measure text) |> List.map (fun feature -> view[feature])

/// Sums in another order.
let private rounding = 1e-10

let private expectNear (expected: float[]) (found: float[]) (text: string) =
    Array.iter2
        (fun (left: float) (right: float) ->
            Expect.isTrue (Double.IsNaN left = Double.IsNaN right && not (abs (left - right) > rounding)) text)
        expected
        found

/// By the definition: less the mean of what is there so far, from 22 days on.
let private lessPast (values: float[]) : float[] =
    Array.init values.Length (fun day ->
        let past = values[..day] |> Array.filter Double.IsFinite

        if past.Length < 22 || Double.IsNaN values[day] then
            nan
        else
            values[day] - Array.average past)

let private meanOf (span: int) (values: float[]) : float[] =
    Array.init values.Length (fun day ->
        match values[max 0 (day - span + 1) .. day] |> Array.filter Double.IsFinite with
        | [||] -> nan
        | known -> Array.average known)

let private config: PanelConfig =
    { PanelConfig.defaults with
        Models = [ "eb-log-full"; "panel" ]
        Baseline = "eb-log-full"
        Horizons = [ 1 ]
        WarmUp = 250
    }

let private run (config: PanelConfig) (histories: History list) : PanelResult =
    Expect.wantOk (PanelExperiment.run config 2 PanelWalkForward.unmonitored [] histories) "a run"

let private forecasts (model: string) (result: PanelResult) : Variance[] list =
    result.Tracks
    |> List.filter (fun track -> track.Model = model)
    |> List.map _.Forecast

[<Tests>]
let suite =
    testList
        "Measures of panels"
        [
            testCase "a measure's text says its name and form, and the form of usual names need not be told"
            <| fun () ->
                for text, expected in
                    [
                        "signal", "signal:log"
                        "return", "return:signed"
                        "rsv", "rsv:share"
                        "negative_semivariance", "negative_semivariance:share"
                        "rsv:log", "rsv:log"
                        "a:b:signed", "a:b:signed"
                    ] do
                    Expect.equal (PanelMeasure.toText (measure text)) expected text
                    Expect.equal (measure expected) (measure text) "and back"

                for wrong in [ "signal:cubed"; ":log"; "" ] do
                    Expect.isError (PanelMeasure.ofText wrong) wrong

            testCase "logarithms are the measure's, over a day, a week, a month"
            <| fun () ->
                let history = histories.Value.Head
                let level = history.Measures["signal"] |> Array.map log |> lessPast

                List.iter2
                    (fun span found -> expectNear (meanOf span level) found $"{span} days")
                    [ 1; 5; 22 ]
                    (valuesOf histories.Value "signal")

            testCase "shares are of the sums over a day, a week, a month, whatever the unit"
            <| fun () ->
                let history = histories.Value.Head
                let gap = 100
                let part = Array.copy history.Measures["rsv"]
                part[gap] <- nan

                let share (span: int) =
                    lessPast (
                        Array.init part.Length (fun day ->
                            let days = [ max 0 (day - span + 1) .. day ] |> List.filter ((<>) gap)

                            if days.IsEmpty then
                                nan
                            else
                                log (
                                    (days |> List.sumBy (fun day -> part[day]))
                                    / (days |> List.sumBy (fun day -> float history.Variance[day]))
                                ))
                    )

                let percent: History =
                    { history with
                        Variance = history.Variance |> Array.map ((*) 1e4)
                        Measures = Map [ "rsv", part |> Array.map ((*) 1e4) ]
                    }

                List.iter2
                    (fun span found -> expectNear (share span) found $"{span} days")
                    [ 1; 5; 22 ]
                    (valuesOf [ percent ] "rsv")

            testCase "signed numbers are in units of their own past, themselves and their size"
            <| fun () ->
                let history = histories.Value.Head

                let scaled =
                    Array.init history.Returns.Length (fun day ->
                        history.Returns[day]
                        / sqrt (history.Returns[..day] |> Array.averageBy (fun value -> value * value)))

                let signed, size = lessPast scaled, lessPast (Array.map abs scaled)

                let percent: History =
                    { history with
                        Returns = history.Returns |> Array.map ((*) 100.0)
                    }

                List.iter2
                    (fun (values: float[]) found -> expectNear values found "a term")
                    [
                        for values in [ signed; size ] do
                            for span in [ 1; 5; 22 ] -> meanOf span values
                    ]
                    (valuesOf [ percent ] "return")

            testCase "a measure that the variance follows lowers the loss of every panel model"
            <| fun () ->
                let models = [ "pooled-log"; "eb-log"; "eb-glm"; "k2g"; "panel" ]

                let config =
                    { config with
                        Models = models
                        Baseline = "eb-log"
                    }

                let without = run config histories.Value

                let with' =
                    run
                        { config with
                            Measures = [ "signal:log" ]
                        }
                        histories.Value

                for model in models do
                    let qlike (result: PanelResult) =
                        (result.Table.Rows |> List.find (fun row -> row.Model = model)).Qlike

                    Expect.isLessThan (qlike with') (0.8 * qlike without) model

            testCase "a measure taken out as a block leaves the bits of a run without it"
            <| fun () ->
                let measured =
                    run
                        { config with
                            Models = [ "eb-log-full"; "eb-log-full-without-return"; "eb-log-full-without-rsv" ]
                            Measures = [ "return:signed"; "rsv:share" ]
                        }
                        histories.Value

                let plain measures =
                    forecasts
                        "eb-log-full"
                        (run
                            { config with
                                Models = [ "eb-log-full" ]
                                Measures = measures
                            }
                            histories.Value)

                Expect.equal (forecasts "eb-log-full-without-return" measured) (plain [ "rsv:share" ]) "without returns"
                Expect.equal (forecasts "eb-log-full-without-rsv" measured) (plain [ "return:signed" ]) "without shares"
                Expect.notEqual (forecasts "eb-log-full" measured) (plain [ "rsv:share" ]) "both are read"

            testCase "a measure that no symbol has, or of the wrong sign, or of a block's name is a fault"
            <| fun () ->
                let still =
                    histories.Value
                    |> List.map (fun history ->
                        { history with
                            Returns = Array.map (fun _ -> 0.0) history.Returns
                        })

                for measures, histories in
                    [
                        [ "volume:log" ], histories.Value
                        [ "return:log" ], histories.Value
                        [ "return:signed" ], still
                        [ "signal:log"; "signal:signed" ], histories.Value
                        [ "hinges:log" ], histories.Value
                        [ "signal:cubed" ], histories.Value
                    ] do
                    Expect.isError
                        (PanelExperiment.run
                            { config with Measures = measures }
                            1
                            PanelWalkForward.unmonitored
                            []
                            histories)
                        $"%A{measures}"
        ]
