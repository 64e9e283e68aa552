/// What the command line does when all is well, and when it is interrupted: files, formats, sameness, Ctrl-C.
module VolatilityForge.Tests.CommandLineRunTests

open System
open System.IO
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine

let private text (lines: string list) : string = String.Join("\n", lines) + "\n"

let private write (folder: string) (name: string) (content: string) : unit =
    File.WriteAllText(Path.Combine(folder, name), content)

let private done' (answer: Answer) : Answer =
    Expect.equal answer.Code 0 $"exit code; {answer.Error}"
    answer

/// Runs in a folder that holds the first days as spx.csv.
let private withDays (days: int) (body: string -> unit) : unit =
    withFolder (fun folder ->
        write folder "spx.csv" (text (firstDays days))
        body folder)

let private read (folder: string) (name: string) : string =
    File.ReadAllText(Path.Combine(folder, name))

let private bytes (folder: string) (name: string) : byte[] =
    File.ReadAllBytes(Path.Combine(folder, name))

let private words (line: string) : string list = List.ofArray (line.Split ' ')

let private classical: string list =
    words "run spx.csv --window 250 --models random-walk,ewma,har,log-har --out result"

/// A small run whose network is better than untrained on its validation days.
let private network (result: string) (seed: int) : string list =
    words "run spx.csv --window 420 --models log-har,transformer --horizons 1 --epochs 6 --members 1 --quiet"
    @ [ "--seed"; string seed; "--out"; result ]

/// The one JSON object of an answer that must hold nothing else.
let private onlyJson (answer: Answer) : JsonElement =
    use document = JsonDocument.Parse answer.Output
    document.RootElement.Clone()

let private tableRows (json: JsonElement) : JsonElement list =
    [
        for result in json.GetProperty("results").EnumerateArray() do
            yield! result.GetProperty("table").EnumerateArray()
    ]

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

/// The files of the smallest run, on days in which training finds something to improve; made once.
let private trained: Lazy<string * (string * byte[]) list> =
    lazy
        (let lines = firstDays 1_400
         let days = text (lines.Head :: lines[701..])

         withFolder (fun folder ->
             write folder "spx.csv" days
             done' (volforge folder (network "first" 7)) |> ignore
             let result = Path.Combine(folder, "first")
             days, entries result |> List.map (fun name -> name, bytes result name)))

/// A folder with spx.csv and the run of it in first/.
let private withNetwork (body: string -> unit) : unit =
    let days, files = trained.Value

    withFolder (fun folder ->
        write folder "spx.csv" days
        let result = Directory.CreateDirectory(Path.Combine(folder, "first")).FullName

        for name, content in files do
            File.WriteAllBytes(Path.Combine(result, name), content)

        body folder)

/// What loads something when a page is opened: an address in src, href, url() or @import that is no fragment and no data.
let private loads: Regex =
    Regex("""(\b(src|href)\s*=\s*["']?(?!#|data:)\w)|(url\(\s*["']?(?!data:))|(@import)""", RegexOptions.IgnoreCase)

/// The page as the browser has drawn it.
let private drawn (folder: string) (browser: string) (page: string) : string =
    let profile = Path.Combine(folder, "profile")

    let answer =
        runProgram
            folder
            browser
            [
                "--headless"
                "--no-sandbox"
                "--disable-gpu"
                $"--user-data-dir={profile}"
                "--virtual-time-budget=5000"
                "--dump-dom"
                $"file://{page}"
            ]

    (done' answer).Output

[<Tests>]
let networks: Test =
    testList
        "volforge with a network"
        [
            testCase "gives the same bits for the same seed and others for another" (fun () ->
                withNetwork (fun folder ->
                    done' (volforge folder (network "again" 7)) |> ignore
                    done' (volforge folder (network "other" 8)) |> ignore
                    let file run name = bytes folder (Path.Combine(run, name))

                    for name in [ "result.json"; "forecasts.csv"; "checkpoint.safetensors"; "report.html" ] do
                        Expect.equal (file "again" name) (file "first" name) name
                        Expect.notEqual (file "other" name) (file "first" name) $"{name} of another seed"))

            testCase "forecasts from its checkpoint what the run said comes next" (fun () ->
                withNetwork (fun folder ->
                    use stored = JsonDocument.Parse(read folder "first/result.json")

                    let next =
                        tableRows stored.RootElement
                        |> List.map (fun row ->
                            row.GetProperty("model").GetString(), row.GetProperty("next_variance").GetDouble())

                    let answer =
                        volforge folder [ "forecast"; "first/checkpoint.safetensors"; "spx.csv"; "--json" ]

                    let forecasts =
                        [
                            for row in (done' answer |> onlyJson).GetProperty("forecasts").EnumerateArray() ->
                                row.GetProperty("model").GetString(), row.GetProperty("daily_variance").GetDouble()
                        ]

                    Expect.equal forecasts next "model and variance, to the last bit"
                    Expect.notEqual (snd next[0]) (snd next[1]) "the network has learned something"))

            testCase "refuses a checkpoint that was damaged, cut or never one" (fun () ->
                withNetwork (fun folder ->
                    let whole = bytes folder "first/checkpoint.safetensors"
                    let flipped = Array.copy whole
                    flipped[whole.Length - 5] <- flipped[whole.Length - 5] ^^^ 1uy

                    for name, content in
                        [
                            "flipped", flipped
                            "cut", whole[.. whole.Length - 9]
                            "header cut", whole[..100]
                            "empty", [||]
                            "text", Encoding.UTF8.GetBytes(text (firstDays 10))
                        ] do
                        File.WriteAllBytes(Path.Combine(folder, "broken.safetensors"), content)
                        let answer = volforge folder [ "forecast"; "broken.safetensors"; "spx.csv" ]
                        Expect.equal (answer.Code, answer.Output) (1, "") name
                        Expect.stringContains answer.Error "broken.safetensors" name
                        Expect.stringContains answer.Error "damaged" name))

            testCase "writes a report that loads nothing and draws its charts in a browser" (fun () ->
                withNetwork (fun folder ->
                    let page = Path.Combine(folder, "first", "report.html")
                    let html = File.ReadAllText page
                    // What the chart library could load is not in question, only what the page asks for.
                    let markup =
                        Regex.Replace(html, "(<script>).*?</script>", "$1", RegexOptions.Singleline)

                    Expect.isFalse (loads.IsMatch markup) $"nothing to load; {(loads.Match markup).Value}"
                    Expect.stringContains html "<td>log-har</td>" "the table"

                    match tryProgram [ "chromium"; "chromium-browser"; "google-chrome" ] with
                    | None -> skiptest "no Chromium to draw the charts"
                    | Some _ when html.Contains "class=\"missing\"" -> skiptest "this build has no chart library"
                    | Some browser ->
                        let dom = drawn folder browser page
                        Expect.equal (Regex.Matches(dom, "data-drawn=\"true\"").Count) 4 "charts"
                        Expect.isGreaterThanOrEqual (Regex.Matches(dom, "<canvas").Count) 4 "canvases"
                        Expect.stringContains dom ">transformer</label>" "the models' boxes"))
        ]
    |> Needs.tensors

[<Tests>]
let reports: Test =
    testList
        "reports of volforge run"
        [
            testCase "draws intervals, exceedances, coefficients and news impact where a run has them" (fun () ->
                withDays 700 (fun folder ->
                    let options =
                        words
                            "run spx.csv --window 300 --models log-har,gjr --horizons 1 --intervals 0.8 --var-levels 0.05"

                    done' (volforge folder (options @ [ "--out"; "result" ])) |> ignore
                    let page = Path.Combine(folder, "result", "report.html")
                    let html = File.ReadAllText page
                    Expect.stringContains html "Kupiec p" "the table of exceedances"
                    Expect.stringContains html "<td class=\"in\">" "membership in the confidence set"

                    match tryProgram [ "chromium"; "chromium-browser"; "google-chrome" ] with
                    | None -> skiptest "no Chromium to draw the charts"
                    | Some _ when html.Contains "class=\"missing\"" -> skiptest "this build has no chart library"
                    | Some browser ->
                        let dom = drawn folder browser page
                        // Forecasts, losses, intervals, exceedances, coefficients, news impact.
                        Expect.equal (Regex.Matches(dom, "data-drawn=\"true\"").Count) 6 "charts"))
        ]
