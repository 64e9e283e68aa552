/// Outliers against a rolling centred median. Knows no price.
namespace VolatilityForge

open System

/// Where values lie far from those around them.
[<RequireQualifiedAccess>]
module internal RollingMedian =

    /// The median of numbers; the array is sorted by the call.
    let ofUnsorted (values: float[]) : float =
        Array.sortInPlace values
        let half = values.Length / 2

        if values.Length % 2 = 1 then
            values[half]
        else
            0.5 * (values[half - 1] + values[half])

    /// True where a value lies further from the median of its neighbours, half of them on each side and fewer at the ends,
    /// itself left out, than `multiple` mean absolute deviations of theirs and the granularity together. NaN is none. One
    /// sorted window moves over the values: O(n * neighbours) time, O(neighbours) memory.
    let outliers (neighbours: int) (multiple: float) (granularity: float) (values: float[]) : bool[] =
        let side = neighbours / 2
        // One more than a neighbourhood: the next value enters before the first leaves.
        let window = Array.zeroCreate<float>(2 * side + 2)
        let mutable held = 0

        let place (value: float) : int =
            let found = Array.BinarySearch(window, 0, held, value)
            if found >= 0 then found else ~~~found

        let add (value: float) : unit =
            let at = place value
            Array.Copy(window, at, window, at + 1, held - at)
            window[at] <- value
            held <- held + 1

        let remove (value: float) : unit =
            let at = place value
            Array.Copy(window, at + 1, window, at, held - at - 1)
            held <- held - 1

        let isNumber = Array.map (Double.IsNaN >> not) values
        let numbers = Array.filter (Double.IsNaN >> not) values
        let far = Array.zeroCreate<bool> numbers.Length

        for index in 0 .. min side numbers.Length - 1 do
            add numbers[index]

        for index in 0 .. numbers.Length - 1 do
            if index + side < numbers.Length then
                add numbers[index + side]

            if index - side - 1 >= 0 then
                remove numbers[index - side - 1]

            let others = held - 1

            if others >= 2 then
                let value = numbers[index]
                let own = place value

                let other position =
                    window[if position < own then position else position + 1]

                let median =
                    if others % 2 = 1 then
                        other (others / 2)
                    else
                        0.5 * (other (others / 2 - 1) + other (others / 2))

                let mutable sum = 0.0

                for position in 0 .. held - 1 do
                    sum <- sum + abs (window[position] - median)

                let deviation = (sum - abs (value - median)) / float others
                far[index] <- abs (value - median) > multiple * deviation + granularity

        let result = Array.zeroCreate<bool> values.Length
        let mutable next = 0

        for index in 0 .. values.Length - 1 do
            if isNumber[index] then
                result[index] <- far[next]
                next <- next + 1

        result
