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

    /// Puts windows together from blocks: block i begins at row i of a stretch with the window - 1 rows before it. `load` and `keep` are of
    /// blocks, `whole` and `put` of what is put together so far, newest rows first; `merge older newer share weight` is of two neighbours,
    /// `share` the older one's part of their rows and `weight` the product of their rows over the sum. Two binary digits at a time, so that
    /// blocks of every other size stay in registers.
    let inline private assemble
        (window: int)
        (rows: int)
        ([<InlineIfLambda>] load: int -> 'state)
        ([<InlineIfLambda>] keep: int -> 'state -> unit)
        ([<InlineIfLambda>] whole: int -> 'state)
        ([<InlineIfLambda>] put: int -> 'state -> unit)
        ([<InlineIfLambda>] merge: 'state -> 'state -> float -> float -> 'state)
        : unit =
        let mutable extent = rows + window - 1
        let mutable size = 1
        let mutable covered = 0

        while size <= window do
            let step = size
            let half = 0.5 * float step

            if window &&& step <> 0 then
                let offset = window - covered - step

                if covered = 0 then
                    eights rows (fun i -> put i (load (offset + i)))
                else
                    let total = float (step + covered)
                    let share, weight = float step / total, float step * float covered / total
                    eights rows (fun i -> put i (merge (load (offset + i)) (whole i) share weight))

                covered <- covered + step

            if window &&& (2 * step) <> 0 then
                let offset = window - covered - 2 * step

                if covered = 0 then
                    eights rows (fun i -> put i (merge (load (offset + i)) (load (offset + i + step)) 0.5 half))
                else
                    let total = float (2 * step + covered)

                    let share, weight =
                        float (2 * step) / total, float (2 * step) * float covered / total

                    eights rows (fun i ->
                        put
                            i
                            (merge
                                (merge (load (offset + i)) (load (offset + i + step)) 0.5 half)
                                (whole i)
                                share
                                weight))

                covered <- covered + 2 * step

            if 4 * step <= window then
                extent <- extent - 3 * step

                eights extent (fun i ->
                    keep
                        i
                        (merge
                            (merge (load i) (load (i + step)) 0.5 half)
                            (merge (load (i + 2 * step)) (load (i + 3 * step)) 0.5 half)
                            0.5
                            (2.0 * half)))

            size <- 4 * step

    /// Working columns in one array, each beginning at a line of 64 bytes: `body memory first length`, column c from `first + c * length` on.
    let inline private columns
        (count: int)
        (room: int)
        ([<InlineIfLambda>] body: float[] -> int -> int -> unit)
        : unit =
        let length = (room + Lanes.Width - 1) / Lanes.Width * Lanes.Width

        Scratch.borrow (count * length + Lanes.Width) (fun memory -> body memory (Lanes.lineStart memory) length)

    let inline private total
        (window: int)
        (values: float[])
        (first: int)
        (last: int)
        (output: float[])
        ([<InlineIfLambda>] finish: Lanes -> Lanes)
        : unit =
        columns 2 (room window first last) (fun memory block length ->
            let whole = block + length

            stretches window (leading window first last output) last (fun from rows ->
                Array.Copy(values, from - window + 1, memory, block, rows + window - 1)

                assemble
                    window
                    rows
                    (fun i -> Lanes.load memory (block + i))
                    (fun i sum -> Lanes.store memory (block + i) sum)
                    (fun i -> Lanes.load memory (whole + i))
                    (fun i sum -> Lanes.store memory (whole + i) sum)
                    (fun older newer _ _ -> older + newer)

                eights rows (fun i -> Lanes.store memory (whole + i) (finish (Lanes.load memory (whole + i))))
                Array.Copy(memory, whole, output, from, rows)))

    /// Sums of the last `window` rows, window >= 1.
    let sum (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        total window values first last output (fun sum -> sum)

    /// Means of the last `window` rows.
    let mean (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        let count = float window
        total window values first last output (fun sum -> sum / count)

    /// Windows of at most four blocks that may share rows, as `merge` doesn't mind a row twice.
    let inline private extreme
        (window: int)
        (values: float[])
        (first: int)
        (last: int)
        (output: float[])
        ([<InlineIfLambda>] merge: Lanes -> Lanes -> Lanes)
        : unit =
        columns 2 (room window first last) (fun memory block length ->
            let whole = block + length

            let inline two (i: int) (apart: int) =
                merge (Lanes.load memory (block + i)) (Lanes.load memory (block + i + apart))

            stretches window (leading window first last output) last (fun from rows ->
                Array.Copy(values, from - window + 1, memory, block, rows + window - 1)
                let mutable extent = rows + window - 1
                let mutable size = 1

                while 4 * size <= window do
                    let step = size
                    extent <- extent - 3 * step

                    eights extent (fun i ->
                        Lanes.store memory (block + i) (merge (two i step) (two (i + 2 * step) step)))

                    size <- 4 * step

                let size = size
                let newest = window - size

                if window <= 2 * size then
                    eights rows (fun i -> Lanes.store memory (whole + i) (two i newest))
                else
                    eights rows (fun i ->
                        Lanes.store memory (whole + i) (merge (two i size) (two (i + newest - size) size)))

                Array.Copy(memory, whole, output, from, rows)))

    /// Largest values of the last `window` rows.
    let largest (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        extreme window values first last output (fun older newer -> Vector512.Max(older, newer))

    /// Smallest values of the last `window` rows.
    let smallest (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        extreme window values first last output (fun older newer -> Vector512.Min(older, newer))

    /// Means of the last `window` rows and sums of squared deviations from them. Blocks are merged by Chan, Golub and LeVeque
    /// (1983, equation 2.1): nothing cancels, and equal values deviate by exactly zero.
    let moments (window: int) (values: float[]) (first: int) (last: int) (mean: float[]) (squares: float[]) : unit =
        let room = room window first last
        leading window first last squares |> ignore

        columns 4 room (fun memory block length ->
            let whole = block + 2 * length

            let inline loaded at =
                struct (Lanes.load memory at, Lanes.load memory (at + length))

            let inline stored at (struct (mean, squares)) =
                Lanes.store memory at mean
                Lanes.store memory (at + length) squares

            stretches window (leading window first last mean) last (fun from rows ->
                Array.Copy(values, from - window + 1, memory, block, rows + window - 1)
                Array.Clear(memory, block + length, rows + window - 1)

                assemble
                    window
                    rows
                    (fun i -> loaded (block + i))
                    (fun i state -> stored (block + i) state)
                    (fun i -> loaded (whole + i))
                    (fun i state -> stored (whole + i) state)
                    (fun (struct (older, olderSquares)) (struct (newer, newerSquares)) share weight ->
                        let step = older - newer
                        struct (newer + step * share, olderSquares + newerSquares + step * step * weight))

                Array.Copy(memory, whole, mean, from, rows)
                Array.Copy(memory, whole + length, squares, from, rows)))

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

        columns 8 room (fun memory block length ->
            let whole = block + 4 * length

            let inline loaded at =
                struct (Lanes.load memory at,
                        Lanes.load memory (at + length),
                        Lanes.load memory (at + 2 * length),
                        (if squared then
                             Lanes.load memory (at + 3 * length)
                         else
                             Lanes.Zero))

            let inline stored at (struct (left, right, products, squares)) =
                Lanes.store memory at left
                Lanes.store memory (at + length) right
                Lanes.store memory (at + 2 * length) products

                if squared then
                    Lanes.store memory (at + 3 * length) squares

            stretches window (leading window first last products) last (fun from rows ->
                let count = rows + window - 1
                Array.Copy(left, from - window + 1, memory, block, count)
                Array.Copy(right, from - window + 1, memory, block + length, count)
                Array.Clear(memory, block + 2 * length, count)

                if squared then
                    Array.Clear(memory, block + 3 * length, count)

                assemble
                    window
                    rows
                    (fun i -> loaded (block + i))
                    (fun i state -> stored (block + i) state)
                    (fun i -> loaded (whole + i))
                    (fun i state -> stored (whole + i) state)
                    (fun
                        (struct (olderLeft, olderRight, olderProducts, olderSquares))
                        (struct (newerLeft, newerRight, newerProducts, newerSquares))
                        share
                        weight ->
                        let stepLeft, stepRight = olderLeft - newerLeft, olderRight - newerRight

                        struct (newerLeft + stepLeft * share,
                                newerRight + stepRight * share,
                                olderProducts + newerProducts + stepLeft * stepRight * weight,
                                olderSquares + newerSquares + stepLeft * stepLeft * weight))

                Array.Copy(memory, whole + 2 * length, products, from, rows)

                if squared then
                    Array.Copy(memory, whole + 3 * length, squares, from, rows)))

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
