/// Attention by length and checkpointing by depth: time and peak memory, one process per measurement.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.Globalization
open System.IO
open TorchSharp
open VolatilityForge

/// Measurements whose peaks must not see each other's memory.
[<RequireQualifiedAccess>]
module Lengths =

    let private lengths = [ 512; 1_024; 2_048; 4_096; 8_192; 16_384 ]

    /// Two query heads of width 64 over one key head, a batch of one.
    let private heads, kvHeads, width = 2L, 1L, 64L

    let private scale = 1.0 / sqrt (float width)

    /// A measurement repeats until this much time is spent.
    let private enough = TimeSpan.FromSeconds 1.5

    let private device () : torch.Device =
        if torch.cuda.is_available () then torch.CUDA else torch.CPU

    let private leaf (device: torch.Device) (backward: bool) (shape: int64[]) : Tensor =
        let x = torch.randn (shape, dtype = torch.ScalarType.Float32, device = device)
        if backward then x.requires_grad_ () else x

    // A kernel on an accelerator is over when a value of its result has arrived.
    let private arrived (x: Tensor) : unit =
        x.select(0L, 0L).sum() |> Ops.toFloat |> ignore

    let private attend (name: string) : Tensor -> Tensor -> Tensor -> Tensor =
        let by reads path =
            AttentionPath.attend (Some path) reads Dropout.none scale

        match name with
        | "standard" -> by Reads.all AttentionPath.Standard
        | "flash" -> by Reads.all AttentionPath.Flash
        | "flash-causal" -> by Reads.causal AttentionPath.Flash
        | "standard-causal" -> by Reads.causal AttentionPath.Standard
        | "fused" -> by Reads.all AttentionPath.Fused
        | _ when name.StartsWith("flash:", StringComparison.Ordinal) ->
            Flash.grouped (int (name.Substring 6)) Reads.all Dropout.none scale
        | _ -> Fault.raiseWith (Fault.UnknownName("attention", name, [ "standard"; "flash"; "fused" ]))

    let private attention (name: string) (backward: bool) (length: int64) : unit -> unit =
        let device = device ()
        let query = leaf device backward [| 1L; length; kvHeads; heads / kvHeads; width |]
        let key = leaf device backward [| 1L; length; kvHeads; width |]
        let value = leaf device backward [| 1L; length; kvHeads; width |]

        fun () ->
            Scope.run (fun () ->
                // What attention makes on the way is freed, as the layers' callers in C# free it.
                let result = Scope.one (fun () -> attend name query key value)

                if backward then
                    arrived (torch.autograd.grad([| result.sum () |], [| query; key; value |])[0])
                else
                    arrived result)

    /// The network of the checkpointing rows.
    let private deep: TransformerConfig =
        { TransformerConfig.small with
            Dim = 64
            Depth = 12
            Dropout = 0.1
        }

    let private batch, time, features = 32L, 128L, 5

    let private gradients (checkpointing: bool) : unit -> unit =
        let device = device ()

        let network: IDifferentiable =
            VolatilityTransformer.Create(
                features,
                { deep with
                    Checkpointing = checkpointing
                },
                Precision.Float32,
                device,
                Rng.ofSeed 1L
            )

        let leaves = network.Parameters |> Array.map _.Value

        for leaf in leaves do
            leaf.requires_grad <- true

        let generator = new torch.Generator(1uL)
        let input = leaf device false [| batch; time; int64 features |]

        fun () ->
            Scope.run (fun () ->
                let answers = network.Forward(input, Some generator)
                let target = torch.zeros_like answers
                let loss = Objective.loss Objective.standard answers target
                arrived (torch.autograd.grad([| loss |], leaves)[0]))

    let private median (values: float[]) : float = (Array.sort values)[values.Length / 2]

    /// One measurement, printed as milliseconds and bytes. Arguments: attention NAME LENGTH forward|both,
    /// checkpointing true|false, or node and a measurement's words.
    let measure (arguments: string[]) : unit =
        use scope = torch.NewDisposeScope()

        let make (length: int64) =
            match arguments with
            | [| "attention"; name; _; pass |] -> attention name (pass = "both") length
            | [| "checkpointing"; on |] -> gradients (bool.Parse on)
            | [| "node"; operation; form; shape |] -> Nodes.make operation form shape
            | _ -> Fault.raiseWith (Fault.BadSetting("measure", "must be a measurement", String.Join(" ", arguments)))

        // Code is compiled and threads are started on a short one.
        if arguments[0] = "attention" then
            make 64L ()

        let run =
            make (
                if arguments[0] = "attention" then
                    int64 arguments[2]
                else
                    0L
            )

        let peak = Clock.peakBytes run |> Option.defaultValue nan
        let watch = Stopwatch.StartNew()

        let times =
            [|
                while watch.Elapsed < enough do
                    let each = Stopwatch.StartNew()
                    run ()
                    each.Elapsed.TotalMilliseconds
            |]

        Console.Out.WriteLine(String.Format(CultureInfo.InvariantCulture, "{0} {1}", median times, peak))

    /// Milliseconds and bytes that a program prints; None when it can't.
    let private ask (program: string) (arguments: string list) : (float * float) option =
        let info =
            ProcessStartInfo(program, arguments, RedirectStandardOutput = true, RedirectStandardError = true)

        for variable in [ "OMP_NUM_THREADS"; "OPENBLAS_NUM_THREADS" ] do
            info.Environment[variable] <- string Environment.ProcessorCount

        info.Environment["OMP_WAIT_POLICY"] <- "passive"

        try
            use running = Process.Start info
            running.ErrorDataReceived.Add ignore
            running.BeginErrorReadLine()
            let words = running.StandardOutput.ReadToEnd().Trim().Split ' '
            running.WaitForExit()

            match words with
            | [| time; bytes |] when running.ExitCode = 0 ->
                Some(
                    float (Double.Parse(time, CultureInfo.InvariantCulture)),
                    Double.Parse(bytes, CultureInfo.InvariantCulture)
                )
            | _ -> None
        with :? ComponentModel.Win32Exception ->
            None

    let private row (cells: string list) : unit =
        List.map2 (fun width (cell: string) -> cell.PadLeft width) [ 16; 9; 13; 12; 13; 12 ] cells
        |> String.concat " "
        |> Console.Out.WriteLine

    let private cells (measured: (float * float) option) : string list =
        let text (format: string) (value: float) =
            value.ToString(format, CultureInfo.InvariantCulture)

        match measured with
        | Some(time, bytes) -> [ text "0.0" time; text "0.0" (bytes / 1e6) ]
        | None -> [ "-"; "-" ]

    let private ours (arguments: string list) : (float * float) option =
        ask Environment.ProcessPath ("--measure" :: arguments)

    let private machine () : unit =
        let engine = Engine.check () |> Fault.orRaise

        Console.Out.WriteLine
            $"{Environment.ProcessorCount} processors, libtorch {engine.Version}, {engine.Threads} threads, on {device ()}"

    /// Bytes that Linux could still give; None elsewhere.
    let private available () : float option =
        if File.Exists "/proc/meminfo" then
            File.ReadLines "/proc/meminfo"
            |> Seq.tryFind (fun line -> line.StartsWith("MemAvailable:", StringComparison.Ordinal))
            |> Option.map (fun line -> 1024.0 * float (line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]))
        else
            None

    /// Scores, weights and their gradients.
    let private standardBytes (length: int) : float =
        4.0 * 4.0 * float heads * float length ** 2.0

    /// Prints time and peak memory of attention by length: standard, flash, the engine's fused kernel and PyTorch's own.
    let printAttention (python: string) : unit =
        machine ()
        let hasFused = AttentionPath.hasFused (device ())

        if not hasFused then
            Console.Out.WriteLine "fused: this engine has no fused kernel on this device"

        Console.Out.WriteLine
            $"batch 1, {heads} heads over {kvHeads} of width {width}, float32; auto: the path that the rule takes"

        row [ "attention"; "length"; "forward ms"; "peak MB"; "with grad ms"; "peak MB" ]
        let script = Path.Combine(AppContext.BaseDirectory, "peers", "attention.py")

        for length in lengths do
            let fits =
                available () |> Option.forall (fun bytes -> standardBytes length < 0.8 * bytes)

            let both (measure: string -> (float * float) option) =
                List.collect (measure >> cells) [ "forward"; "both" ]

            for name in
                [
                    if fits then
                        "standard"
                    "flash"
                    if fits then
                        "standard-causal"
                    "flash-causal"
                    if hasFused then
                        "fused"
                ] do
                row (
                    name
                    :: string length
                    :: both (fun pass -> ours [ "attention"; name; string length; pass ])
                )

            if fits then
                row (
                    "PyTorch"
                    :: string length
                    :: both (fun pass -> ask python [ script; string length; pass ])
                )

            let reads = Reads.all

            let chosen =
                AttentionPath.caseOf reads Dropout.none (device ()) (int64 length) (int64 length)
                |> AttentionPath.choose

            row [ "auto"; string length; AttentionPath.toName (Some chosen); ""; ""; "" ]

    /// Prints time and peak memory of a deep network's gradients with and without checkpointing.
    let printCheckpointing () : unit =
        machine ()

        Console.Out.WriteLine
            $"gradients of a Transformer of depth {deep.Depth}, dim {deep.Dim}, batch {batch}, time {time}, float32"

        row [ "checkpointing"; ""; "median ms"; "peak MB"; ""; "" ]

        for on in [ false; true ] do
            row ((string on :: "" :: cells (ours [ "checkpointing"; string on ])) @ [ ""; "" ])

    /// Prints time and peak memory of norm and feed-forward layers, composed and as nodes.
    let printNodes () : unit =
        machine ()
        Console.Out.WriteLine "forward and gradients of eight layers in a row, float32"
        row [ "operation"; "shape"; "form"; ""; "median ms"; "peak MB" ]

        for words in Nodes.all do
            row ([ words[0]; words[2]; words[1]; "" ] @ cells (ours ("node" :: words)))
