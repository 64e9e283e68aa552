/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864). Knows no attention.
namespace VolatilityForge

open System
open TorchSharp

/// A rotation: x Cosine + (x Turn) Sine, per position.
type RotaryTable =
    {
        Cosine: Tensor // (time, headDim), both halves alike
        Sine: Tensor // (time, headDim), both halves alike
        /// Carries (left, right) to (-right, left): exact, and many times faster on a CPU than cutting rows of few elements.
        Turn: Tensor
    } // (headDim, headDim)

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
                    for feature in 0 .. 2 * half - 1 do
                        float position * wavelengthBase ** (-float(feature % half) / float half)
            |]

        let turn =
            [|
                for from in 0 .. 2 * half - 1 do
                    for into in 0 .. 2 * half - 1 do
                        if from = into + half then -1.0
                        elif into = from + half then 1.0
                        else 0.0
            |]

        let place (rows: int64) (values: float[]) =
            (Ops.ofDoubles [| rows; headDim |] values).``to``(dtype, device)

        {
            Cosine = place time (Array.map cos angles)
            Sine = place time (Array.map sin angles)
            Turn = place headDim turn
        }

    /// The rows of a table from a position on: tables of a run that starts there.
    let from (position: int64) (time: int64) (table: RotaryTable) : RotaryTable =
        if position < 0L || position + time > table.Cosine.shape[0] then
            Fault.raiseWith (
                Fault.BadShape("rotary", "positions", $"at most {table.Cosine.shape[0]}", $"{position} + {time}")
            )

        {
            Cosine = table.Cosine.narrow (0L, position, time)
            Sine = table.Sine.narrow (0L, position, time)
            // Views, all three: whoever owns the table may free it.
            Turn = table.Turn.alias ()
        }

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
            Axes.exactly "rotary" [ "time", shape[1]; "headDim", shape[last] ] angles

        let heads = Array.fold (*) 1L shape[2 .. last - 1]
        let width = heads * shape[last]

        // Rows of all heads: the engine's loops over few elements cost more than the copy.
        let spread (angles: Tensor) =
            if heads = 1L then
                angles
            else
                angles.unsqueeze(1L).expand(shape[1], heads, shape[last]).reshape(shape[1], width)

        let rows = x.reshape (shape[0], shape[1], width)

        let turned =
            (x.reshape (-1L, shape[last])).mm(table.Turn).view(shape[0], shape[1], width)

        (rows * spread table.Cosine + turned * spread table.Sine).view shape

/// Tables made once per element type and device, for sequences up to a longest. Owns its tensors; safe to share by threads.
[<Sealed>]
type RotaryCache(headDim: int64, maxLength: int64) =
    /// More element types and devices than one network is moved between.
    static let most = 8

    let gate = obj ()
    let mutable tables: ((torch.ScalarType * string) * RotaryTable) list = []

    let free (table: RotaryTable) =
        for tensor in [ table.Cosine; table.Sine; table.Turn ] do
            tensor.Dispose()

    /// A power of two, so that sequences that grow make few tables.
    let rec roomFor (time: int64) (room: int64) : int64 =
        if room >= time then
            min room maxLength
        else
            roomFor time (2L * room)

    let make (dtype: torch.ScalarType) (device: torch.Device) (time: int64) : RotaryTable =
        Scope.run (fun () ->
            let table = Rotary.table dtype device (roomFor time 32L) headDim

            {
                Cosine = table.Cosine.DetachFromDisposeScope()
                Sine = table.Sine.DetachFromDisposeScope()
                Turn = table.Turn.DetachFromDisposeScope()
            })

    /// The table for positions 0 .. time - 1, with the values of Rotary.table. Views of the cache's tensors, which live on
    /// when the cache is freed. Raises Fault.BadShape when time is longer than the longest.
    member _.Table(dtype: torch.ScalarType, device: torch.Device, time: int64) : RotaryTable =
        if time > maxLength then
            Fault.raiseWith (Fault.BadShape("rotary", "time", $"at most {maxLength}", string time))

        lock gate (fun () ->
            let key = dtype, string device

            match tables |> List.tryFind (fun (other, _) -> other = key) with
            | Some(_, table) when table.Cosine.shape[0] >= time -> Rotary.from 0L time table
            | _ ->
                let table = make dtype device time
                let others = tables |> List.filter (fun (other, _) -> other <> key)
                let kept = List.truncate (most - 1) others

                for _, dropped in
                    tables
                    |> List.filter (fun (other, _) -> not (List.exists (fst >> (=) other) kept)) do
                    free dropped

                tables <- (key, table) :: kept
                Rotary.from 0L time table)

    /// Tables held.
    member _.Count: int = tables.Length

    interface IDisposable with
        member _.Dispose() =
            lock gate (fun () ->
                for _, table in tables do
                    free table

                tables <- [])
