/// `volforge evaluate` on what `volforge run` wrote and on files of one column per model.
module VolatilityForge.Tests.CommandLineEvaluateTests

open System.IO
open System.Text.Json
open Expecto
open VolatilityForge.Tests.CommandLine

let private run (folder: string) (arguments: string list) : Answer =
    let answer = volforge folder arguments
    Expect.equal (answer.Code, answer.Error) (0, "") "done"
    answer

[<Tests>]
let suite =
    testList
        "the command line evaluates"
        [
            testCase "a run's forecasts, with the figures of the run's own table"
            <| fun () ->
                withFolder (fun folder ->
                    File.WriteAllLines(Path.Combine(folder, "spx.csv"), firstDays 400)

                    let options =
                        [
                            "--models"
                            "ewma,har,log-har"
                            "--horizons"
                            "1,5"
                            "--window"
                            "200"
                            "--out"
                            "out"
                            "--quiet"
                        ]

                    run folder ("run" :: "spx.csv" :: options) |> ignore
                    let forecasts = Path.Combine("out", "forecasts.csv")
                    let answer = run folder [ "evaluate"; forecasts; "--json" ]
                    let root = JsonDocument.Parse(answer.Output).RootElement
                    let found = root.GetProperty("sets").EnumerateArray()

                    let result = File.ReadAllText(Path.Combine(folder, "out", "result.json"))
                    let results = JsonDocument.Parse(result).RootElement.GetProperty "results"
                    let table = results[0].GetProperty("table").EnumerateArray()

                    let rows =
                        [
                            for set in found do
                                for row in set.GetProperty("models").EnumerateArray() -> row
                        ]

                    for row, known in Seq.zip rows table do
                        for name in [ "model"; "qlike"; "mae_volatility"; "mcs_p_value"; "in_confidence_set" ] do
                            Expect.equal (row.GetProperty(name).ToString()) (known.GetProperty(name).ToString()) name

                        let test = row.GetProperty "diebold_mariano"

                        if test.ValueKind <> JsonValueKind.Null then
                            Expect.equal
                                (test.GetProperty("p_value").ToString())
                                (known.GetProperty("dm_p_value").ToString())
                                "Diebold-Mariano"

                    Expect.equal rows.Length 6 "three models at two horizons"

                    let shown =
                        run folder [ "evaluate"; forecasts; "--draws"; "200"; "--pairwise"; "--loss"; "mse" ]

                    Expect.stringContains shown.Output "MCS p" "a table"
                    Expect.equal (entries folder) [ "out"; "spx.csv" ] "nothing is written")

            testCase "a model that is far worse with a bound for its p-values, and the confidence set by stars"
            <| fun () ->
                withFolder (fun folder ->
                    let evaluated (name: string) (error: float) (model: string) : string[] =
                        File.WriteAllLines(
                            Path.Combine(folder, name),
                            [
                                "date,realised,near,far"
                                for day in 0..119 do
                                    let date = System.DateOnly(2001, 1, 1).AddDays day
                                    let realised = 1.0 + 0.5 * sin (float day)
                                    let near = realised * (1.0 + error * cos (float (2 * day)))
                                    let far = realised * (8.0 + cos (float (3 * day)))
                                    $"{date:O},{realised},{near},{far}"
                            ]
                        )

                        let line =
                            (run folder [ "evaluate"; name ]).Output.Split '\n'
                            |> Array.find (fun line -> line.TrimStart().StartsWith(model + " "))

                        line.Split(
                            ' ',
                            System.StringSplitOptions.TrimEntries
                            ||| System.StringSplitOptions.RemoveEmptyEntries
                        )

                    let far = evaluated "far.csv" 0.05 "far"
                    Expect.equal (far[3], far[4]) ("<0.001", "<0.001") "against the other"
                    Expect.equal (Array.last far) "<0.001" "outside the set"
                    Expect.equal (Array.last (evaluated "near.csv" 0.05 "near")) "1.000*" "inside the set"
                    let exact = evaluated "exact.csv" 0.0 "far"
                    Expect.equal exact[2] "-" "no ratio to a loss of zero")

            testCase "columns of models with risk, and refuses a broken cell with its place"
            <| fun () ->
                withFolder (fun folder ->
                    let rows =
                        [
                            for day in 0..59 do
                                let date = System.DateOnly(2001, 1, 1).AddDays day
                                let wave = 1.0 + 0.5 * sin (float day)
                                $"{date:O},{1e-4 * wave},{0.02 * cos (float (7 * day))},2e-4,1e-4,-0.018,-0.022"
                        ]

                    let path = Path.Combine(folder, "mine.csv")
                    let header = "date,realised,return,a,b,a:var:0.05,a:es:0.05"
                    File.WriteAllLines(path, header :: rows)
                    let answer = run folder [ "evaluate"; "mine.csv"; "--json"; "--draws"; "100" ]
                    let root = JsonDocument.Parse(answer.Output).RootElement
                    let set = root.GetProperty("sets")[0]
                    Expect.equal (set.GetProperty("baseline").GetString()) "a" "the first, where log-har is missing"
                    let risk = root.GetProperty("risk")[0]
                    Expect.isGreaterThan (risk.GetProperty("exceedances").GetInt32()) 0 "exceedances"
                    Expect.isGreaterThan (risk.GetProperty("kupiec").GetProperty("p_value").GetDouble()) 0.0 "Kupiec"
                    let shown = run folder [ "evaluate"; "mine.csv"; "--draws"; "100" ]
                    Expect.stringContains shown.Output "Kupiec" "a table"
                    File.WriteAllLines(path, header :: rows[0].Replace("1e-4,-0.018", "oops,-0.018") :: rows.Tail)
                    let answer = volforge folder [ "evaluate"; "mine.csv" ]
                    Expect.equal (answer.Code, answer.Output) (3, "") "bad data"

                    for word in [ "mine.csv"; "row 2"; "column b"; "oops" ] do
                        Expect.stringContains answer.Error word "the place")

            testCase "names of any length in one piece, and the null hypothesis of its test as such"
            <| fun () ->
                withFolder (fun folder ->
                    let names =
                        [ "log-har"; "log-har-leverage"; String.replicate 9 "-log-har-leverage" ]

                    File.WriteAllLines(
                        Path.Combine(folder, "long.csv"),
                        String.concat "," ("date" :: "realised" :: names)
                        :: [
                            for day in 1..200 ->
                                let date = System.DateOnly(2020, 1, 1).AddDays day
                                let value model = string (1 + (day * (3 + model)) % 7)
                                String.concat "," ($"{date:O}" :: List.init 4 value)
                        ]
                    )

                    let answer = run folder [ "evaluate"; "long.csv" ]

                    for name in names do
                        Expect.stringContains answer.Output $" {name} " name

                    let flowing =
                        System.Text.RegularExpressions.Regex.Replace(answer.Output, @"\s+", " ")

                    Expect.stringContains
                        flowing
                        "SPA test, null hypothesis: no model beats log-har, p-value "
                        "the test")
        ]
