/// Ranks and quantiles of the last rows. Knows no feature.
namespace VolatilityForge

open System
open System.Numerics

/// Order statistics of windows that end at each row; NaN where a window is incomplete or holds a NaN.
[<RequireQualifiedAccess>]
module SlidingOrder =

    /// The rank of each row among the last `window` rows as a share: (rows below it + (rows equal to it, itself included, + 1)
    /// / 2) / window, from 1/window... to 1.
    let rank (window: int) (values: float[]) (first: int) (last: int) (output: float[]) : unit =
        let start = max first (window - 1)
        let count = float window

        for row in first .. min last (start - 1) do
            output[row] <- nan

        let mutable row = start
        let width = Vector<float>.Count

        while row + width - 1 <= last do
            let here = Vector<float>(values, row)
            let mutable below = Vector<int64>.Zero
            let mutable equal = Vector<int64>.Zero
            let mutable sound = Vector<int64>.AllBitsSet

            for back in 0 .. window - 1 do
                let there = Vector<float>(values, row - back)
                // A true lane is -1.
                below <- below - Vector.LessThan(there, here)
                equal <- equal - Vector.Equals(there, here)
                sound <- sound &&& Vector.Equals(there, there)

            let share =
                (Vector.ConvertToDouble below
                 + Vector.ConvertToDouble(equal + Vector<int64>.One) * 0.5)
                / count

            Vector.ConditionalSelect(sound, share, Vector<float> nan).CopyTo(output, row)
            row <- row + width

        while row <= last do
            let here = values[row]
            let mutable below = 0
            let mutable equal = 0
            let mutable sound = true

            for back in 0 .. window - 1 do
                let there = values[row - back]

                if there < here then
                    below <- below + 1
                elif there = here then
                    equal <- equal + 1
                elif Double.IsNaN there then
                    sound <- false

            output[row] <-
                if sound && equal > 0 then
                    (float below + 0.5 * float (equal + 1)) / count
                else
                    nan

            row <- row + 1

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
        let start = max first (window - 1)

        for row in first .. min last (start - 1) do
            output[row] <- nan

        let sorted = Array.zeroCreate<float> window
        let mutable length = 0
        let at = share * float (window - 1)
        let low = min (int at) (window - 1)
        let high = min (low + 1) (window - 1)
        let part = at - float low

        let insert (value: float) =
            if not (Double.IsNaN value) then
                // Of two zeros that differ in sign, only one may be seen.
                let value = value + 0.0
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
