/// What commands say of what went wrong, in words and as JSON, and how they count.
module VolatilityForge.Tests.CommandLineFaultTests

open System.IO
open System.Text.Json
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine
open VolatilityForge.Tests.RunFolders

let private still: string list =
    "day,ret,rv,flat" :: [ for day in 1..300 -> $"{day},0.5,1,{day % 7 - 3}" ]

let private error (answer: Answer) : JsonElement = (onlyJson answer).GetProperty "error"

let private models: string list =
    GarchSpec.names @ RealizedGarchSpec.names @ [ "heavy" ]

[<Tests>]
let suite: Test =
    testList
        "what went wrong is told"
        [
            testCase "a series that never moves is bad data of a column of a file" (fun () ->
                withFolder (fun folder ->
                    write folder "still.csv" (text still)

                    let bars =
                        firstDays 300
                        |> List.mapi (fun row line ->
                            if row = 0 then
                                line
                            else
                                line[..9] + ",100,100,100,100,100,1")

                    write folder "bars.csv" (text bars)

                    for arguments, column in
                        [
                            words "fit garch still.csv --returns ret", "ret"
                            words "fit realized-garch still.csv --returns ret --measure flat", "flat"
                            words "fit heavy still.csv --returns flat --measure rv", "rv"
                            words "fit gjr bars.csv", "close"
                        ] do
                        let answer = volforge folder (arguments @ [ "--json" ])
                        Expect.equal answer.Code 3 $"exit code; {answer.Error}"
                        let error = error answer
                        Expect.equal (error.GetProperty("kind").GetString()) "bad-data" "kind"
                        let place = error.GetProperty "place"
                        Expect.equal (place.GetProperty("file").GetString()) arguments[2] "file"
                        Expect.equal (place.GetProperty("column").GetString()) column "column"
                        Expect.stringContains answer.Error $"{arguments[2]}, " "the text"
                        Expect.stringContains answer.Error $"column {column}" "the text"))

            testCase "a model that isn't there is told with every model that is" (fun () ->
                withFolder (fun folder ->
                    write folder "still.csv" (text still)

                    for arguments in [ words "fit havy still.csv --returns ret"; words "simulate havy" ] do
                        let answer = volforge folder arguments
                        Expect.equal answer.Code 2 "exit code"
                        Expect.stringContains answer.Error "Did you mean 'heavy'?" "the nearest"
                        Expect.stringContains answer.Error (String.concat ", " models) "known"))

            testCase "with --json a failure is one object on standard output, its text on standard error" (fun () ->
                withDays 60 (fun folder ->
                    let lines = firstDays 60

                    let broken =
                        lines
                        |> List.mapi (fun row line -> if row = 30 then line[..9] + ",1,1,1,x,1,1" else line)

                    write folder "broken.csv" (text broken)

                    let twice =
                        broken
                        |> List.mapi (fun row line -> if row = 40 then line[..9] + ",1,1,1,y,1,1" else line)

                    write folder "twice.csv" (text twice)

                    let failing (line: string) (code: int) (kind: string) : Answer * JsonElement =
                        let plain = volforge folder (words line)
                        let answer = volforge folder (words (line + " --json"))
                        Expect.equal (plain.Code, plain.Output) (code, "") $"{line} without --json; {plain.Error}"
                        Expect.equal (answer.Code, answer.Error) (code, plain.Error) line
                        let error = error answer
                        Expect.equal (error.GetProperty("kind").GetString()) kind line
                        answer, error

                    let answer, broken = failing "run broken.csv --out out" 3 "bad-data"
                    Expect.equal (broken.GetProperty("message").GetString()) (answer.Error.TrimEnd()) "message"
                    let place = broken.GetProperty "place"
                    Expect.equal (place.GetProperty("file").GetString()) "broken.csv" "file"
                    Expect.equal (place.GetProperty("row").GetInt32()) 31 "row"
                    Expect.equal (place.GetProperty("column").GetString()) "close" "column"

                    let _, several = failing "run twice.csv --out out" 3 "several"
                    let faults = several.GetProperty "faults"
                    Expect.equal (faults.GetArrayLength()) 2 "faults"
                    Expect.equal (faults[1].GetProperty("place").GetProperty("row").GetInt32()) 41 "row of the second"

                    let _, missing = failing "measure nowhere.csv" 1 "bad-file"

                    Expect.equal
                        (missing.GetProperty("place").GetProperty("file").GetString())
                        "nowhere.csv"
                        "the missing file"

                    let _, name = failing "run spx.csv --models hra --out out" 2 "unknown-name"
                    Expect.equal (name.GetProperty("place").ValueKind) JsonValueKind.Null "no place"
                    failing "run spx.csv --window many" 2 "usage" |> ignore
                    failing "fit garch spx.csv" 3 "too-short" |> ignore
                    Expect.isFalse (Directory.Exists(Path.Combine(folder, "out"))) "no output"))
        ]

[<Tests>]
let nouns: Test =
    testList
        "counted nouns"
        [
            testCase "one of a noun is singular, any other number plural" (fun () ->
                for noun, several in
                    [
                        "row", "rows"
                        "day", "days"
                        "expiry", "expiries"
                        "such row", "such rows"
                        "y", "ys"
                    ] do
                    Expect.equal (Noun.counted 1 noun) $"1 {noun}" "one"

                    for count in [ 0; 2; 21; 101 ] do
                        Expect.equal (Noun.counted count noun) $"{count} {several}" "several")

            testCase "messages count so" (fun () ->
                Expect.stringContains
                    (Fault.describe (Fault.TooShort("a mean", 1, 0)))
                    "at least 1 observation; there are 0"
                    "a fault"

                Expect.equal (Ingest.describe (IngestNote.RowsDropped 1)) "1 row dropped." "a note")
        ]
