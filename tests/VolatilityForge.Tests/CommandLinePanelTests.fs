/// Panels on the command line: a run, its files, the next forecasts, what is refused.
module VolatilityForge.Tests.CommandLinePanelTests

open System
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge.Tests.CommandLine

let private withPanel (body: string -> unit) : unit =
    match Market.repositoryFile (Path.Combine("tests", "golden", "panel-input.csv")) with
    | None -> failtest "panel-input.csv is missing"
    | Some source ->
        withFolder (fun folder ->
            File.Copy(source, Path.Combine(folder, "panel.csv"))

            File.WriteAllText(
                Path.Combine(folder, "groups.csv"),
                "symbol,group\nA,north\nB,north\nC,north\nD,south\nE,south\nF,south\n"
            )

            body folder)

let private run: string list =
    List.ofArray (
        "run panel.csv --models eb-log,log-har --groups groups.csv --lead B --warm-up 300 --horizons 1,5 --out result"
            .Split
            ' '
    )

let private parsed (answer: Answer) : JsonElement =
    Expect.equal answer.Code 0 $"exit code; {answer.Error}"
    use document = JsonDocument.Parse answer.Output
    document.RootElement.Clone()

[<Tests>]
let suite: Test =
    testList
        "volforge on panels"
        [
            testCase "a run leaves its files, and forecast goes on from them" (fun () ->
                withPanel (fun folder ->
                    let json = parsed (volforge folder (run @ [ "--json" ]))
                    Expect.equal (json.GetProperty("table").GetArrayLength()) 4 "a row per model and horizon"

                    Expect.equal
                        (entries (Path.Combine(folder, "result")))
                        [ "forecasts.csv"; "panel.json"; "report.html"; "result.json" ]
                        "the files"

                    let next =
                        parsed (volforge folder [ "forecast"; "result/panel.json"; "panel.csv"; "--json" ])

                    let rows = [ for row in next.GetProperty("forecasts").EnumerateArray() -> row ]
                    Expect.equal rows.Length 24 "a row per symbol, model and horizon"

                    for row in rows do
                        let value (name: string) = row.GetProperty(name).GetDouble()
                        Expect.isLessThan (value "lower") (value "daily_variance") "lower end"
                        Expect.isGreaterThan (value "upper") (value "daily_variance") "upper end"
                        Expect.isGreaterThan (value "held") 0.75 "most days were held"

                    let settings = Path.Combine(folder, "result", "panel.json")
                    File.Move(settings, Path.Combine(folder, "kept"))

                    let moved = parsed (volforge folder [ "forecast"; "kept"; "panel.csv"; "--json" ])

                    Expect.equal (string moved) (string next) "told by what it holds, not by its name"

                    for option in [ [ "--days-ahead"; "3" ]; [ "--append" ]; [ "--device"; "cpu" ] ] do
                        let answer = volforge folder ([ "forecast"; "kept"; "panel.csv" ] @ option)
                        Expect.equal answer.Code 2 answer.Error
                        Expect.stringContains answer.Error option.Head "the fault"))

            testCase "a run with a network tells what it was worth to its base" (fun () ->
                withFolder (fun folder ->
                    match Market.repositoryFile (Path.Combine("tests", "golden", "panel-px-input.csv")) with
                    | None -> failtest "panel-px-input.csv is missing"
                    | Some source ->
                        File.Copy(source, Path.Combine(folder, "panel.csv"))

                        let arguments =
                            "run panel.csv --models pooled-log-har,panel-mlp --baseline pooled-log-har --network-base pooled-log-har "
                            + "--network-months 12 --network-gain past --members 2 --seed 7 --warm-up 700 --horizons 1 --out result --json"

                        let json = parsed (volforge folder (List.ofArray (arguments.Split ' ')))
                        let network = json.GetProperty("networks")[0]
                        Expect.equal (network.GetProperty("model").GetString()) "panel-mlp" "the network"
                        Expect.equal (network.GetProperty("base").GetString()) "pooled-log-har" "its base"

                        let fits =
                            [
                                for fit in network.GetProperty("network_fits").EnumerateArray() ->
                                    fit.GetProperty("fitted_on").GetString(),
                                    fit.GetProperty("members").GetArrayLength()
                            ]

                        Expect.equal fits [ "2011-01-03", 2; "2012-01-02", 2 ] "a fit a year"

                        Expect.equal
                            [
                                for seed in network.GetProperty("by_seed").EnumerateArray() ->
                                    seed.GetProperty("seed").GetInt32()
                            ]
                            [ 7; 8 ]
                            "seeds"

                        let page = File.ReadAllText(Path.Combine(folder, "result", "report.html"))
                        Expect.stringContains page "Against the base, and each seed by itself" "its tables"
                        Expect.stringContains page "panel-mlp on pooled-log-har" "its chart"))
            |> Needs.tensors

            testCase "an option that the chosen way doesn't read is refused by its name" (fun () ->
                withPanel (fun folder ->
                    let refused (arguments: string list) (option: string list) =
                        let answer = volforge folder (arguments @ option)
                        Expect.equal answer.Code 2 $"{option}: {answer.Error}"
                        Expect.stringContains answer.Error option.Head "the fault"
                        Expect.isFalse (Directory.Exists(Path.Combine(folder, "result"))) "nothing is left"

                    for option in
                        [
                            [ "--expanding" ]
                            [ "--epochs"; "3" ]
                            [ "--config"; "settings.json" ]
                            [ "--intervals"; "0.9" ]
                            [ "--measure"; "parkinson" ]
                            [ "--members"; "2" ]
                            [ "--network-base"; "eb-log" ]
                            [ "--network-months"; "12" ]
                            [ "--network-gain"; "past" ]
                        ] do
                        refused run option

                    let network = run |> List.map (fun word -> word.Replace("log-har", "Panel-MLP"))

                    for option, name in
                        [
                            [ "--members"; "0" ], "seeds"
                            [ "--network-months"; "0" ], "months between fits"
                        ] do
                        let answer =
                            volforge
                                folder
                                (network @ [ "--baseline"; "eb-log"; "--network-base"; "eb-log" ] @ option)

                        Expect.equal answer.Code 2 $"{option}: {answer.Error}"
                        Expect.stringContains answer.Error name "the fault"

                    let single = [ "run"; "panel.csv"; "--models"; "log-har"; "--out"; "result" ]

                    for option in
                        [
                            [ "--from"; "2001-01-01" ]
                            [ "--warm-up"; "300" ]
                            [ "--near-zero"; "0" ]
                            [ "--measure"; "parkinson" ]
                        ] do
                        refused single option

                    File.WriteAllLines(Path.Combine(folder, "spx.csv"), firstDays 600)

                    for option in [ [ "--return-column"; "close" ]; [ "--missing"; "floor" ] ] do
                        refused [ "run"; "spx.csv"; "--models"; "log-har"; "--out"; "result" ] option))

            testCase "a panel of bars is measured as asked, and its forecasts too" (fun () ->
                withFolder (fun folder ->
                    let lines = firstDays 700
                    File.WriteAllLines(Path.Combine(folder, "spx.csv"), lines)

                    let forecasts (measure: string) =
                        let out = Path.Combine(folder, measure)

                        let answer =
                            volforge
                                folder
                                [
                                    "run"
                                    "spx.csv"
                                    "--models"
                                    "pooled-log-har,log-har"
                                    "--horizons"
                                    "1"
                                    "--warm-up"
                                    "400"
                                    "--measure"
                                    measure
                                    "--out"
                                    out
                                ]

                        Expect.equal answer.Code 0 answer.Error

                        let next =
                            parsed (
                                volforge folder [ "forecast"; Path.Combine(out, "panel.json"); "spx.csv"; "--json" ]
                            )

                        File.ReadAllText(Path.Combine(out, "forecasts.csv")), string next

                    let klass, klassNext = forecasts "garman-klass"
                    let parkinson, parkinsonNext = forecasts "parkinson"
                    Expect.notEqual parkinson klass "another measure, other forecasts"
                    Expect.notEqual parkinsonNext klassNext "and other next ones"))

            testCase "shards of a panel run, one of them resumed, make the files of one run" (fun () ->
                withPanel (fun folder ->
                    let all =
                        [ "result"; "joined" ] |> List.map (fun name -> Path.Combine(folder, name))

                    parsed (volforge folder (run @ [ "--json" ])) |> ignore

                    let part (number: int) =
                        let shard =
                            List.take (run.Length - 1) run @ [ "parts"; "--shard"; $"{number}/2"; "--json" ]

                        parsed (volforge folder shard) |> ignore

                    part 1
                    let early = volforge folder [ "merge"; "parts"; "--out"; "joined" ]
                    Expect.equal early.Code 1 early.Error
                    Expect.stringContains early.Error "2/2" "which is missing"
                    part 2

                    parsed (volforge folder [ "merge"; "parts"; "--out"; "joined"; "--json" ])
                    |> ignore

                    for file in entries all.Head do
                        let text (folder: string) =
                            File.ReadAllText(Path.Combine(folder, file))

                        Expect.equal (text all[1]) (text all[0]) file))

            testCase "measures of the file are read, and taken out in turn" (fun () ->
                withPanel (fun folder ->
                    let lines = File.ReadAllLines(Path.Combine(folder, "panel.csv"))

                    let more =
                        lines
                        |> Array.mapi (fun row line -> if row = 0 then line + ",flow" else $"{line},{1 + row % 5}")

                    File.WriteAllLines(Path.Combine(folder, "panel.csv"), more)
                    let measured = run @ [ "--measures"; "flow"; "--blocks"; "--json" ]
                    let json = parsed (volforge folder measured)

                    let models =
                        [
                            for row in json.GetProperty("table").EnumerateArray() ->
                                row.GetProperty("model").GetString()
                        ]

                    Expect.contains models "eb-log-full-without-flow" "its block"

                    let text = File.ReadAllText(Path.Combine(folder, "result", "panel.json"))
                    Expect.stringContains text "flow:log" "kept for forecasts"

                    let next =
                        parsed (volforge folder [ "forecast"; "result/panel.json"; "panel.csv"; "--json" ])

                    Expect.isGreaterThan (next.GetProperty("forecasts").GetArrayLength()) 0 "forecasts"
                    let refused = volforge folder (run @ [ "--measures"; "volume"; "--force" ])
                    Expect.equal refused.Code 2 refused.Error
                    Expect.stringContains refused.Error "flow" "those that there are"))

            testCase
                "a group of an unknown symbol, a row of one cell and an unknown series are told with their place"
                (fun () ->
                    withPanel (fun folder ->
                        let refused (code: int) (part: string) (groups: string) =
                            File.WriteAllText(Path.Combine(folder, "groups.csv"), groups)
                            let answer = volforge folder run
                            Expect.equal answer.Code code answer.Error
                            Expect.stringContains answer.Error part "the fault"
                            Expect.isFalse (Directory.Exists(Path.Combine(folder, "result"))) "nothing is left"

                        refused 2 "'Z'" "symbol,group\nZ,north\n"
                        refused 3 "row 3" "symbol,group\nA,north\nB\n"
                        refused 3 "once" "symbol,group\nA,north\nA,south\n"))
        ]
