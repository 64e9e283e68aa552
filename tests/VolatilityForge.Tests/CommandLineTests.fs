/// What the command line refuses: broken files with exit code 3, wrong usage with 2; and that nothing is left behind.
module VolatilityForge.Tests.CommandLineTests

open System
open System.IO
open System.Text
open Expecto
open VolatilityForge.Tests.CommandLine

/// A broken file and what the refusal has to name.
type private Broken =
    {
        What: string
        File: string
        Content: unit -> byte[]
        Row: int option
        Column: string option
        Rule: string
    }

let private text (lines: string list) : byte[] =
    Encoding.UTF8.GetBytes(String.Join("\n", lines) + "\n")

/// Enough days for the window below; the tenth data row, which most cases break, is line 11 of the file.
let private days = 330

let private brokenRow = 11

let private sound: Lazy<string list> = lazy (firstDays days)

/// The sound file with the line of the broken row changed.
let private changed (change: string -> string list) : byte[] =
    sound.Value
    |> List.mapi (fun index line -> if index = brokenRow - 1 then change line else [ line ])
    |> List.concat
    |> text

/// The sound file with one cell of the broken row replaced.
let private cell (column: int) (value: string) : byte[] =
    changed (fun line ->
        let cells = line.Split ','
        cells[column] <- value
        [ String.Join(",", cells) ])

let private americanDate (line: string) : string =
    let date = DateOnly.Parse(line[..9], Globalization.CultureInfo.InvariantCulture)

    date.ToString("MM/dd/yyyy", Globalization.CultureInfo.InvariantCulture)
    + line[10..]

let private broken (what: string) (content: unit -> byte[]) : Broken =
    {
        What = what
        File = "spx.csv"
        Content = content
        Row = Some brokenRow
        Column = None
        Rule = ""
    }

let private header () : string = sound.Value.Head

let private rows () : string list = sound.Value.Tail

/// The first two days exchanged.
let private swapped () : string list =
    match sound.Value with
    | header :: first :: second :: others -> header :: second :: first :: others
    | _ -> []

let private cutGzip () : byte[] =
    let zipped = BarFiles.gzip (text sound.Value)
    zipped[.. zipped.Length / 2]

let private cases: Broken list =
    let withoutPlace case = { case with Row = None }

    [
        { broken "an empty file" (fun () -> [||]) with
            Rule = "must not be empty"
        }
        |> withoutPlace
        { broken "a header alone" (fun () -> text [ header () ]) with
            Rule = "must have rows"
        }
        |> withoutPlace
        { broken "one column, since the delimiter is unknown" (fun () ->
              text (sound.Value |> List.map _.Replace(',', ' '))) with
            Row = Some 1
            Rule = "several columns"
        }
        { broken "a missing column" (fun () -> text (header().Replace("high", "height") :: rows ())) with
            Row = Some 1
            Column = Some "high"
            Rule = "must have a column 'high'"
        }
        { broken "a price that is NaN" (fun () -> cell 4 "NaN") with
            Column = Some "close"
            Rule = "must be finite"
        }
        { broken "an infinite price" (fun () -> cell 4 "Infinity") with
            Column = Some "close"
            Rule = "must be finite"
        }
        { broken "a price that is no number" (fun () -> cell 1 "n/a") with
            Column = Some "open"
            Rule = "must be a number"
        }
        { broken "a price of zero" (fun () -> cell 4 "0") with
            Column = Some "close"
            Rule = "must be positive"
        }
        { broken "a negative price" (fun () -> cell 3 "-37.63") with
            Column = Some "low"
            Rule = "must be positive"
        }
        { broken "a high below the close" (fun () -> cell 2 "1") with
            Column = Some "high"
            Rule = "must not be below"
        }
        { broken "a date that occurs twice" (fun () -> changed (fun line -> [ line; line ])) with
            Row = Some(brokenRow + 1)
            Column = Some "date"
            Rule = "once per symbol"
        }
        { broken "rows out of order" (fun () -> text (swapped ())) with
            Row = Some 3
            Column = Some "date"
            Rule = "dates must increase"
        }
        { broken "two formats of dates" (fun () -> changed (fun line -> [ americanDate line ])) with
            Column = Some "date"
            Rule = "written as in the rows above"
        }
        { broken "decimal commas without the option" (fun () ->
              text (sound.Value |> List.map (fun line -> line.Replace(',', ';').Replace('.', ',')))) with
            Row = Some 2
            Column = Some "open"
            Rule = "decimal point"
        }
        { broken "a row with a field too many" (fun () -> changed (fun line -> [ line + ",1" ])) with
            Rule = "must have 7 fields"
        }
        { broken "a binary file" (fun () -> Array.init 4096 byte) with
            Row = Some 1
            Rule = "must be text"
        }
        { broken "a gzip file that was cut off" cutGzip with
            File = "spx.csv.gz"
            Rule = "must be whole"
        }
        |> withoutPlace
        { broken "too few days" (fun () -> text (List.take 20 sound.Value)) with
            Rule = "at least 23"
        }
        |> withoutPlace
        { broken "too few days for the window" (fun () -> text (List.take 150 sound.Value)) with
            Rule = "horizon 22 needs at least 165"
        }
        |> withoutPlace
        { broken "a series that never moves" (fun () ->
              text (
                  header ()
                  :: (rows () |> List.map (fun line -> line[..9] + ",100,100,100,100,100,1"))
              )) with
            Rule = "must move"
        }
        |> withoutPlace
    ]

let private runOptions: string list =
    [ "--window"; "100"; "--models"; "har,log-har"; "--out"; "result" ]

let private isRefused (broken: Broken) (answer: Answer) : unit =
    Expect.equal answer.Code 3 $"exit code; {answer.Error}"
    Expect.equal answer.Output "" "standard output"
    Expect.stringContains answer.Error broken.File "the file"
    Expect.stringContains answer.Error broken.Rule "the rule"

    broken.Row
    |> Option.iter (fun row -> Expect.stringContains answer.Error $"row {row}" "the row")

    broken.Column
    |> Option.iter (fun column -> Expect.stringContains answer.Error $"column {column}" "the column")

let private refusal (broken: Broken) : Test =
    testCase $"{broken.What} is refused with its place" (fun () ->
        withFolder (fun folder ->
            File.WriteAllBytes(Path.Combine(folder, broken.File), broken.Content())
            volforge folder ("run" :: broken.File :: runOptions) |> isRefused broken
            Expect.equal (entries folder) [ broken.File ] "what is in the folder"))

let private isUsage (words: string list) (answer: Answer) : unit =
    Expect.equal answer.Code 2 $"exit code; {answer.Error}"
    Expect.equal answer.Output "" "standard output"

    for word in words do
        Expect.stringContains answer.Error word "the message"

/// A usage that is wrong whatever the data are: the arguments, and words of the message.
let private wrongUsage: (string * string list * string list) list =
    [
        "no argument", [], [ "USAGE"; "run"; "measure"; "forecast"; "doctor" ]
        "an unknown command", [ "fit" ], [ "fit"; "--help" ]
        "no data", [ "run" ], [ "<path>"; "volforge run --help" ]
        "an unknown option", [ "run"; "spx.csv"; "--modles"; "har" ], [ "--modles"; "'--models'" ]
        "another command's option", [ "measure"; "spx.csv"; "--epochs"; "2" ], [ "--epochs" ]
        "a second file", [ "run"; "spx.csv"; "spx.csv" ], [ "spx.csv" ]
        "a word for a number", [ "run"; "spx.csv"; "--window"; "long" ], [ "--window"; "long" ]
        "an option twice", [ "run"; "spx.csv"; "--epochs"; "1"; "--epochs"; "2" ], [ "--epochs" ]
        "an unknown model", [ "run"; "spx.csv"; "--models"; "log-hra,har" ], [ "'log-hra'"; "'log-har'"; "Known" ]
        "an unknown panel model", [ "run"; "spx.csv"; "--models"; "log-har,panl" ], [ "'panl'"; "'panel'" ]
        "an unknown baseline", [ "run"; "spx.csv"; "--models"; "har"; "--baseline"; "ewma" ], [ "baseline"; "ewma" ]
        "a measure over a window", [ "run"; "spx.csv"; "--measure"; "yang-zhang" ], [ "single days" ]
        "an unknown measure", [ "measure"; "spx.csv"; "--measures"; "parkinsons" ], [ "'parkinson'" ]
        "an unknown device", [ "run"; "spx.csv"; "--device"; "gpu" ], [ "device"; "gpu" ]
        "an unknown precision", [ "run"; "spx.csv"; "--precision"; "half" ], [ "half"; "bfloat16" ]
        "an unknown optimiser", [ "run"; "spx.csv"; "--optimiser"; "adamx" ], [ "'adamx'"; "sgd" ]
        "an unknown schedule", [ "run"; "spx.csv"; "--schedule"; "plato" ], [ "'plato'"; "plateau" ]
        "a horizon of zero", [ "run"; "spx.csv"; "--horizons"; "0" ], [ "horizons" ]
        "no members", [ "run"; "spx.csv"; "--members"; "0" ], [ "seeds" ]
        "an unknown column role",
        [ "run"; "spx.csv"; "--column"; "last=PX"; "--models"; "log-har" ],
        [ "'last'"; "close" ]
        "an unknown loss", [ "evaluate"; "spx.csv"; "--loss"; "qlik" ], [ "'qlik'"; "'qlike'" ]
        "no forecasts", [ "evaluate" ], [ "<path>"; "volforge evaluate --help" ]
        "a checkpoint without data", [ "forecast"; "checkpoint.safetensors" ], [ "<data>" ]
    ]

[<Tests>]
let refusals: Test =
    testList "the command line refuses" [ testList "a file:" (cases |> List.map refusal) ]

[<Tests>]
let usage: Test =
    testList
        "the command line's usage"
        [
            for name, arguments, words in wrongUsage do
                testCase $"{name} is wrong" (fun () ->
                    withFolder (fun folder ->
                        File.WriteAllBytes(Path.Combine(folder, "spx.csv"), text sound.Value)
                        volforge folder arguments |> isUsage words
                        Expect.equal (entries folder) [ "spx.csv" ] "what is in the folder"))

            for command in [ ""; "run"; "measure"; "forecast"; "evaluate"; "doctor" ] do
                let name = if command = "" then "volforge" else command

                testCase $"--help of {name} explains on standard output" (fun () ->
                    withFolder (fun folder ->
                        let answer =
                            volforge
                                folder
                                [
                                    if command <> "" then
                                        command
                                    "--help"
                                ]

                        Expect.equal (answer.Code, answer.Error) (0, "") "exit code and standard error"
                        Expect.stringContains answer.Output "USAGE" "usage"
                        Expect.stringContains answer.Output "--json" "options"

                        for line in answer.Output.Split '\n' do
                            Expect.isLessThanOrEqual line.Length 80 "a terminal's width"))

            testCase "a file that isn't there and a folder are no data, and no wrong usage" (fun () ->
                withFolder (fun folder ->
                    for command in [ [ "run"; "--models"; "log-har" ]; [ "measure" ] ] do
                        for name in [ "nowhere.csv"; "." ] do
                            let answer = volforge folder (command @ [ name ])
                            Expect.equal (answer.Code, answer.Output) (1, "") $"{command.Head} {name}"
                            Expect.stringContains answer.Error name "the file"

                    Expect.equal (entries folder) [] "what is in the folder"))

            testCase "settings that are no JSON are named" (fun () ->
                withFolder (fun folder ->
                    File.WriteAllText(Path.Combine(folder, "settings.json"), "{")
                    File.WriteAllBytes(Path.Combine(folder, "spx.csv"), text sound.Value)

                    volforge folder [ "run"; "spx.csv"; "--config"; "settings.json" ]
                    |> isUsage [ "must be JSON" ]))

            testCase "a broken file stops measure too" (fun () ->
                withFolder (fun folder ->
                    let broken = cases |> List.find (fun broken -> broken.Rule = "must be positive")
                    File.WriteAllBytes(Path.Combine(folder, broken.File), broken.Content())

                    volforge folder [ "measure"; broken.File; "--out"; "measures.csv" ]
                    |> isRefused broken

                    Expect.equal (entries folder) [ broken.File ] "what is in the folder"))
        ]
