/// Extents of named axes, checked before an operation because the engine's own check may end the process.
namespace VolatilityForge

open TorchSharp

/// Shape checks that name operation, axis, expected and found.
[<RequireQualifiedAccess>]
module Axes =

    let private fault (operation: string) (axis: string) (expected: string) (found: string) : 'a =
        Fault.raiseWith (Fault.BadShape(operation, axis, expected, found))

    let private show (tensor: Tensor) : string =
        "(" + System.String.Join(", ", tensor.shape) + ")"

    /// Raises unless the tensor has exactly these axes; returns its shape.
    let rank (operation: string) (axes: string list) (tensor: Tensor) : int64[] =
        if tensor.shape.Length <> axes.Length then
            let names = System.String.Join(", ", axes)
            fault operation "the input" $"({names})" (show tensor)

        tensor.shape

    /// Raises unless the tensor's shape is the named one, axis by axis.
    let exactly (operation: string) (axes: (string * int64) list) (tensor: Tensor) : unit =
        let shape = rank operation (List.map fst axes) tensor

        axes
        |> List.iteri (fun index (axis, extent) ->
            if shape[index] <> extent then
                fault operation axis (string extent) $"{shape[index]} in {show tensor}")

    /// Raises unless the two extents agree.
    let equal (operation: string) (axis: string) (expected: int64) (found: int64) : unit =
        if expected <> found then
            fault operation axis (string expected) (string found)
