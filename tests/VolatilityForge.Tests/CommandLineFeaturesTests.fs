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

            testCase
                "takes quotes of a database as it takes those of a file: cleaned, merged, with the other columns"
                (fun () ->
                    withFolder (fun folder ->
                        let rows =
                            [
                                for row in 0..60 ->
                                    let time = DateTime(2020, 1, 2, 9, 30, 0).AddSeconds(float (row / 2))
                                    let bid = if row = 7 then 0.0 else 10.0 + 0.01 * float (row % 5)

                                    FormattableString.Invariant
                                        $"{time:``yyyy-MM-dd'T'HH:mm:ss``},{bid},{bid + 0.02},{row % 3},{row % 4},{row % 7}.5"
                            ]

                        File.WriteAllLines(
                            Path.Combine(folder, "ticks.csv"),
                            "time,bid,ask,bidsize,asksize,bid_2" :: rows
                        )

                        let values =
                            rows
                            |> List.map (fun row ->
                                let cells = row.Split ','
                                let numbers = String.Join(",", cells[1..])
                                $"('ticks', '{cells[0]}', {numbers})")

                        let table =
                            "CREATE TABLE quotes (symbol TEXT, time TEXT, bid REAL, ask REAL, bidsize REAL, asksize REAL, bid_2 REAL)"

                        let filled = String.Join(", ", values)

                        SourceTests.sqlite
                            (Path.Combine(folder, "t.db"))
                            $"{table}; INSERT INTO quotes VALUES {filled}"

                        File.WriteAllText(
                            Path.Combine(folder, "bid.json"),
                            """{ "format": "volatilityforge-features", "version": 1, "kind": "pipeline", "keep_inputs": true, "steps": [
                             { "step": "microstructure" },
                             { "step": "nonlinear", "columns": ["bid_2"], "apply": [ { "feature": "lag" } ] } ] }"""
                        )

                        let made data =
                            done' (volforge folder [ "features"; data; "--kind"; "quotes"; "--recipe"; "bid.json" ])

                        let file, query = made "ticks.csv", made "sqlite:t.db?query=SELECT * FROM quotes"
                        Expect.equal query.Output file.Output "features"
                        Expect.equal query.Error file.Error "counts"))

            testCase "a date ends the training part with its day, a time where it says" (fun () ->
                withFolder (fun folder ->
                    let rows =
                        [
                            for hour in 0..6..66 do
                                let time = DateTime(2020, 1, 1).AddHours hour
                                FormattableString.Invariant $"{time:``yyyy-MM-dd'T'HH:mm``},{hour % 5}"
                        ]

                    File.WriteAllLines(Path.Combine(folder, "x.csv"), "time,x" :: rows)
                    File.WriteAllText(Path.Combine(folder, "x.json"), recipe.Replace("close", "x"))

                    for until, count in [ "2020-01-02", 8; "2020-01-02T00:00", 5; "2020-01-02T06:00:00", 6 ] do
                        let fitting = [ "features"; "x.csv"; "--recipe"; "x.json"; "--fit-until"; until ]

                        done' (volforge folder (fitting @ [ "--fitted"; "fit.json"; "--force" ]))
                        |> ignore

                        use document =
                            JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "fit.json")))

                        let trained = document.RootElement.GetProperty "trained"
                        Expect.equal (trained.GetProperty("rows").GetInt32()) count until))

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
                    // 12:00 is no day, and 10/11/2000 two.
                    for text in [ "soon"; "12:00"; "10/11/2000"; "2000-06-30T10:00Z" ] do
                        Expect.equal (code [ "--recipe"; "default"; "--fit-until"; text ]) 2 text

                    Expect.equal
                        (code [ "--fitted"; "f.json"; "--fit-until"; "2000-06-30" ])
                        2
                        "a fit of what is fitted"

                    Expect.equal (code [ "--recipe"; "spx.csv" ]) 2 "a recipe that is none"
                    Expect.equal (code [ "--recipe"; "absent.json" ]) 1 "a recipe that isn't there"
                    Expect.equal (code [ "--recipe"; "default"; "--fit-until"; "1990-01-01" ]) 3 "no training part"
                    Expect.equal (code [ "--recipe"; "default"; "--column"; "bid=BID" ]) 2 "a column that isn't there"))

            testCase "says what learned from every row, and what of the data it has no use for" (fun () ->
                withDays (fun folder ->
                    let told arguments =
                        (done' (volforge folder ("features" :: "spx.csv" :: arguments))).Error

                    Expect.stringContains
                        (told [ "--recipe"; "recipe.json" ])
                        "quantile-normal learned from all rows"
                        "no training part"

                    Expect.isFalse
                        ((told [ "--recipe"; "recipe.json"; "--fit-until"; "2000-08-31" ]).Contains "learned from all")
                        "a training part"

                    for unused in
                        [
                            [ "--clean"; "crossed" ]
                            [ "--session"; "09:30-16:00" ]
                            [ "--quotes"; "q.csv" ]
                        ] do
                        let answer =
                            volforge folder ([ "features"; "spx.csv"; "--recipe"; "recipe.json" ] @ unused)

                        Expect.equal answer.Code 2 $"{unused} of bars"

                    let kind =
                        volforge folder [ "features"; "spx.csv"; "--recipe"; "recipe.json"; "--kind"; "option-row" ]

                    Expect.equal kind.Code 2 "a kind that is none"
                    Expect.stringContains kind.Error "option-rows" "the nearest"))

            testCase "makes features of quotes, and of trades beside the quotes before them" (fun () ->
                withFolder (fun folder ->
                    let file (name: string) (lines: string list) =
                        File.WriteAllLines(Path.Combine(folder, name), lines)

                    file
                        "quotes.csv"
                        [
                            "time,bid,ask,bidsize,asksize,exchange"
                            "2024-01-02T09:30:00,10,10.2,5,5,N"
                            "2024-01-02T09:30:01,10,10.2,9,5,T"
                            "2024-01-02T09:30:02,11,10.2,9,5,N"
                            "2024-01-02T09:30:03,10.1,10.3,4,5,N"
                        ]

                    file
                        "trades.csv"
                        [
                            "time,price,size"
                            "2024-01-02T09:30:02,10.2,3"
                            "2024-01-02T09:30:04,10.1,1"
                        ]

                    file
                        "flow.json"
                        [
                            """{ "format": "volatilityforge-features", "version": 1, "kind": "pipeline","""
                            """  "steps": [ { "step": "microstructure", "features": ["order-flow-event"] } ] }"""
                        ]

                    file
                        "trades.json"
                        [
                            """{ "format": "volatilityforge-features", "version": 1, "kind": "pipeline","""
                            """  "steps": [ { "step": "microstructure", "features": ["trade-sign", "effective-spread"] } ] }"""
                        ]

                    let flow =
                        done' (
                            volforge
                                folder
                                [
                                    "features"
                                    "quotes.csv"
                                    "--recipe"
                                    "flow.json"
                                    "--clean"
                                    "crossed,exchange:N"
                                ]
                        )

                    Expect.stringContains flow.Output "2024-01-02T09:30:03,9" "the flow of one exchange"
                    Expect.isFalse (flow.Error.Contains "exchanges") "one exchange"

                    let mixed =
                        done' (volforge folder [ "features"; "quotes.csv"; "--recipe"; "flow.json" ])

                    Expect.stringContains mixed.Error "rows of 2 exchanges (N T)" "a note of several"

                    let ahead =
                        done' (
                            volforge
                                folder
                                [
                                    "features"
                                    "quotes.csv"
                                    "--recipe"
                                    "flow.json"
                                    "--clean"
                                    "crossed,mid-outlier"
                                ]
                        )

                    Expect.stringContains ahead.Error "mid-outlier judges a row by what came after it" "a note"

                    let signs =
                        done' (
                            volforge
                                folder
                                [
                                    "features"
                                    "trades.csv"
                                    "--recipe"
                                    "trades.json"
                                    "--quotes"
                                    "quotes.csv"
                                ]
                        )

                    let lines = signs.Output.TrimEnd('\n').Split '\n'
                    Expect.stringEnds lines[0] "trade_sign,tick_sign,effective_spread" "names"
                    Expect.stringContains lines[1] ",1,0,0.1999" "a buyer at the ask"
                    Expect.stringContains lines[2] ",-1,-1,0." "a seller at the bid"

                    let short =
                        done' (volforge folder [ "features"; "quotes.csv"; "--recipe"; "default" ])

                    Expect.stringContains short.Error "fewer than 2 values" "windows longer than the data"))

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

            testCase "symbols that taught nothing are told" (fun () ->
                withFolder (fun folder ->
                    let rows =
                        [
                            for day in 1..20 -> $"2020-01-{day:``00``},old,{day % 5}"
                            for day in 11..20 -> $"2020-01-{day:``00``},late,{day % 3}"
                        ]

                    File.WriteAllLines(Path.Combine(folder, "x.csv"), "date,symbol,x" :: rows)
                    File.WriteAllText(Path.Combine(folder, "x.json"), recipe.Replace("close", "x"))

                    let told until =
                        (done' (volforge folder [ "features"; "x.csv"; "--recipe"; "x.json"; "--fit-until"; until ]))
                            .Error

                    Expect.stringContains
                        (told "2020-01-10")
                        "note: 1 symbol without rows in the training part (late)"
                        "the symbol"

                    Expect.isFalse ((told "2020-01-15").Contains "without rows") "every symbol taught"))

            testCase "takes option chains as their characteristics" (fun () ->
                let path = Market.developmentFile "options/gatheral_spx_ivols_20230215.csv.gz"

                withFolder (fun folder ->
                    let answer = done' (volforge folder [ "features"; path; "--recipe"; "default" ])
                    let lines = answer.Output.TrimEnd('\n').Split '\n'
                    Expect.equal lines.Length 2 "header and one close"
                    Expect.stringContains lines[0] "atm_volatility_30" "names"

                    for ignored in [ [ "--explain" ]; [ "--fitted"; "f.json" ]; [ "--fit-until"; "soon" ] ] do
                        let answer = volforge folder ([ "features"; path; "--recipe"; "default" ] @ ignored)
                        Expect.equal answer.Code 2 $"{ignored}"

                    let rows =
                        done' (volforge folder [ "features"; path; "--kind"; "option-rows"; "--recipe"; "default" ])

                    let lines = rows.Output.TrimEnd('\n').Split '\n'
                    Expect.isGreaterThan lines.Length 5_000 "contracts"
                    Expect.stringContains lines[0] "implied_volatility,delta,gamma" "names"

                    for ofTrades in [ "trade_sign"; "effective_spread"; "roll" ] do
                        Expect.isFalse (lines[0].Contains ofTrades) ofTrades))
        ]
