/// Attention by length and checkpointing by switch: time and peak memory, one process per measurement.
namespace VolatilityForge.Bench

open System
open System.Diagnostics
open System.Globalization
open TorchSharp
open VolatilityForge

/// Measurements whose peaks must not see each other's memory.
[<RequireQualifiedAccess>]
module Lengths =

    let private heads, kvHeads, width = 2L, 1L, 64L

    let private normal (device: torch.Device) (shape: int64[]) : Tensor =
        torch.randn (shape, dtype = torch.ScalarType.Float32, device = device)

    /// What is timed: forward, or forward and gradients.
    let private call (device: torch.Device) (attend: Tensor -> Tensor -> Tensor -> Tensor) (length: int64) (backward: bool) =
        let leaf (shape: int64[]) =
            let x = normal device shape
            if backward then x.requires_grad_ () else x

        let query = leaf [| 1L; length; kvHeads; heads / kvHeads; width |]
        let key, value = leaf [| 1L; length; kvHeads; width |], leaf [| 1L; length; kvHeads; width |]

        fun () ->
            Scope.run (fun () ->
                let result = Scope.one (fun () -> attend query key value)

                let last =
                    if backward then
                        torch.autograd.grad([| result.sum () |], [| query; key; value |])[0]
                    else
                        result

                // A kernel on an accelerator is over when a value of its result has arrived.
                last.select(1L, 0L).sum () |> Ops.toFloat |> ignore)

    let private scale = 1.0 / sqrt (float width)

    let private attention (name: string) : Tensor -> Tensor -> Tensor -> Tensor =
        match name.Split ':' with
        | [| "standard" |] -> Attention.grouped None Dropout.none scale
        | [| "flash"; block |] -> Flash.grouped (int block) Reads.all Dropout.none scale
        | [| "causal"; block |] -> Flash.grouped (int block) Reads.causal Dropout.none scale
        | _ -> failwith name

    let private median (values: float[]) : float = (Array.sort values)[values.Length / 2]

    /// Prints milliseconds and bytes of one measurement.
    let measure (arguments: string[]) : unit =
        use scope = torch.NewDisposeScope()
        let name, length, backward = arguments[0], int64 arguments[1], arguments[2] = "backward"
        let run = call torch.CPU (attention name) length backward
        let small = call torch.CPU (attention name) 64L backward
        small ()
        let peak = Clock.peakBytes run |> Option.defaultValue nan
        let watch = Stopwatch.StartNew()

        let times =
            [|
                while watch.Elapsed < TimeSpan.FromSeconds 1.5 do
                    let each = Stopwatch.StartNew()
                    run ()
                    each.Elapsed.TotalMilliseconds
            |]

        Console.Out.WriteLine(String.Format(CultureInfo.InvariantCulture, "{0} {1}", median times, peak))
