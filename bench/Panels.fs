/// `bench panel`: panel regressions over hundreds of fits, timed next to numpy; `bench panel --large` times thousands of symbols and tells
/// their memory.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.Globalization
open System.IO
open System.Text.Json
open VolatilityForge

/// Measuring and printing.
[<RequireQualifiedAccess>]
module Panels =

    let private threads = Environment.ProcessorCount

    /// Logarithms of variance that share a slow part, each with a slow and a fast part of its own; three days in a hundred are missing.
    let private history (first: MarketDay) (common: float[]) (symbol: int) : History =
        let struct (draws, _) =
            Rng.normals (3 * common.Length) (Rng.ofSeed (int64 (1000 + symbol)))

        let mutable own = 0.0
        let dates = ResizeArray()
        let variance = ResizeArray()

        for day in 0 .. common.Length - 1 do
            own <- 0.95 * own + 0.2 * draws[3 * day]

            if draws[3 * day + 1] < 1.88 then
                dates.Add(MarketDay.date (MarketDay.add day first))
                variance.Add(exp (-9.5 + common[day] + own + 0.4 * draws[3 * day + 2]) * 1.0< / day>)

        let days = dates.Count

        {
            Symbol = $"S{symbol:D4}"
            Dates = dates.ToArray()
            Variance = variance.ToArray()
            Returns = Array.zeroCreate days
            Scored = Array.create days true
            Measures = Map.empty
        }

    /// So many symbols over so many weekdays, three groups, led by the first.
    let simulated (symbols: int) (days: int) : Panel =
        let struct (draws, _) = Rng.normals days (Rng.ofSeed 1L)
        let common = Array.zeroCreate days

        for day in 1 .. days - 1 do
            common[day] <- 0.98 * common[day - 1] + 0.15 * draws[day]

        let first = MarketDay.ofDate (DateOnly(2000, 1, 3))
        let histories = List.init symbols (history first common)

        Panel.create histories
        |> Result.bind (Panel.withGroups [ for symbol, one in List.indexed histories -> one.Symbol, $"G{symbol % 3}" ])
        |> Result.bind (Panel.withLead histories.Head.Symbol)
        |> Fault.orRaise

    let private schedule (warmUp: int) (every: int) (panel: Panel) (horizon: int) : PanelSchedule =
        PanelSchedule.afterWarmUp warmUp every panel horizon

    let private walk (panel: Panel) (schedule: int -> PanelSchedule) (horizons: int list) (name: string) : unit =
        let model = PanelModels.registry.Create(name, []) |> Fault.orRaise

        match model with
        | :? IPanelWalker as walker ->
            for horizon in horizons do
                walker.Walk(panel, schedule horizon, threads) |> Fault.orRaise |> ignore
        | _ -> Fault.raiseWith (Fault.BadSetting("model", "must know a walk", name))

    let private seconds (work: unit -> unit) : float =
        let clock = Stopwatch.StartNew()
        work ()
        clock.Elapsed.TotalSeconds

    let private text (format: string) (value: float) : string =
        value.ToString(format, CultureInfo.InvariantCulture)

    let private horizons = [ 1; 5; 22 ]

    /// Days, symbols and weekdays between fits: 255 fits after the usual warm-up.
    let private symbols, private days, private every = 31, 4_600, 14

    let private write (path: string) (panel: Panel) (refits: int[]) : unit =
        let json =
            {|
                symbols =
                    [
                        for history in panel.Histories ->
                            {|
                                group = panel.Groups[history.Symbol]
                                days = history.Dates |> Array.map _.DayNumber
                                variance = history.Variance |> Array.map float
                            |}
                    ]
                refits = refits
                horizons = horizons
            |}

        File.WriteAllText(path, JsonSerializer.Serialize json)

    /// Prints the table of walks over 255 fits, the median of three on both sides in turns.
    let run (python: string) : unit =
        let panel = simulated symbols days
        let schedule = schedule PanelSchedule.warmUp every panel

        let refits =
            PanelSchedule.refits (schedule 1)
            |> Array.map (fun day -> (MarketDay.date day).DayNumber)

        let file = Path.GetTempFileName()

        try
            write file panel refits
            let peer = Peer.TryStart(python, "panel.py", threads)

            Console.Out.WriteLine
                $"{symbols} symbols, {panel.Histories |> Array.sumBy _.Dates.Length} own days, {refits.Length} fits, horizons 1, 5, 22, {threads} threads"

            for name, rounds in [ "eb-log", 5; "eb-log-full", 5; "eb-glm", 1 ] do
                walk panel (fun horizon -> { schedule horizon with Every = 400 }) horizons name

                let theirs () =
                    peer |> Option.map _.Time(name, [ "file", box file ], 1)

                let times =
                    Array.init rounds (fun _ -> seconds (fun () -> walk panel schedule horizons name), theirs ())

                let median (values: float[]) = (Array.sort values)[values.Length / 2]
                let ours = times |> Array.map fst |> median

                let peers =
                    match peer with
                    | Some peer ->
                        let ms = times |> Array.choose snd |> median
                        $"""{peer.About} {text "0.00" (ms / 1e3)} s, ratio {text "0.00" (1e3 * ours / ms)}"""
                    | None -> "no numpy"

                Console.Out.WriteLine $"""{name, -12} {text "0.00" ours, 8} s   {peers}"""

            peer |> Option.iter (fun peer -> (peer :> IDisposable).Dispose())
        finally
            File.Delete file

    let private status (field: string) : float =
        File.ReadLines "/proc/self/status"
        |> Seq.tryFind _.StartsWith(field + ":", StringComparison.Ordinal)
        |> Option.map (fun line ->
            float (line.Split([| ' '; '\t' |], StringSplitOptions.RemoveEmptyEntries)[1])
            / 1e6)
        |> Option.defaultValue nan

    /// Prints time per fit and memory of panels of thousands of symbols, each with four fits, one day ahead. Sizes as SYMBOLSxDAYS.
    let large (sizes: string list) : unit =
        for size in (if sizes.IsEmpty then [ "250x5000"; "1000x5000" ] else sizes) do
            let symbols, days =
                match size.Split 'x' |> Array.map Int32.Parse with
                | [| symbols; days |] -> symbols, days
                | _ -> Fault.raiseWith (Fault.BadSetting("size", "must be SYMBOLSxDAYS", size))

            let panel = simulated symbols days
            GC.Collect()
            let before = status "VmRSS"
            let every = (days - PanelSchedule.warmUp) / 4 + 1
            let schedule = schedule PanelSchedule.warmUp every panel

            for name in [ "eb-log"; "eb-glm" ] do
                // 5 resets the high-water mark.
                File.WriteAllText("/proc/self/clear_refs", "5")
                let time = seconds (fun () -> walk panel schedule [ 1 ] name)
                let fits = float (PanelSchedule.refits (schedule 1)).Length

                Console.Out.WriteLine
                    $"""{size} {name, -8} {text "0.0" time} s, {text "0.0" (time / fits)} s a fit, peak {text "0.00" (status "VmHWM")} GB, of it the panel {text "0.00" before} GB"""
