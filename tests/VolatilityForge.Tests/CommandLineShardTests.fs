/// `volforge run --shard` and `volforge merge`, and a run of classical models that is killed: the files of one run, to the byte.
module VolatilityForge.Tests.CommandLineShardTests

open System
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge.Tests.CommandLine
open VolatilityForge.Tests.RunFolders

let private done' (answer: Answer) : Answer =
    Expect.equal (answer.Code, answer.Error) (0, "") "exit code and errors"
    answer

let private files (folder: string) : (string * byte[]) list =
    [
        for name in entries folder -> name, File.ReadAllBytes(Path.Combine(folder, name))
    ]

/// Two symbols: the first days as they are, and others of them in their place.
let private withPanel (body: string -> unit) : unit =
    withFolder (fun folder ->
        let lines = firstDays 1_300

        let named (symbol: string) (lines: string list) =
            lines |> List.map (fun line -> $"{line},{symbol}")

        File.WriteAllText(
            Path.Combine(folder, "panel.csv"),
            text ((lines.Head + ",symbol") :: named "A" lines[1..1_000] @ named "B" lines[501..])
        )

        body folder)

[<Tests>]
let shards: Test =
    testList
        "volforge merge"
        [
            testCase "joins shards of two symbols to the files of one run, and says what is missing" (fun () ->
                withPanel (fun folder ->
                    let run =
                        words "run panel.csv --quiet --window 300 --models har,log-har,garch --horizons 1,5"

                    done' (volforge folder (run @ words "--out whole")) |> ignore

                    for number in 1..3 do
                        let answer =
                            done' (volforge folder (run @ words $"--shard {number}/3 --out parts --threads {number}"))

                        Expect.stringContains answer.Output $"shard-{number}-of-3.safetensors" "the file"

                    Expect.equal (entries (Path.Combine(folder, "parts"))).Length 3 "nothing but shards"
                    done' (volforge folder (words "merge parts --out joined --quiet")) |> ignore
                    let joined = files (Path.Combine(folder, "joined"))
                    Expect.equal joined (files (Path.Combine(folder, "whole"))) "to the byte"

                    let again = volforge folder (words "merge parts --out joined")
                    Expect.equal again.Code 1 "nothing is overwritten"
                    let again = volforge folder (run @ words "--shard 1/3 --out parts")
                    Expect.equal again.Code 1 "nor a shard"
                    Expect.stringContains again.Error "shard-1-of-3" "by name"

                    let paths =
                        words "merge parts/shard-3-of-3.safetensors parts/shard-1-of-3.safetensors"

                    let missing = volforge folder (paths @ words "--out other")
                    Expect.equal (missing.Code, missing.Output) (1, "") "a shard is missing"
                    Expect.stringContains missing.Error "2/3" "it is named"

                    let json =
                        done' (volforge folder (paths @ words "parts/shard-2-of-3.safetensors --out other --json"))

                    use document = JsonDocument.Parse json.Output
                    Expect.equal (document.RootElement.GetProperty("folder").GetString()) "other" "one object"
                    Expect.equal (files (Path.Combine(folder, "other"))) joined "files by name do as well"

                    let wrong = volforge folder (run @ words "--shard 4/3 --out parts")
                    Expect.equal wrong.Code 2 "a shard that is none"
                    let none = volforge folder (words "merge whole")
                    Expect.stringContains none.Error "shard-K-of-N" "a folder without shards"
                    Expect.isFalse (Directory.Exists(Path.Combine(folder, "out"))) "and nothing is left"))

            testCase "joins networks with their training and their checkpoint" (fun () ->
                withPanel (fun folder ->
                    let run =
                        words
                            "run panel.csv --quiet --symbol A --window 420 --models log-har,transformer --horizons 1"
                        @ words "--epochs 2 --members 1 --refit-every 300"

                    done' (volforge folder (run @ words "--out whole")) |> ignore

                    for number in 1..2 do
                        done' (volforge folder (run @ words $"--shard {number}/2 --out parts"))
                        |> ignore

                    done' (volforge folder (words "merge parts --out joined --quiet")) |> ignore
                    let joined = files (Path.Combine(folder, "joined"))
                    Expect.contains (List.map fst joined) "checkpoint.safetensors" "a checkpoint"
                    Expect.equal joined (files (Path.Combine(folder, "whole"))) "to the byte"))
            |> List.singleton
            |> testList "tensors"
            |> Needs.tensors
        ]

[<Tests>]
let killed: Test =
    testList
        "volforge run --resume of classical models"
        [
            testCase "a run that was killed does only the rest, to the same files" (fun () ->
                if OperatingSystem.IsWindows() then
                    skiptest "signals of Unix"

                withFolder (fun folder ->
                    File.WriteAllText(Path.Combine(folder, "spx.csv"), text (firstDays 2_600))

                    let run =
                        words "run spx.csv --quiet --threads 1 --models log-har,egarch --horizons 1,5 --out result"

                    let kept = Path.Combine(folder, "result.resume")

                    let hasUnits () =
                        Directory.Exists kept
                        && Directory.GetFiles(kept, "*.safetensors", SearchOption.AllDirectories).Length > 0

                    let answer = signalled "KILL" hasUnits folder run
                    Expect.equal answer.Code 137 "killed"
                    let refused = volforge folder run
                    Expect.equal refused.Code 1 "nothing is lost unasked"
                    let other = volforge folder (run @ words "--resume --window 999")
                    Expect.stringContains other.Error "window_labels" "other settings, named"
                    done' (volforge folder (run @ words "--resume")) |> ignore
                    Expect.equal (entries folder) [ "result"; "spx.csv" ] "nothing else is left"
                    let resumed = files (Path.Combine(folder, "result"))
                    done' (volforge folder (run @ words "--force")) |> ignore
                    Expect.equal (files (Path.Combine(folder, "result"))) resumed "to the byte"))
        ]
