/// Frames in files: exact round trips, the forms of exporters, hostile files.
module VolatilityForge.Tests.FrameCsvTests

open System
open System.IO
open System.Text
open Expecto
open VolatilityForge

let private text (lines: string list) : string = String.Join("\n", lines) + "\n"

let private readWith (options: TableOptions) (content: string) : Result<Frame list * IngestNote list, Fault> =
    BarFiles.withBytes "spx.csv" (Encoding.UTF8.GetBytes content) (FrameCsv.readNoted options)

let private sound (options: TableOptions) (lines: string list) : Frame list =
    Expect.wantOk (readWith options (text lines)) "the file is taken" |> fst

let private only (lines: string list) : Frame =
    match sound TableOptions.Default lines with
    | [ frame ] -> frame
    | frames -> failtestf "one frame expected, there are %d" frames.Length

let private values (name: string) (frame: Frame) : float[] =
    Expect.wantOk (Frame.column name frame) name

/// The same symbol, times, names and bits of every value.
let private same (left: Frame) (right: Frame) : bool =
    let bits (frame: Frame) =
        frame.Names
        |> List.map (fun name -> values name frame |> Array.map BitConverter.DoubleToInt64Bits)

    // Every NaN is the missing value, whatever its bits.
    let canonical (frame: Frame) =
        bits frame
        |> List.map (
            Array.map (fun bits ->
                if Double.IsNaN(BitConverter.Int64BitsToDouble bits) then
                    BitConverter.DoubleToInt64Bits nan
                else
                    bits)
        )

    left.Symbol = right.Symbol
    && left.Index = right.Index
    && left.Names = right.Names
    && canonical left = canonical right

let private place (result: Result<'a, Fault>) : int * string =
    match result with
    | Error fault ->
        match Fault.flatten fault |> List.head with
        | Fault.BadData(place, _, _, _) -> place.Row, place.Column
        | other -> failtestf "BadData expected, found %A" other
    | Ok _ -> failtest "the file must be refused"

let private roundTrip (suffix: string) (frames: Frame list) : Frame list =
    let folder = Directory.CreateTempSubdirectory "volatilityforge-frame-"

    try
        let path = Path.Combine(folder.FullName, "frames" + suffix)
        Expect.wantOk (FrameCsv.write false path frames) "written"
        Expect.isError (FrameCsv.write false path frames) "an existing file stands"
        Expect.wantOk (FrameCsv.write true path frames) "replaced"
        Expect.equal (Directory.GetFiles(folder.FullName).Length) 1 "nothing is left behind"
        Expect.wantOk (FrameCsv.read TableOptions.Default path) "read back"
    finally
        folder.Delete true

let private odd: float[] =
    [|
        0.0
        -0.0
        nan
        0.1
        1.0 / 3.0
        Double.Epsilon
        -Double.MaxValue
        9007199254740993.0
        1e22
        1e23
        123456789012345678.0
        5e-324
        2.2250738585072014e-308
    |]

[<Tests>]
let tests =
    testList
        "FrameCsv"
        [
            testTheory "frames come back to the last bit" [ ".csv"; ".csv.gz" ] (fun suffix ->
                let index =
                    Array.init odd.Length (fun row -> DateTime(2020, 1, 1).AddTicks(int64 row * 12_345_678_901L + 7L))

                let frames =
                    [
                        for symbol in [ "A,B"; "C \"x\""; "D" ] ->
                            Expect.wantOk
                                (Frame.create
                                    symbol
                                    index
                                    [
                                        "plain", odd
                                        "with, comma", Array.rev odd
                                        "empty", Array.create odd.Length nan
                                    ])
                                "sound"
                    ]

                let back = roundTrip suffix frames
                Expect.isTrue (List.forall2 same frames back) $"{suffix}")

            testProperty "any finite number comes back to the last bit" (fun (bits: int64) ->
                let value = BitConverter.Int64BitsToDouble bits

                Double.IsInfinity value
                || (let frame =
                        Expect.wantOk
                            (Frame.create "spx" [| DateTime(2020, 1, 2) |] [ "a", [| value |]; "b", [| 1.0 |] ])
                            "sound"

                    use writer = new StringWriter()
                    FrameCsv.writeText [ frame ] writer

                    let back, _ =
                        Expect.wantOk
                            (FrameCsv.readText TableOptions.Default "spx.csv" (new StringReader(string writer)))
                            "read"

                    same frame back.Head))

            testProperty "numbers are read as .NET reads them" (fun (mantissa: int64) (power: int) (decimals: int) ->
                let written =
                    match abs decimals % 4 with
                    | 0 -> string mantissa
                    | 1 -> $"{mantissa}e{power % 320}"
                    | 2 ->
                        (decimal (mantissa % 1_000_000_000_000L) / 1_000_000m)
                            .ToString(Globalization.CultureInfo.InvariantCulture)
                    | _ -> $"0.{abs (mantissa % 1_000_000_000L)}"

                let expected = Double.Parse(written, Globalization.CultureInfo.InvariantCulture)

                Double.IsInfinity expected
                || (values "a" (only [ "date,a"; $"2020-01-02,{written}" ]))[0] = expected)

            testCase "rows of symbols may be mixed, and frames come in ordinal order of symbols" (fun () ->
                let frames =
                    sound
                        TableOptions.Default
                        [
                            "date,symbol,rv"
                            "2020-01-02,b,1"
                            "2020-01-02,B,2"
                            "2020-01-03,b,3"
                            "2020-01-03,a,4"
                        ]

                Expect.equal
                    (frames |> List.map (fun frame -> frame.Symbol, values "rv" frame))
                    [ "B", [| 2.0 |]; "a", [| 4.0 |]; "b", [| 1.0; 3.0 |] ]
                    "frames")

            testCase "a missing value is NaN however it is written" (fun () ->
                let missing = [ ""; "NA"; "nan"; "NaN"; "null"; "None"; "N/A"; "." ]
                let rows = missing |> List.mapi (fun row cell -> $"2020-01-{row + 1:D2},{cell},1")
                let read = only ("date,a,b" :: rows)
                Expect.isTrue (values "a" read |> Array.forall Double.IsNaN) "all missing")

            testCase "a column of text is left out with a note, and a number written wrongly is no text" (fun () ->
                let frames, notes =
                    Expect.wantOk
                        (readWith TableOptions.Default (text [ "date,venue,a"; "2020-01-02,P,1"; "2020-01-03,,2" ]))
                        "taken"

                Expect.equal (frames.Head.Names, notes) ([ "a" ], [ IngestNote.ColumnLeftOut "venue" ]) "left out"

                Expect.equal
                    (place (readWith TableOptions.Default (text [ "date,a"; "2020-01-02,1x"; "2020-01-03,2" ])))
                    (3, "a")
                    "number after text"

                Expect.equal
                    (place (readWith TableOptions.Default (text [ "date,a"; "2020-01-02,1"; "2020-01-03,2x" ])))
                    (3, "a")
                    "text after number")

            testTheory
                "times are read in the forms of exporters"
                [
                    "2020-01-31T09:30:00.1234567"
                    "2020-01-31 09:30:00.123456789"
                    "2020-01-31T09:30:00.1234567Z"
                    "2020-01-31T09:30:00.1234567-05:00"
                    "20200131 09:30:00.1234567"
                    "20200131T093000.1234567"
                    "31.1.2020 9:30:00.1234567"
                    "1/31/2020 09:30:00.1234567"
                    "31/1/2020 09:30:00.1234567"
                    "31-01-2020 09:30:00,1234567"
                    "1580463000123456789"
                ]
                (fun written ->
                    let frame = only [ "Time_Stamp;a"; $"{written};1" ]
                    Expect.equal frame.Index[0] (DateTime(2020, 1, 31, 9, 30, 0).AddTicks 1_234_567L) written)

            testCase "a date and a time of day in columns of their own are one time" (fun () ->
                let frame = only [ "DATE,TIME_M,a"; "20200131,9:30:00.25,1"; "20200131,9:30:01,2" ]
                Expect.equal (frame.Index[0], frame.Names) (DateTime(2020, 1, 31, 9, 30, 0, 250), [ "a" ]) "time")

            testTheory
                "a file that breaks a rule is refused with the place"
                [
                    "no rows", [ "date,a" ], (0, "")
                    "no header", [ "2020-01-02,1" ], (1, "")
                    "one column", [ "date"; "2020-01-02" ], (1, "")
                    "no time", [ "a,b"; "1,2" ], (1, "time")
                    "not a time", [ "date,a"; "yesterday,1" ], (2, "time")
                    "no such day", [ "date,a"; "2021-02-29,1" ], (2, "time")
                    "no such hour", [ "date,a"; "2021-02-28T25:00,1" ], (2, "time")
                    "mixed formats", [ "date,a"; "2020-01-02,1"; "1/3/2020,1" ], (3, "time")
                    "day or month", [ "date,a"; "1/2/2020,1" ], (2, "time")
                    "day and month", [ "date,a"; "13/2/2020,1"; "2/14/2020,1" ], (3, "time")
                    "mixed zones", [ "date,a"; "2020-01-02T00:00Z,1"; "2020-01-03T00:00+01:00,1" ], (3, "time")
                    "a zone and none", [ "date,a"; "2020-01-02T00:00,1"; "2020-01-03T00:00Z,1" ], (3, "time")
                    "unsorted", [ "date,a"; "2020-01-03,1"; "2020-01-02,1" ], (3, "time")
                    "twice", [ "date,a"; "2020-01-02,1"; "2020-01-02,1" ], (3, "time")
                    "infinite", [ "date,a"; "2020-01-02,1"; "2020-01-03,-inf" ], (3, "a")
                    "infinity by name", [ "date,a"; "2020-01-02,Infinity" ], (2, "a")
                    "decimal comma", [ "date;a"; "2020-01-02;1"; "2020-01-03;1,5" ], (3, "a")
                    "too few fields", [ "date,a"; "2020-01-02" ], (2, "")
                    "too many fields", [ "date,a"; "2020-01-02,1,2" ], (2, "")
                    "open quote", [ "date,a"; "2020-01-02,\"1"; "2020-01-03,1" ], (2, "")
                    "no symbol", [ "date,symbol,a"; "2020-01-02,,1" ], (2, "symbol")
                    "NUL", [ "date,a"; "2020-01-02,1\000" ], (2, "")
                    "10 MB line", [ "date,a"; "2020-01-02," + String('1', 10_000_000) ], (2, "")
                    "nothing", [], (1, "")
                ]
                (fun (name, lines, expected) ->
                    Expect.equal (place (readWith TableOptions.Default (text lines))) expected name)

            testCase "rows that break a rule are dropped and counted when asked" (fun () ->
                let options =
                    { TableOptions.Default with
                        BadRows = BadRows.Drop
                    }

                let frames, notes =
                    Expect.wantOk
                        (readWith
                            options
                            (text
                                [
                                    "date,a,b"
                                    "2020-01-02,1,1"
                                    "x,1,1"
                                    "2020-01-03,1"
                                    "2020-01-06,2,inf"
                                    "2020-01-07,3,3"
                                ]))
                        "taken"

                Expect.equal (values "a" frames.Head, values "b" frames.Head) ([| 1.0; 3.0 |], [| 1.0; 3.0 |]) "rows"
                Expect.contains notes (IngestNote.RowsDropped 3) "counted")

            testCase "rows are sorted, and one of a time stays, when asked" (fun () ->
                let read duplicates =
                    let options =
                        { TableOptions.Default with
                            Sort = true
                            Duplicates = duplicates
                        }

                    let frames =
                        sound options [ "date,a"; "2020-01-03,1"; "2020-01-02,2"; "2020-01-03,3" ]

                    values "a" frames.Head

                Expect.equal (read DuplicateDates.KeepFirst) [| 2.0; 1.0 |] "first"
                Expect.equal (read DuplicateDates.KeepLast) [| 2.0; 3.0 |] "last")

            testCase "columns and symbols are kept as asked, and unknown ones are faults" (fun () ->
                let lines = [ "date,symbol,a,b"; "2020-01-02,x,1,2"; "2020-01-02,y,3,4" ]

                let options =
                    { TableOptions.Default with
                        Keep = [ "b" ]
                        Symbols = [ "y" ]
                    }

                match sound options lines with
                | [ frame ] ->
                    Expect.equal (frame.Symbol, frame.Names, values "b" frame) ("y", [ "b" ], [| 4.0 |]) "kept"
                | frames -> failtestf "one frame expected, found %d" frames.Length

                for options in
                    [
                        { options with Keep = [ "c" ] }
                        { options with Symbols = [ "z" ] }
                        { options with
                            Columns = Map [ "tme", "date" ]
                        }
                    ] do
                    match readWith options (text lines) with
                    | Error(Fault.UnknownName _) -> ()
                    | other -> failtestf "UnknownName expected, found %A" other)

            testCase "the realised measures of the development data are frames as they are" (fun () ->
                let path = Market.developmentFile "realized/omi_spx_full_2000_2015.csv.gz"

                let frames, notes =
                    Expect.wantOk (FrameCsv.readNoted TableOptions.Default path) "taken"

                Expect.equal (frames.Head.Length, notes) (4015, [ IngestNote.ColumnLeftOut "date_as_stored" ]) "rows"
                Expect.equal (Array.head (values "rv5" frames.Head)) 0.000140814843656457 "first value"
                let panel = Market.developmentFile "realized/omi_rk_th2_31idx_2000_2018.csv.gz"
                let panel = Expect.wantOk (FrameCsv.read TableOptions.Default panel) "taken"
                Expect.equal (panel.Length, panel |> List.sumBy _.Length) (31, 133155) "symbols and rows")
        ]
