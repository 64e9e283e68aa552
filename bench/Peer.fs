/// A peer's script as a process that times on request. Knows no operation.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open System.Text.Json.Nodes
open VolatilityForge

/// A script of peers/ that runs and waits for requests.
type Peer private (running: Process, about: string) =

    /// What it is, such as "PyTorch 2.5.0".
    member _.About: string = about

    /// Milliseconds per call over so many repeats, measured by the peer itself.
    member _.Time(name: string, shape: (string * obj) list, repeats: int) : float =
        let extents = JsonObject()

        for key, value in shape do
            extents[key] <- JsonSerializer.SerializeToNode(value)

        let request = JsonObject()
        request["name"] <- JsonValue.Create name
        request["shape"] <- extents
        request["repeats"] <- JsonValue.Create repeats
        running.StandardInput.WriteLine(request.ToJsonString())
        running.StandardInput.Flush()

        match running.StandardOutput.ReadLine() with
        | null ->
            let reason = $"it ended while it was to time {name}"
            Fault.raiseWith (Fault.NotComputable($"the peer {about}", reason, "Run its script by hand to see why."))
        | line ->
            let answer = JsonNode.Parse line
            answer["ms"].GetValue<float>()

    interface IDisposable with
        member _.Dispose() =
            running.StandardInput.Close()
            running.WaitForExit()
            running.Dispose()

    /// Starts a script with so many threads; None when the machine lacks Python or what the script imports.
    static member TryStart(python: string, script: string, threads: int) : Peer option =
        let path = Path.Combine(AppContext.BaseDirectory, "peers", script)

        let info =
            ProcessStartInfo(
                python,
                [ path ],
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            )

        info.Environment["VOLFORGE_THREADS"] <- string threads

        for variable in [ "OMP_NUM_THREADS"; "OPENBLAS_NUM_THREADS" ] do
            info.Environment[variable] <- string threads

        // Idle threads that spin would take the processor from the other side.
        info.Environment["OMP_WAIT_POLICY"] <- "passive"

        try
            let running = Process.Start info
            running.ErrorDataReceived.Add ignore
            running.BeginErrorReadLine()

            match running.StandardOutput.ReadLine() with
            | null -> None
            | line ->
                let about = JsonNode.Parse line
                Some(new Peer(running, about["peer"].GetValue<string>()))
        with :? ComponentModel.Win32Exception ->
            None
