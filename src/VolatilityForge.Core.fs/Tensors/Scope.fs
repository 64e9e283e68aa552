/// Lifetimes: what a computation allocates is freed when it ends, except what it hands back. Knows no model.
namespace VolatilityForge

open TorchSharp

/// Regions that free their tensors on every way out, exceptions included.
[<RequireQualifiedAccess>]
module Scope =

    /// Runs the body and frees every tensor made in it but those that `escaping` names in its result.
    let keeping (escaping: 'result -> Tensor seq) (body: unit -> 'result) : 'result =
        use scope = torch.NewDisposeScope()
        let result = body ()

        for tensor in escaping result do
            tensor.MoveToOuterDisposeScope() |> ignore

        result

    /// Runs the body and frees every tensor made in it but the one it returns.
    let one (body: unit -> Tensor) : Tensor = keeping Seq.singleton body

    /// Runs a body that hands back no tensor.
    let run (body: unit -> 'result) : 'result = keeping (fun _ -> Seq.empty) body

    /// As `run`, without recording a gradient graph.
    let inference (body: unit -> 'result) : 'result =
        use guard = torch.no_grad ()
        run body

    /// Tensors alive in the process that no scope or caller has freed yet.
    let liveCount () : int64 = torch.Tensor.TotalCount
