/// Sums over arrays eight numbers at a time, with the same lanes and so the same bits on every machine. Knows no return.
namespace VolatilityForge

open System.Runtime.CompilerServices
open System.Runtime.Intrinsics

/// Sums of functions of one, two or three arrays. Compiled at once with all optimisation: a day's measures are called too seldom
/// for the runtime to come back to them, and lanes that aren't inlined are slower than none.
[<RequireQualifiedAccess>]
module internal LaneSums =

    /// The sum over indices of a function given for eight indices from one on, and for one.
    let inline private over
        (count: int)
        ([<InlineIfLambda>] lanes: int -> Lanes)
        ([<InlineIfLambda>] one: int -> float)
        : float =
        // Four sums at once, because one would wait for each of its own additions.
        let mutable first = Lanes.Zero
        let mutable second = Lanes.Zero
        let mutable third = Lanes.Zero
        let mutable fourth = Lanes.Zero
        let mutable index = 0

        while index + 32 <= count do
            first <- first + lanes index
            second <- second + lanes (index + 8)
            third <- third + lanes (index + 16)
            fourth <- fourth + lanes (index + 24)
            index <- index + 32

        let mutable sum = Lanes.sum ((first + second) + (third + fourth))

        while index < count do
            sum <- sum + one index
            index <- index + 1

        sum

    let inline private square (lanes: Lanes) : Lanes = lanes * lanes

    /// Sum of left[leftFrom + i] * right[rightFrom + i] over so many i.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let products (count: int) (left: float[]) (leftFrom: int) (right: float[]) (rightFrom: int) : float =
        Lanes.reach leftFrom (leftFrom + count - 1) left
        Lanes.reach rightFrom (rightFrom + count - 1) right

        over
            count
            (fun index -> (Lanes.load left (leftFrom + index)) * (Lanes.load right (rightFrom + index)))
            (fun index -> left[leftFrom + index] * right[rightFrom + index])

    /// Sum of squared values below zero.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let squaresBelow (values: float[]) : float =
        over values.Length (fun index -> square (Vector512.Min((Lanes.load values index), Lanes.Zero))) (fun index ->
            let value = min values[index] 0.0
            value * value)

    /// Sum of squared values above zero.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let squaresAbove (values: float[]) : float =
        over values.Length (fun index -> square (Vector512.Max((Lanes.load values index), Lanes.Zero))) (fun index ->
            let value = max values[index] 0.0
            value * value)

    /// Sum of fourth powers.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let fourths (values: float[]) : float =
        over values.Length (fun index -> square (square ((Lanes.load values index)))) (fun index ->
            let value = values[index] * values[index]
            value * value)

    /// Sum of |values[i] values[i - 1]|.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let neighbours (values: float[]) : float =
        over
            (values.Length - 1)
            (fun index -> Vector512.Abs((Lanes.load values index) * (Lanes.load values (index + 1))))
            (fun index -> abs (values[index] * values[index + 1]))

    /// Sum of squared differences over a stride.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let differences (stride: int) (values: float[]) : float =
        over
            (values.Length - stride)
            (fun index -> square ((Lanes.load values (index + stride)) - (Lanes.load values index)))
            (fun index ->
                let change = values[index + stride] - values[index]
                change * change)

    /// Fills the first `count` places with values[i + stride] - values[i] from an index on.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let spansTo (filled: float[]) (values: float[]) (stride: int) (from: int) (count: int) : unit =
        Lanes.reach from (from + count - 1 + stride) values
        Lanes.reach 0 (count - 1) filled

        Lanes.over
            0
            (count - 1)
            (fun i -> Lanes.store filled i (Lanes.load values (from + stride + i) - Lanes.load values (from + i)))
            (fun i -> filled[i] <- values[from + stride + i] - values[from + i])

    let inline private lesser (values: float[]) (index: int) : Lanes =
        Vector512.Min(Vector512.Abs((Lanes.load values index)), Vector512.Abs((Lanes.load values (index + 1))))

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

    let inline private middle (values: float[]) (index: int) : Lanes =
        let first = Vector512.Abs((Lanes.load values index))
        let second = Vector512.Abs((Lanes.load values (index + 1)))
        let third = Vector512.Abs((Lanes.load values (index + 2)))
        Vector512.Max(Vector512.Min(first, second), Vector512.Min(Vector512.Max(first, second), third))

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

    let inline private fourThirds (first: Lanes) (second: Lanes) (third: Lanes) : Lanes =
        LaneMath.fourThirds (Vector512.Abs(first * second * third))

    /// Sum of |values[i - 2] values[i - 1] values[i]|^(4/3).
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let fourThirdsOfThree (values: float[]) : float =
        let mutable sum = Lanes.Zero
        let mutable rest = 0.0
        let mutable index = 0

        while index + 2 + Lanes.Width <= values.Length do
            sum <-
                sum
                + fourThirds (Lanes.load values index) (Lanes.load values (index + 1)) (Lanes.load values (index + 2))

            index <- index + Lanes.Width

        while index + 2 < values.Length do
            let three =
                fourThirds (Lanes.all values[index]) (Lanes.all values[index + 1]) (Lanes.all values[index + 2])

            rest <- rest + Lanes.first three
            index <- index + 1

        Lanes.sum sum + rest
