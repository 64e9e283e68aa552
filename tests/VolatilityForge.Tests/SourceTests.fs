/// Frames from Parquet, DuckDB, SQLite and a real PostgreSQL.
module VolatilityForge.Tests.SourceTests

open System
open System.Data.Common
open System.IO
open Expecto
open VolatilityForge

let private withFolder (body: string -> 'a) : 'a =
    let folder = Directory.CreateTempSubdirectory "volatilityforge-source-"

    try
        body folder.FullName
    finally
        folder.Delete true

let private needDuck () : unit =
    match Sources.duckDb () with
    | Ok() -> ()
    | Error fault -> skiptest (Fault.describe fault)

let private values (name: string) (frame: Frame) : float[] =
    Expect.wantOk (Frame.column name frame) name

let private bits (frame: Frame) : (string * int64[]) list =
    frame.Names
    |> List.map (fun name ->
        name,
        values name frame
        |> Array.map (fun value ->
            if Double.IsNaN value then
                -1L
            else
                BitConverter.DoubleToInt64Bits value))

let private frames (rows: int) (step: TimeSpan) : Frame list =
    [
        for symbol in [ "a rather long symbol's name"; "é" ] ->
            let struct (draws, _) = Rng.normals rows (Rng.ofSeed (int64 symbol.Length))

            Expect.wantOk
                (Frame.create
                    symbol
                    (Array.init rows (fun row -> DateTime(2020, 1, 2) + step * float row))
                    [
                        "plain", draws
                        "with \"quote\"", draws |> Array.mapi (fun row value -> if row % 3 = 0 then nan else value)
                        "missing", Array.create rows nan
                    ])
                "sound"
    ]

let private same (left: Frame list) (right: Frame list) : unit =
    Expect.equal (left |> List.map _.Symbol) (right |> List.map _.Symbol) "symbols"

    for left, right in List.zip left right do
        Expect.equal left.Index right.Index "times"
        Expect.equal (bits left) (bits right) "bits"

let private execute (connection: DbConnection) (sql: string) : unit =
    use connection = connection
    connection.Open()
    use command = connection.CreateCommand()
    command.CommandText <- sql
    command.ExecuteNonQuery() |> ignore

/// Runs statements on a database, made if it isn't there.
let sqlite (path: string) (sql: string) : unit =
    execute (new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=False")) sql

let private place (result: Result<'a, Fault>) : int * string =
    match result with
    | Error fault ->
        match Fault.flatten fault |> List.head with
        | Fault.BadData(place, _, _, _) -> place.Row, place.Column
        | other -> failtestf "BadData expected, found %A" other
    | Ok _ -> failtest "the query must be refused"

/// Two symbols, mixed, with a NULL; rows of a symbol in order.
let private script (time: string) : string =
    $"""CREATE TABLE measures (symbol TEXT, date {time}, rv DOUBLE PRECISION, trades BIGINT, venue TEXT);
INSERT INTO measures VALUES ('b', '2020-01-02', 0.1, 3, 'N'), ('a', '2020-01-02', 0.2, 4, 'N'), ('b', '2020-01-03', NULL, 5, 'T');"""

let private expectMeasures (found: Frame list) : unit =
    Expect.equal (found |> List.map _.Symbol) [ "a"; "b" ] "symbols"
    Expect.equal (bits found[1] |> List.map fst) [ "rv"; "trades" ] "columns"
    Expect.equal (values "trades" found[1]) [| 3.0; 5.0 |] "whole numbers"
    Expect.equal (values "rv" found[0]) [| 0.2 |] "a"
    Expect.equal (values "rv" found[1] |> Array.map Double.IsNaN) [| false; true |] "NULL"
    Expect.equal found[1].Index [| DateTime(2020, 1, 2); DateTime(2020, 1, 3) |] "dates"

[<Tests>]
let tests =
    testList
        "sources"
        [
            testCase "frames come back from Parquet to the last bit, over several chunks" (fun () ->
                needDuck ()

                withFolder (fun folder ->
                    let path = Path.Combine(folder, "it's.parquet")
                    let written = frames 5000 (TimeSpan.FromTicks 12_345_678L)
                    Expect.wantOk (FrameParquet.write false path written) "written"
                    Expect.isError (FrameParquet.write false path written) "an existing file stands"
                    Expect.wantOk (FrameParquet.write true path written) "replaced"
                    Expect.equal (Directory.GetFiles(folder).Length) 1 "nothing is left behind"
                    same (Expect.wantOk (Sources.frames path) "read") written))

            testCase "daily frames in Parquet have dates, and a pattern reads many files" (fun () ->
                needDuck ()

                withFolder (fun folder ->
                    let all = frames 10 (TimeSpan.FromDays 1.0)

                    for frame in all do
                        let path = Path.Combine(folder, $"{frame.Symbol.Length}.parquet")
                        Expect.wantOk (FrameParquet.write false path [ frame ]) "written"

                    same (Expect.wantOk (Sources.frames $"parquet:{folder}/*.parquet") "read") all

                    let asked =
                        $"duckdb:?query=SELECT date, avg(plain) AS mean, count(*) AS n FROM '{folder}/*.parquet' GROUP BY date ORDER BY date;"

                    let grouped = (Expect.wantOk (Sources.frames asked) "asked").Head
                    Expect.equal (grouped.Symbol, values "n" grouped) ("", Array.create 10 2.0) "symbols per day"))

            testCase "a column of SQLite has the type of its first value, whatever NULL comes before" (fun () ->
                withFolder (fun folder ->
                    let path = Path.Combine(folder, "m.db")

                    sqlite
                        path
                        "CREATE TABLE m (date TEXT, rv REAL); INSERT INTO m VALUES ('2020-01-02', NULL), ('2020-01-03', 2);"

                    let frame =
                        (Expect.wantOk
                            (FrameSql.sqlite
                                path
                                "SELECT date, rv, rv * 2 AS twice, NULL AS none FROM m ORDER BY date")
                            "read")
                            .Head

                    Expect.equal frame.Names [ "rv"; "twice"; "none" ] "columns"
                    let twice = values "twice" frame
                    Expect.isTrue (Double.IsNaN twice[0]) "NULL is missing"
                    Expect.equal twice[1] 4.0 "the value"
                    Expect.isTrue (values "none" frame |> Array.forall Double.IsNaN) "nothing but NULL"

                    for sql, expected in
                        [
                            "SELECT date, nullif(date, '2020-01-02') AS symbol, rv FROM m ORDER BY date",
                            (1, "symbol")
                            "SELECT date, CASE WHEN rv > 0 THEN x'00' END AS raw FROM m ORDER BY date", (2, "raw")
                            "SELECT date, rv FROM m WHERE rv > 9", (0, "")
                        ] do
                        Expect.equal (place (FrameSql.sqlite path sql)) expected sql))

            testCase "other columns of ticks come along by one rule from files and databases" (fun () ->
                withFolder (fun folder ->
                    let path = Path.Combine(folder, "q.csv")
                    // Levels 0 and 1 are names like any other.
                    let names =
                        [ "time"; "bid"; "ofr"; "BidPrice2"; "BidPrice1"; "bid0"; "seq"; "bid_size" ]

                    let rows =
                        [
                            "'2024-01-02T09:30:00',10,11,9,1,2,3,4"
                            "'2024-01-02T09:30:01',10,11,9,1,2,3,4"
                        ]

                    File.WriteAllLines(
                        path,
                        String.concat "," names :: (rows |> List.map (fun row -> row.Replace("'", "")))
                    )

                    let header = String.concat " REAL, " names[1..]
                    let filled = rows |> List.map (fun row -> $"({row})") |> String.concat ", "

                    sqlite
                        (Path.Combine(folder, "q.db"))
                        $"CREATE TABLE q (time TEXT, {header} REAL); INSERT INTO q VALUES {filled};"

                    let namesOf (keep: string list) (roles: (string * string) list) (source: string) : string list =
                        let options =
                            { TableOptions.Default with
                                Keep = keep
                                Columns = Map.ofList roles
                            }

                        let frames, _ =
                            Expect.wantOk (TickFrames.ofQuotes QuoteCleaning.causal options source) source

                        frames.Head.Frame.Names

                    for source in [ path; $"sqlite:{folder}/q.db?query=SELECT * FROM q" ] do
                        Expect.equal
                            (namesOf [] [] source)
                            [ "bid"; "ask"; "bid_size"; "bid_2"; "BidPrice1"; "bid0"; "seq" ]
                            source

                        Expect.equal
                            (namesOf [ "seq"; "BidPrice2" ] [] source)
                            [ "bid"; "ask"; "bid_size"; "bid_2"; "seq" ]
                            source

                        // Another plays the part of a column whose name is then taken.
                        Expect.equal
                            (namesOf [] [ "bid size", "seq"; "bid", "bid0" ] source)
                            [ "bid"; "ask"; "bid_size"; "bid_2"; "BidPrice1" ]
                            source))

            testCase "DuckDB's own mistakes are faults, and text must be left out" (fun () ->
                needDuck ()

                for sql in
                    [
                        "SELECT nonsense"
                        "SELEC 1"
                        "SELECT DATE '2020-01-02' AS date, 'x' AS word, 1 AS n"
                        "SELECT 1 AS n"
                    ] do
                    Expect.isError (FrameSql.duckdb "" sql) sql

                match FrameSql.duckdb "/nowhere.duckdb" "SELECT 1" with
                | Error(Fault.BadFile("/nowhere.duckdb", _, _)) -> ()
                | other -> failtestf "BadFile expected, found %A" other

                withFolder (fun folder ->
                    let path = Path.Combine(folder, "no.parquet")
                    File.WriteAllText(path, "date,a\n2020-01-02,1\n")
                    Expect.isError (FrameParquet.read path) "CSV by another name"
                    Expect.isError (FrameParquet.read (Path.Combine(folder, "none.parquet"))) "no file"))

            testCase "SQLite gives frames, its dates as text" (fun () ->
                withFolder (fun folder ->
                    let path = Path.Combine(folder, "m.db")
                    sqlite path (script "TEXT")
                    let query = "SELECT symbol, date, rv, trades FROM measures ORDER BY rowid"
                    expectMeasures (Expect.wantOk (Sources.frames $"sqlite:{path}?query={query}") "read")))

            testCase "what a query must not give is a fault with the place" (fun () ->
                withFolder (fun folder ->
                    let path = Path.Combine(folder, "m.db")
                    sqlite path (script "TEXT")
                    let ask query = FrameSql.sqlite path query
                    Expect.equal (place (ask "SELECT symbol, date, rv, venue FROM measures")) (0, "venue") "text"
                    Expect.equal (place (ask "SELECT symbol, rv FROM measures")) (0, "time") "no time"

                    Expect.equal
                        (place (ask "SELECT date, rv FROM measures"))
                        (2, "time")
                        "a time twice without its symbol"

                    Expect.equal
                        (place (ask "SELECT symbol, date, rv FROM measures ORDER BY date DESC"))
                        (2, "time")
                        "backwards"

                    Expect.equal (place (ask "SELECT date, rv FROM measures WHERE rv > 1")) (0, "") "no rows"
                    Expect.equal (place (ask "SELECT 'never' AS date, 1.0 AS rv")) (1, "date") "no time in it"
                    Expect.isError (ask "SELECT nonsense") "SQL"
                    Expect.isError (ask "DELETE FROM measures") "read only"
                    Expect.isError (FrameSql.sqlite "/nowhere.db" "SELECT 1") "no file"))

            testCase "a source that is none says which there are" (fun () ->
                match Sources.frames "mysql:x?query=SELECT 1" with
                | Error(Fault.UnknownName("source", "mysql", known)) -> Expect.contains known "sqlite" "known"
                | other -> failtestf "UnknownName expected, found %A" other

                match Sources.frames "sqlite:x" with
                | Error(Fault.BadSetting("sqlite", _, _)) -> ()
                | other -> failtestf "BadSetting expected, found %A" other)

            testCase "a real PostgreSQL gives frames, dates and stamps" (fun () ->
                PostgresServer.withServer (fun connection ->
                    execute (new Npgsql.NpgsqlConnection(connection)) (script "DATE")
                    let query = "SELECT symbol, date, rv, trades FROM measures"
                    expectMeasures (Expect.wantOk (Sources.frames $"postgres:{connection}?query={query}") "read")

                    let stamped =
                        "SELECT TIMESTAMP '2020-01-02 10:00:00.123456' AS time, 1.5::numeric AS n, true AS flag"

                    let frame = (Expect.wantOk (FrameSql.postgres connection stamped) "read").Head
                    Expect.equal frame.Index[0] (DateTime(2020, 1, 2, 10, 0, 0).AddTicks 1_234_560L) "microseconds"
                    Expect.equal (values "n" frame, values "flag" frame) ([| 1.5 |], [| 1.0 |]) "numeric and boolean"
                    Expect.isError (FrameSql.postgres connection "SELECT nonsense") "SQL"))

            testCase "a PostgreSQL that isn't there is a fault without its password" (fun () ->
                match FrameSql.postgres "Host=127.0.0.1;Port=1;Username=x;Password=secret;Timeout=2" "SELECT 1" with
                | Error fault -> Expect.isFalse ((Fault.describe fault).Contains "secret") "no password"
                | Ok _ -> failtest "nothing listens there")
        ]
