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

let private bitsOf (values: float[]) : int64[] =
    values
    |> Array.map (fun value -> bits (if Double.IsNaN value then nan else value))

/// Every statistic of one column, or of it beside its own squares, as window -> values -> first -> last -> output.
let private fills: (string * (int -> float[] -> int -> int -> float[] -> unit)) list =
    let beside (values: float[]) : float[] =
        values |> Array.map (fun value -> value * value)

    [
        "sum", Sliding.sum
        "mean", Sliding.mean
        "largest", Sliding.largest
        "smallest", Sliding.smallest
        "means of moments",
        (fun window x first last output ->
            Sliding.moments window x first last output (Array.zeroCreate<float> x.Length))
        "squares of moments",
        (fun window x first last output ->
            Sliding.moments window x first last (Array.zeroCreate<float> x.Length) output)
        "products", (fun window x first last output -> Sliding.products window x (beside x) first last output)
        "squares of a regression",
        (fun window x first last output ->
            Sliding.regression window x (beside x) first last output (Array.zeroCreate<float> x.Length))
        "products of a regression",
        (fun window x first last output ->
            Sliding.regression window x (beside x) first last (Array.zeroCreate<float> x.Length) output)
    ]

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

            testCase
                "every length holds its rows once, with zeros of both signs, infinities and gaps among them"
                (fun () ->
                    // Whole numbers: every order of adding them has the same bits. Of 151 rows those of the working memory are a multiple of eight.
                    let pick = Random 8
                    let rare = [| -0.0; 0.0; infinity; -infinity; nan |]

                    for count in [ 150; 151 ] do
                        let plain = Array.init count (fun _ -> float (pick.Next(-9, 10)))

                        let hostile =
                            plain
                            |> Array.map (fun value -> if pick.Next 12 = 0 then rare[pick.Next 5] else value)

                        for values in [ plain; hostile; Array.create count -0.0 ] do
                            for window in 1..70 do
                                for name, naive, fill in
                                    [
                                        "sum", (fun (a: float) b -> a + b), Sliding.sum
                                        "largest", (fun a b -> Math.Max(a, b)), Sliding.largest
                                        "smallest", (fun a b -> Math.Min(a, b)), Sliding.smallest
                                    ] do
                                    let found = Array.create count 7.0
                                    fill window values 0 (count - 1) found

                                    let expected =
                                        Array.init count (fun row ->
                                            if row < window - 1 then
                                                nan
                                            else
                                                Array.reduce naive values[row - window + 1 .. row])

                                    Expect.isTrue (bitsOf found = bitsOf expected) $"{name} of {window}")

            testCase "a window longer than the rows fills them with no value and nothing else" (fun () ->
                let x = normals 9L

                for first, last in [ 0, 20; 5, 20; 20, 20 ] do
                    for window in [ 22; 23; 2_503; 1_000_000 ] do
                        for name, fill in fills do
                            let output = Array.create 40 7.0
                            fill window x first last output

                            let expected =
                                Array.init 40 (fun row -> if row >= first && row <= last then nan else 7.0)

                            Expect.isTrue (bitsOf output = bitsOf expected) $"{name} of {window}")

            testCase "any stretch of rows has the bits of the whole" (fun () ->
                let x = normals 3L
                let pick = Random 5

                for window in [ 1; 2; 3; 4; 5; 8; 15; 16; 17; 22; 100; 600 ] do
                    for name, fill in fills do
                        let whole = filled (fill window x 0 (rows - 1))

                        for _ in 1..5 do
                            let first = pick.Next rows
                            let last = pick.Next(first, rows)
                            let part = Array.create rows 7.0
                            fill window x first last part
                            Expect.isTrue (bitsOf part[first..last] = bitsOf whole[first..last]) $"{name} of {window}"
                            Expect.all part[.. first - 1] ((=) 7.0) "rows before"
                            Expect.all part[last + 1 ..] ((=) 7.0) "rows after")

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
