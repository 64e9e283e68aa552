/// Sums, extremes and moments of the last rows, each computed from those rows alone. Knows no feature.
namespace VolatilityForge

open System
open System.Runtime.Intrinsics

/// Statistics of windows that end at each row; NaN where a window is incomplete or holds a NaN. A window is put together from
/// blocks of 1, 2, 4, ... rows (its length in binary), each block of two halves: a row costs about log2 of the window, rounding
/// grows with that logarithm, and where the data begin makes no difference to a bit of a value.
[<RequireQualifiedAccess>]
module Sliding =

    /// Rows worked on at a time: the blocks of one pass stay in the first cache. Longer windows take longer stretches, as each
    /// begins with a window that is read again.
    let private stretch (window: int) : int = max 1024 (2 * window)

    /// Numbers of working memory for a stretch with the window before it: work is done in eights, beyond the end too.
    let private room (window: int) (first: int) (last: int) : int =
        min (stretch window) (last - first + 1) + window + 2 * Lanes.Width

    /// Fills the rows that no complete window ends at; the first row that one ends at.
    let internal leading (window: int) (first: int) (last: int) (output: float[]) : int =
        let start = max first (min (window - 1) (last + 1))
        Array.Fill(output, nan, first, start - first)
        start

    /// Calls the body with each stretch of rows.
    let inline private stretches
        (window: int)
        (first: int)
        (last: int)
        ([<InlineIfLambda>] body: int -> int -> unit)
        : unit =
        let length = stretch window
        let mutable from = first

        while from <= last do
            let rows = min length (last - from + 1)
            body from rows
            from <- from + rows

    /// The same work on so many numbers and up to seven more.
    let inline private eights (count: int) ([<InlineIfLambda>] body: int -> unit) : unit =
        let mutable i = 0

        while i < count do
            body i
            i <- i + Lanes.Width

    /// Walks the binary digits of the window: `take offset` for the newest block, `join offset size covered` for each older
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
        ([<InlineIfLambda>] merge: Lanes -> Lanes -> Lanes)
        ([<InlineIfLambda>] finish: Lanes -> Lanes)
        : unit =
        let room = room window first last

        Scratch.borrow room (fun block ->
            Scratch.borrow room (fun whole ->
                stretches window (leading window first last output) last (fun from rows ->
                    Array.Copy(values, from - window + 1, block, 0, rows + window - 1)

                    assemble
                        window
                        rows
                        (fun offset -> Array.Copy(block, offset, whole, 0, rows))
                        (fun offset _ _ ->
                            eights rows (fun i ->
                                Lanes.store whole i (merge (Lanes.load block (offset + i)) (Lanes.load whole i))))
                        (fun extent size ->
                            eights extent (fun i ->
                                Lanes.store block i (merge (Lanes.load block i) (Lanes.load block (i + size)))))

                    eights rows (fun i -> Lanes.store whole i (finish (Lanes.load whole i)))
                    Array.Copy(whole, 0, output, from, rows))))

    /// Sums of the last `window` rows, window >= 1.
    let sum (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        fold window values first last output (fun older newer -> older + newer) id

    /// Means of the last `window` rows.
    let mean (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        let count = float window
        fold window values first last output (fun older newer -> older + newer) (fun sum -> sum / count)

    /// Largest values of the last `window` rows.
    let largest (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        fold window values first last output (fun older newer -> Vector512.Max(older, newer)) id

    /// Smallest values of the last `window` rows.
    let smallest (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        fold window values first last output (fun older newer -> Vector512.Min(older, newer)) id

    /// Means of the last `window` rows and sums of squared deviations from them. Blocks are merged by Chan, Golub and LeVeque
    /// (1983, equation 2.1): nothing cancels, and equal values deviate by exactly zero.
    let moments (window: int) (values: float[]) (first: int) (last: int) (mean: float[]) (squares: float[]) : unit =
        let room = room window first last
        leading window first last squares |> ignore

        Scratch.borrow room (fun blockMean ->
            Scratch.borrow room (fun blockSquares ->
                Scratch.borrow room (fun wholeMean ->
                    Scratch.borrow room (fun wholeSquares ->
                        stretches window (leading window first last mean) last (fun from rows ->
                            Array.Copy(values, from - window + 1, blockMean, 0, rows + window - 1)
                            Array.Clear(blockSquares, 0, rows + window - 1)

                            assemble
                                window
                                rows
                                (fun offset ->
                                    Array.Copy(blockMean, offset, wholeMean, 0, rows)
                                    Array.Copy(blockSquares, offset, wholeSquares, 0, rows))
                                (fun offset size covered ->
                                    let total = float (size + covered)
                                    let share = float size / total
                                    let weight = float size * float covered / total

                                    eights rows (fun i ->
                                        let newer = Lanes.load wholeMean i
                                        let step = Lanes.load blockMean (offset + i) - newer
                                        Lanes.store wholeMean i (newer + step * share)

                                        Lanes.store
                                            wholeSquares
                                            i
                                            (Lanes.load blockSquares (offset + i)
                                             + Lanes.load wholeSquares i
                                             + step * step * weight)))
                                (fun extent size ->
                                    let weight = 0.5 * float size

                                    eights extent (fun i ->
                                        let newer = Lanes.load blockMean (i + size)
                                        let step = Lanes.load blockMean i - newer
                                        Lanes.store blockMean i (newer + step * 0.5)

                                        Lanes.store
                                            blockSquares
                                            i
                                            (Lanes.load blockSquares i
                                             + Lanes.load blockSquares (i + size)
                                             + step * step * weight)))

                            Array.Copy(wholeMean, 0, mean, from, rows)
                            Array.Copy(wholeSquares, 0, squares, from, rows))))))

    /// Working memory of a column in `products`.
    let inline private borrowTwo (room: int) ([<InlineIfLambda>] body: float[] -> float[] -> unit) : unit =
        Scratch.borrow room (fun block -> Scratch.borrow room (fun whole -> body block whole))

    /// Products and, if asked for, squares: one pass serves both, as they step from the same means.
    let inline private comoments
        (squared: bool)
        (window: int)
        (left: float[])
        (right: float[])
        (first: int)
        (last: int)
        (squares: float[])
        (products: float[])
        : unit =
        let room = room window first last
        leading window first last squares |> ignore

        borrowTwo room (fun blockLeft meanLeft ->
            borrowTwo room (fun blockRight meanRight ->
                borrowTwo room (fun block whole ->
                    borrowTwo room (fun blockSquares wholeSquares ->
                        stretches window (leading window first last products) last (fun from rows ->
                            Array.Copy(left, from - window + 1, blockLeft, 0, rows + window - 1)
                            Array.Copy(right, from - window + 1, blockRight, 0, rows + window - 1)
                            Array.Clear(block, 0, rows + window - 1)

                            if squared then
                                Array.Clear(blockSquares, 0, rows + window - 1)

                            assemble
                                window
                                rows
                                (fun offset ->
                                    Array.Copy(blockLeft, offset, meanLeft, 0, rows)
                                    Array.Copy(blockRight, offset, meanRight, 0, rows)
                                    Array.Copy(block, offset, whole, 0, rows)

                                    if squared then
                                        Array.Copy(blockSquares, offset, wholeSquares, 0, rows))
                                (fun offset size covered ->
                                    let total = float (size + covered)
                                    let share = float size / total
                                    let weight = float size * float covered / total

                                    eights rows (fun i ->
                                        let newerLeft, newerRight = Lanes.load meanLeft i, Lanes.load meanRight i
                                        let stepLeft = Lanes.load blockLeft (offset + i) - newerLeft
                                        let stepRight = Lanes.load blockRight (offset + i) - newerRight
                                        Lanes.store meanLeft i (newerLeft + stepLeft * share)
                                        Lanes.store meanRight i (newerRight + stepRight * share)

                                        Lanes.store
                                            whole
                                            i
                                            (Lanes.load block (offset + i)
                                             + Lanes.load whole i
                                             + stepLeft * stepRight * weight)

                                        if squared then
                                            Lanes.store
                                                wholeSquares
                                                i
                                                (Lanes.load blockSquares (offset + i)
                                                 + Lanes.load wholeSquares i
                                                 + stepLeft * stepLeft * weight)))
                                (fun extent size ->
                                    let weight = 0.5 * float size

                                    eights extent (fun i ->
                                        let newerLeft = Lanes.load blockLeft (i + size)
                                        let newerRight = Lanes.load blockRight (i + size)
                                        let stepLeft = Lanes.load blockLeft i - newerLeft
                                        let stepRight = Lanes.load blockRight i - newerRight
                                        Lanes.store blockLeft i (newerLeft + stepLeft * 0.5)
                                        Lanes.store blockRight i (newerRight + stepRight * 0.5)

                                        Lanes.store
                                            block
                                            i
                                            (Lanes.load block i
                                             + Lanes.load block (i + size)
                                             + stepLeft * stepRight * weight)

                                        if squared then
                                            Lanes.store
                                                blockSquares
                                                i
                                                (Lanes.load blockSquares i
                                                 + Lanes.load blockSquares (i + size)
                                                 + stepLeft * stepLeft * weight)))

                            Array.Copy(whole, 0, products, from, rows)

                            if squared then
                                Array.Copy(wholeSquares, 0, squares, from, rows))))))

    /// Sums of products of the deviations of two columns from their means over the last `window` rows, merged like `moments`.
    let products (window: int) (left: float[]) (right: float[]) (first: int) (last: int) (output: float[]) : unit =
        comoments false window left right first last output output

    /// Those products, and the squares of `moments` of the left column: a slope on it is their ratio.
    let regression
        (window: int)
        (left: float[])
        (right: float[])
        (first: int)
        (last: int)
        (squares: float[])
        (products: float[])
        : unit =
        comoments true window left right first last squares products
