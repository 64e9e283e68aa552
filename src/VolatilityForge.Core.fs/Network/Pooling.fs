/// From one vector per time step to one vector. Knows no other layer.
namespace VolatilityForge

open TorchSharp

/// How the sequence is summed up.
[<RequireQualifiedAccess>]
type Pooling =
    /// A weighted mean; the weights are the softmax of the products with one learned query.
    | Attention
    /// The mean over time.
    | Mean
    /// The last time step.
    | Last

/// Pooling over time.
[<RequireQualifiedAccess>]
module Pooling =

    /// Every pooling with its name.
    let known: (string * Pooling) list =
        [ "attention", Pooling.Attention; "mean", Pooling.Mean; "last", Pooling.Last ]

    /// The pooling of a name.
    let ofName (name: string) : Result<Pooling, Fault> =
        match known |> List.tryFind (fun (key, _) -> key = name) with
        | Some(_, pooling) -> Ok pooling
        | None -> Error(Fault.UnknownName("pooling", name, List.map fst known))

    /// The name of a pooling.
    let toName (pooling: Pooling) : string =
        known |> List.find (fun (_, value) -> value = pooling) |> fst

    /// softmax over time of x query / sqrt(model), times x. x: (batch, time, model); query: (model); result (batch, model).
    let attend (query: Tensor) (x: Tensor) : Tensor =
        let shape = Axes.rank "attention pooling" [ "batch"; "time"; "model" ] x
        Axes.exactly "attention pooling" [ "model of query", shape[2] ] query

        let scores =
            (x.reshape (-1L, shape[2])).mv(query).view(shape[0], 1L, shape[1])
            |> Ops.scale (1.0 / sqrt (float shape[2]))

        (Attention.weigh None scores).bmm(x).squeeze 1L

    /// x: (batch, time, model); query: (model), read by attention only; result (batch, model).
    let forward (pooling: Pooling) (query: Tensor) (x: Tensor) : Tensor =
        let shape = Axes.rank "pooling" [ "batch"; "time"; "model" ] x

        if shape[1] < 1L then
            Fault.raiseWith (Fault.BadShape("pooling", "time", "at least 1", "0"))

        match pooling with
        | Pooling.Attention -> attend query x
        | Pooling.Mean -> Ops.cast x.dtype ((Ops.widen x).mean [| 1L |])
        | Pooling.Last -> x.select (1L, -1L)
