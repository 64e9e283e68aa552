/// What `volforge measure` makes of quotes and trades.
module VolatilityForge.Tests.CommandLineTicksTests

open System
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine

let private done' (answer: Answer) : Answer =
    Expect.equal answer.Code 0 $"exit code; {answer.Error}"
    answer

/// Three days of trades every 30 seconds, with a zero price.
let private trades: Lazy<string> =
    lazy
        (let struct (draws, _) = Rng.normals 2400 (Rng.ofSeed 3L)

         let rows =
             Array.scan (fun level draw -> level + 0.0004 * draw) (log 100.0) draws
             |> Array.mapi (fun index level ->
                 let time =
                     DateTime(2020, 1, 6 + index / 800, 9, 30, 0).AddSeconds(float (index % 800) * 30.0)

                 let price = if index = 5 then 0.0 else Math.Round(exp level, 2)
                 FormattableString.Invariant $"{time:``yyyy-MM-ddTHH:mm:ss``},{price}")
             |> Array.take 2400

         String.Join("\n", Array.append [| "time,price" |] rows) + "\n")

let private withTrades (body: string -> unit) : unit =
    withFolder (fun folder ->
        File.WriteAllText(Path.Combine(folder, "abc.csv"), trades.Value)
        body folder)

[<Tests>]
let ticks =
    testList
        "volforge measure of ticks"
        [
            testCase "prints what the library computes, counts on the error stream, and the same in JSON" (fun () ->
                withTrades (fun folder ->
                    let answer =
                        done' (
                            volforge
                                folder
                                [
                                    "measure"
                                    "abc.csv"
                                    "--session"
                                    "09:30-16:00"
                                    "--measures"
                                    "rv,kernel_parzen,ticks"
                                ]
                        )

                    let path = Path.Combine(folder, "abc.csv")
                    let raw = (Expect.wantOk (TradesCsv.read TableOptions.Default path) "read").Head
                    let calendar = Calendar.weekdays Session.usEquities

                    let cleaned =
                        TradeCleaning.run (TradeCleaning.session calendar :: TradeCleaning.standard) raw

                    let prices =
                        Expect.wantOk (TickPrices.ofTrades ReturnKind.Log cleaned.Ticks) "prices"

                    let measures =
                        Expect.wantOk
                            (Intraday.measure
                                { Intraday.defaults with
                                    Calendar = calendar
                                }
                                [
                                    IntradayMeasure.RealisedVariance
                                    IntradayMeasure.Kernel KernelShape.Parzen
                                    IntradayMeasure.TickCount
                                ]
                                prices)
                            "measured"

                    use expected = new StringWriter()
                    FrameCsv.writeText [ RealisedMeasures.toFrame measures ] expected
                    Expect.equal (answer.Output.Replace("\r\n", "\n")) (string expected) "the table"

                    Expect.stringContains
                        answer.Error
                        "abc: zero-price: 1 (price missing, zero or negative); 2342 left"
                        "counts"

                    let json =
                        done' (
                            volforge
                                folder
                                [
                                    "measure"
                                    "abc.csv"
                                    "--session"
                                    "09:30-16:00"
                                    "--measures"
                                    "rv"
                                    "--json"
                                ]
                        )

                    let root = JsonDocument.Parse(json.Output).RootElement
                    let counts = root.GetProperty "cleaning"
                    Expect.equal (counts.GetArrayLength()) 6 "steps"
                    Expect.equal (counts[1].GetProperty("touched").GetInt32()) 1 "zero prices"
                    let rv = (root.GetProperty "results").[0].GetProperty "rv"
                    let own = Expect.wantOk (RealisedMeasures.measure "rv" measures) "rv"
                    Expect.equal [| for value in rv.EnumerateArray() -> value.GetDouble() |] own "values"
                    Expect.equal json.Error "" "silent"))

            testCase "refuses what is wrong with the right exit code" (fun () ->
                withTrades (fun folder ->
                    for code, options in
                        [
                            3, [ "--clean"; "none" ]
                            2, [ "--clean"; "zero" ]
                            2, [ "--sampling"; "5" ]
                            2, [ "--session"; "16:00-09:30" ]
                            2, [ "--measures"; "rvv" ]
                            2, [ "--holidays"; "Monday" ]
                            2, [ "--half-days"; "2020-01-06" ]
                            2, [ "--halts"; "2020-01-06/x" ]
                            2, [ "--kind"; "ticks" ]
                            2, [ "--kind"; "options" ]
                            1, [ "--out"; "abc.csv" ]
                            3, [ "--session"; "20:00-21:00" ]
                        ] do
                        let answer = volforge folder ("measure" :: "abc.csv" :: options)
                        Expect.equal answer.Code code $"{options}: {answer.Error}"
                        Expect.equal answer.Output "" "nothing printed"

                    Expect.equal (entries folder) [ "abc.csv" ] "nothing is left behind"
                    let refused = volforge folder [ "measure"; "abc.csv"; "--clean"; "none" ]
                    Expect.stringContains refused.Error "row 6" "the zero price is named"))

            testCase "takes holidays, half days, halts, sampling and arithmetic returns" (fun () ->
                withTrades (fun folder ->
                    let run options =
                        (done' (
                            volforge
                                folder
                                ([
                                    "measure"
                                    "abc.csv"
                                    "--session"
                                    "09:30-16:00"
                                    "--measures"
                                    "observations,ticks"
                                 ]
                                 @ options)
                        ))
                            .Output

                    let rows (output: string) = output.TrimEnd('\n').Split('\n')[1..]
                    Expect.equal (rows (run [ "--holidays"; "2020-01-06" ])).Length 2 "two days are left"

                    Expect.stringContains
                        (run [ "--half-days"; "2020-01-07=09:30-10:30" ])
                        "abc,2020-01-07,12,121"
                        "an hour"

                    Expect.stringContains
                        (run [ "--halts"; "2020-01-07T09:30/2020-01-07T15:00" ])
                        "abc,2020-01-07,12,121"
                        "the last hour"

                    Expect.stringContains (run [ "--sampling"; "ticks:100" ]) "abc,2020-01-07,8,781" "tick time"

                    let arithmetic =
                        done' (
                            volforge
                                folder
                                [ "measure"; "abc.csv"; "--clean"; "none"; "--arithmetic"; "--measures"; "rv" ]
                        )

                    Expect.equal (rows arithmetic.Output).Length 3 "zero prices are prices"
                    Expect.stringContains arithmetic.Error "note: without --session" "the default is told"

                    let session =
                        done' (volforge folder [ "measure"; "abc.csv"; "--session"; "09:30-16:00" ])

                    Expect.isFalse (session.Error.Contains "note: without --session") "and else not"))

            testCase "arithmetic returns keep prices below zero" (fun () ->
                withFolder (fun folder ->
                    for name, text in
                        [
                            "oil.csv", "time,price\n2020-04-20T10:00,2\n2020-04-20T10:10,-1\n2020-04-20T10:20,-3\n"
                            "mid.csv",
                            "time,bid,ask\n2020-04-20T10:00,1,3\n2020-04-20T10:10,-2,0\n2020-04-20T10:20,-4,-2\n"
                        ] do
                        File.WriteAllText(Path.Combine(folder, name), text)

                        let answer =
                            done' (volforge folder [ "measure"; name; "--arithmetic"; "--measures"; "rv,ticks" ])

                        Expect.stringContains answer.Output ",2020-04-20,13,3\n" name))

            testCase "options that mean nothing for the data are refused, not passed over" (fun () ->
                withTrades (fun folder ->
                    File.WriteAllText(
                        Path.Combine(folder, "bars.csv"),
                        "date,open,high,low,close\n2020-01-02,1,1,1,1\n2020-01-03,1,1,1,1\n"
                    )

                    for option in
                        [
                            [ "--sampling"; "1m" ]
                            [ "--grids"; "0" ]
                            [ "--session"; "09:30-16:00" ]
                            [ "--holidays"; "2020-01-02" ]
                            [ "--half-days"; "2020-01-02=09:30-13:00" ]
                            [ "--halts"; "2020-01-02T10:00/2020-01-02T11:00" ]
                            [ "--clean"; "none" ]
                            [ "--arithmetic" ]
                        ] do
                        let answer = volforge folder ("measure" :: "bars.csv" :: option)
                        Expect.equal answer.Code 2 $"{option}"
                        Expect.stringContains answer.Error option.Head "the option is named"

                    Expect.equal
                        (volforge folder [ "measure"; "abc.csv"; "--splits"; "detect" ]).Code
                        2
                        "splits of ticks"))

            testCase "ticks in a database give what they give in a file" (fun () ->
                withFolder (fun folder ->
                    let rows =
                        [
                            "b", "10:00", 1.0, 3.0
                            "a", "10:00", 2.0, 4.0
                            "b", "10:00", 3.0, 5.0
                            "b", "10:06", 2.0, 4.0
                            "a", "10:07", 3.0, 6.0
                        ]

                    let line (symbol, time, bid, ask) =
                        FormattableString.Invariant $"{symbol},2020-01-02T{time}:00,{bid},{ask},N"

                    File.WriteAllText(
                        Path.Combine(folder, "q.csv"),
                        String.Join("\n", "symbol,time,bid,ask,ex" :: List.map line rows) + "\n"
                    )

                    using
                        (new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={folder}/q.db;Pooling=False"))
                        (fun connection ->
                            connection.Open()
                            use command = connection.CreateCommand()

                            let values =
                                rows
                                |> List.map (fun (symbol, time, bid, ask) ->
                                    FormattableString.Invariant
                                        $"('{symbol}', '2020-01-02T{time}:00', {bid}, {ask}, 'N')")

                            command.CommandText <-
                                "CREATE TABLE q (symbol TEXT, time TEXT, bid REAL, ask REAL, ex TEXT); INSERT INTO q VALUES "
                                + String.Join(", ", values)

                            command.ExecuteNonQuery() |> ignore)

                    let measure source options =
                        volforge folder ("measure" :: source :: "--measures" :: "rv,ticks" :: options)

                    let query = "sqlite:q.db?query=SELECT * FROM q"
                    let clean = [ "--clean"; "exchange:N,duplicates:last" ]
                    let file = done' (measure "q.csv" clean)
                    Expect.stringContains file.Output "b,2020-01-02," "both symbols"
                    Expect.equal (done' (measure query clean)).Output file.Output "as in the file"
                    Expect.equal (done' (measure query ("--kind" :: "quotes" :: clean))).Output file.Output "as asked"

                    let lone = done' (measure query ("--symbol" :: "a" :: clean))
                    Expect.isFalse (lone.Output.Contains "b,") "symbols are chosen"
                    Expect.equal (measure "sqlite:q.db?query=SELECT time, bid FROM q" []).Code 2 "no ask"
                    Expect.equal (measure query [ "--kind"; "trades" ]).Code 2 "no price"

                    Expect.stringContains
                        (measure "sqlite:q.db?query=SELECT * FROM q ORDER BY time DESC" []).Error
                        "times must not decrease"
                        "the order is told"

                    let turned =
                        done' (
                            measure "sqlite:q.db?query=SELECT * FROM q ORDER BY time DESC, rowid" ("--sort" :: clean)
                        )

                    Expect.equal turned.Output file.Output "sorted"))

            testCase "symbols are quoted as CSV asks, and minute bars from midnight are ticks" (fun () ->
                withFolder (fun folder ->
                    File.WriteAllText(
                        Path.Combine(folder, "s.csv"),
                        "symbol,date,open,high,low,close\n\"a,b\",2020-01-02,1,1,1,1\n\"a,b\",2020-01-03,1,1,1,1\n"
                    )

                    let answer =
                        done' (volforge folder [ "measure"; "s.csv"; "--measures"; "squared-return" ])

                    Expect.stringContains answer.Output "\n\"a,b\",2020-01-03,0\n" "bars"

                    File.WriteAllText(
                        Path.Combine(folder, "fx.csv"),
                        "time,open,high,low,close\n2020-01-02T00:00,1,1,1,1\n2020-01-02T00:01,1,1,1,2\n"
                    )

                    let ticks = done' (volforge folder [ "measure"; "fx.csv"; "--measures"; "ticks" ])
                    Expect.stringContains ticks.Output "2020-01-02,2" "ticks"))

            testCase "bars are adjusted for splits that are given" (fun () ->
                withFolder (fun folder ->
                    File.WriteAllText(
                        Path.Combine(folder, "s.csv"),
                        "date,open,high,low,close\n2020-01-02,700,707,693,700\n2020-01-03,100,101,99,100\n"
                    )

                    let run options =
                        (done' (volforge folder ([ "measure"; "s.csv"; "--measures"; "squared-return" ] @ options)))
                            .Output

                    Expect.stringContains (run [ "--splits"; "2020-01-03=7" ]) "2020-01-03,0\n" "given"
                    Expect.stringContains (run [ "--splits"; "detect" ]) "2020-01-03,0\n" "detected"
                    Expect.equal (volforge folder [ "measure"; "s.csv"; "--splits"; "7" ]).Code 2 "no date"))

            testCase "two raw days of TAQ quotes are cleaned, counted and measured" (fun () ->
                let path = Market.developmentFile "quotes/hf_taq_xxx_quotes_raw_2018.csv.gz"

                withFolder (fun folder ->
                    let answer = done' (volforge folder [ "measure"; path; "--session"; "14:30-21:00" ])

                    for step, touched in CleaningGolden.standard do
                        Expect.stringContains answer.Error $"XXX: {step}: {touched} (" step

                    let rows = answer.Output.TrimEnd('\n').Split '\n'
                    Expect.equal rows.Length 3 "two days"))

            testCase "doctor says where DuckDB's library would have to be" (fun () ->
                withFolder (fun folder ->
                    let answer =
                        done' (
                            runProgram
                                folder
                                "env"
                                [ "VOLFORGE_DUCKDB=/nowhere/libduckdb.so"; volforgePath; "doctor" ]
                        )

                    Expect.stringContains answer.Output "VOLFORGE_DUCKDB names /nowhere/libduckdb.so" "what is wrong"))
        ]
