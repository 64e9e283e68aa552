/// Every script of the repository runs.
module VolatilityForge.Tests.ScriptTests

open System.IO
open Expecto
open VolatilityForge.Tests.CommandLine

let private folder: string option =
    Market.repositoryFile "VolatilityForge.sln"
    |> Option.map (fun solution -> Path.Combine(Path.GetDirectoryName solution, "scripts"))
    |> Option.filter Directory.Exists

/// The scripts reference the release build.
let private isRelease: bool =
    let separator = Path.DirectorySeparatorChar
    volforgePath.Contains $"{separator}Release{separator}"

let private scripts: string list =
    match folder with
    | Some path -> Directory.GetFiles(path, "*.fsx") |> Array.sort |> List.ofArray
    | None -> []

[<Tests>]
let suite: Test =
    testList
        "scripts"
        [
            testCase "there are some" (fun () -> Expect.isNonEmpty scripts "scripts/*.fsx")

            for script in scripts do
                testCase $"{Path.GetFileName script} runs to its end" (fun () ->
                    if not isRelease then
                        skiptest "the scripts reference the release build"

                    let answer = runProgram (Path.GetDirectoryName script) "dotnet" [ "fsi"; script ]
                    Expect.equal (answer.Code, answer.Error) (0, "") "exit code and standard error"
                    Expect.isFalse (answer.Output.Contains "NaN") "no figure is missing")
        ]
    |> Needs.ownEngine
    |> Needs.tensors
