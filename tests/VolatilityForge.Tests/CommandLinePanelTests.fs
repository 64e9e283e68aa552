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
                        Expect.isGreaterThan (value "held") 0.75 "most days were held"))

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
