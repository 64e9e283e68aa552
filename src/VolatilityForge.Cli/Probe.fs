/// Short measurements of the machine. Knows no command.
namespace VolatilityForge.Cli

open System.Diagnostics
open TorchSharp
open VolatilityForge

/// How fast the engine is.
[<RequireQualifiedAccess>]
module Probe =

    /// Seconds of one product of two square float32 matrices: the best of five after a first that warms up.
    let matrixProduct (size: int64) : float =
        Scope.inference (fun () ->
            let left = torch.ones ([| size; size |])

            let once () =
                let watch = Stopwatch.StartNew()
                use _ = left.matmul left
                watch.Elapsed.TotalSeconds

            once () |> ignore
            Seq.init 5 (fun _ -> once ()) |> Seq.min)
