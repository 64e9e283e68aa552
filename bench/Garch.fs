/// `bench garch FILE`: fits of GARCH models next to scipy and R's fGarch, and three thousand rolling refits.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.Globalization
open System.IO
open System.Text.Json
open VolatilityForge

/// Measuring and printing.
[<RequireQualifiedAccess>]
module GarchBench =

    /// Labels of the rolling refits.
    let private window = 1_000

    let private refits = 3_000

    let private rFits = 5

    let private warmUp = 300

    let private number (value: float) : string =
        value.ToString("0.00", CultureInfo.InvariantCulture)

    let private row (name: string) (ours: float) (peer: string) (theirs: float option) : unit =
        let ratio =
            theirs
            |> Option.map (fun theirs -> number (ours / theirs))
            |> Option.defaultValue ""

        let told = theirs |> Option.map number |> Option.defaultValue "-"
        Console.Out.WriteLine $"{name, -34} {number ours, 10} ms   {peer, -10} {told, 10} ms   ratio {ratio}"

    /// Milliseconds per fit of fGarch, and its log-likelihood; None where R or the package is absent.
    let private byR (file: string) (distribution: string) : (float * float) option =
        try
            let script = Path.Combine(AppContext.BaseDirectory, "peers", "garch.R")

            let info =
                ProcessStartInfo(
                    "Rscript",
                    [ script; file; string rFits; distribution ],
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                )

            use running = Process.Start info
            running.ErrorDataReceived.Add ignore
            running.BeginErrorReadLine()
            let answer = running.StandardOutput.ReadToEnd()
            running.WaitForExit()

            let number (word: string) =
                match Double.TryParse(word, CultureInfo.InvariantCulture) with
                | true, value -> Some value
                | _ -> None

            match answer.Trim().Split ' ' |> Array.choose number with
            | [| time; logLikelihood |] -> Some(time, logLikelihood)
            | _ -> None
        with :? ComponentModel.Win32Exception ->
            None

    /// Returns in the first column of a text file, lines without a number left out.
    let private read (path: string) : float[] =
        File.ReadAllLines path
        |> Array.choose (fun line ->
            match Double.TryParse(line.Split(',')[0], CultureInfo.InvariantCulture) with
            | true, value -> Some value
            | _ -> None)

    /// Prints the table for the returns of a file.
    let run (python: string) (path: string) : unit =
        let returns = read path
        let data = GarchData.ofReturns returns
        let plain = Path.GetTempFileName()
        let json = Path.GetTempFileName()

        try
            File.WriteAllLines(plain, returns |> Array.map (fun r -> r.ToString("R", CultureInfo.InvariantCulture)))
            File.WriteAllText(json, JsonSerializer.Serialize returns)
            let scipy = Peer.TryStart(python, "garch.py", 1)

            Console.Out.WriteLine
                $"{returns.Length} returns of {Path.GetFileName path}; one core; ratio below 1 is faster"

            for innovation, peerName, rName in
                [ Innovation.Normal, "normal", "norm"; Innovation.StudentT, "student-t", "std" ] do
                let spec =
                    { GarchSpec.defaults with
                        Innovation = innovation
                    }

                let theirs =
                    scipy
                    |> Option.map (fun peer -> fun repeats -> peer.Time(peerName, [ "file", box json ], min repeats 20))

                let fit () = Garch.fit spec data |> Fault.orRaise

                // The runtime's best code comes after hundreds of calls, in the background.
                for _ in 1..warmUp do
                    fit () |> ignore

                let timing = Clock.inTurns (fit >> ignore) theirs
                row $"garch(1,1) {peerName}" timing.Ours "scipy" timing.Theirs
                let fGarch = byR plain rName
                row $"garch(1,1) {peerName}" timing.Ours "fGarch" (Option.map fst fGarch)
                let once = fit ()

                match fGarch with
                | Some(_, theirs) ->
                    // fGarch has no bound on the sum of coefficients.
                    let free = Garch.fit { spec with Stationary = false } data |> Fault.orRaise

                    Console.Out.WriteLine
                        $"  log-likelihood {once.LogLikelihood:F6}, unbound {free.LogLikelihood:F6}; fGarch's {theirs:F6}, unbound less theirs {free.LogLikelihood - theirs:E1}"
                | None -> ()

                let errors =
                    Clock.inTurns (fun () -> GarchErrors.ofFit once data |> Fault.orRaise |> ignore) None

                row $"  its standard errors, all three" errors.Ours "" None

            for name in GarchSpec.names |> List.except [ "garch" ] do
                let spec =
                    { GarchSpec.defaults with
                        Variance = GarchSpec.parse name |> Fault.orRaise
                    }

                let timing =
                    Clock.inTurns (fun () -> Garch.fit spec data |> Fault.orRaise |> ignore) None

                row $"{name} normal" timing.Ours "" None

            // Windows that run round the series, so that any length gives as many refits.
            let around (first: int) : GarchData =
                GarchData.ofReturns (Array.init window (fun i -> returns[(first + i) % returns.Length]))

            let mutable carried = Garch.fit GarchSpec.defaults (around 0) |> Fault.orRaise
            let watch = Stopwatch.StartNew()

            for first in 1..refits do
                carried <- Garch.refit carried (around first) |> Fault.orRaise

            row $"{refits} rolling refits of {window}, warm" watch.Elapsed.TotalMilliseconds "" None
            let days = window + refits + 50

            let history =
                History.create
                    "squares"
                    (Array.init days (fun day -> DateOnly(2000, 1, 1).AddDays day))
                    (Array.init days (fun day -> (returns[day % returns.Length] ** 2.0 + 0.01) * 1.0< / day>))
                    None
                    []
                |> Fault.orRaise

            for horizon in [ 1; 5; 22 ] do
                // A forecaster of its own each time: what it derives from a history once is part of the cost.
                let har = Har.forecaster Har.defaults
                let watch = Stopwatch.StartNew()
                let first = window + horizon + 22

                for last in first .. first + refits - 1 do
                    har.Fit(history, Labels.windowEnding horizon window last, horizon)
                    |> Fault.orRaise
                    |> ignore

                row $"{refits} rolling HAR refits of {window}, h = {horizon}" watch.Elapsed.TotalMilliseconds "" None

            let watch = Stopwatch.StartNew()
            let mutable appended = carried

            for i in 0..99_999 do
                appended <- Garch.append appended returns[i % returns.Length]

            row "100,000 appended returns" watch.Elapsed.TotalMilliseconds "" None
            scipy |> Option.iter (fun peer -> (peer :> IDisposable).Dispose())
        finally
            File.Delete plain
            File.Delete json
