/// Forms in which exporters write the same bars.
module VolatilityForge.Tests.IngestFormTests

open System
open System.Text
open Expecto
open VolatilityForge
open VolatilityForge.Tests.BarFiles

let private whole = file (header :: sound)

let private withRows (rows: string list) : string = file (header :: rows)

let private plain: (string * string) list =
    [
        "plain", whole
        "byte order mark", "\uFEFF" + whole
        "CRLF", whole.Replace("\n", "\r\n")
        "semicolon", whole.Replace(',', ';')
        "tab", whole.Replace(',', '\t')
        "bar", whole.Replace(',', '|')
        "quoted", whole.Replace("100", "\"100\"")
        "spaced", whole.Replace(",", " , ")
        "column case", file (header.Replace("date", "Trade_Date").ToUpper() :: sound)
        "compact dates", whole.Replace("-", "")
        "stamps", withRows (sound |> List.map (fun row -> row.Insert(10, "T00:00")))
        "dotted dates",
        withRows
            [
                "2.1.2020,10,12,9,11,100"
                "3.1.2020,11,12,10,11,100"
                "6.1.2020,11,13,10,12,100"
            ]
    ]

let private toldByOptions: (string * string * IngestOptions) list =
    [
        "given format",
        withRows
            [
                "1/2/2020,10,12,9,11,100"
                "1/3/2020,11,12,10,11,100"
                "1/6/2020,11,13,10,12,100"
            ],
        { Ingest.defaults with
            DateFormat = Some "M/d/yyyy"
        }
        "decimal comma",
        whole.Replace(',', ';').Replace("10;12;9", "10,0;12,0;9,0"),
        { Ingest.defaults with
            DecimalComma = true
        }
        "given column",
        file (header.Replace("close", "settle") :: sound),
        { Ingest.defaults with
            Columns = Map [ BarColumn.Close, "Settle" ]
        }
    ]

let private sameBars (text: string) (options: IngestOptions) : unit =
    let bars = only (read options text)
    Expect.equal bars.Symbol "spx" "the file's stem"
    Expect.equal (bars.Dates |> Array.map _.Day) [| 2; 3; 6 |] "days"
    Expect.equal (bars.Dates |> Array.map _.Month) [| 1; 1; 1 |] "months"
    Expect.equal bars.Open [| 10.0; 11.0; 11.0 |] "open"
    Expect.equal bars.High [| 12.0; 12.0; 13.0 |] "high"
    Expect.equal bars.Low [| 9.0; 10.0; 10.0 |] "low"
    Expect.equal bars.Close [| 11.0; 11.0; 12.0 |] "close"
    Expect.equal bars.Volume (Some [| 100.0; 100.0; 100.0 |]) "volume"
    Expect.isNone bars.AdjustedClose "no adjusted close"

[<Tests>]
let tests =
    testList
        "Ingest.forms that are read alike"
        [
            testList
                "the same bars in another form"
                [
                    for name, text in plain -> testCase name (fun () -> sameBars text Ingest.defaults)
                ]

            testList
                "the same bars once the options tell the form"
                [
                    for name, text, options in toldByOptions ->
                        testCase name (fun () ->
                            Expect.isError (read Ingest.defaults text) "without the options"
                            sameBars text options)
                ]

            testCase "gzip is told by its content" (fun () ->
                let bytes = gzip (Encoding.ASCII.GetBytes(file (header :: sound)))
                Expect.equal (withBytes "spx.csv" bytes (Ingest.bars Ingest.defaults) |> only).Length 3 "days")

            testCase "gzip of several members is one text" (fun () ->
                let members =
                    header :: sound
                    |> List.map (fun line -> gzip (Encoding.ASCII.GetBytes(line + "\n")))

                let bars =
                    withBytes "spx.csv.gz" (Array.concat members) (Ingest.bars Ingest.defaults)
                    |> only

                Expect.equal bars.Length 3 "days")

            testCase "a seven for one split that is not adjusted for is noted" (fun () ->
                let text =
                    file [ header; "2014-06-06,649,651,644,645,1"; "2014-06-09,92.7,93.9,91.8,93.7,1" ]

                match (Expect.wantOk (read Ingest.defaults text) "taken").Notes with
                | [ IngestNote.SplitLikeJump("spx", jump) ] -> Expect.equal jump.Ratio (struct (7, 1)) "ratio"
                | notes -> failtestf "one note expected, found %A" notes)
        ]
