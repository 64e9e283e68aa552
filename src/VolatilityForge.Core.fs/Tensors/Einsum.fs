/// Einstein summation with its shapes checked first. Knows no model.
namespace VolatilityForge

open System.Collections.Concurrent
open System.Collections.Generic
open TorchSharp

/// Contraction of tensors along named letters, as in "btkgd,bskd->bkgts".
[<RequireQualifiedAccess>]
module Einsum =

    let private parsed = ConcurrentDictionary<string, struct (string[] * string)>()

    /// The letters of each operand, and of the output.
    let private terms (equation: string) : struct (string[] * string) =
        parsed.GetOrAdd(
            equation,
            fun text ->
                let sides = text.Replace(" ", "").Split "->"
                struct (sides[0].Split ',', (if sides.Length > 1 then sides[1] else ""))
        )

    let private check (equation: string) (tensors: Tensor[]) : unit =
        let struct (expected, output) = terms equation

        let fault axis wanted found =
            Fault.raiseWith (Fault.BadShape($"einsum {equation}", axis, wanted, found))

        if expected.Length <> tensors.Length then
            fault "the number of operands" (string expected.Length) (string tensors.Length)

        let extents = Dictionary<char, int64>()

        for index in 0 .. tensors.Length - 1 do
            let letters, shape = expected[index], tensors[index].shape

            if letters.Length <> shape.Length then
                fault $"operand {index + 1}" $"of {letters.Length} axes ({letters})" $"of {shape.Length} axes"

            for axis in 0 .. shape.Length - 1 do
                match extents.TryGetValue letters[axis] with
                | true, extent when extent <> shape[axis] ->
                    fault $"axis {letters[axis]} of operand {index + 1}" (string extent) (string shape[axis])
                | true, _ -> ()
                | false, _ -> extents[letters[axis]] <- shape[axis]

        for letter in output do
            if not (extents.ContainsKey letter) then
                fault "the output" "letters of the operands" (string letter)

    /// The contraction of the operands; one letter per axis, repeated letters not in the output are summed.
    let apply (equation: string) ([<System.ParamArray>] tensors: Tensor[]) : Tensor =
        check equation tensors
        torch.einsum (equation, tensors)

    /// The contraction of two operands.
    let two (equation: string) (left: Tensor) (right: Tensor) : Tensor = apply equation [| left; right |]
