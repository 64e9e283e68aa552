/// Panels: days of two kinds, features, regressions shrunk to the panel; against numpy, against naive twins, and against the future.
module VolatilityForge.Tests.PanelTests

open System
open System.Globalization
open System.IO
open Expecto
open FsCheck.FSharp
open VolatilityForge

let private golden (name: string) : string =
    match Market.repositoryFile (Path.Combine("tests", "golden", name)) with
    | Some path -> path
    | None -> failtest $"{name} is missing"

let private groups =
    [
        "A", "north"
        "B", "north"
        "C", "north"
        "D", "south"
        "E", "south"
        "F", "south"
    ]

let private histories: Lazy<History list> =
    lazy
        ((Expect.wantOk (MeasureFile.read MeasureFile.defaults (golden "panel-input.csv")) "the file is sound")
            .Histories)

let private panelOf (histories: History list) : Panel =
    let made =
        Panel.create histories
        |> Result.bind (Panel.withGroups groups)
        |> Result.bind (Panel.withLead "B")

    Expect.wantOk made "the panel is sound"

let private panel: Lazy<Panel> = lazy (panelOf histories.Value)

let private config: PanelWalkForwardConfig =
    { PanelWalkForward.defaults with
        Horizons = [ 1; 5 ]
        WarmUp = 300
        Clamp = ClampRule.Keep
    }

let private model (name: string) : IPanelForecaster =
    Expect.wantOk (PanelModels.registry.Create(name, [])) "the model is known"

let private run (config: PanelWalkForwardConfig) (names: string list) (panel: Panel) : ForecastTrack list =
    Expect.wantOk (PanelWalkForward.run config PanelWalkForward.unmonitored (names |> List.map model) panel) "tracks"

let private walk (threads: int) (name: string) (schedule: PanelSchedule) (panel: Panel) : Variance[][] =
    match model name with
    | :? IPanelWalker as walker -> Expect.wantOk (walker.Walk(panel, schedule, threads)) "forecasts"
    | _ -> failtest "a walker"

let private sameBits (left: float) (right: float) : bool =
    BitConverter.DoubleToInt64Bits left = BitConverter.DoubleToInt64Bits right

let private canaryDate = DateOnly(2011, 10, 12)

/// Relative difference of two implementations of one estimator that share no order of summation.
let private rounding = 1e-7

[<Tests>]
let suite =
    testList
        "Panels"
        [
            testProperty "a date's weekday is the date itself, or the Friday before a weekend"
            <| fun (offset: uint16) ->
                let date = DateOnly(1990, 1, 1).AddDays(int offset)
                let weekday = MarketDay.date (MarketDay.ofDate date)

                let expected =
                    match date.DayOfWeek with
                    | DayOfWeek.Saturday -> date.AddDays -1
                    | DayOfWeek.Sunday -> date.AddDays -2
                    | _ -> date

                weekday = expected

            testCase "forecasts equal those of an implementation in numpy"
            <| fun () ->
                let tracks = run config [ "eb-log-full"; "eb-glm-middle"; "k2g" ] panel.Value

                let known =
                    dict
                        [
                            for track in tracks do
                                for i in 0 .. track.Dates.Length - 1 do
                                    struct (track.Symbol, track.Horizon, track.Model, track.Dates[i]), track.Forecast[i]
                        ]

                let rows =
                    File.ReadAllLines(golden "panel-golden.csv")
                    |> Array.skip 2
                    |> Array.map _.Split(',')

                let mutable compared = 0

                for cells in rows do
                    let date = DateOnly.ParseExact(cells[0], "yyyy-MM-dd", CultureInfo.InvariantCulture)
                    let expected = Double.Parse(cells[4], CultureInfo.InvariantCulture)

                    match known.TryGetValue(struct (cells[1], int cells[2], cells[3], date)) with
                    | true, found ->
                        compared <- compared + 1

                        Expect.isLessThan
                            (abs (float found / expected - 1.0))
                            rounding
                            (String.Join(' ', cells) + $": {found}")
                    | _ -> ()

                Expect.isGreaterThan compared 300 "rows of the golden file met"

            testCase "what is known on a date is what a panel cut there gives"
            <| fun () ->
                let cut = Expect.wantOk (Panel.upTo canaryDate panel.Value) "cut"
                let whole = run { config with Horizons = [ 1 ] } [ "eb-log" ] panel.Value
                let short = run { config with Horizons = [ 1 ] } [ "eb-log" ] cut

                for track in short do
                    let other = whole |> List.find (fun whole -> whole.Symbol = track.Symbol)
                    Expect.equal track.Forecast other.Forecast[.. track.Forecast.Length - 1] track.Symbol
                    let next = other.Forecast[track.Forecast.Length]
                    Expect.equal track.Next next $"{track.Symbol}: the next forecast is the one made later"

            testCase "any number of threads gives the same bits"
            <| fun () ->
                let schedule = PanelWalkForward.schedule config panel.Value 5

                for name in [ "eb-log-full"; "eb-glm" ] do
                    let one = walk 1 name schedule panel.Value
                    let three = walk 3 name schedule panel.Value

                    Array.iter2
                        (Array.iter2 (fun left right -> Expect.isTrue (sameBits (float left) (float right)) name))
                        one
                        three

            testCase "rows that are kept, made again, or some of each give the same bits"
            <| fun () ->
                let schedule = PanelWalkForward.schedule config panel.Value 5

                let walk (make: PanelRegressionOptions -> IPanelForecaster) (bytes: int64) : Variance[][] =
                    match
                        make
                            { PanelRegression.defaults with
                                KeptBytes = bytes
                            }
                    with
                    | :? IPanelWalker as walker -> Expect.wantOk (walker.Walk(panel.Value, schedule, 2)) "forecasts"
                    | _ -> failtest "a walker"

                // The second holds two of the six symbols.
                for make in [ EbLog.forecaster; EbGlm.forecaster ] do
                    let kept = walk make PanelRegression.defaults.KeptBytes

                    for bytes in [ 0L; 400_000L ] do
                        Array.iter2
                            (Array.iter2 (fun left right ->
                                Expect.isTrue (sameBits (float left) (float right)) $"{bytes} bytes"))
                            kept
                            (walk make bytes)

                Expect.isError
                    (PanelRegression.check
                        { PanelRegression.defaults with
                            KeptBytes = -1L
                        })
                    "less than nothing"

            testCase "a walk gives the bits of a fit at each of its days"
            <| fun () ->
                let schedule =
                    { PanelWalkForward.schedule config panel.Value 5 with
                        Every = 60
                    }

                for name in [ "eb-log"; "pooled-log-har"; "panel-ridge"; "eb-glm" ] do
                    let walked = walk 2 name schedule panel.Value

                    for fit in PanelSchedule.refits schedule do
                        let fitted = Expect.wantOk ((model name).Fit(panel.Value, fit, 5)) "fit"

                        for symbol in 0 .. panel.Value.Count - 1 do
                            match panel.Value.OwnDay(symbol, fit) with
                            | ValueSome day when panel.Value.MarketDay(symbol, day) = fit ->
                                let direct = fitted.Forecast(panel.Value, symbol, day)
                                Expect.isTrue (sameBits (float direct) (float walked.[symbol].[day.Index])) name
                            | _ -> ()

            testCase "a prior of no rows is each symbol's least squares, an endless one the pooled slopes"
            <| fun () ->
                let features = PanelFeatures.ofBlocks [ PanelFeatures.har ]

                let with' (name: string) (shrinkage: Shrinkage) =
                    EbLog.forecaster
                        { PanelRegression.defaults with
                            Name = name
                            Features = features
                            Shrinkage = shrinkage
                        }

                let models =
                    [
                        with' "own" (Shrinkage.ToPooled 0.0)
                        with' "endless" (Shrinkage.ToPooled 1e12)
                        with' "pooled" Shrinkage.Pooled
                        PanelAdapter.ofForecaster
                            { PanelAdapter.defaults with
                                LookBack = 22
                            }
                            (LogHar.forecaster
                                { LogHar.defaults with
                                    Bias = LogHarBias.Smearing
                                })
                    ]

                let tracks =
                    Expect.wantOk
                        (PanelWalkForward.run
                            { config with Horizons = [ 5 ] }
                            PanelWalkForward.unmonitored
                            models
                            panel.Value)
                        "tracks"

                let near (left: string) (right: string) (tolerance: float) =
                    for track in tracks |> List.filter (fun track -> track.Model = left) do
                        let other =
                            tracks |> List.find (fun t -> t.Model = right && t.Symbol = track.Symbol)

                        Array.iter2
                            (fun (a: Variance) (b: Variance) ->
                                Expect.isLessThan (abs (a / b - 1.0)) tolerance $"{left} {track.Symbol}")
                            track.Forecast
                            other.Forecast

                near "endless" "pooled" 1e-8
                // Log-HAR here refits at each fit with smearing too, so that only the small ridge differs.
                near "own" "log-har" 1e-4

            testCase "a day near zero is left out by the days before it alone"
            <| fun () ->
                let history = histories.Value.Head
                let variance = Array.copy history.Variance
                variance[100] <- variance[100] * 1e-6
                let broken = { history with Variance = variance }
                let struct (kept, dropped) = NearZero.drop NearZero.share broken
                Expect.equal dropped 1 "one day"
                Expect.isFalse (Array.contains history.Dates[100] kept.Dates) "the day is gone"
                let struct (_, none) = NearZero.drop 0.0 broken
                Expect.equal none 0 "no share, no day"

            testCase "a symbol twice, an unknown lead, an unknown group member are faults"
            <| fun () ->
                let history = histories.Value.Head
                Expect.isError (Panel.create [ history; history ]) "twice"
                Expect.isError (Panel.create []) "none"
                Expect.isError (Panel.withLead "Z" panel.Value) "lead"
                Expect.isError (Panel.withGroups [ "Z", "north" ] panel.Value) "group"

            testCase "a walk-forward that was interrupted goes on to the same tracks"
            <| fun () ->
                let kept = Collections.Generic.Dictionary<PanelTrackKey, Variance[][]>()
                let mutable left = 2

                let stopping =
                    { PanelWalkForward.unmonitored with
                        Keep =
                            fun key forecasts ->
                                left <- left - 1

                                if left < 0 then
                                    Fault.raiseWith (Fault.Cancelled "The walk-forward")

                                kept[key] <- forecasts
                    }

                let models = [ model "k2g" ]
                Expect.isError (PanelWalkForward.run config stopping models panel.Value) "stopped"
                Expect.equal kept.Count 2 "two models were through"

                let resumed =
                    { PanelWalkForward.unmonitored with
                        Recall =
                            fun key ->
                                match kept.TryGetValue key with
                                | true, forecasts -> Some forecasts
                                | _ -> None
                    }

                let whole = run config [ "k2g" ] panel.Value

                let after =
                    Expect.wantOk (PanelWalkForward.run config resumed models panel.Value) "resumed"

                Expect.equal after whole "the tracks"
        ]

[<Tests>]
let study =
    testList
        "Panels on real data"
        [
            testCase "31 indices give the published table"
            <| fun () ->
                let path =
                    Market.developmentFile (Path.Combine("realized", "omi_rk_th2_31idx_2000_2018.csv.gz"))

                let regions =
                    [
                        "Europe",
                        "AEX BFX BVLG FCHI FTMIB FTSE GDAXI IBEX OMXC20 OMXHPI OMXSPI OSEAX SMSI SSMI STOXX50E"
                        "Americas", "BVSP DJI GSPTSE IXIC MXX RUT SPX"
                        "Asia", "AORD BSESN HSI KS11 KSE N225 NSEI SSEC STI"
                    ]

                let file = Expect.wantOk (MeasureFile.read MeasureFile.defaults path) "read"

                let config =
                    { PanelConfig.defaults with
                        Models = [ "log-har"; "eb-log"; "eb-log-full"; "eb-log-strong" ]
                        Groups =
                            [
                                for region, symbols in regions do
                                    for symbol in symbols.Split ' ' -> symbol, region
                            ]
                        Lead = Some "SPX"
                        From = Some(DateOnly(2004, 1, 1))
                    }

                let result =
                    Expect.wantOk (PanelExperiment.run config 2 PanelWalkForward.unmonitored [] file.Histories) "run"

                let qlike (name: string) (horizon: int) : float =
                    (result.Table.Rows
                     |> List.find (fun row -> row.Model = name && row.Horizon = horizon))
                        .Qlike

                // Figures of the study; days near zero are told apart by another rule there.
                for name, horizon, expected in
                    [
                        "eb-log", 1, 0.1276
                        "eb-log", 5, 0.1070
                        "eb-log", 22, 0.1340
                        "eb-log-full", 1, 0.1256
                        "eb-log-strong", 5, 0.1052
                        "eb-log-strong", 22, 0.1321
                    ] do
                    let found = qlike name horizon
                    Expect.isLessThan (abs (found - expected)) 5.5e-4 $"{name} at {horizon}: {found}"
        ]
