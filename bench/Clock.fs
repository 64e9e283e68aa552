/// Timing two sides in turns. Knows no operation.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.IO

/// Medians of both sides.
type Timing = { Ours: float; Theirs: float option }

/// Measuring time and memory.
[<RequireQualifiedAccess>]
module Clock =

    /// Calls before measuring starts: code is compiled and memory is got.
    let private warmUp = 20

    /// Odd, so that the median is one of them.
    let private rounds = 11

    /// Shorter rounds measure the clock and the scheduler.
    let private shortestRound = TimeSpan.FromMilliseconds 40.0

    let private median (values: float[]) : float =
        let sorted = Array.sort values
        sorted[sorted.Length / 2]

    /// Milliseconds per call.
    let private each (repeats: int) (call: unit -> unit) : float =
        let watch = Stopwatch.StartNew()

        for _ in 1..repeats do
            call ()

        watch.Elapsed.TotalMilliseconds / float repeats

    /// Median milliseconds per call of ours and of theirs, in turns, both warmed up.
    let inTurns (ours: unit -> unit) (theirs: (int -> float) option) : Timing =
        let warm = Stopwatch.StartNew()
        let mutable calls = 0

        // A slow operation is warm after two calls.
        while calls < 2 || (calls < warmUp && warm.Elapsed < TimeSpan.FromSeconds 2.0) do
            ours ()
            calls <- calls + 1

        theirs |> Option.iter (fun time -> time calls |> ignore)
        let repeats = max 1 (int (ceil (shortestRound.TotalMilliseconds / each 3 ours)))

        let measured =
            Array.init rounds (fun _ -> each repeats ours, theirs |> Option.map (fun time -> time repeats))

        {
            Ours = measured |> Array.map fst |> median
            Theirs =
                theirs
                |> Option.map (fun _ -> measured |> Array.map (snd >> Option.defaultValue nan) |> median)
        }

    let private status (field: string) : float option =
        File.ReadLines "/proc/self/status"
        |> Seq.tryFind (fun line -> line.StartsWith(field + ":", StringComparison.Ordinal))
        |> Option.map (fun line ->
            float (line.Split([| ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries)[1])
            * 1024.0)

    /// Bytes by which the process' resident memory grew at its highest during a call; None where Linux doesn't tell.
    /// Memory that an earlier call left with the allocator is not counted, so this is a lower bound.
    let peakBytes (call: unit -> unit) : float option =
        try
            GC.Collect()
            // 5 resets the high-water mark.
            File.WriteAllText("/proc/self/clear_refs", "5")
            let before = status "VmRSS"
            call ()

            Option.map2 (fun peak before -> max 0.0 (peak - before)) (status "VmHWM") before
        with
        | :? IOException
        | :? UnauthorizedAccessException -> None
