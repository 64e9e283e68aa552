/// Folders with days of the S&P 500, and what runs of volforge leave and answer.
module VolatilityForge.Tests.RunFolders

open System
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge.Tests.CommandLine

let text (lines: string list) : string = String.Join("\n", lines) + "\n"

let write (folder: string) (name: string) (content: string) : unit =
    File.WriteAllText(Path.Combine(folder, name), content)

let done' (answer: Answer) : Answer =
    Expect.equal answer.Code 0 $"exit code; {answer.Error}"
    answer

/// Runs in a folder that holds the first days as spx.csv.
let withDays (days: int) (body: string -> unit) : unit =
    withFolder (fun folder ->
        write folder "spx.csv" (text (firstDays days))
        body folder)

let read (folder: string) (name: string) : string =
    File.ReadAllText(Path.Combine(folder, name))

let bytes (folder: string) (name: string) : byte[] =
    File.ReadAllBytes(Path.Combine(folder, name))

let words (line: string) : string list = List.ofArray (line.Split ' ')

/// The one JSON object of an answer that must hold nothing else.
let onlyJson (answer: Answer) : JsonElement =
    use document = JsonDocument.Parse answer.Output
    document.RootElement.Clone()

let tableRows (json: JsonElement) : JsonElement list =
    [
        for result in json.GetProperty("results").EnumerateArray() do
            yield! result.GetProperty("table").EnumerateArray()
    ]
