/// Least squares against NIST, statsmodels and itself.
module VolatilityForge.Tests.RegressionTests

open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

/// Longley (1967), the multicollinear benchmark of NIST's Statistical Reference Datasets: employment, then GNP deflator,
/// GNP, unemployed, armed forces, population, year.
let private longley: float[][] =
    [|
        [| 60323.0; 61122.0; 60171.0; 61187.0; 63221.0; 63639.0; 64989.0; 63761.0 |]
        |> Array.append
        <| [| 66019.0; 67857.0; 68169.0; 66513.0; 68655.0; 69564.0; 69331.0; 70551.0 |]
        [|
            83.0
            88.5
            88.2
            89.5
            96.2
            98.1
            99.0
            100.0
            101.2
            104.6
            108.4
            110.8
            112.6
            114.2
            115.7
            116.9
        |]
        [|
            234289.0
            259426.0
            258054.0
            284599.0
            328975.0
            346999.0
            365385.0
            363112.0
        |]
        |> Array.append
        <| [|
            397469.0
            419180.0
            442769.0
            444546.0
            482704.0
            502601.0
            518173.0
            554894.0
        |]
        [| 2356.0; 2325.0; 3682.0; 3351.0; 2099.0; 1932.0; 1870.0; 3578.0 |]
        |> Array.append
        <| [| 2904.0; 2822.0; 2936.0; 4681.0; 3813.0; 3931.0; 4806.0; 4007.0 |]
        [| 1590.0; 1456.0; 1616.0; 1650.0; 3099.0; 3594.0; 3547.0; 3350.0 |]
        |> Array.append
        <| [| 3048.0; 2857.0; 2798.0; 2637.0; 2552.0; 2514.0; 2572.0; 2827.0 |]
        [|
            107608.0
            108632.0
            109773.0
            110929.0
            112075.0
            113270.0
            115094.0
            116219.0
        |]
        |> Array.append
        <| [|
            117388.0
            118734.0
            120445.0
            121950.0
            123366.0
            125368.0
            127852.0
            130081.0
        |]
        Array.init 16 (fun i -> 1947.0 + float i)
    |]

let private rows (columns: float[][]) (target: float[]) : LinearFit =
    Expect.wantOk (Regression.ofRows columns target 0 (target.Length - 1)) "a fit"

let private byMoments (columns: float[][]) (target: float[]) : LinearFit =
    Expect.wantOk (Design.fit (Design.create columns target) 0 (target.Length - 1)) "a fit"

/// Columns and target of a row of the golden file.
let private goldenData (fields: string[]) : struct (float[][] * float[]) =
    let seed, count = int fields[0], int fields[1]
    let scale, closeness = number fields[2], number fields[3]
    let draws = uniforms seed (4 * count)
    let a = Array.init count (fun i -> draws[4 * i])
    let b = Array.init count (fun i -> draws[4 * i] + closeness * draws[4 * i + 1])
    let c = Array.init count (fun i -> 7.0 + draws[4 * i + 2])

    let y =
        Array.init count (fun i -> 0.5 + 1.5 * a[i] - 0.75 * b[i] + 0.25 * c[i] + (draws[4 * i + 3] - 0.5))

    let times (column: float[]) =
        column |> Array.map (fun value -> scale * value)

    struct ([| times a; times b; times c |], times y)

let private isNotComputable (result: Result<LinearFit, Fault>) (message: string) : unit =
    match result with
    | Error(Fault.NotComputable _) -> ()
    | other -> failtest $"{message}: expected NotComputable, found %A{other}"

[<Tests>]
let suite =
    testList
        "Regression"
        [
            testCase "agrees with NIST's certified values for Longley's data"
            <| fun () ->
                let fit = rows longley[1..] longley[0]
                close 1e-10 fit.Intercept -3482258.63459582 "intercept"

                [|
                    15.0618722713733
                    -0.0358191792925910
                    -2.02022980381683
                    -1.03322686717359
                    -0.0511041056535807
                    1829.15146461355
                |]
                |> Array.iteri (fun i expected -> close 1e-10 fit.Slopes[i] expected $"slope {i}")

                close 1e-10 (sqrt fit.ResidualVariance) 304.854073561965 "residual deviation"

            testCase "agrees with statsmodels at scales 1e-8 and 1e4 and for nearly collinear regressors"
            <| fun () ->
                for fields in golden "ols.csv" do
                    let struct (columns, target) = goldenData fields
                    // A closeness of 1e-4 costs the reference itself four digits of the two slopes it splits.
                    let share = if number fields[3] < 1.0 then 1e-9 else 1e-10

                    for fit in [ rows columns target; byMoments columns target ] do
                        close share fit.Intercept (number fields[4]) "intercept"

                        fit.Slopes
                        |> Array.iteri (fun i slope -> close share slope (number fields[5 + i]) $"slope {i}")

                        close share fit.ResidualVariance (number fields[8]) "residual variance"

            testCase "over blocks of rows equals orthogonalisation of the same rows, wherever the run begins and ends"
            <| fun () ->
                let struct (columns, target) = goldenData [| "17"; "331"; "1"; "1" |]
                let design = Design.create columns target

                for first, last in [ 0, 330; 1, 63; 31, 64; 32, 95; 7, 29; 100, 330 ] do
                    let fast = Expect.wantOk (Design.fit design first last) "a fit by blocks"

                    let naive =
                        Expect.wantOk (Regression.ofRows columns target first last) "a fit by rows"

                    close 1e-10 fast.Intercept naive.Intercept "intercept"
                    close 1e-10 fast.ResidualVariance naive.ResidualVariance "residual variance"
                    Array.iter2 (fun a b -> close 1e-10 a b "slope") fast.Slopes naive.Slopes

            testCase "reads no row outside its run"
            <| fun () ->
                let struct (columns, target) = goldenData [| "19"; "97"; "1"; "1" |]
                let clean = Design.fit (Design.create columns target) 5 70

                let poison (column: float[]) =
                    column
                    |> Array.mapi (fun row value -> if row < 5 || row > 70 then nan else value)

                let poisoned =
                    Design.fit (Design.create (Array.map poison columns) (poison target)) 5 70

                Expect.equal poisoned clean "the same fit, bit for bit"

            testCase
                "refuses regressors that never vary or repeat each other, values that are not finite, and too few rows"
            <| fun () ->
                let struct (columns, target) = goldenData [| "23"; "53"; "1"; "1" |]

                let fit (columns: float[][]) (target: float[]) =
                    Design.fit (Design.create columns target) 0 52

                isNotComputable (fit [| columns[0]; Array.create 53 1e4 |] target) "constant"

                isNotComputable
                    (fit [| columns[0]; columns[0] |> Array.map (fun x -> 3.0 - 2.0 * x) |] target)
                    "collinear"

                isNotComputable (fit columns (target |> Array.mapi (fun i y -> if i = 9 then nan else y))) "NaN target"

                isNotComputable
                    (fit [| columns[0] |> Array.mapi (fun i x -> if i = 9 then infinity else x) |] target)
                    "infinity"

                Expect.isError (Design.fit (Design.create columns target) 0 3) "four rows for four parameters"

            testCase "finds an exact line exactly"
            <| fun () ->
                let x = Array.init 40 float
                let fit = byMoments [| x |] (x |> Array.map (fun x -> 2.0 + 3.0 * x))
                close 1e-12 fit.Slopes[0] 3.0 "slope"
                close 1e-12 fit.Intercept 2.0 "intercept"
                Expect.isLessThan fit.ResidualVariance 1e-20 "nothing left"

            testCase "a row's weight is the number of its copies, whether the regressors are nearly collinear or not"
            <| fun () ->
                for closeness in [ 1.0; 1e-7 ] do
                    let random = System.Random 71
                    let first = Array.init 53 (fun _ -> random.NextDouble())
                    let second = first |> Array.map (fun x -> x + closeness * random.NextDouble())
                    let target = Array.map2 (fun a b -> 2.0 + a - b + random.NextDouble()) first second
                    let copies = Array.init 53 (fun _ -> random.Next(1, 5))

                    let repeated (column: float[]) =
                        Array.map2 Array.replicate copies column |> Array.concat

                    let rows = Array.sum copies

                    let expected =
                        Expect.wantOk
                            (Regression.ofRows [| repeated first; repeated second |] (repeated target) 0 (rows - 1))
                            "a fit"

                    // A row before the first and one after the last are not of the fit.
                    let padded (column: float[]) =
                        Array.concat [ [| 7e3 |]; column; [| nan |] ]

                    let found =
                        Expect.wantOk
                            (Regression.weighted
                                (Array.map float copies)
                                [| padded first; padded second |]
                                (padded target)
                                1
                                53)
                            "a fit"

                    // Nearly collinear regressors leave that share of the digits.
                    let digits = 1e-11 / closeness
                    close digits found.Intercept expected.Intercept "intercept"
                    close digits found.Slopes[0] expected.Slopes[0] "first"
                    close digits found.Slopes[1] expected.Slopes[1] "second"
                    Expect.equal found.Observations 53 "rows"
                    let lost = float (rows - 3) / float (53 - 3)
                    close 1e-9 found.ResidualVariance (lost * expected.ResidualVariance) "residual variance"

            testCase "equal weights are no weights, whatever their size"
            <| fun () ->
                let columns =
                    [|
                        Array.init 53 (fun i -> sin (float i))
                        Array.init 53 (fun i -> float (i * i))
                    |]

                let target = Array.init 53 (fun i -> cos (3.0 * float i))
                let expected = Expect.wantOk (Regression.ofRows columns target 0 52) "a fit"

                for weight in [ 1e-20; 1.0; 1e20 ] do
                    let found =
                        Expect.wantOk (Regression.weighted (Array.create 53 weight) columns target 0 52) "a fit"

                    close 1e-11 found.Intercept expected.Intercept "intercept"
                    Array.iter2 (fun f e -> close 1e-11 f e "slope") found.Slopes expected.Slopes

                    // Constant but for the last bit.
                    let constant =
                        [|
                            Array.init 53 (fun i -> if i % 2 = 0 then 0.1 else System.Math.BitIncrement 0.1)
                        |]

                    Expect.isError
                        (Regression.weighted (Array.create 53 weight) constant target 0 52)
                        "a regressor that never varies"

            testCase "refuses weights that are none"
            <| fun () ->
                let columns, target =
                    [| Array.init 53 float |], Array.init 53 (fun i -> float (i % 7))

                let weighted weights =
                    Regression.weighted weights columns target 0 52

                match weighted (Array.create 52 1.0) with
                | Error(Fault.BadShape(_, _, "53", "52")) -> ()
                | other -> failtest $"expected BadShape, found %A{other}"

                for bad in [ 0.0; -1.0; nan; infinity ] do
                    match weighted (Array.init 53 (fun i -> if i = 9 then bad else 1.0)) with
                    | Error(Fault.NotComputable _) -> ()
                    | other -> failtest $"expected NotComputable, found %A{other}"
        ]
