/// The table of `bench --quick`: every case next to the peer's own form of it, in one run.
namespace VolatilityForge.Bench

open System
open System.Globalization
open System.IO
open System.Runtime.InteropServices
open System.Text.Json
open TorchSharp
open VolatilityForge

/// Measuring and printing.
[<RequireQualifiedAccess>]
module Quick =

    let private invariant (format: string) (value: float) : string =
        value.ToString(format, CultureInfo.InvariantCulture)

    let private number (value: float) : string =
        invariant
            (if value < 1.0 then "0.000"
             elif value < 100.0 then "0.00"
             else "0")
            value

    /// What the device does at its best, per millisecond: operations in a large product of matrices, bytes read and written
    /// by a copy of what no cache holds.
    type private Roof = { Flops: float; Bytes: float }

    // A call on an accelerator has ended only when its queue is empty.
    let private whole (device: torch.Device) (call: unit -> unit) : unit -> unit =
        if device.``type`` = DeviceType.CPU then
            call
        else
            fun () ->
                call ()
                torch.cuda.synchronize ()

    let private roofOf (device: torch.Device) : Roof =
        use scope = torch.NewDisposeScope()
        let side = if device.``type`` = DeviceType.CPU then 1_024L else 8_192L
        let matrix = torch.ones ([| side; side |], device = device)
        let source = torch.ones ([| 32L; 1_024L; 1_024L |], device = device)
        let target = torch.zeros_like source

        let milliseconds (call: unit -> unit) : float =
            (Clock.inTurns (whole device call) None).Ours

        let product () =
            use _ = matrix.matmul matrix
            ()

        {
            Flops = 2.0 * float side ** 3.0 / milliseconds product
            // Into memory that is there: new memory costs the system's clearing of it.
            Bytes =
                8.0 * float (source.numel ())
                / milliseconds (fun () -> target.copy_ source |> ignore)
        }

    let private rate (roof: Roof) (milliseconds: float) (rate: Rate) : string * string =
        let share (measured: float) (best: float) = invariant "0 %" (measured / best)

        match rate with
        | Rate.Flops flops -> number (flops / milliseconds / 1e6) + " GFLOP/s", share (flops / milliseconds) roof.Flops
        | Rate.Bytes bytes -> number (bytes / milliseconds / 1e6) + " GB/s", share (bytes / milliseconds) roof.Bytes
        | Rate.Nothing -> "", ""

    let private row (cells: string list) : unit =
        let widths = [ 20; 26; 9; 6; 10; 9; 16; 8; 10; 7 ]

        List.zip cells widths
        |> List.mapi (fun index (cell, width) ->
            if index < 4 then
                cell.PadRight width
            else
                cell.PadLeft width)
        |> String.concat " "
        |> Console.Out.WriteLine

    let private header: string list =
        [
            "operation"
            "shape"
            "type"
            "device"
            "median ms"
            "peak MB"
            "rate"
            "of best"
            "peer ms"
            "ratio"
        ]

    let private results (timing: Timing) : string * string =
        match timing.Theirs with
        | Some theirs -> number theirs, number (timing.Ours / theirs)
        | None -> "", ""

    let private measure (device: torch.Device) (roof: Roof) (peer: Peer option) (case: Case) : unit =
        use scope = torch.NewDisposeScope()
        let call = whole device (case.Make device)

        // The process' memory is the host's.
        let peak =
            if device.``type`` = DeviceType.CPU then
                Clock.peakBytes call
            else
                None

        let theirs =
            peer
            |> Option.map (fun peer -> fun repeats -> peer.Time(case.Operation, Cases.describe case, repeats))

        let timing = Clock.inTurns call theirs
        let theirMs, ratio = results timing
        let reached, share = rate roof timing.Ours case.Rate

        row
            [
                case.Operation
                case.Shape.Name
                "float32"
                string device
                number timing.Ours
                peak |> Option.map (fun bytes -> number (bytes / 1e6)) |> Option.defaultValue ""
                reached
                share
                theirMs
                ratio
            ]

    /// Labels in the window of the HAR rows.
    let private window = 1_000

    let private harRow (history: History) (peer: Peer option) (file: string) (model: IForecaster) (log: bool) : unit =
        let config =
            { WalkForwardConfig.defaults with
                Window = WindowRule.Rolling window
                Horizons = [ 1 ]
            }

        let call () =
            WalkForward.run config ignore Threading.CancellationToken.None [ model ] history
            |> Fault.orRaise
            |> ignore

        for by in [ "numpy"; "statsmodels" ] do
            let theirs =
                peer
                |> Option.map (fun peer ->
                    fun repeats -> peer.Time(by, [ "file", box file; "window", box window; "log", box log ], repeats))

            let timing = Clock.inTurns call theirs
            let theirMs, ratio = results timing

            row
                [
                    $"{model.Name} walk-forward"
                    $"{History.length history} days, by {by}"
                    "float64"
                    "cpu"
                    number timing.Ours
                    ""
                    ""
                    ""
                    theirMs
                    ratio
                ]

    /// Fits a model anew on so many days in a row.
    let private refitRow
        (history: History)
        (peer: Peer option)
        (file: string)
        (model: IForecaster)
        (kind: string)
        (refits: int)
        : unit =
        let first = WalkForwardConfig.defaults.LookBack + window

        let call () =
            for last in first .. first + refits - 1 do
                model.Fit(history, Labels.windowEnding 1 window last, 1)
                |> Fault.orRaise
                |> ignore

        let theirs =
            peer
            |> Option.map (fun peer ->
                fun repeats ->
                    let shape =
                        [
                            "file", box file
                            "window", box window
                            "refits", box refits
                            "log", box false
                            "kind", box kind
                        ]

                    peer.Time("refits", shape, repeats))

        let timing = Clock.inTurns call theirs
        let theirMs, ratio = results timing

        row
            [
                $"{model.Name} refits"
                $"{refits}, by numpy"
                "float64"
                "cpu"
                number timing.Ours
                ""
                ""
                ""
                theirMs
                ratio
            ]

    let private harRows (python: string) (threads: int) (data: string) : unit =
        match Ingest.bars Ingest.defaults data with
        | Error fault -> Console.Out.WriteLine $"HAR rows left out: {Fault.describe fault}"
        | Ok ingested ->
            let history =
                Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass ingested.Panel.Head
                |> Fault.orRaise

            let file = Path.GetTempFileName()

            try
                File.WriteAllText(file, JsonSerializer.Serialize(history.Variance |> Array.map float))
                let peer = Peer.TryStart(python, "har.py", threads)
                harRow history peer file (Har.forecaster Har.defaults) false
                harRow history peer file (LogHar.forecaster LogHar.defaults) true
                refitRow history peer file (Har.forecaster Har.defaults) "plain" 3_000

                // A refit of QLIKE is tens of regressions for numpy.
                for name, kind, refits in [ "wls-har", "weighted", 3_000; "qlike-har", "qlike", 100 ] do
                    let options = HarFamily.known |> List.find (fun options -> options.Name = name)
                    refitRow history peer file (HarFamily.forecaster options) kind refits

                peer |> Option.iter (fun peer -> (peer :> IDisposable).Dispose())
            finally
                File.Delete file

    /// Prints the machine and the table of the operations whose name holds the text.
    let run (python: string) (data: string) (only: string) : unit =
        match Engine.check () with
        | Error fault -> Console.Out.WriteLine(Fault.describe fault)
        | Ok engine ->
            Console.Out.WriteLine
                $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors, .NET {Environment.Version}"

            Console.Out.WriteLine $"ours: libtorch {engine.Version}, {engine.Threads} threads"

            let devices =
                [
                    torch.CPU
                    if engine.CudaDevices > 0 then
                        torch.CUDA
                ]

            let peers =
                Cases.all
                |> List.map _.Peer
                |> List.distinct
                |> List.map (fun script -> script, Peer.TryStart(python, script, engine.Threads))

            for script, peer in peers do
                match peer with
                | Some peer -> Console.Out.WriteLine $"peer of {script}: {peer.About}, {engine.Threads} threads"
                | None ->
                    Console.Out.WriteLine $"peer of {script}: none; {python} can't run it, so its columns are empty"

            Console.Out.WriteLine
                "ratio: ours over the peer's, below 1 is faster; attention by length: `bench attention`"

            let roofs = devices |> List.map (fun device -> device, roofOf device)

            for device, roof in roofs do
                Console.Out.WriteLine
                    $"best of {device}: {number (roof.Flops / 1e6)} GFLOP/s in a product of matrices, {number (roof.Bytes / 1e6)} GB/s in a copy beyond the caches"

            Console.Out.WriteLine()
            row header

            for device, roof in roofs do
                for case in Cases.all |> List.filter _.Operation.Contains(only) do
                    // The scripts compute on the CPU.
                    let peer =
                        if device.``type`` = DeviceType.CPU then
                            peers |> List.find (fun (script, _) -> script = case.Peer) |> snd
                        else
                            None

                    measure device roof peer case

            for _, peer in peers do
                peer |> Option.iter (fun peer -> (peer :> IDisposable).Dispose())

            if "har walk-forward".Contains only then
                harRows python engine.Threads data
