/// `bench realised`: realised measures and readers on a million ticks next to numpy and pandas, in one run.
namespace VolatilityForge.Bench

open System
open System.Globalization
open System.IO
open VolatilityForge

/// Measuring and printing.
[<RequireQualifiedAccess>]
module RealisedBench =

    /// Ticks of the made-up day.
    let private ticks = 1_000_000

    let private bandwidth = 30

    let private stride = 200

    let private number (value: float) : string =
        value.ToString("0.00", CultureInfo.InvariantCulture)

    let private row (name: string) (timing: Timing) (bytes: int64) : unit =
        let told =
            match timing.Theirs with
            | Some theirs -> $"{number theirs, 10} ms   faster by {number (theirs / timing.Ours), 7}"
            | None -> $"{'-', 10}"

        let rate = float ticks / timing.Ours / 1e3
        let perRow = float bytes / float ticks

        Console.Out.WriteLine
            $"{name, -22} {number timing.Ours, 9} ms {number rate, 9} M rows/s {number perRow, 7} B/row   peer {told}"

    /// Bytes that one call allocates.
    let private allocated (call: unit -> unit) : int64 =
        let before = GC.GetAllocatedBytesForCurrentThread()
        call ()
        GC.GetAllocatedBytesForCurrentThread() - before

    let private levels: Lazy<float[]> =
        lazy
            (let struct (draws, _) = Rng.normals (ticks + 1) (Rng.ofSeed 1L)
             Array.scan (fun level draw -> level + 1e-5 * draw) 0.0 draws[.. ticks - 1])

    let private writeQuotes (path: string) : unit =
        let start = DateTime(2020, 1, 2, 9, 30, 0)
        use writer = new StreamWriter(path)
        writer.WriteLine "DT,EX,BID,BIDSIZ,OFR,OFRSIZ,SYMBOL"

        for tick in 0 .. ticks - 1 do
            let time = start.AddTicks(int64 tick * 234_000L)
            let mid = 150.0 * exp levels.Value[tick]

            writer.WriteLine(
                String.Format(
                    CultureInfo.InvariantCulture,
                    "{0:yyyy-MM-ddTHH:mm:ss.ffffff},{1},{2:0.00},{3},{4:0.00},{5},XYZ",
                    time,
                    "NPTZ"[tick % 4],
                    mid - 0.01,
                    tick % 7 + 1,
                    mid + 0.01,
                    tick % 5 + 1
                )
            )

    /// Prints the table.
    let run (python: string) : unit =
        let file = Path.GetTempFileName()
        let csv = file + ".csv"

        try
            File.WriteAllBytes(
                file,
                Runtime.InteropServices.MemoryMarshal.AsBytes(ReadOnlySpan<float> levels.Value).ToArray()
            )

            writeQuotes csv
            let peer = Peer.TryStart(python, "realised.py", 1)
            let about = peer |> Option.map _.About |> Option.defaultValue "none"
            Console.Out.WriteLine $"{ticks} ticks, one thread; peer: {about}"
            let returns = Sampling.returns levels.Value
            let levels = levels.Value

            let cases: (string * (unit -> unit)) list =
                [
                    "rv", (fun () -> PowerVariation.realised returns |> ignore)
                    "bipower", (fun () -> PowerVariation.bipower returns |> ignore)
                    "med_rv", (fun () -> PowerVariation.median returns |> ignore)
                    "tripower_quarticity", (fun () -> Quarticity.tripower returns |> ignore)
                    "two_scale", (fun () -> Subsampling.twoScale stride levels |> ignore)
                    "kernel_parzen", (fun () -> RealisedKernel.estimate KernelShape.Parzen bandwidth levels |> ignore)
                    "pre_averaged", (fun () -> PreAverage.estimate stride levels |> ignore)
                    "read_quotes", (fun () -> QuotesCsv.read TableOptions.Default csv |> Fault.orRaise |> ignore)
                ]

            for name, call in cases do
                let theirs =
                    peer
                    |> Option.map (fun peer ->
                        fun repeats ->
                            peer.Time(
                                name,
                                [
                                    "file", box (if name = "read_quotes" then csv else file)
                                    "stride", box stride
                                    "bandwidth", box bandwidth
                                ],
                                min repeats 5
                            ))

                call ()
                row name (Clock.inTurns call theirs) (allocated call)

            peer |> Option.iter (fun peer -> (peer :> IDisposable).Dispose())
        finally
            File.Delete file
            File.Delete csv
