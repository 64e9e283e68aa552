/// Bar files as the world writes them: every hostile one gives a fault that names file, row, column and rule.
module VolatilityForge.Tests.IngestTests

open System
open System.IO
open System.IO.Compression
open System.Text
open Expecto
open VolatilityForge
open VolatilityForge.Tests.BarFiles

/// The faults of a refused file, each of which has to name the file.
let private faults (result: Result<Ingested, Fault>) : Fault list =
    let found = Fault.flatten (Expect.wantError result "the file is refused")

    for fault in found do
        Expect.stringContains (Fault.describe fault) "spx.csv" "the fault names the file"

    found

let private single (result: Result<Ingested, Fault>) : Fault =
    match faults result with
    | [ fault ] -> fault
    | several -> failtestf "one fault expected, there are %A" several

/// Asserts one BadData fault at this row and column whose rule contains these words.
let private refusedAt (row: int) (column: string) (words: string) (result: Result<Ingested, Fault>) : unit =
    match single result with
    | Fault.BadData(place, rule, _, _) ->
        Expect.equal (place.Row, place.Column) (row, column) "row and column"
        Expect.stringContains rule words "rule"
    | other -> failtestf "BadData expected, found %A" other

let private badFile (words: string) (result: Result<Ingested, Fault>) : unit =
    match single result with
    | Fault.BadFile(_, reason, _) -> Expect.stringContains reason words "reason"
    | other -> failtestf "BadFile expected, found %A" other

let private withRow (row: string) : string = file (header :: sound @ [ row ])

let private days (result: Result<Ingested, Fault>) : string list =
    (only result).Dates
    |> Array.map (fun date -> date.ToString "yyyy-MM-dd")
    |> List.ofArray

let private shape =
    testList
        "what is not a table of bars"
        [
            testCase "a missing file is named" (fun () ->
                badFile "no such file" (Ingest.bars Ingest.defaults "nowhere/spx.csv"))

            testCase "a directory is not a file" (fun () ->
                withBytes "x" [||] (fun path ->
                    let folder = Path.Combine(Path.GetDirectoryName path, "spx.csv")
                    Directory.CreateDirectory folder |> ignore
                    badFile "directory" (Ingest.bars Ingest.defaults folder)))

            testCase "an empty file is said to be empty" (fun () ->
                refusedAt 0 "" "not be empty" (read Ingest.defaults ""))

            testCase "blank lines are no header" (fun () -> refusedAt 1 "" "header row" (read Ingest.defaults "\n\n\n"))

            testCase "a header without rows is refused" (fun () ->
                refusedAt 0 "" "rows of bars" (read Ingest.defaults (file [ header ])))

            testCase "a file without a header is told from one with a strange header" (fun () ->
                refusedAt 1 "" "name the columns" (read Ingest.defaults (file sound)))

            testCase "a header in one piece asks for a delimiter" (fun () ->
                refusedAt 1 "" "several columns" (read Ingest.defaults "date#open#high\n1#2#3\n"))

            testCase "the wrong delimiter leaves one column" (fun () ->
                let options =
                    { Ingest.defaults with
                        Delimiter = Some ';'
                    }

                refusedAt 1 "" "several columns" (read options (file (header :: sound))))

            testCase "every missing column is named at once" (fun () ->
                let found = faults (read Ingest.defaults "date,open,close\n2020-01-02,1,1\n")

                let columns =
                    found
                    |> List.choose (function
                        | Fault.BadData(place, _, _, _) -> Some place.Column
                        | _ -> None)

                Expect.equal columns [ "high"; "low" ] "the columns that aren't there")

            testCase "a column named twice is refused" (fun () ->
                refusedAt 1 "close" "not several" (read Ingest.defaults "date,open,high,low,close,Close\n"))

            testTheory "a ten megabyte line is refused while it is read" [ "1"; "1," ] (fun cell ->
                let text = header + "\n" + String.replicate (10_000_000 / cell.Length) cell

                withBytes "spx.csv" (Encoding.ASCII.GetBytes text) (fun path ->
                    let started = GC.GetAllocatedBytesForCurrentThread()
                    let result = Ingest.bars Ingest.defaults path
                    let allocated = GC.GetAllocatedBytesForCurrentThread() - started
                    // Buffers, not the line: 10 MB of text would be 20 MB of characters.
                    Expect.isLessThan allocated 4_000_000L "bytes allocated"
                    refusedAt 2 "" "longer than" result))

            testCase "a binary file is not text" (fun () ->
                let bytes = Array.init 4096 (fun index -> byte (index * 7 % 256))

                refusedAt
                    1
                    ""
                    "must be text"
                    (withBytes "spx.csv" (Array.append "date,open\000"B bytes) (Ingest.bars Ingest.defaults)))

            testCase "a quote that is never closed does not swallow the file" (fun () ->
                let rows = List.init 20_000 (fun _ -> "2020-01-02,10,12,9,11,100")

                let result =
                    read Ingest.defaults (file (header :: "\"2020-01-02,10,12,9,11,100" :: rows))

                let first = List.head (faults result)
                Expect.stringContains (Fault.describe first) "quote" "the quote is to blame")

            testCase "a file cut off inside its gzip data is refused" (fun () ->
                let rows = List.init 5_000 (fun index -> $"{index},{index * 7919 % 104729},x")
                let whole = gzip (Encoding.ASCII.GetBytes(file (header :: rows)))
                let cut = whole[.. whole.Length / 2]
                refusedAt 0 "" "must be whole" (withBytes "spx.csv.gz" cut (Ingest.bars Ingest.defaults)))

            testCase "a gzip name on plain text is refused" (fun () ->
                let bytes = Encoding.ASCII.GetBytes(file (header :: sound))
                refusedAt 0 "" "must be gzip" (withBytes "spx.csv.gz" bytes (Ingest.bars Ingest.defaults)))
        ]

let private cells =
    testList
        "cells that break a rule"
        [
            testTheory
                "row 5 is named with its column and rule"
                [
                    "2020-01-07,0,12,9,11,100", "open", "positive"
                    "2020-01-07,10,12,-9,11,100", "low", "positive"
                    "2020-01-07,10,NaN,9,11,100", "high", "finite"
                    "2020-01-07,10,12,9,Infinity,100", "close", "finite"
                    "2020-01-07,10,1e999,9,11,100", "high", "finite"
                    "2020-01-07,10,10.5,9,11,100", "high", "not be below"
                    "2020-01-07,10,12,10.5,11,100", "low", "not be above"
                    "2020-01-07,10,12,9,,100", "close", "missing"
                    "2020-01-07,10,12,9,null,100", "close", "must be a number"
                    "2020-01-07,10,12,9,11,-1", "volume", "not negative"
                    "2020-01-07,10,12,9,11", "", "6 fields"
                    "2020-01-07,10,12,9,11,100,7", "", "6 fields"
                    "2020-01-07,10,12,9,\"1,100.5\",100", "close", "thousands"
                    "2020-02-30,10,12,9,11,100", "date", "such a day"
                    "yesterday,10,12,9,11,100", "date", "must be a date"
                    "1/7/2020,10,12,9,11,100", "date", "written as in the rows above"
                    "2020-01-03,10,12,9,11,100", "date", "must increase"
                    "2020-01-06,10,12,9,11,100", "date", "once per symbol"
                ]
                (fun (row, column, words) -> refusedAt 5 column words (read Ingest.defaults (withRow row)))

            testCase "rows count as in a text editor, blank lines and CRLF included" (fun () ->
                let text =
                    "\r\n" + String.Join("\r\n", header :: "" :: sound @ [ "2020-01-07,0,1,1,1,1" ])

                refusedAt 7 "open" "positive" (read Ingest.defaults text))

            testCase "a negative price is told about arithmetic returns" (fun () ->
                let fault = single (read Ingest.defaults (withRow "2020-04-20,17,18,-40,-37,100"))
                Expect.stringContains (Fault.describe fault) "arithmetic returns" "the remedy")

            testCase "a decimal comma is told about its option" (fun () ->
                let text = "date;open;high;low;close\n2020-01-02;10,1;12,5;9,1;11,0\n"
                let found = faults (read Ingest.defaults text)
                Expect.hasLength found 4 "one fault a cell"
                Expect.stringContains (Fault.describe found.Head) "--decimal-comma" "the remedy")

            testCase "an ambiguous day and month ask for the format" (fun () ->
                let text = "date,open,high,low,close\n1/2/2020,10,12,9,11\n1/3/2020,10,12,9,11\n"
                refusedAt 2 "date" "day or the month" (read Ingest.defaults text)
                let fault = single (read Ingest.defaults text)
                Expect.stringContains (Fault.describe fault) "--date-format" "the remedy")

            testCase "days first and months first in one file contradict each other" (fun () ->
                let text = "date,open,high,low,close\n1/13/2020,10,12,9,11\n14/1/2020,10,12,9,11\n"
                refusedAt 3 "date" "mix" (read Ingest.defaults text))

            testCase "every fault of a file is counted and the first are listed" (fun () ->
                let bad = List.init 50 (fun _ -> "2020-01-07,0,12,9,11,100")
                let found = faults (read Ingest.defaults (file (header :: bad)))
                Expect.hasLength found (Ingest.mostListed + 1) "listed, and one that counts"
                Expect.stringContains (Fault.describe (List.last found)) "30 more" "the count"
                Expect.equal (Fault.exitCode (Fault.combine found)) 3 "bad data")
        ]

let private policies =
    testList
        "policies"
        [
            testCase "dropped rows are noted with their place and counted" (fun () ->
                let options =
                    { Ingest.defaults with
                        BadRows = BadRows.Drop
                    }

                let result = read options (withRow "2020-01-07,0,12,9,11,100")
                Expect.equal (only result).Length 3 "the sound rows"

                match (Expect.wantOk result "taken").Notes with
                | [ IngestNote.RowDropped(place, rule, found); IngestNote.RowsDropped 1 ] ->
                    Expect.equal (place.Row, place.Column, found) (5, "open", "0") "place and value"
                    Expect.stringContains rule "positive" "rule"
                | notes -> failtestf "two notes expected, found %A" notes)

            testCase "a file of dropped rows only has no bars" (fun () ->
                let options =
                    { Ingest.defaults with
                        BadRows = BadRows.Drop
                    }

                refusedAt 0 "" "rows of bars" (read options (file [ header; "2020-01-07,0,12,9,11,100" ])))

            testCase "sorting is done when asked for, and noted" (fun () ->
                let options = { Ingest.defaults with Sort = true }
                let result = read options (file (header :: List.rev sound))
                Expect.equal (days result) [ "2020-01-02"; "2020-01-03"; "2020-01-06" ] "in order"
                Expect.equal (Expect.wantOk result "taken").Notes [ IngestNote.RowsSorted "spx" ] "noted")

            testTheory
                "of rows with one date the chosen one stays"
                [ DuplicateDates.KeepFirst, 12.0; DuplicateDates.KeepLast, 12.5 ]
                (fun (policy, close) ->
                    let options =
                        { Ingest.defaults with
                            Duplicates = policy
                        }

                    let result = read options (withRow "2020-01-06,11,13,10,12.5,100")
                    Expect.equal (Array.last (only result).Close) close "the close kept"
                    Expect.equal (Expect.wantOk result "taken").Notes [ IngestNote.DuplicatesMerged("spx", 1) ] "noted")

            testCase "symbols are told apart and ordered, and the filter keeps what it names" (fun () ->
                let text =
                    "ticker,date,open,high,low,close\nZ,2020-01-02,1,2,1,2\nA,2020-01-02,1,2,1,2\nZ,2020-01-03,1,2,1,2\n"

                let panel = (Expect.wantOk (read Ingest.defaults text) "taken").Panel
                Expect.equal (panel |> List.map (fun bars -> bars.Symbol, bars.Length)) [ "A", 1; "Z", 2 ] "panel"

                let one =
                    only (
                        read
                            { Ingest.defaults with
                                Symbols = [ "Z" ]
                            }
                            text
                    )

                Expect.equal one.Symbol "Z" "the filter"

                match
                    read
                        { Ingest.defaults with
                            Symbols = [ "ZZ" ]
                        }
                        text
                with
                | Error(Fault.UnknownName("symbol", "ZZ", [ "A"; "Z" ])) -> ()
                | other -> failtestf "an unknown symbol is a fault that lists the known ones, not %A" other)
        ]

[<Tests>]
let tests = testList "Ingest" [ shape; cells; policies ]
