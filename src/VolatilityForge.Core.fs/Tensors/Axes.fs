/// Extents of named axes, checked before an operation because the engine's own check may end the process.
namespace VolatilityForge

open TorchSharp

/// Shape checks that name operation, axis, expected and found.
[<RequireQualifiedAccess>]
module Axes =

    let private fault (operation: string) (axis: string) (expected: string) (found: string) : 'a =
        Fault.raiseWith (Fault.BadShape(operation, axis, expected, found))

    /// A shape as text, such as (64, 22, 16).
    let showShape (shape: int64[]) : string =
        "(" + System.String.Join(", ", shape) + ")"

    let private show (tensor: Tensor) : string = showShape tensor.shape

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

    /// The extent of the last axis; raises when there is no axis.
    let last (operation: string) (tensor: Tensor) : int64 =
        match Array.tryLast tensor.shape with
        | Some extent -> extent
        | None -> fault operation "the input" "of at least one axis" (show tensor)

    /// Raises unless the tensor broadcasts to the shape without making it larger.
    let broadcasts (operation: string) (name: string) (shape: int64[]) (tensor: Tensor) : unit =
        let missing = shape.Length - tensor.shape.Length

        if missing < 0 then
            fault operation name $"of at most {shape.Length} axes" (show tensor)

        tensor.shape
        |> Array.iteri (fun axis extent ->
            if extent <> 1L && extent <> shape[missing + axis] then
                fault operation $"axis {axis} of {name}" $"1 or {shape[missing + axis]}" $"{extent} in {show tensor}")

    /// Raises unless a mask is boolean: zeros of another type are read in a mask that is added to scores and hidden in one of
    /// ones and zeros.
    let boolean (operation: string) (tensor: Tensor) : unit =
        if tensor.dtype <> torch.ScalarType.Bool then
            let expected =
                "boolean, true = read (mask.ne(0) of ones and zeros, mask.eq(0) of one that is added to scores)"

            fault operation "the mask" expected (string tensor.dtype)

    /// Raises unless the mask is boolean and broadcasts to the shape without making it larger.
    let mask (operation: string) (shape: int64[]) (tensor: Tensor) : unit =
        boolean operation tensor
        broadcasts operation "the mask" shape tensor

    /// Raises unless the two extents agree.
    let equal (operation: string) (axis: string) (expected: int64) (found: int64) : unit =
        if expected <> found then
            fault operation axis (string expected) (string found)
