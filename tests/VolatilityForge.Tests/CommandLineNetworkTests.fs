/// `volforge run` with a network and the reports of runs: the same bits, checkpoints, charts in a browser.
module VolatilityForge.Tests.CommandLineNetworkTests

open System.IO
open System.Text
open System.Text.Json
open System.Text.RegularExpressions
open Expecto
open VolatilityForge.Tests.CommandLine
open VolatilityForge.Tests.RunFolders

/// A small run whose network is better than untrained on its validation days.
let private network (result: string) (seed: int) : string list =
    words "run spx.csv --window 420 --models log-har,transformer --horizons 1 --epochs 6 --members 1 --quiet"
    @ [ "--seed"; string seed; "--out"; result ]

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
