/// Windows against naive twins that look at each window's rows alone.
module VolatilityForge.Tests.SlidingTests

open System
open Expecto
open VolatilityForge

/// Longer than the stretch that windows are worked on in, twice over.
let private rows = 2_503

let private normals (seed: int64) : float[] =
    let struct (values, _) = Rng.normals rows (Rng.ofSeed seed)
    values

let private windows = [ 1; 2; 3; 7; 22; 64; 100; 1_025; 2_503 ]

let private ofWindow (window: int) (values: float[]) (row: int) : float[] = values[row - window + 1 .. row]

let private squares (values: float[]) : float =
    let mean = Array.average values
    values |> Array.sumBy (fun value -> (value - mean) * (value - mean))

let private filled (fill: float[] -> unit) : float[] =
    let output = Array.zeroCreate<float> rows
    fill output
    output

let private bits (value: float) : int64 = BitConverter.DoubleToInt64Bits value

/// Rounding of sums of a few thousand numbers about 1.
let private tolerance = 1e-11

let private agrees (name: string) (window: int) (naive: int -> float) (found: float[]) : unit =
    for row in 0 .. rows - 1 do
        if row < window - 1 then
            Expect.isTrue (Double.IsNaN found[row]) $"{name} of {window}, row {row}: no window yet"
        else
            let expected = naive row

            if not (abs (found[row] - expected) <= tolerance * max 1.0 (abs expected)) then
                failtest $"{name} of {window}, row {row}: {expected:R} expected, {found[row]:R} found"

[<Tests>]
let suite: Test =
    testList
        "features: windows"
        [
            testCase "sums, extremes, moments, products, ranks and quantiles are those of the window's rows" (fun () ->
                let x = normals 1L |> Array.map (fun value -> Math.Round(value, 1))
                let y = normals 2L
                let last = rows - 1

                for window in windows do
                    let part = ofWindow window x
                    let check name naive fill = agrees name window naive (filled fill)
                    check "sum" (part >> Array.sum) (Sliding.sum window x 0 last)
                    check "mean" (part >> Array.average) (Sliding.mean window x 0 last)
                    check "largest" (part >> Array.max) (Sliding.largest window x 0 last)
                    check "smallest" (part >> Array.min) (Sliding.smallest window x 0 last)
                    let means = Array.zeroCreate<float> rows
                    check "squares" (part >> squares) (Sliding.moments window x 0 last means)
                    agrees "mean of moments" window (part >> Array.average) means

                    check
                        "products"
                        (fun row ->
                            let a, b = ofWindow window x row, ofWindow window y row
                            let meanA, meanB = Array.average a, Array.average b
                            Array.fold2 (fun sum a b -> sum + (a - meanA) * (b - meanB)) 0.0 a b)
                        (Sliding.products window x y 0 last)

                    check
                        "rank"
                        (fun row ->
                            let below = part row |> Array.filter (fun value -> value < x[row]) |> Array.length
                            let equal = part row |> Array.filter ((=) x[row]) |> Array.length
                            (float below + 0.5 * float (equal + 1)) / float window)
                        (SlidingOrder.rank window x 0 last)

                    check
                        "quantile"
                        (fun row ->
                            let sorted = Array.sort (part row)
                            let at = 0.3 * float (window - 1)
                            let low = int at
                            let high = min (low + 1) (window - 1)
                            sorted[low] + (at - float low) * (sorted[high] - sorted[low]))
                        (SlidingOrder.quantile 0.3 window x 0 last))

            testCase "any stretch of rows has the bits of the whole" (fun () ->
                let x = normals 3L
                let pick = Random 5

                for window in [ 5; 22; 100 ] do
                    let whole = filled (Sliding.sum window x 0 (rows - 1))
                    let means = Array.zeroCreate<float> rows
                    let squares = filled (Sliding.moments window x 0 (rows - 1) means)

                    for _ in 1..20 do
                        let first = pick.Next(window, rows - 1)
                        let last = pick.Next(first, rows)
                        let sums = filled (Sliding.sum window x first last)
                        let again = filled (Sliding.moments window x first last means)
                        Expect.equal sums[first..last] whole[first..last] "sums"
                        Expect.equal again[first..last] squares[first..last] "squares")

            testCase "of two zeros a quantile shows one, whichever of them came first" (fun () ->
                let zeros = Array.init rows (fun row -> if row % 3 = 0 then -0.0 else 0.0)
                let whole = filled (SlidingOrder.quantile 0.5 7 zeros 0 (rows - 1))

                for first in 6..40 do
                    let part = filled (SlidingOrder.quantile 0.5 7 zeros first first)
                    Expect.equal (bits part[first]) (bits whole[first]) $"row {first}")

            testCase "equal rows deviate by exactly zero, and a large mean takes no digits" (fun () ->
                for value in [ 0.1; 1e9 / 3.0; -7.7 ] do
                    let means = Array.zeroCreate<float> rows

                    let squares =
                        filled (Sliding.moments 22 (Array.create rows value) 0 (rows - 1) means)

                    Expect.all squares[21..] ((=) 0.0) "squares"
                    Expect.all means[21..] ((=) value) "means"

                let x = normals 4L |> Array.map (fun value -> 1e9 + Math.Round(64.0 * value) / 64.0)
                let means = Array.zeroCreate<float> rows
                let found = filled (Sliding.moments 22 x 0 (rows - 1) means)
                let shifted = x |> Array.map (fun value -> value - 1e9)

                for row in 21 .. rows - 1 do
                    let expected = squares (ofWindow 22 shifted row)
                    Expect.isLessThan (abs (found[row] - expected)) (1e-5 * expected) $"row {row}")

            testCase "a missing value spoils the windows that hold it and no others" (fun () ->
                let x = normals 6L
                let holed = Array.copy x
                holed[1_020] <- nan

                for name, fill in
                    [
                        "sum", Sliding.sum 22
                        "largest", Sliding.largest 22
                        "rank", SlidingOrder.rank 22
                        "quantile", SlidingOrder.quantile 0.5 22
                    ] do
                    let whole = filled (fill x 0 (rows - 1))
                    let found = filled (fill holed 0 (rows - 1))

                    for row in 21 .. rows - 1 do
                        if row >= 1_020 && row < 1_042 then
                            Expect.isTrue (Double.IsNaN found[row]) $"{name}, row {row}"
                        else
                            Expect.equal found[row] whole[row] $"{name}, row {row}")
        ]
