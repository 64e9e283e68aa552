/// `volforge run` on files of daily measures: the published figures, composed names, forecasts from the checkpoint.
module VolatilityForge.Tests.CommandLineMeasureFileTests

open System
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.MeasureTables

[<Tests>]
let suite: Test =
    testList
        "volforge run on measures"
        [
            testCase "reaches the published figures of the S&P 500" (fun () ->
                let path = Market.developmentFile "realized/bpq_sp500rm_1997_2013.csv.gz"

                withFolder (fun folder ->
                    let answer =
                        volforge
                            folder
                            [
                                "run"
                                path
                                "--models"
                                "har,wls-har,qlike-har,log-har,log-shar,ewma,harq,shar"
                                "--baseline"
                                "har"
                                "--horizons"
                                "1,5"
                                "--out"
                                "result"
                                "--json"
                            ]

                    Expect.equal answer.Code 0 answer.Error
                    use document = JsonDocument.Parse answer.Output
                    let result = document.RootElement.GetProperty("results")[0]

                    let ratio (model: string) (horizon: int) =
                        result.GetProperty("table").EnumerateArray()
                        |> Seq.find (fun row ->
                            row.GetProperty("model").GetString() = model
                            && row.GetProperty("horizon").GetInt32() = horizon)
                        |> fun row -> row.GetProperty("qlike_ratio").GetDouble(), row.GetProperty("qlike").GetDouble()

                    // The source gives three digits and not its first origin; SHAR at one day and HARQ hang on a few days.
                    for model, horizon, published in
                        [
                            "wls-har", 1, 0.898
                            "wls-har", 5, 0.825
                            "qlike-har", 1, 0.885
                            "log-har", 1, 0.890
                            "log-har", 5, 0.818
                            "log-shar", 1, 0.856
                            "ewma", 1, 1.304
                            "shar", 5, 0.931
                        ] do
                        let found, _ = ratio model horizon
                        Expect.isLessThan (abs (found - published)) 0.0025 $"{model} at {horizon}: {found}"

                    Expect.isLessThan (abs (snd (ratio "har" 1) - 0.1399)) 0.002 "HAR at one day"
                    Expect.isLessThan (abs (snd (ratio "har" 5) - 0.1249)) 0.002 "HAR at five days"))

            testCase
                "reaches the published figures out of sample, forecasts outside the window replaced by its mean"
                (fun () ->
                    let path = Market.developmentFile "realized/bpq_sp500rm_1997_2013.csv.gz"

                    withFolder (fun folder ->
                        // Bollerslev, Patton and Quaedvlieg (2016): 3,096 days after 1,000, whose first 22 are regressors.
                        // HAR-J is published as 0.91751679 and 1.01151469: 3e-5 from numpy's least squares on the same columns, which
                        // stands here.
                        for window, expected in
                            [
                                [ "--expanding" ], [ "harq", 0.89439887, 0.88091626 ]
                                [], [ "har-j", 0.91752583, 1.01154749; "char", 0.95830776, 1.02005358 ]
                            ] do
                            let models = expected |> List.map (fun (name, _, _) -> name)

                            let answer =
                                volforge
                                    folder
                                    ([
                                        "run"
                                        path
                                        "--models"
                                        String.Join(",", "har" :: models)
                                        "--baseline"
                                        "har"
                                        "--horizons"
                                        "1"
                                        "--window"
                                        "978"
                                        "--clamp"
                                        "mean"
                                        "--refit-all-every"
                                        "1"
                                        "--out"
                                        models.Head
                                        "--json"
                                     ]
                                     @ window)

                            Expect.equal answer.Code 0 answer.Error
                            use document = JsonDocument.Parse answer.Output

                            let rows =
                                document.RootElement.GetProperty("results").[0].GetProperty("table").EnumerateArray()
                                |> Seq.map (fun row -> row.GetProperty("model").GetString(), row)
                                |> Map.ofSeq

                            let figure (model: string) (name: string) =
                                rows[model].GetProperty(name).GetDouble()

                            Expect.equal (rows["har"].GetProperty("days").GetInt32()) 3096 "days"

                            for model, mse, qlike in expected do
                                let found = figure model "mse_variance" / figure "har" "mse_variance"
                                Expect.isLessThan (abs (found - mse)) 1e-8 $"{model}, MSE: {found}"
                                let found = figure model "qlike" / figure "har" "qlike"
                                Expect.isLessThan (abs (found - qlike)) 1e-8 $"{model}, QLIKE: {found}"))

            testCase "runs models of composed names, whose commas are their own" (fun () ->
                withFolder (fun folder ->
                    let history = measured 62 620

                    table "date,rk,r" 620 (fun day ->
                        $"{Units.strip history.Variance[day]:R},{history.Returns[day]:R}")
                    |> fun text -> File.WriteAllText(Path.Combine(folder, "m.csv"), text)

                    let answer models =
                        volforge
                            folder
                            [
                                "run"
                                "m.csv"
                                "--return-column"
                                "r"
                                "--window"
                                "500"
                                "--horizons"
                                "1"
                                "--models"
                                models
                                "--json"
                                "--force"
                            ]

                    let found = answer "log-har,gjr(1,1;student-t),equal-weight(har+garch(2,1))"
                    Expect.equal found.Code 0 found.Error
                    use document = JsonDocument.Parse found.Output

                    Expect.equal
                        (document.RootElement.GetProperty("results").[0].GetProperty("table").EnumerateArray()
                         |> Seq.map (fun row -> row.GetProperty("model").GetString())
                         |> List.ofSeq)
                        [ "log-har"; "gjr(1,1;student-t)"; "equal-weight(har+garch(2,1))" ]
                        "a row each"

                    let found = answer "log-har,gjr(1,1;studnt)"
                    Expect.equal found.Code 2 found.Error
                    Expect.stringContains found.Error "studnt" "the word"))

            testCase "forecasts from the checkpoint, with intervals, and refuses another column" (fun () ->
                withFolder (fun folder ->
                    let history = measured 61 800
                    let path = Path.Combine(folder, "m.csv")

                    let rows =
                        table "date,rk,r,medrv" 800 (fun day ->
                            let v = Units.strip history.Variance[day]
                            $"{v:R},{history.Returns[day]:R},{0.9 * v:R}")

                    File.WriteAllText(path, rows)

                    let data = [ "m.csv"; "--variance"; "rk"; "--return-column"; "r" ]

                    let answer =
                        volforge
                            folder
                            ([ "run" ]
                             @ data
                             @ [
                                 "--window"
                                 "300"
                                 "--models"
                                 "log-har,ewma"
                                 "--horizons"
                                 "1,5"
                                 "--out"
                                 "o"
                                 "--quiet"
                             ]
                             @ [ "--intervals"; "0.8"; "--var-levels"; "0.05"; "--var-tail"; "student-t" ])

                    Expect.equal (answer.Code, answer.Error) (0, "") "it runs"

                    let forecast =
                        volforge folder ([ "forecast"; "o/checkpoint.safetensors" ] @ data @ [ "--json" ])

                    Expect.equal (forecast.Code, forecast.Error) (0, "") "it forecasts"
                    use next = JsonDocument.Parse forecast.Output

                    use run =
                        JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "o", "result.json")))

                    let result = run.RootElement.GetProperty("results")[0]

                    for place, row in Seq.indexed (next.RootElement.GetProperty("forecasts").EnumerateArray()) do
                        let table, risk =
                            result.GetProperty("table")[place], result.GetProperty("risk")[place]

                        let same (one: JsonElement) (other: JsonElement) =
                            Expect.equal (one.GetDouble()) (other.GetDouble()) "the same"

                        same (row.GetProperty "daily_variance") (table.GetProperty "next_variance")
                        same (row.GetProperty "lower") (risk.GetProperty "next_lower")
                        same (row.GetProperty "upper") (risk.GetProperty "next_upper")

                        if row.GetProperty("horizon").GetInt32() = 1 then
                            let mine, theirs = row.GetProperty("next_return")[0], risk.GetProperty("next")[0]
                            same (mine.GetProperty "value_at_risk") (theirs.GetProperty "value_at_risk")
                            same (mine.GetProperty "expected_shortfall") (theirs.GetProperty "expected_shortfall")

                    let other =
                        volforge folder [ "forecast"; "o/checkpoint.safetensors"; "m.csv"; "--variance"; "medrv" ]

                    Expect.equal other.Code 2 "another column"
                    Expect.stringContains other.Error "column:rk" "named"

                    let evaluated =
                        volforge
                            folder
                            [
                                "evaluate"
                                "o/forecasts.csv"
                                "--json"
                                "--losses"
                                "l.csv"
                                "--draws"
                                "200"
                            ]

                    Expect.equal (evaluated.Code, evaluated.Error) (0, "") "it evaluates"
                    use found = JsonDocument.Parse evaluated.Output
                    Expect.equal (found.RootElement.GetProperty("risk").GetArrayLength()) 2 "a backtest a model"
                    Expect.equal (found.RootElement.GetProperty("intervals").GetArrayLength()) 4 "a coverage a track"
                    let losses = File.ReadAllLines(Path.Combine(folder, "l.csv"))

                    Expect.equal
                        losses.Length
                        (1 + (File.ReadAllLines(Path.Combine(folder, "o", "forecasts.csv"))).Length - 1)
                        "a day each"

                    let last = losses |> Array.findBack (fun line -> line.Contains ",1,ewma,")

                    let cells =
                        losses
                        |> Array.filter (fun line -> line.Contains ",1,")
                        |> Array.map _.Split(',')

                    let sum model =
                        cells
                        |> Array.filter (fun row -> row[2] = model)
                        |> Array.sumBy (fun row -> number row[4])

                    close
                        1e-9
                        (number (last.Split(',')[5]))
                        (sum "ewma" - sum "log-har")
                        "the running sum ends with the difference"

                    let none =
                        volforge
                            folder
                            [
                                "run"
                                "m.csv"
                                "--variance"
                                "rk"
                                "--var-levels"
                                "0.05"
                                "--window"
                                "300"
                                "--models"
                                "log-har"
                            ]

                    Expect.equal none.Code 1 "no returns"
                    Expect.stringContains none.Error "no returns" "the reason"))
        ]
