/// Ranks and quantiles of the last rows. Knows no feature.
namespace VolatilityForge

open System
open System.Buffers
open System.Runtime.Intrinsics

/// Order statistics of windows that end at each row; NaN where a window is incomplete or holds a NaN.
[<RequireQualifiedAccess>]
module SlidingOrder =

    let inline private share (window: int) (here: Lanes) ([<InlineIfLambda>] before: int -> Lanes) : Lanes =
        // Itself: one row that is equal, and missing where it is.
        let mutable below = here - here
        let mutable equal = Lanes.One

        for back in 1 .. window - 1 do
            let there = before back
            below <- below + Lanes.where (Vector512.LessThan(there, here)) Lanes.One (there - there)
            equal <- equal + Lanes.where (Vector512.Equals(there, here)) Lanes.One Lanes.Zero

        (below + (equal + Lanes.One) * 0.5) / float window

    /// The rank of each row among the last `window` rows as a share: (rows below it + (rows equal to it, itself included, + 1)
    /// / 2) / window, from 1/window... to 1.
    let rank (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        let start = Sliding.leading window first last output
        Lanes.reach first last values
        Lanes.reach first last output

        Lanes.over
            start
            last
            (fun row ->
                Lanes.store
                    output
                    row
                    (share window (Lanes.load values row) (fun back -> Lanes.load values (row - back))))
            (fun row ->
                output[row] <-
                    Lanes.first (share window (Lanes.all values[row]) (fun back -> Lanes.all values[row - back])))

    /// Where a value stands, or would stand, in the first `length` values of a sorted array.
    let private place (sorted: float[]) (length: int) (value: float) : int =
        let mutable low = 0
        let mutable high = length

        while low < high do
            let middle = (low + high) >>> 1

            if sorted[middle] < value then
                low <- middle + 1
            else
                high <- middle

        low

    /// The value below which a share of the last `window` rows lies, by linear interpolation between order statistics (type 7 of
    /// Hyndman and Fan 1996).
    let quantile (share: float) (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        let start = Sliding.leading window first last output
        let sorted = ArrayPool<float>.Shared.Rent window
        let mutable length = 0
        let at = share * float (window - 1)
        let low = min (int at) (window - 1)
        let high = min (low + 1) (window - 1)
        let part = at - float low

        let insert (value: float) =
            if not (Double.IsNaN value) then
                let index = place sorted length value
                Array.Copy(sorted, index, sorted, index + 1, length - index)
                sorted[index] <- value
                length <- length + 1

        let remove (value: float) =
            if not (Double.IsNaN value) then
                let index = place sorted length value
                Array.Copy(sorted, index + 1, sorted, index, length - index - 1)
                length <- length - 1

        if start <= last then
            for row in start - window + 1 .. start - 1 do
                insert values[row]

            for row in start..last do
                insert values[row]

                output[row] <-
                    if length < window then
                        nan
                    else
                        sorted[low] + part * (sorted[high] - sorted[low])

                remove values[row - window + 1]

        ArrayPool<float>.Shared.Return sorted
