/// An interrupted `volforge run` and its --resume: nothing is lost, and the files are those of a run that went through.
module VolatilityForge.Tests.CommandLineResumeTests

open System
open System.IO
open Expecto
open VolatilityForge
open VolatilityForge.Tests.CommandLine

/// Two networks of twenty epochs, and days in which training finds something to improve.
let private settings =
    """{"models": ["log-har", "transformer"], "horizons": [1], "window_labels": 420, "epochs": 20, "patience": 20, "seeds": [7, 8]}"""

// An option before the command, which must not hide the command.
let private run (options: string list) : string list =
    [ "--quiet"; "run"; "spx.csv"; "--config"; "settings.json"; "--out"; "result" ]
    @ options

let private days =
    lazy
        (let lines = firstDays 1_400
         String.Join("\n", lines.Head :: lines[701..]) + "\n")

let private withDays (body: string -> 'a) : 'a =
    withFolder (fun folder ->
        File.WriteAllText(Path.Combine(folder, "spx.csv"), days.Value)
        File.WriteAllText(Path.Combine(folder, "settings.json"), settings)
        body folder)

let private files (folder: string) : (string * byte[]) list =
    let result = Path.Combine(folder, "result")

    entries result
    |> List.map (fun name -> name, File.ReadAllBytes(Path.Combine(result, name)))

let private done' (answer: Answer) : unit =
    Expect.equal (answer.Code, answer.Error) (0, "") "exit code and errors"

/// What a run that nobody interrupts writes; with nothing to go on with, --resume is such a run.
let private whole =
    lazy
        (withDays (fun folder ->
            done' (volforge folder (run [ "--resume" ]))
            files folder))

/// Whether the checkpoints of so many networks have been started.
let private started (networks: int) (folder: string) () : bool =
    let kept = Path.Combine(folder, "result.resume")

    Directory.Exists kept
    && Directory.GetFiles(kept, "step-*.safetensors", SearchOption.AllDirectories).Length
       >= networks

[<Tests>]
let suite: Test =
    testList
        "volforge run --resume"
        [
            for signal, code, networks in [ "INT", 130, 1; "TERM", 130, 2; "KILL", 137, 2 ] do
                testCase $"a run ended by {signal} keeps its checkpoints and goes on to the same files" (fun () ->
                    if OperatingSystem.IsWindows() then
                        skiptest "signals of Unix"

                    withDays (fun folder ->
                        let answer = signalled signal (started networks folder) folder (run [])
                        Expect.equal (answer.Code, answer.Output) (code, "") "exit code and output"

                        if signal <> "KILL" then
                            Expect.stringContains answer.Error "--resume" "what to do next"

                            Expect.equal
                                (entries folder)
                                [ "result.resume"; "settings.json"; "spx.csv" ]
                                "no half-written result"

                        let refused = volforge folder (run [])
                        Expect.equal refused.Code 1 "nothing is lost unasked"
                        Expect.stringContains refused.Error "--resume" "and it says how to go on"
                        done' (volforge folder (run [ "--resume" ]))
                        Expect.equal (files folder) whole.Value "the same files, to the last byte"

                        Expect.equal
                            (entries folder)
                            [ "result"; "settings.json"; "spx.csv" ]
                            "and nothing else is left"))

            testCase "another run on the same output is refused and takes nothing from the first" (fun () ->
                if OperatingSystem.IsWindows() then
                    skiptest "signals of Unix"

                withDays (fun folder ->
                    let answer =
                        during
                            (fun running ->
                                await (started 1 folder) running
                                // Stands still, so that the first is under way however long the others take.
                                signal "STOP" running

                                try
                                    for option in [ []; [ "--resume" ]; [ "--force" ] ] do
                                        let other = volforge folder (run option)
                                        Expect.equal other.Code 1 $"%A{option}"
                                        Expect.stringContains other.Error "another run is using it" $"%A{option}"
                                finally
                                    signal "CONT" running)
                            folder
                            (run [])

                    done' answer
                    Expect.equal (files folder) whole.Value "the same files, to the last byte"
                    Expect.equal (entries folder) [ "result"; "settings.json"; "spx.csv" ] "and nothing else"))

            testCase
                "a kept folder of another version or without readable settings is refused; leftovers of a kill go"
                (fun () ->
                    withDays (fun folder ->
                        signalled "INT" (started 1 folder) folder (run []) |> ignore
                        let kept = Path.Combine(folder, "result.resume")
                        let config = Path.Combine(kept, "config.json")
                        let settings = File.ReadAllText config

                        let refused (reason: string) =
                            let answer = volforge folder (run [ "--resume" ])
                            Expect.equal (answer.Code, answer.Output) (1, "") reason
                            Expect.stringContains answer.Error reason "the reason"
                            Expect.isFalse (answer.Error.Contains "   at ") "no stack trace"

                        for text in [ ""; "[]"; "{"; "7" ] do
                            File.WriteAllText(config, text)
                            refused "holds no settings"

                        File.Delete config
                        Directory.CreateDirectory config |> ignore
                        refused "can't be read"
                        Directory.Delete config
                        refused "can't be read"

                        let version = typeof<ExperimentConfig>.Assembly.GetName().Version.ToString 3

                        let other =
                            settings.Replace($"\"version\": \"{version}\"", "\"version\": \"0.0.1\"")

                        File.WriteAllText(config, other)
                        let network = (Directory.GetDirectories kept)[0]
                        File.WriteAllText(Path.Combine(network, "step-1.safetensors.partial"), "")
                        Directory.CreateDirectory(Path.Combine(folder, "result.0.partial")) |> ignore
                        refused "other settings (version)"

                        Expect.isEmpty
                            (Directory.GetFiles(kept, "*.partial", SearchOption.AllDirectories))
                            "half a file"

                        Expect.equal
                            (entries folder)
                            [ "result.resume"; "settings.json"; "spx.csv" ]
                            "nor half a result"

                        Expect.equal (File.ReadAllText config) other "settings are written once"
                        Expect.isFalse (File.Exists(Path.Combine(kept, "lock"))) "nobody uses it"))

            testCase "other settings and other data are refused; --force starts anew" (fun () ->
                withDays (fun folder ->
                    signalled "INT" (started 2 folder) folder (run []) |> ignore

                    let other = volforge folder (run [ "--resume"; "--epochs"; "21" ])
                    Expect.equal other.Code 1 "other settings"
                    Expect.stringContains other.Error "epochs" "the setting is named"

                    let path = Path.Combine(folder, "spx.csv")
                    let lines = File.ReadAllLines path
                    // One day of training moves by a little: its date and the others are what they were.
                    let cells = lines[120].Split ','
                    let high = Double.Parse(cells[2], Globalization.CultureInfo.InvariantCulture)
                    cells[2] <- (high * 1.001).ToString Globalization.CultureInfo.InvariantCulture
                    lines[120] <- String.Join(",", cells)
                    File.WriteAllLines(path, lines)
                    let changed = volforge folder (run [ "--resume" ])
                    Expect.equal changed.Code 1 "other data"
                    Expect.stringContains changed.Error "other data" "it says so"
                    Expect.isFalse (Directory.Exists(Path.Combine(folder, "result"))) "no result"
                    File.WriteAllText(path, days.Value)
                    done' (volforge folder (run [ "--force" ]))
                    Expect.equal (files folder) whole.Value "started anew"))
        ]
    |> Needs.tensors
