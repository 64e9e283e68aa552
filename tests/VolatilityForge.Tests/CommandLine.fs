/// Running programs for the suites of the command line: the built volforge, and whatever else is on the machine.
module VolatilityForge.Tests.CommandLine

open System
open System.Diagnostics
open System.IO
open Expecto

/// What a program answered.
type Answer =
    {
        Code: int
        Output: string
        Error: string
    }

/// Generous for a loaded machine; the longest of these runs takes a few seconds on an idle one.
let private patience = TimeSpan.FromMinutes 3.0

let private start (folder: string) (program: string) (arguments: string list) : Process =
    let info =
        ProcessStartInfo(
            program,
            arguments,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    info.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] <- "1"
    info.Environment["DOTNET_NOLOGO"] <- "1"
    Process.Start info

let private finish (started: Process) (meanwhile: Process -> unit) : Answer =
    use running = started
    let output = running.StandardOutput.ReadToEndAsync()
    let error = running.StandardError.ReadToEndAsync()
    meanwhile running

    if not (running.WaitForExit patience) then
        running.Kill true
        failtest $"{running.StartInfo.FileName} did not end within {patience}"

    running.WaitForExit()

    {
        Code = running.ExitCode
        Output = output.Result
        Error = error.Result
    }

/// Runs a program in a folder to its end.
let runProgram (folder: string) (program: string) (arguments: string list) : Answer =
    finish (start folder program arguments) ignore

/// The program of this build: the tests and the program are built in one configuration.
let volforgePath: string =
    let output =
        DirectoryInfo(AppContext.BaseDirectory.TrimEnd Path.DirectorySeparatorChar)

    let configuration = output.Parent.Name
    let root = output.Parent.Parent.Parent.Parent.Parent.FullName

    let name =
        if OperatingSystem.IsWindows() then
            "volforge.exe"
        else
            "volforge"

    Path.Combine(root, "src", "VolatilityForge.Cli", "bin", configuration, output.Name, name)

/// Runs volforge in a folder.
let volforge (folder: string) (arguments: string list) : Answer =
    runProgram folder volforgePath arguments

/// Sends a signal, such as INT, to a running program.
let signal (name: string) (running: Process) : unit =
    runProgram "." "kill" [ $"-{name}"; string running.Id ] |> ignore

/// Runs volforge in a folder and something else meanwhile. Through env, because a program that was started with the signal
/// of Ctrl-C ignored, as in a background job, would not see it.
let during (meanwhile: Process -> unit) (folder: string) (arguments: string list) : Answer =
    finish (start folder "env" ("--default-signal=INT" :: volforgePath :: arguments)) meanwhile

/// Returns as soon as something holds, or the program has ended.
let await (when': unit -> bool) (running: Process) : unit =
    let waited = Stopwatch.StartNew()

    while not (when' ()) && not (running.WaitForExit 5) && waited.Elapsed < patience do
        ()

/// Runs volforge and sends it a signal as soon as something holds.
let signalled (name: string) (when': unit -> bool) (folder: string) (arguments: string list) : Answer =
    during
        (fun running ->
            await when' running
            signal name running)
        folder
        arguments

/// Runs a body with a new folder and removes the folder afterwards.
let withFolder (body: string -> 'a) : 'a =
    let folder = Directory.CreateTempSubdirectory "volatilityforge-cli-"

    try
        body folder.FullName
    finally
        folder.Delete true

/// Names of everything in a folder, in order.
let entries (folder: string) : string list =
    Directory.GetFileSystemEntries folder
    |> Array.map Path.GetFileName
    |> Array.sort
    |> List.ofArray

/// The first of these programs on the path.
let tryProgram (names: string list) : string option =
    let folders = Environment.GetEnvironmentVariable("PATH").Split Path.PathSeparator

    [
        for name in names do
            for folder in folders -> Path.Combine(folder, name)
    ]
    |> List.tryFind File.Exists

/// The header and the first days of the S&P 500 file of the repository.
let firstDays (days: int) : string list =
    match Market.repositoryFile "data/sp500.csv" with
    | Some path -> File.ReadLines path |> Seq.take (days + 1) |> List.ofSeq
    | None -> skiptest "this checkout has no data/sp500.csv"
