/// What `volforge run` does when all is well: files, formats, sameness, what it refuses.
module VolatilityForge.Tests.CommandLineRunTests

open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine
open VolatilityForge.Tests.RunFolders

let private classical: string list =
    words "run spx.csv --window 250 --models random-walk,ewma,har,log-har --out result"

[<Tests>]
let runs: Test =
    testList
        "volforge run"
        [
            testCase "writes a table, result.json, forecasts.csv and a report" (fun () ->
                withDays 700 (fun folder ->
                    let answer = done' (volforge folder classical)
                    Expect.stringContains answer.Output "QLIKE" "the table"
                    Expect.stringContains answer.Output "report.html" "where the report is"
                    Expect.equal (entries folder) [ "result"; "spx.csv" ] "the folder"
                    let result = Path.Combine(folder, "result")

                    Expect.equal
                        (entries result)
                        [ "checkpoint.safetensors"; "forecasts.csv"; "report.html"; "result.json" ]
                        "the files"

                    use json = JsonDocument.Parse(read result "result.json")
                    Expect.equal (tableRows json.RootElement).Length 12 "four models at three horizons"

                    let walkForward =
                        { WalkForwardConfig.defaults with
                            Window = WindowRule.Rolling 250
                        }

                    let origins =
                        [ 1; 5; 22 ]
                        |> List.sumBy (fun horizon ->
                            700 - horizon - WalkForwardConfig.earliestOrigin walkForward horizon)

                    let lines = File.ReadAllLines(Path.Combine(result, "forecasts.csv"))
                    Expect.equal (lines.Length - 1) (4 * origins) "one line per model, horizon and origin"))

            testCase "--json puts one object on standard output and nothing else" (fun () ->
                withDays 400 (fun folder ->
                    // A row to drop makes a note, which has no place here.
                    File.AppendAllText(Path.Combine(folder, "spx.csv"), "2010-01-04,1,1,1,0,1,1\n")
                    let answer = done' (volforge folder (classical @ [ "--json"; "--drop-bad-rows" ]))
                    Expect.equal answer.Error "" "standard error"
                    let json = onlyJson answer
                    Expect.equal (json.GetProperty("folder").GetString()) "result" "the folder"
                    Expect.equal (tableRows json).Length 12 "rows"

                    let measured =
                        done' (volforge folder [ "measure"; "spx.csv"; "--json"; "--drop-bad-rows" ])

                    let results = (onlyJson measured).GetProperty "results"
                    Expect.equal (results[0].GetProperty("parkinson").GetArrayLength()) 400 "days"

                    let doctor = onlyJson (done' (volforge folder [ "doctor"; "--json" ]))

                    let rest = doctor.GetProperty("without tensors").GetProperty("found").GetString()

                    for network in [ "transformer"; "mlp"; "harnet"; "panel-mlp"; "panel-transformer" ] do
                        Expect.stringContains rest network "doctor tells what needs tensors"))

            testCase
                "the HAR family runs by name; a member that reads what bars don't give is refused with the measure"
                (fun () ->
                    withDays 400 (fun folder ->
                        let run names =
                            volforge
                                folder
                                (words $"run spx.csv --models {names} --window 250 --horizons 5 --out result --json")

                        let refused = run "log-har,shar,harq"

                        Expect.equal
                            (refused.Code, entries folder)
                            (2, [ "spx.csv" ])
                            "wrong usage, and nothing is left behind"

                        for measure in [ "positive_semivariance"; "negative_semivariance"; "quarticity" ] do
                            Expect.stringContains refused.Error $"'{measure}'" "the measure"

                        Expect.stringContains refused.Error "Known: none" "bars have none"
                        let names = [ "log-har"; "wls-har"; "qlike-har"; "log-har-leverage" ]
                        let rows = done' (run (String.concat "," names)) |> onlyJson |> tableRows
                        Expect.equal (rows |> List.map _.GetProperty("model").GetString()) names "rows"))

            testCase "its training options are those of the result" (fun () ->
                withDays 400 (fun folder ->
                    let options =
                        words "--optimiser sgd --schedule plateau --precision bfloat16 --patience 2 --batch-size 17"
                        @ words "--accumulation 5 --learning-rate 0.0007 --ema-decay 0.875 --json"

                    let json = onlyJson (done' (volforge folder (classical @ options)))
                    let config = json.GetProperty "config"
                    let setting (name: string) = config.GetProperty(name).GetString()
                    Expect.equal (setting "optimiser") "sgd" "the optimiser"
                    Expect.equal (setting "schedule") "plateau" "the schedule"
                    Expect.equal (setting "precision") "bfloat16" "the precision"
                    let number (name: string) = config.GetProperty(name).GetDouble()

                    for name, value in
                        [
                            "patience", 2.0
                            "batch_size", 17.0
                            "accumulation", 5.0
                            "learning_rate", 0.0007
                            "ema_decay", 0.875
                        ] do
                        Expect.equal (number name) value name))

            testCase "--quiet keeps notes to itself" (fun () ->
                withFolder (fun folder ->
                    let lines = firstDays 400
                    write folder "spx.csv" (text (lines @ [ "2010-01-04,1,1,1,0,1,1" ]))
                    let options = classical @ [ "--drop-bad-rows"; "--force" ]
                    let spoken = done' (volforge folder options)
                    Expect.stringContains spoken.Error "note:" "a dropped row is told"
                    let silent = done' (volforge folder (options @ [ "--quiet" ]))
                    Expect.equal (silent.Error, silent.Output) ("", spoken.Output) "errors, and the same table"))

            testCase
                "an existing folder stands as it is without --force; with it results are replaced and other files stay"
                (fun () ->
                    withDays 400 (fun folder ->
                        let result = Path.Combine(folder, "result")
                        Directory.CreateDirectory result |> ignore
                        write result "mine.txt" "mine"
                        let refused = volforge folder classical
                        Expect.equal (refused.Code, refused.Output) (1, "") "exit code and output"
                        Expect.stringContains refused.Error "--force" "the remedy"
                        Expect.equal (entries result, read result "mine.txt") ([ "mine.txt" ], "mine") "the folder"
                        write result "checkpoint-A.safetensors" "of an earlier run"
                        done' (volforge folder (classical @ [ "--force" ])) |> ignore

                        Expect.equal
                            (entries folder, entries result)
                            ([ "result"; "spx.csv" ],
                             [
                                 "checkpoint.safetensors"
                                 "forecasts.csv"
                                 "mine.txt"
                                 "report.html"
                                 "result.json"
                             ])
                            "the folder"))

            testCase "the folder's name may end in a separator" (fun () ->
                withDays 400 (fun folder ->
                    let arguments =
                        classical |> List.map (fun word -> if word = "result" then "result/" else word)

                    done' (volforge folder arguments) |> ignore
                    Expect.equal (entries folder) [ "result"; "spx.csv" ] "the folder"))

            testCase "too few forecasts for a test of difference leave the table without it" (fun () ->
                withDays 400 (fun folder ->
                    let options = [ "--window"; "376"; "--horizons"; "1"; "--json" ]

                    let arguments =
                        [ "run"; "spx.csv"; "--models"; "ewma,log-har"; "--out"; "result" ] @ options

                    let rows = done' (volforge folder arguments) |> onlyJson |> tableRows
                    Expect.equal rows.Length 2 "rows"

                    for row in rows do
                        Expect.equal (row.GetProperty("dm_p_value").ValueKind) JsonValueKind.Null "no p-value"))

            testCase "models without their baseline get it; a baseline asked for must be among them" (fun () ->
                withDays 400 (fun folder ->
                    let options = [ "--window"; "376"; "--horizons"; "1"; "--out"; "result"; "--json" ]

                    let rows =
                        volforge folder ([ "run"; "spx.csv"; "--models"; "ewma" ] @ options)
                        |> done'
                        |> onlyJson
                        |> tableRows

                    Expect.equal (rows |> List.map _.GetProperty("model").GetString()) [ "log-har"; "ewma" ] "rows"

                    let refused =
                        volforge
                            folder
                            ([ "run"; "spx.csv"; "--models"; "ewma"; "--baseline"; "log-har"; "--force" ]
                             @ options)

                    Expect.equal refused.Code 2 "wrong usage"))

            testCase "a panel has results for each symbol" (fun () ->
                withFolder (fun folder ->
                    let rows symbol =
                        (firstDays 400).Tail |> List.map (fun line -> $"{symbol},{line}")

                    write folder "spx.csv" (text ("symbol," + (firstDays 1).Head :: rows "AAA" @ rows "BBB"))
                    let json = done' (volforge folder (classical @ [ "--json" ])) |> onlyJson

                    let symbols =
                        [
                            for result in json.GetProperty("results").EnumerateArray() ->
                                result.GetProperty("symbol").GetString()
                        ]

                    Expect.equal symbols [ "AAA"; "BBB" ] "symbols"
                    let forecasts = read (Path.Combine(folder, "result")) "forecasts.csv"
                    Expect.isTrue (forecasts.Contains "\nAAA," && forecasts.Contains "\nBBB,") "forecasts"))
        ]
