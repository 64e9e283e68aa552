/// Sums, extremes and moments of the last rows, each computed from those rows alone. Knows no feature.
namespace VolatilityForge

open System
open System.Numerics

/// Statistics of windows that end at each row; NaN where a window is incomplete or holds a NaN. A window is put together from
/// blocks of 1, 2, 4, ... rows (its length in binary), each block of two halves: a row costs about log2 of the window, rounding
/// grows with that logarithm, and where the data begin makes no difference to a bit of a value.
[<RequireQualifiedAccess>]
module Sliding =

    /// Rows worked on at a time: the blocks of one pass stay in the first cache.
    [<Literal>]
    let private Chunk = 1024

    /// Fills the rows that no complete window ends at; the first row that one ends at.
    let private leading (window: int) (first: int) (last: int) (output: float[]) : int =
        let start = max first (window - 1)

        for row in first .. min last (start - 1) do
            output[row] <- nan

        start

    /// Calls the body with each stretch of at most Chunk rows.
    let inline private stretches (first: int) (last: int) ([<InlineIfLambda>] body: int -> int -> unit) : unit =
        let mutable from = first

        while from <= last do
            let until = min last (from + Chunk - 1)
            body from until
            from <- until + 1

    /// The same work on as many numbers at once as the processor takes, and on those that are left over.
    let inline private lanes
        (count: int)
        ([<InlineIfLambda>] vector: int -> unit)
        ([<InlineIfLambda>] scalar: int -> unit)
        : unit =
        let width = Vector<float>.Count
        let mutable i = 0

        while i + width <= count do
            vector i
            i <- i + width

        while i < count do
            scalar i
            i <- i + 1

    /// Walks the binary digits of the window: `take offset size` for the newest block, `join offset size covered` for each older
    /// one, `pair extent size` to make blocks of twice the size. Block j begins at row j of a stretch and the window - 1 rows
    /// before it; offsets are into blocks.
    let inline private assemble
        (window: int)
        (rows: int)
        ([<InlineIfLambda>] take: int -> unit)
        ([<InlineIfLambda>] join: int -> int -> int -> unit)
        ([<InlineIfLambda>] pair: int -> int -> unit)
        : unit =
        let mutable extent = rows + window - 1
        let mutable size = 1
        let mutable covered = 0

        while size <= window do
            if window &&& size <> 0 then
                let offset = window - covered - size

                if covered = 0 then
                    take offset
                else
                    join offset size covered

                covered <- covered + size

            if size <= window / 2 then
                extent <- extent - size
                pair extent size

            size <- size * 2

    let inline private fold
        (window: int)
        (values: float[])
        (first: int)
        (last: int)
        (output: float[])
        ([<InlineIfLambda>] vector: Vector<float> -> Vector<float> -> Vector<float>)
        ([<InlineIfLambda>] scalar: float -> float -> float)
        : unit =
        let block =
            GC.AllocateUninitializedArray<float>(min Chunk (last - first + 1) + window)

        stretches (leading window first last output) last (fun from until ->
            let rows = until - from + 1
            Array.Copy(values, from - window + 1, block, 0, rows + window - 1)

            assemble
                window
                rows
                (fun offset -> Array.Copy(block, offset, output, from, rows))
                (fun offset _ _ ->
                    lanes
                        rows
                        (fun i ->
                            (vector (Vector<float>(block, offset + i)) (Vector<float>(output, from + i)))
                                .CopyTo(output, from + i))
                        (fun i -> output[from + i] <- scalar block[offset + i] output[from + i]))
                (fun extent size ->
                    lanes
                        extent
                        (fun i ->
                            (vector (Vector<float>(block, i)) (Vector<float>(block, i + size))).CopyTo(block, i))
                        (fun i -> block[i] <- scalar block[i] block[i + size])))

    /// Sums of the last `window` rows, window >= 1.
    let sum (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        fold window values first last output (fun older newer -> older + newer) (fun older newer -> older + newer)

    /// Means of the last `window` rows.
    let mean (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        sum window values first last output
        let count = float window

        for row in first..last do
            output[row] <- output[row] / count

    /// Largest values of the last `window` rows.
    let largest (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        fold window values first last output (fun older newer -> Vector.Max(older, newer)) (fun older newer ->
            Math.Max(older, newer))

    /// Smallest values of the last `window` rows.
    let smallest (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        fold window values first last output (fun older newer -> Vector.Min(older, newer)) (fun older newer ->
            Math.Min(older, newer))

    /// Means of the last `window` rows and sums of squared deviations from them. Blocks are merged by Chan, Golub and LeVeque
    /// (1983, equation 2.1): nothing cancels, and equal values deviate by exactly zero.
    let moments (window: int) (values: float[]) (first: int) (last: int) (mean: float[]) (squares: float[]) : unit =
        let room = min Chunk (last - first + 1) + window
        let blockMean = GC.AllocateUninitializedArray<float> room
        let blockSquares = GC.AllocateUninitializedArray<float> room
        leading window first last squares |> ignore

        stretches (leading window first last mean) last (fun from until ->
            let rows = until - from + 1
            Array.Copy(values, from - window + 1, blockMean, 0, rows + window - 1)
            Array.Clear(blockSquares, 0, rows + window - 1)

            assemble
                window
                rows
                (fun offset ->
                    Array.Copy(blockMean, offset, mean, from, rows)
                    Array.Copy(blockSquares, offset, squares, from, rows))
                (fun offset size covered ->
                    let total = float (size + covered)
                    let share = float size / total
                    let weight = float size * float covered / total

                    lanes
                        rows
                        (fun i ->
                            let newer = Vector<float>(mean, from + i)
                            let step = Vector<float>(blockMean, offset + i) - newer
                            (newer + step * share).CopyTo(mean, from + i)

                            (Vector<float>(blockSquares, offset + i)
                             + Vector<float>(squares, from + i)
                             + step * step * weight)
                                .CopyTo(squares, from + i))
                        (fun i ->
                            let newer = mean[from + i]
                            let step = blockMean[offset + i] - newer
                            mean[from + i] <- newer + step * share

                            squares[from + i] <- blockSquares[offset + i] + squares[from + i] + step * step * weight))
                (fun extent size ->
                    let weight = 0.5 * float size

                    lanes
                        extent
                        (fun i ->
                            let newer = Vector<float>(blockMean, i + size)
                            let step = Vector<float>(blockMean, i) - newer
                            (newer + step * 0.5).CopyTo(blockMean, i)

                            (Vector<float>(blockSquares, i)
                             + Vector<float>(blockSquares, i + size)
                             + step * step * weight)
                                .CopyTo(blockSquares, i))
                        (fun i ->
                            let newer = blockMean[i + size]
                            let step = blockMean[i] - newer
                            blockMean[i] <- newer + step * 0.5
                            blockSquares[i] <- blockSquares[i] + blockSquares[i + size] + step * step * weight)))

    /// Sums of products of the deviations of two columns from their means over the last `window` rows, merged like `moments`.
    let products (window: int) (left: float[]) (right: float[]) (first: int) (last: int) (output: float[]) : unit =
        let room = min Chunk (last - first + 1) + window
        let blockLeft = GC.AllocateUninitializedArray<float> room
        let blockRight = GC.AllocateUninitializedArray<float> room
        let block = GC.AllocateUninitializedArray<float> room
        let meanLeft = GC.AllocateUninitializedArray<float> room
        let meanRight = GC.AllocateUninitializedArray<float> room

        stretches (leading window first last output) last (fun from until ->
            let rows = until - from + 1
            Array.Copy(left, from - window + 1, blockLeft, 0, rows + window - 1)
            Array.Copy(right, from - window + 1, blockRight, 0, rows + window - 1)
            Array.Clear(block, 0, rows + window - 1)

            assemble
                window
                rows
                (fun offset ->
                    Array.Copy(blockLeft, offset, meanLeft, 0, rows)
                    Array.Copy(blockRight, offset, meanRight, 0, rows)
                    Array.Copy(block, offset, output, from, rows))
                (fun offset size covered ->
                    let total = float (size + covered)
                    let share = float size / total
                    let weight = float size * float covered / total

                    lanes
                        rows
                        (fun i ->
                            let stepLeft = Vector<float>(blockLeft, offset + i) - Vector<float>(meanLeft, i)
                            let stepRight = Vector<float>(blockRight, offset + i) - Vector<float>(meanRight, i)
                            (Vector<float>(meanLeft, i) + stepLeft * share).CopyTo(meanLeft, i)
                            (Vector<float>(meanRight, i) + stepRight * share).CopyTo(meanRight, i)

                            (Vector<float>(block, offset + i)
                             + Vector<float>(output, from + i)
                             + stepLeft * stepRight * weight)
                                .CopyTo(output, from + i))
                        (fun i ->
                            let stepLeft = blockLeft[offset + i] - meanLeft[i]
                            let stepRight = blockRight[offset + i] - meanRight[i]
                            meanLeft[i] <- meanLeft[i] + stepLeft * share
                            meanRight[i] <- meanRight[i] + stepRight * share

                            output[from + i] <- block[offset + i] + output[from + i] + stepLeft * stepRight * weight))
                (fun extent size ->
                    let weight = 0.5 * float size

                    lanes
                        extent
                        (fun i ->
                            let newerLeft, newerRight =
                                Vector<float>(blockLeft, i + size), Vector<float>(blockRight, i + size)

                            let stepLeft = Vector<float>(blockLeft, i) - newerLeft
                            let stepRight = Vector<float>(blockRight, i) - newerRight
                            (newerLeft + stepLeft * 0.5).CopyTo(blockLeft, i)
                            (newerRight + stepRight * 0.5).CopyTo(blockRight, i)

                            (Vector<float>(block, i)
                             + Vector<float>(block, i + size)
                             + stepLeft * stepRight * weight)
                                .CopyTo(block, i))
                        (fun i ->
                            let stepLeft = blockLeft[i] - blockLeft[i + size]
                            let stepRight = blockRight[i] - blockRight[i + size]
                            blockLeft[i] <- blockLeft[i + size] + stepLeft * 0.5
                            blockRight[i] <- blockRight[i + size] + stepRight * 0.5
                            block[i] <- block[i] + block[i + size] + stepLeft * stepRight * weight)))
