/// What `volforge features` gives.
module VolatilityForge.Tests.CommandLineFeaturesTests

open System
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine

let private recipe =
    """{ "format": "volatilityforge-features", "version": 1, "kind": "pipeline",
         "steps": [
           { "step": "nonlinear", "columns": ["close"], "apply": [
               { "feature": "log-return" }, { "feature": "quantile-normal" }, { "feature": "har" } ] } ] }"""

let private withDays (body: string -> unit) : unit =
    withFolder (fun folder ->
        File.WriteAllLines(Path.Combine(folder, "spx.csv"), firstDays 300)
        File.WriteAllText(Path.Combine(folder, "recipe.json"), recipe)
        body folder)

let private done' (answer: Answer) : Answer =
    Expect.equal answer.Code 0 $"exit code; {answer.Error}"
    answer

[<Tests>]
let suite: Test =
    testList
        "volforge features"
        [
            testCase "gives what the library computes, to the last bit" (fun () ->
                withDays (fun folder ->
                    let answer =
                        done' (volforge folder [ "features"; "spx.csv"; "--recipe"; "recipe.json" ])

                    let path = Path.Combine(folder, "spx.csv")
                    let bars = (Expect.wantOk (Ingest.bars Ingest.defaults path) "bars").Panel.Head
                    let index = bars.Dates |> Array.map _.ToDateTime(TimeOnly.MinValue)

                    let frame =
                        Expect.wantOk (Frame.create bars.Symbol index [ "close", bars.Close ]) "frame"

                    let pipeline = Expect.wantOk (PipelineJson.ofText [] recipe) "recipe"
                    let expected = new StringWriter()
                    FrameCsv.writeText [ Expect.wantOk (pipeline.FitTransform frame) "transformed" ] expected
                    Expect.equal answer.Output (string expected) "standard output"))

            testCase "keeps the fit of a training part and applies it again" (fun () ->
                withDays (fun folder ->
                    let fitting =
                        [
                            "features"
                            "spx.csv"
                            "--recipe"
                            "recipe.json"
                            "--fit-until"
                            "2000-08-31"
                            "--fitted"
                            "fit.json"
                            "--out"
                            "first.csv"
                        ]

                    done' (volforge folder fitting) |> ignore

                    done' (volforge folder [ "features"; "spx.csv"; "--fitted"; "fit.json"; "--out"; "second.csv" ])
                    |> ignore

                    let read name =
                        File.ReadAllText(Path.Combine(folder, name))

                    Expect.equal (read "second.csv") (read "first.csv") "the two files"
                    Expect.stringContains (read "fit.json") "\"last\": \"2000-08-31" "the training part"
                    let refused = volforge folder fitting
                    Expect.equal refused.Code 1 "existing files stay"))

            testCase "explains" (fun () ->
                withDays (fun folder ->
                    let table =
                        done' (volforge folder [ "features"; "spx.csv"; "--recipe"; "default"; "--explain" ])

                    Expect.stringContains table.Output "corwin-schultz(high" "formula"

                    let json =
                        done' (volforge folder [ "features"; "spx.csv"; "--recipe"; "recipe.json"; "--json" ])

                    use document = JsonDocument.Parse json.Output
                    let features = document.RootElement.GetProperty "features"
                    Expect.equal (features.GetArrayLength()) 5 "columns"))

            testCase "refuses wrong usage with 2, bad data with 3" (fun () ->
                withDays (fun folder ->
                    let code arguments =
                        (volforge folder ("features" :: "spx.csv" :: arguments)).Code

                    Expect.equal (code []) 2 "no recipe"
                    Expect.equal (code [ "--recipe"; "default"; "--fit-until"; "soon" ]) 2 "a date that is none"

                    Expect.equal
                        (code [ "--fitted"; "f.json"; "--fit-until"; "2000-06-30" ])
                        2
                        "a fit of what is fitted"

                    Expect.equal (code [ "--recipe"; "spx.csv" ]) 2 "a recipe that is none"
                    Expect.equal (code [ "--recipe"; "absent.json" ]) 1 "a recipe that isn't there"
                    Expect.equal (code [ "--recipe"; "default"; "--fit-until"; "1990-01-01" ]) 3 "no training part"
                    Expect.equal (code [ "--recipe"; "default"; "--column"; "bid=BID" ]) 2 "a column that isn't there"))

            testCase "takes the raw quotes of two days, cleaned and counted" (fun () ->
                let path = Market.developmentFile "quotes/hf_taq_xxx_quotes_raw_2018.csv.gz"

                withFolder (fun folder ->
                    let recipe = recipe.Replace("\"close\"", "\"bid\"")
                    File.WriteAllText(Path.Combine(folder, "recipe.json"), recipe)

                    let answer =
                        done' (volforge folder [ "features"; path; "--recipe"; "recipe.json"; "--out"; "out.csv" ])

                    Expect.stringContains answer.Error "crossed" "the count of crossed quotes"
                    let lines = File.ReadLines(Path.Combine(folder, "out.csv")) |> Seq.length
                    Expect.isGreaterThan lines 20_000 "rows"))

            testCase "takes option chains as their characteristics" (fun () ->
                let path = Market.developmentFile "options/gatheral_spx_ivols_20230215.csv.gz"

                withFolder (fun folder ->
                    let answer = done' (volforge folder [ "features"; path; "--recipe"; "default" ])
                    let lines = answer.Output.TrimEnd('\n').Split '\n'
                    Expect.equal lines.Length 2 "header and one close"
                    Expect.stringContains lines[0] "atm_volatility_30" "names"))
        ]
