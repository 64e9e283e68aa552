/// Files of forecasts, sets, and their whole evaluation.
module VolatilityForge.Tests.ForecastFileTests

open System
open System.IO
open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private tracks (symbol: string) (seed: int) : ForecastTrack list =
    let config =
        { WalkForwardConfig.defaults with
            Window = WindowRule.Rolling 100
            Horizons = [ 1; 5 ]
        }

    Expect.wantOk
        (WalkForward.run
            config
            ignore
            CancellationToken.None
            [
                Ewma.forecaster Ewma.defaults
                Har.forecaster Har.defaults
                LogHar.forecaster LogHar.defaults
            ]
            { simulated seed 300 with
                Symbol = symbol
            })
        "tracks"

let private withFile (text: string) (body: string -> 'a) : 'a =
    let path = Path.GetTempFileName()

    try
        File.WriteAllText(path, text)
        body path
    finally
        File.Delete path

let private quick: EvaluationConfig =
    { ForecastEvaluation.defaults with
        Bootstrap = Some { Draws = 200; Block = 5.0; Seed = 1L }
    }

let private written (tracks: ForecastTrack list) : string =
    use writer = new StringWriter()
    ResultFiles.writeForecasts writer tracks
    writer.ToString()

[<Tests>]
let suite =
    testList
        "Files of forecasts"
        [
            testCase "what a run writes is read back, number for number"
            <| fun () ->
                let tracks = tracks "spx" 41 @ tracks "dax" 42
                let expected = Expect.wantOk (ForecastSet.ofTracks tracks) "sets"

                withFile (written tracks) (fun path ->
                    Expect.equal
                        (ForecastFile.read 1 path)
                        (Ok
                            {
                                Sets = expected
                                Risks = []
                                Intervals = []
                            })
                        "the same")

            testCase "a column per model is read with its risk"
            <| fun () ->
                let text =
                    "date;realised;return;a;b;a:var:0.05;a:es:0.05\n2001-01-01;1e-4;0.01;2e-4;1e-4;-0.02;-0.03\n"
                    + "2001-01-02;0;-0.03;2e-4;3e-4;-0.02;-0.03\n"

                withFile text (fun path ->
                    let file = Expect.wantOk (ForecastFile.read 5 path) "a file"
                    let set = file.Sets.Head
                    Expect.equal set.Horizon 5 "as told"
                    Expect.equal set.Scored [| true; false |] "a day of no variance isn't scored"
                    Expect.equal set.Forecasts[1] ("b", [| 1e-4< / day>; 3e-4< / day> |]) "forecasts"
                    let risk = file.Risks.Head
                    Expect.equal (risk.Model, risk.Risk.Level) ("a", 0.05) "risk"
                    Expect.equal (RiskForecast.exceedances risk.Risk) [| false; true |] "exceedances"
                    Expect.equal risk.Shortfall (Some [| -0.03; -0.03 |]) "shortfall")

            testCase "a broken file is refused with row and column"
            <| fun () ->
                for text, row, column in
                    [
                        "date,realised,a\n2001-01-01,1e-4,2e-4\n2001-01-02,1e-4,x\n", 3, "a"
                        "date,realised,a\n2001-01-01,1e-4,0\n", 2, "a"
                        "date,realised,a\n2001-01-01,-1,1e-4\n", 2, "realised"
                        "date,realised,a\n01.02.2001,1e-4,1e-4\n", 2, "date"
                        "date,realised,a\n2001-01-01,1e-4\n", 2, ""
                        "date,realised,a,A\n2001-01-01,1,1,1\n", 1, ""
                        "date,open,a\n2001-01-01,1,1\n", 1, ""
                        "date,realised,a\n", 0, ""
                        "date,realised,a\n2001-01-02,1,1\n2001-01-01,1,1\n", 0, ""
                        "date,realised,a:var:2,return\n2001-01-01,1,1,1\n", 1, "a:var:2"
                        "date,realised,a:var:0.1\n2001-01-01,1,1\n", 1, "return"
                        "model,horizon,origin,forecast,realised\na,0,2001-01-01,1,1\n", 2, "horizon"
                        "model,origin,forecast,realised\na,2001-01-01,1,1\nb,2001-01-02,1,1\n", 3, "origin"
                    ] do
                    withFile text (fun path ->
                        match ForecastFile.read 1 path with
                        | Error(Fault.BadData(place, _, _, _)) ->
                            Expect.equal (place.Source, place.Row, place.Column) (path, row, column) text
                        | other -> failtest $"{text}: %A{other}")

                Expect.isError (ForecastFile.read 1 "nowhere.csv") "no file"

            testCase "an evaluation holds what its parts say, and the baseline is compared with nothing"
            <| fun () ->
                for set in Expect.wantOk (ForecastSet.ofTracks (tracks "spx" 43)) "sets" do
                    let found = Expect.wantOk (ForecastEvaluation.ofSet quick set) "an evaluation"

                    let losses (model: string) =
                        set.Forecasts
                        |> List.find (fun (name, _) -> name = model)
                        |> snd
                        |> ForecastSet.losses LossRule.Qlike set

                    for row in found.Models do
                        close 1e-14 row.MeanLoss (Array.average (losses row.Model)) "mean"
                        close 1e-14 row.MeanLoss row.Metrics.Qlike "QLIKE"
                        Expect.equal row.Versus.IsNone (row.Model = "log-har") "tested"
                        Expect.isSome row.Efficiency "Mincer-Zarnowitz"
                        let total = Array.sum (losses row.Model) - Array.sum (losses "log-har")
                        Expect.isLessThan (abs (Array.last row.Cumulative - total)) 1e-10 "cumulative"

                        if row.Model <> "log-har" then
                            Expect.equal
                                row.Versus
                                (Compare.dieboldMariano
                                    HacLag.Automatic
                                    set.Horizon
                                    (losses row.Model)
                                    (losses "log-har")
                                 |> Result.toOption)
                                "Diebold-Mariano"

                    let best = found.Models |> List.minBy _.MeanLoss
                    Expect.isTrue best.Confidence.Value.Included "the best is in the set"

                    Expect.equal (ForecastEvaluation.ofSet quick set) (Ok found) "the same seed, the same bits"

                    match ForecastEvaluation.ofSet { quick with Baseline = "garch" } set with
                    | Error(Fault.UnknownName(_, "garch", known)) -> Expect.contains known "har" "known"
                    | other -> failtest $"%A{other}"

                    let unscored =
                        { set with
                            Scored = Array.create set.Scored.Length false
                        }

                    Expect.isError (ForecastEvaluation.ofSet quick unscored) "no scored day"
                    Expect.isError (ForecastEvaluation.ofSet { quick with Level = 1.0 } set) "level"

            testCase "pooling is over symbol-days, and a panel of one symbol has none"
            <| fun () ->
                let sets =
                    Expect.wantOk (ForecastSet.ofTracks (tracks "spx" 44 @ tracks "dax" 45)) "sets"

                let rows = Expect.wantOk (ForecastEvaluation.pooled quick sets) "pooled"
                Expect.equal rows.Length 6 "three models at two horizons"

                for row in rows do
                    let losses =
                        sets
                        |> List.filter (fun set -> set.Horizon = row.Horizon)
                        |> List.map (fun set ->
                            set.Forecasts
                            |> List.find (fun (name, _) -> name = row.Model)
                            |> snd
                            |> ForecastSet.losses LossRule.Qlike set)
                        |> Array.concat

                    close 1e-13 row.MeanLoss (Array.average losses) "mean"
                    Expect.equal row.Symbols 2 "symbols"

                Expect.equal (ForecastEvaluation.pooled quick [ sets.Head ]) (Ok []) "one symbol"

            testCase "a table of a run has every model's place in the confidence set"
            <| fun () ->
                let table =
                    Expect.wantOk (Report.ofTracks HacLag.Automatic "log-har" (tracks "spx" 46)) "a table"

                for horizon in [ 1; 5 ] do
                    let places =
                        table.Rows
                        |> List.filter (fun row -> row.Horizon = horizon)
                        |> List.choose _.Confidence

                    Expect.equal places.Length 3 "every model"
                    let best = places |> List.minBy _.MeanLoss
                    Expect.isTrue best.Included "the best"
                    Expect.exists places (fun place -> place.PValue = 1.0) "one is left"
        ]
