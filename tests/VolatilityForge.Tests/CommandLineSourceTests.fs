/// Commands on data that are no CSV file: databases and Parquet.
module VolatilityForge.Tests.CommandLineSourceTests

open System.IO
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine
open VolatilityForge.Tests.RunFolders

/// The rows of a CSV of numbers, its first column of dates, as a table of this name.
let private intoDatabase (path: string) (table: string) (lines: string list) : unit =
    let names = lines.Head.Split ',' |> List.ofArray

    let columns =
        names
        |> List.mapi (fun at name -> $"\"{name}\" " + (if at = 0 then "TEXT" else "REAL"))

    let rows =
        lines.Tail
        |> List.map (fun line ->
            let cells = line.Split ','
            $"""('{cells[0]}', {String.concat ", " cells[1..]})""")

    SourceTests.sqlite
        path
        $"""CREATE TABLE {table} ({String.concat ", " columns}); INSERT INTO {table} VALUES {String.concat ", " rows}"""

let private sameFiles (folder: string) (expected: string) (found: string) : unit =
    let names = entries (Path.Combine(folder, expected))
    Expect.equal (entries (Path.Combine(folder, found))) names "files"

    for name in names do
        Expect.equal (bytes folder (Path.Combine(found, name))) (bytes folder (Path.Combine(expected, name))) name

let private options: string list =
    words "--window 250 --models har,log-har --horizons 1"

[<Tests>]
let suite: Test =
    testList
        "data that are no CSV file"
        [
            testCase "a run of bars or measures of a database is the run of their CSV, to the byte" (fun () ->
                withDays 400 (fun folder ->
                    let measures =
                        "date,rv,ret"
                        :: (firstDays 400
                            |> List.tail
                            |> List.mapi (fun day line -> $"{line[..9]},{1 + day * day * 7 % 101},{day % 5 - 2}"))

                    write folder "rv.csv" (text measures)
                    intoDatabase (Path.Combine(folder, "spx.db")) "bars" (firstDays 400)
                    intoDatabase (Path.Combine(folder, "rv.db")) "days" measures

                    for name, table in [ "spx", "bars"; "rv", "days" ] do
                        let run (data: string) (out: string) =
                            done' (volforge folder ("run" :: data :: "--out" :: out :: options)) |> ignore

                        run $"{name}.csv" $"{name}-file"
                        run $"sqlite:{name}.db?query=SELECT * FROM {table}" $"{name}-query"
                        sameFiles folder $"{name}-file" $"{name}-query"))

            testCase
                "bars of a database are measured and fitted, and a fault names the row and not the query"
                (fun () ->
                    withDays 300 (fun folder ->
                        intoDatabase (Path.Combine(folder, "spx.db")) "bars" (firstDays 300)
                        let query = "sqlite:spx.db?query=SELECT * FROM bars"

                        let answer (arguments: string list) =
                            (done' (volforge folder arguments)).Output

                        Expect.equal
                            (answer [ "measure"; query; "--kind"; "bars" ])
                            (answer [ "measure"; "spx.csv"; "--kind"; "bars" ])
                            "measures"

                        Expect.equal (answer [ "fit"; "garch"; query ]) (answer [ "fit"; "garch"; "spx.csv" ]) "a fit"
                        let untold = volforge folder [ "measure"; query ]
                        Expect.equal untold.Code 2 "a table of bars is no table of trades"
                        Expect.stringContains untold.Error "--kind bars" "what to say"

                        let broken =
                            volforge
                                folder
                                [
                                    "run"
                                    "sqlite:spx.db?query=SELECT date, open, high, low, -close AS close FROM bars"
                                ]

                        Expect.equal broken.Code 3 "exit code"
                        Expect.stringContains broken.Error "spx.db, row 2, column close" "the place"
                        Expect.isFalse (broken.Error.Contains "SELECT") "no query"

                        Expect.stringContains
                            (volforge folder [ "run"; "sqlite:no.db?query=SELECT 1" ]).Error
                            "no.db: there is no such file"
                            "the missing file"))

            testCase "a run of bars of a Parquet file is the run of their CSV, to the byte" (fun () ->
                match Sources.duckDb () with
                | Error fault -> skiptest (Fault.describe fault)
                | Ok() ->
                    withDays 400 (fun folder ->
                        let frames =
                            Expect.wantOk
                                (FrameCsv.read TableOptions.Default (Path.Combine(folder, "spx.csv")))
                                "read"

                        Expect.wantOk
                            (FrameParquet.write false (Path.Combine(folder, "spx.parquet")) frames)
                            "written"

                        for data, out in [ "spx.csv", "file"; "spx.parquet", "parquet" ] do
                            done' (volforge folder ("run" :: data :: "--out" :: out :: options)) |> ignore

                        sameFiles folder "file" "parquet"))
        ]
