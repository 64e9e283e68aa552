/// `bench features`: families of features on a million rows next to pandas and numpy, on one thread and two.
namespace VolatilityForge.Bench

open System
open System.Globalization
open VolatilityForge

/// Measuring and printing.
[<RequireQualifiedAccess>]
module FeaturesBench =

    let private rows = 1_000_000

    let private streamed = 100_000

    let private number (format: string) (value: float) : string =
        value.ToString(format, CultureInfo.InvariantCulture)

    /// The columns that the peer makes up, from other draws of the same distributions.
    let private frame: Lazy<Frame> =
        lazy
            (let struct (steps, rng) = Rng.normals rows (Rng.ofSeed 1L)
             let struct (flow, _) = Rng.normals rows rng
             let walk = steps |> Array.scan (fun level step -> level + 0.01 * step) 100.0
             let bid = Array.init rows (fun row -> Math.Round(walk[row], 2))

             let mix (row: int) (salt: int) (count: int) =
                 float ((row * 7919 + salt * 104729) % count)

             let ask = bid |> Array.mapi (fun row bid -> bid + (1.0 + mix row 1 5) / 100.0)
             let bidSize = Array.init rows (fun row -> mix row 2 50)
             let start = DateTime(2024, 1, 1)
             let years = Array.init rows (fun row -> 0.05 + mix row 3 997 / 997.0)
             let volatility = Array.init rows (fun row -> 0.1 + 0.4 * mix row 4 991 / 991.0)

             let strike =
                 Array.init rows (fun row ->
                     100.0
                     * exp ((mix row 5 983 / 983.0 - 0.5) * 2.0 * volatility[row] * sqrt years[row]))

             let price =
                 Array.init rows (fun row ->
                     BlackScholes.undiscounted OptionRight.Call 100.0 strike[row] (volatility[row] * sqrt years[row]))

             Frame.create
                 ""
                 (Array.init rows (fun row -> start.AddMilliseconds(500.0 * float row)))
                 [
                     "bid", bid
                     "ask", ask
                     "bid_size", bidSize
                     "ask_size", Array.init rows (fun row -> mix row 6 50)
                     "flow", flow |> Array.map (fun flow -> 10.0 * flow)
                     "price", Array.map2 (fun bid ask -> 0.5 * (bid + ask)) bid ask
                     "volume", bidSize |> Array.map (fun size -> size + 1.0)
                     "call", price
                     "forward", Array.create rows 100.0
                     "strike", strike
                     "years", years
                     "right", Array.create rows 1.0
                     "discount", Array.create rows 1.0
                 ]
             |> Fault.orRaise)

    let private spec (name: string) (columns: string list) (settings: (string * float) list) : FeatureSpec =
        {
            Feature = name
            Columns = columns
            Settings = Map.ofList settings
        }

    let private families: (string * string * FeatureSpec list) list =
        let window = [ "window", 100.0 ]

        [
            "8 of a quote", "quote", [ for definition in QuoteFeatures.all -> spec definition.Name [] [] ]
            "order flow: event, 5 minutes, 100 quotes",
            "flow",
            [
                spec "order-flow-event" [] []
                spec "order-flow-imbalance" [] [ "minutes", 5.0 ]
                spec "order-flow-window" [] window
            ]
            "Kyle and Roll of 100, Amihud of 22",
            "liquidity",
            [
                spec "kyle-lambda" [ "price"; "flow" ] window
                spec "roll" [ "price" ] window
                spec "amihud" [ "price"; "volume" ] []
            ]
            "mean, deviation, z-score, extremes of 22, EWMA",
            "windows",
            [
                for name in [ "mean"; "deviation"; "z-score"; "largest"; "smallest"; "ewma" ] do
                    spec name [ "flow" ] []
            ]
            "rank and quantile of 22",
            "order",
            [ spec "rank" [ "flow" ] []; spec "quantile" [ "flow" ] [ "share", 0.3 ] ]
            "10 products of 5 columns",
            "products",
            InteractionFeatures.products [ "bid"; "ask"; "bid_size"; "ask_size"; "flow" ]
            "implied volatility",
            "implied",
            [
                spec "implied-volatility" [ "call"; "forward"; "strike"; "years"; "right"; "discount" ] []
            ]
        ]

    let private perSecond (ms: float) : string = number "0.0" (float rows / ms / 1e3)

    /// Bytes that a family has to move: each column that it reads or writes once.
    let private moved (fitted: FittedPipeline) : float =
        8.0 * float rows * float (fitted.Inputs.Length + fitted.Names.Length)

    /// Bytes per millisecond of copying as many columns as the widest family writes from one into the others.
    let private copied: Lazy<float> =
        lazy
            (let source = Frame.column "bid" frame.Value |> Fault.orRaise
             let columns = Array.init 10 (fun _ -> Array.zeroCreate<float> rows)

             let copy () =
                 for column in columns do
                     Array.Copy(source, column, rows)

             8.0 * float rows * 20.0 / (Clock.inTurns copy None).Ours)

    let private print (name: string) (fitted: FittedPipeline) (theirs: (int -> float) option) : unit =
        let frame = frame.Value
        let columns = FeatureColumns()

        let fresh () =
            fitted.Transform(frame, 1) |> Fault.orRaise |> ignore

        let again threads () =
            fitted.TransformInto(columns, frame, threads) |> Fault.orRaise |> ignore

        let timing = Clock.inTurns fresh theirs
        let one = Clock.inTurns (again 1) theirs
        let two = Clock.inTurns (again 2) None
        let before = GC.GetAllocatedBytesForCurrentThread()
        fresh ()
        let bytes = float (GC.GetAllocatedBytesForCurrentThread() - before) / float rows

        let told, ratio, ratioAgain =
            match timing.Theirs, one.Theirs with
            | Some beside, Some besideAgain ->
                perSecond beside, number "0.0" (beside / timing.Ours), number "0.0" (besideAgain / one.Ours)
            | _ -> "-", "-", "-"

        let allocated = number "0" bytes
        let share = number "0" (100.0 * moved fitted / one.Ours / copied.Value)

        Console.Out.WriteLine
            $"{name, -48} {told, 8} {perSecond timing.Ours, 8} {ratio, 6} {perSecond one.Ours, 8} {ratioAgain, 6} {perSecond two.Ours, 8} {allocated, 6} {share, 4} %%"

    let private stream (name: string) (fitted: FittedPipeline) : unit =
        let frame = frame.Value

        let inputs =
            fitted.Inputs
            |> List.map (fun name -> Frame.column name frame |> Fault.orRaise)
            |> Array.ofList

        let fed = FeatureStream fitted
        let row = Array.zeroCreate<float> inputs.Length

        let update (at: int) =
            for column in 0 .. inputs.Length - 1 do
                row[column] <- inputs[column][at]

            fed.Update(frame.Index[at], row) |> Fault.orRaise |> ignore

        for at in 0 .. streamed - 1 do
            update at

        let watch = Diagnostics.Stopwatch.StartNew()

        for at in streamed .. 2 * streamed - 1 do
            update at

        let each = watch.Elapsed.TotalMilliseconds * 1e6 / float streamed
        let nanoseconds = number "0" each
        Console.Out.WriteLine $"{name, -48} {nanoseconds, 8} ns an update"

    /// Prints the table of the families whose word this is; all for an empty one.
    let run (python: string) (only: string) : unit =
        let families =
            families |> List.filter (fun (_, word, _) -> only = "" || word = only)

        let peer = Peer.TryStart(python, "features.py", 1)
        let about = peer |> Option.map _.About |> Option.defaultValue "no peer"

        let copies = number "0" (copied.Value / 1e6)

        Console.Out.WriteLine
            $"{rows} rows; millions of rows per second: {about}; into fresh columns, ratio; into the same columns again, ratio, on two threads; bytes per row of fresh ones; share of what the machine copies ({copies} GB/s)"

        let fitted =
            [
                for name, word, specs in families do
                    name,
                    word,
                    FeaturePipeline.Empty.Add(specs).Fit(Frame.rows 0 999 frame.Value)
                    |> Fault.orRaise
            ]

        for name, word, pipeline in fitted do
            peer
            |> Option.map (fun peer -> fun repeats -> peer.Time(word, [ "rows", box rows ], repeats))
            |> print name pipeline

        for name, _, pipeline in fitted do
            stream name pipeline

        peer |> Option.iter (fun peer -> (peer :> IDisposable).Dispose())
