/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864). Knows no attention.
namespace VolatilityForge

open TorchSharp

/// Cosines and sines of the rotation angles, one row per position; each (time, headDim / 2).
type RotaryTable = { Cosine: Tensor; Sine: Tensor }

/// Rotation of pairs of features by an angle proportional to the position.
[<RequireQualifiedAccess>]
module Rotary =

    /// The base of the geometric sequence of wavelengths, as in the paper.
    let wavelengthBase: float = 10_000.0

    /// Tables for positions 0 .. time-1. headDim must be even. Angles are computed in float64.
    let table (dtype: torch.ScalarType) (device: torch.Device) (time: int64) (headDim: int64) : RotaryTable =
        if headDim % 2L <> 0L then
            Fault.raiseWith (Fault.BadShape("rotary", "headDim", "even", string headDim))

        let half = int (headDim / 2L)

        let angles =
            [|
                for position in 0 .. int time - 1 do
                    for pair in 0 .. half - 1 do
                        float position * wavelengthBase ** (-float pair / float half)
            |]

        let place (f: float -> float) =
            (Ops.ofDoubles [| time; int64 half |] (Array.map f angles)).``to``(dtype, device)

        { Cosine = place cos; Sine = place sin }

    /// Rotates the pairs (x[i], x[i + headDim/2]) of every position by its angle.
    /// x: (batch, time, ..., headDim) with any axes between; norms of the pairs are kept.
    let apply (table: RotaryTable) (x: Tensor) : Tensor =
        let shape = x.shape
        let last = shape.Length - 1

        if last < 2 then
            Axes.rank "rotary" [ "batch"; "time"; "headDim" ] x |> ignore

        if shape[last] % 2L <> 0L then
            Fault.raiseWith (Fault.BadShape("rotary", "headDim", "even", string shape[last]))

        for angles in [ table.Cosine; table.Sine ] do
            Axes.exactly "rotary" [ "time", shape[1]; "half of headDim", shape[last] / 2L ] angles

        let spread (angles: Tensor) =
            angles.reshape
                [|
                    yield 1L
                    yield shape[1]
                    yield! Array.create (shape.Length - 3) 1L
                    yield shape[last] / 2L
                |] // (1, time, 1.., headDim / 2)

        let cosine, sine = spread table.Cosine, spread table.Sine
        let halves = x.chunk (2L, -1L)
        let left, right = halves[0], halves[1]
        torch.cat ([| left * cosine - right * sine; right * cosine + left * sine |], -1L)
