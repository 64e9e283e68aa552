/// Laws of the random number generator.
module VolatilityForge.Tests.RngLaws

open System
open Expecto
open VolatilityForge

let private take (count: int) (draw: Rng -> struct ('a * Rng)) (rng: Rng) : 'a[] =
    let mutable state = rng

    Array.init count (fun _ ->
        let struct (drawn, next) = draw state
        state <- next
        drawn)

[<Tests>]
let tests =
    testList
        "Rng"
        [
            testCase "the first numbers of xoshiro256** from the words 1 2 3 4 are the published ones" (fun () ->
                // The vector that rand_xoshiro made with the authors' C code.
                let published =
                    [|
                        11520UL
                        0UL
                        1509978240UL
                        1215971899390074240UL
                        1216172134540287360UL
                        607988272756665600UL
                        16172922978634559625UL
                        8476171486693032832UL
                        10595114339597558777UL
                        2904607092377533576UL
                    |]

                let rng = Expect.wantOk (Rng.ofWords [| 1UL; 2UL; 3UL; 4UL |]) "not all zero"
                Expect.equal (take 10 Rng.nextBits rng) published "ten numbers")

            testCase "a seed is spread by SplitMix64 as published" (fun () ->
                // SplitMix64 of seed 1234567, the vector of its authors' code in common use.
                let published =
                    [|
                        6457827717110365317UL
                        3203168211198807973UL
                        9817491932198370423UL
                        4593380528125082431UL
                    |]

                Expect.equal (Rng.toWords (Rng.ofSeed 1234567L)) published "four words")

            testCase "words that can't be a state are refused" (fun () ->
                Expect.isError (Rng.ofWords [| 0UL; 0UL; 0UL; 0UL |]) "zeros"
                Expect.isError (Rng.ofWords [| 1UL |]) "too few")

            testProperty "a restored state goes on as the one saved" (fun (seed: int64) ->
                let rng = Rng.ofSeed seed
                let restored = Expect.wantOk (Rng.ofWords (Rng.toWords rng)) "a state"
                take 5 Rng.nextNormal restored = take 5 Rng.nextNormal rng)

            testCase "normals are the quantiles of the bits drawn" (fun () ->
                let rng = Rng.ofSeed 7L
                let normals = take 2000 Rng.nextNormal rng

                let expected =
                    take 2000 Rng.nextBits rng
                    |> Array.map (fun bits -> Math.ScaleB(float (bits >>> 12) + 0.5, -52))

                for index in 0..1999 do
                    // MathNet inverts by another approximation, good to about 1e-9.
                    let theirs = MathNet.Numerics.Distributions.Normal.InvCDF(0.0, 1.0, expected[index])
                    Expect.isLessThan (abs (normals[index] - theirs)) 1e-8 "the quantile")

            testCase "the farthest normal is the quantile of the smallest probability drawn" (fun () ->
                // Bits of 0 make 2^-53; its quantile by Python's statistics.NormalDist.
                let rng = Expect.wantOk (Rng.ofWords [| 1UL; 0UL; 0UL; 0UL |]) "not all zero"
                let struct (normal, _) = Rng.nextNormal rng
                Expect.floatClose Accuracy.veryHigh normal -8.209536151601386 "the quantile")

            testCase "uniform numbers fill ten bins evenly" (fun () ->
                let counts =
                    take 100_000 Rng.nextFloat (Rng.ofSeed 11L)
                    |> Array.countBy (fun x -> int (x * 10.0))
                    |> Array.sortBy fst

                Expect.equal (Array.map fst counts) [| 0..9 |] "bins"

                let chiSquare =
                    counts |> Array.sumBy (fun (_, count) -> (float count - 1e4) ** 2.0 / 1e4)
                // The 99.99 percent point of chi-square with 9 degrees of freedom.
                Expect.isLessThan chiSquare 33.7 "chi-square")

            testCase "normals have mean 0, variance 1 and kurtosis 3 within four standard errors" (fun () ->
                let n = 100_000
                let struct (normals, _) = Rng.normals n (Rng.ofSeed 12L)

                let moment power =
                    normals |> Array.averageBy (fun z -> z ** power)

                let error spread = 4.0 * sqrt (spread / float n)
                Expect.isLessThan (abs (moment 1.0)) (error 1.0) "mean"
                Expect.isLessThan (abs (moment 2.0 - 1.0)) (error 2.0) "variance"
                Expect.isLessThan (abs (moment 4.0 - 3.0)) (error 96.0) "fourth moment")

            testProperty "whole numbers stay below their bound" (fun (seed: int64) (bound: int) ->
                let bound = 1 + abs (bound % 1000)

                take 50 (Rng.nextInt bound) (Rng.ofSeed seed)
                |> Array.forall (fun x -> 0 <= x && x < bound))

            testProperty
                "a shuffle is a permutation and leaves its argument alone"
                (fun (seed: int64) (items: int list) ->
                    let original = Array.ofList items
                    let struct (shuffled, _) = Rng.shuffle original (Rng.ofSeed seed)
                    Array.sort shuffled = Array.sort original && original = Array.ofList items)

            testCase "every order of three is equally likely" (fun () ->
                let counts =
                    take 60_000 (Rng.shuffle [| 1; 2; 3 |]) (Rng.ofSeed 13L) |> Array.countBy id

                Expect.hasLength counts 6 "orders"

                let chiSquare =
                    counts |> Array.sumBy (fun (_, count) -> (float count - 1e4) ** 2.0 / 1e4)
                // The 99.99 percent point of chi-square with 5 degrees of freedom.
                Expect.isLessThan chiSquare 25.8 "chi-square")

            testProperty "children of different keys, and the parent, draw different numbers" (fun (seed: int64) ->
                let rng = Rng.ofSeed seed

                let generators =
                    [
                        rng
                        Rng.split "" rng
                        Rng.split "fold" rng
                        Rng.split "fold1" rng
                        Rng.split "\001" rng
                        Rng.splitAt 0 rng
                        Rng.splitAt 1 rng
                        Rng.splitAt -1 rng
                        Rng.split "fold" (Rng.split "fold" rng)
                    ]

                let first = generators |> List.map (take 1 Rng.nextBits >> Array.head)
                List.distinct first = first && Rng.split "fold" rng = Rng.split "fold" rng)
        ]
