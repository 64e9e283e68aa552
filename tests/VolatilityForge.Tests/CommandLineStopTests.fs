/// How volforge ends when it can't go on as asked: a second Ctrl-C, an output that takes nothing.
module VolatilityForge.Tests.CommandLineStopTests

open System
open System.IO
open Expecto
open VolatilityForge.Tests.CommandLine

let private onUnix (body: string -> unit) () : unit =
    if OperatingSystem.IsWindows() then
        skiptest "signals and devices of Unix"

    withFolder body

[<Tests>]
let suite: Test =
    testList
        "volforge"
        [
            testCase "leaves at once at a second Ctrl-C, whatever it waits for"
            <| onUnix (fun folder ->
                let pipe = Path.Combine(folder, "settings.json")
                runProgram folder "mkfifo" [ pipe ] |> ignore
                let mutable asked = 0

                let answer =
                    during
                        (fun running ->
                            // Opens when volforge reads from it, and gives it nothing.
                            use settings =
                                new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0)

                            await
                                (fun () ->
                                    asked <- asked + 1
                                    signal "INT" running
                                    false)
                                running)
                        folder
                        [ "run"; "spx.csv"; "--config"; pipe ]

                Expect.equal (answer.Code, answer.Output) (130, "") "exit code and output"
                Expect.isGreaterThan asked 1 "the first is a request"
                Expect.equal (entries folder) [ "settings.json" ] "nothing half-written")

            testCase "tells a failure that no rule foresaw in words, and where it comes from when asked"
            <| onUnix (fun folder ->
                let csv = Path.Combine(folder, "spx.csv")
                File.WriteAllText(csv, String.Join("\n", firstDays 40) + "\n")
                // What takes no byte is Linux's own; elsewhere there is nothing to write to.
                if not (File.Exists "/dev/full") then
                    skiptest "no full device"

                let measure (before: string) =
                    runProgram folder "sh" [ "-c"; $"{before} exec '{volforgePath}' measure spx.csv > /dev/full" ]

                let told = measure ""
                Expect.equal (told.Code, told.Output) (1, "") "exit code"
                Expect.stringContains told.Error "No space left" "the reason"
                Expect.isFalse (told.Error.Contains "   at ") "no stack trace"
                let traced = measure "VOLATILITYFORGE_TRACE=1"
                Expect.equal traced.Code 1 "exit code"
                Expect.stringContains traced.Error "   at " "where")

            testCase "finds the command behind options"
            <| fun () ->
                withFolder (fun folder ->
                    let misspelt = volforge folder [ "--quiet"; "run"; "spx.csv"; "--ephocs"; "3" ]
                    Expect.equal misspelt.Code 2 "wrong usage"
                    Expect.stringContains misspelt.Error "--epochs" "the option that was meant"
                    let none = volforge folder [ "--quiet"; "run"; "none.csv"; "--epochs"; "3" ]
                    Expect.stringContains none.Error "none.csv" "the option is known")
        ]
