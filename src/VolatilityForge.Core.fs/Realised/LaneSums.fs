/// Sums over arrays four numbers at a time, with the same lanes and so the same bits on every machine. Knows no return.
namespace VolatilityForge

open System.Runtime.CompilerServices
open System.Runtime.Intrinsics

/// Sums of functions of one, two or three arrays. Compiled at once with all optimisation: a day's measures are called too seldom
/// for the runtime to come back to them, and lanes that aren't inlined are slower than none.
[<RequireQualifiedAccess>]
module internal LaneSums =

    /// The sum over indices of a function given for four indices from one on, and for one.
    let inline private over
        (count: int)
        ([<InlineIfLambda>] lanes: int -> Vector256<float>)
        ([<InlineIfLambda>] one: int -> float)
        : float =
        // Four sums at once, because one would wait for each of its own additions.
        let mutable first = Vector256<float>.Zero
        let mutable second = Vector256<float>.Zero
        let mutable third = Vector256<float>.Zero
        let mutable fourth = Vector256<float>.Zero
        let mutable index = 0

        while index + 16 <= count do
            first <- first + lanes index
            second <- second + lanes (index + 4)
            third <- third + lanes (index + 8)
            fourth <- fourth + lanes (index + 12)
            index <- index + 16

        let mutable sum = Vector256.Sum((first + second) + (third + fourth))

        while index < count do
            sum <- sum + one index
            index <- index + 1

        sum

    let inline private square (lanes: Vector256<float>) : Vector256<float> = lanes * lanes

    /// Sum of left[leftFrom + i] * right[rightFrom + i] over so many i.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let products (count: int) (left: float[]) (leftFrom: int) (right: float[]) (rightFrom: int) : float =
        over
            count
            (fun index ->
                Vector256.Create(left, leftFrom + index)
                * Vector256.Create(right, rightFrom + index))
            (fun index -> left[leftFrom + index] * right[rightFrom + index])

    /// Sum of squared values below zero.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let squaresBelow (values: float[]) : float =
        over
            values.Length
            (fun index -> square (Vector256.Min(Vector256.Create(values, index), Vector256<float>.Zero)))
            (fun index ->
                let value = min values[index] 0.0
                value * value)

    /// Sum of squared values above zero.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let squaresAbove (values: float[]) : float =
        over
            values.Length
            (fun index -> square (Vector256.Max(Vector256.Create(values, index), Vector256<float>.Zero)))
            (fun index ->
                let value = max values[index] 0.0
                value * value)

    /// Sum of fourth powers.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let fourths (values: float[]) : float =
        over values.Length (fun index -> square (square (Vector256.Create(values, index)))) (fun index ->
            let value = values[index] * values[index]
            value * value)

    /// Sum of |values[i] values[i - 1]|.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let neighbours (values: float[]) : float =
        over
            (values.Length - 1)
            (fun index -> Vector256.Abs(Vector256.Create(values, index) * Vector256.Create(values, index + 1)))
            (fun index -> abs (values[index] * values[index + 1]))

    /// Sum of squared differences over a stride.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let differences (stride: int) (values: float[]) : float =
        over
            (values.Length - stride)
            (fun index -> square (Vector256.Create(values, index + stride) - Vector256.Create(values, index)))
            (fun index ->
                let change = values[index + stride] - values[index]
                change * change)

    let inline private lesser (values: float[]) (index: int) : Vector256<float> =
        Vector256.Min(
            Vector256.Abs(Vector256.Create(values, index)),
            Vector256.Abs(Vector256.Create(values, index + 1))
        )

    let inline private lesserOne (values: float[]) (index: int) : float =
        min (abs values[index]) (abs values[index + 1])

    /// Sum of min(|values[i]|, |values[i - 1]|)^2.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let minimumSquares (values: float[]) : float =
        over (values.Length - 1) (fun index -> square (lesser values index)) (fun index ->
            let least = lesserOne values index
            least * least)

    /// Sum of min(|values[i]|, |values[i - 1]|)^4.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let minimumFourths (values: float[]) : float =
        over (values.Length - 1) (fun index -> square (square (lesser values index))) (fun index ->
            let least = lesserOne values index * lesserOne values index
            least * least)

    let inline private middle (values: float[]) (index: int) : Vector256<float> =
        let first = Vector256.Abs(Vector256.Create(values, index))
        let second = Vector256.Abs(Vector256.Create(values, index + 1))
        let third = Vector256.Abs(Vector256.Create(values, index + 2))
        Vector256.Max(Vector256.Min(first, second), Vector256.Min(Vector256.Max(first, second), third))

    let inline private middleOne (values: float[]) (index: int) : float =
        let first, second, third =
            abs values[index], abs values[index + 1], abs values[index + 2]

        max (min first second) (min (max first second) third)

    /// Sum of med(|values[i - 2]|, |values[i - 1]|, |values[i]|)^2.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let medianSquares (values: float[]) : float =
        over (values.Length - 2) (fun index -> square (middle values index)) (fun index ->
            let median = middleOne values index
            median * median)

    /// Sum of med(|values[i - 2]|, |values[i - 1]|, |values[i]|)^4.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let medianFourths (values: float[]) : float =
        over (values.Length - 2) (fun index -> square (square (middle values index))) (fun index ->
            let median = middleOne values index * middleOne values index
            median * median)
