/// What README and the pages of docs show is what the repository does.
module VolatilityForge.Tests.ReadmeTests

open System
open System.IO
open Expecto
open VolatilityForge.Tests.CommandLine

let private root: Lazy<string> =
    lazy
        (match Market.repositoryFile "README.md" with
         | Some path -> Path.GetDirectoryName path
         | None -> skiptest "README.md is not here")

/// The lines of a page's code blocks in a language, trimmed.
let private codeOf (page: string) (language: string) : string list =
    let mutable inside = false

    [
        for line in File.ReadAllLines(Path.Combine(root.Value, page)) do
            if line.StartsWith("```", StringComparison.Ordinal) then
                inside <- line = "```" + language
            elif inside && line.Trim() <> "" then
                line.Trim()
    ]

let private shownIn (page: string) (language: string) (folder: string) (pattern: string) : unit =
    let sources =
        Directory.GetFiles(Path.Combine(root.Value, folder), pattern)
        |> Seq.collect File.ReadAllLines
        |> Seq.map _.Trim()
        |> Set.ofSeq

    let lines = codeOf page language
    Expect.isNonEmpty lines $"{page} shows {language}"
    Expect.isEmpty (lines |> List.filter (fun line -> not (sources.Contains line))) $"every line stands in {folder}"

[<Tests>]
let suite =
    testList
        "readme"
        [
            testCase "its F# is that of the quick start script"
            <| fun () -> shownIn "README.md" "fsharp" "scripts" "*.fsx"

            testCase "its C# is that of the sample"
            <| fun () -> shownIn "README.md" "csharp" (Path.Combine("samples", "QuickStart.CSharp")) "*.cs"

            testCase "the page on optimisers shows code of the tests"
            <| fun () ->
                let page = Path.Combine("docs", "training-numerics.md")
                shownIn page "fsharp" (Path.Combine("tests", "VolatilityForge.Tests")) "AverageTests.fs"
                shownIn page "csharp" (Path.Combine("tests", "VolatilityForge.CSharp.Tests")) "TrainerTests.cs"

            for page, sources in
                [
                    "training.md", "ResumeTests.cs"
                    "attention.md", "*AttentionTests.cs"
                    "checkpointing.md", "FlashAttentionTests.cs"
                ] do
                testCase $"docs/{page} shows code of scripts and tests"
                <| fun () ->
                    let page = Path.Combine("docs", page)
                    shownIn page "fsharp" "scripts" "*.fsx"
                    shownIn page "csharp" (Path.Combine("tests", "VolatilityForge.CSharp.Tests")) sources

            testCase "the page on GARCH models shows code of the tests"
            <| fun () ->
                let page = Path.Combine("docs", "garch.md")
                shownIn page "fsharp" (Path.Combine("tests", "VolatilityForge.Tests")) "GarchForecastTests.fs"
                shownIn page "csharp" (Path.Combine("tests", "VolatilityForge.CSharp.Tests")) "GarchTests.cs"

            testCase "the page on the HAR family shows code of the tests"
            <| fun () ->
                let page = Path.Combine("docs", "har.md")
                shownIn page "fsharp" (Path.Combine("tests", "VolatilityForge.Tests")) "HarFamilyTests.fs"
                shownIn page "csharp" (Path.Combine("tests", "VolatilityForge.CSharp.Tests")) "HarTests.cs"

            testCase "the page on networks of one's own shows the script and the sample"
            <| fun () ->
                let page = Path.Combine("docs", "own-architecture.md")
                shownIn page "fsharp" "scripts" "*.fsx"
                shownIn page "csharp" (Path.Combine("samples", "OwnArchitecture.CSharp")) "*.cs"

            testCase "its volforge commands run, one after the other" (fun () ->
                let commands = codeOf "README.md" "sh" |> List.filter _.StartsWith("volforge ")
                Expect.isGreaterThan commands.Length 3 "there are commands"

                withFolder (fun folder ->
                    Directory.CreateDirectory(Path.Combine(folder, "data")) |> ignore

                    File.Copy(
                        Path.Combine(root.Value, "data", "sp500.csv"),
                        Path.Combine(folder, "data", "sp500.csv")
                    )

                    for command in commands do
                        let answer = volforge folder (command.Split(' ') |> List.ofArray |> List.tail)
                        Expect.equal answer.Code 0 $"{command}: {answer.Error}"))
            |> Needs.tensors
        ]
