/// Diebold-Mariano against statsmodels, and its laws.
module VolatilityForge.Tests.CompareTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories

let private test (rule: HacLag) (horizon: int) (first: float[]) (second: float[]) : DieboldMariano =
    Expect.wantOk (Compare.dieboldMariano rule horizon first second) "a test"

/// The two loss series of a row of the golden file.
let private goldenLosses (fields: string[]) : struct (float[] * float[]) =
    let count, persistence, shift = int fields[1], number fields[2], number fields[3]
    let draws = uniforms (int fields[0]) (2 * count)
    let mutable wander = 0.0

    let first =
        Array.init count (fun i ->
            wander <- persistence * wander + (draws[2 * i] - 0.5)
            1.0 + draws[2 * i + 1] + (shift + wander))

    struct (first, Array.init count (fun i -> 1.0 + draws[2 * i + 1]))

/// Share of simulated pairs of equally good forecasts over a horizon that the test calls different at 5 %. Differences are
/// sums of the last h draws of noise, as overlapping targets make them.
let private rejections (rule: HacLag) (horizon: int) (count: int) (replications: int) : float =
    let random = Random 31

    let noise () =
        random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5

    let rejected =
        Seq.init replications (fun _ ->
            let draws = Array.init (count + horizon) (fun _ -> noise ())
            let difference = Array.init count (fun i -> Array.sum draws[i .. i + horizon - 1])
            (test rule horizon difference (Array.zeroCreate count)).PValue < 0.05)
        |> Seq.filter id
        |> Seq.length

    float rejected / float replications

[<Tests>]
let suite =
    testList
        "Diebold-Mariano"
        [
            testCase "agrees with statsmodels' HAC standard errors"
            <| fun () ->
                for fields in golden "compare.csv" do
                    let struct (first, second) = goldenLosses fields
                    let found = test (HacLag.Fixed(int fields[5])) (int fields[4]) first second
                    // Means near zero keep fewer digits of losses near one.
                    close 1e-11 found.MeanDifference (number fields[6]) "mean"
                    close 1e-11 found.Statistic (number fields[7]) "statistic"
                    close 1e-9 found.PValue (number fields[8]) "p"

            testCase "changes sign when the models swap"
            <| fun () ->
                let random = Random 5

                for horizon in [ 1; 5; 22 ] do
                    let series () =
                        Array.init 300 (fun _ -> random.NextDouble())

                    let first, second = series (), series ()

                    let there, back =
                        test HacLag.Automatic horizon first second, test HacLag.Automatic horizon second first

                    Expect.equal back.Statistic -there.Statistic "statistic"
                    Expect.equal back.MeanDifference -there.MeanDifference "mean difference"
                    Expect.equal back.PValue there.PValue "p"

            testCase "is the same for losses in another unit"
            <| fun () ->
                let random = Random 6

                let series () =
                    Array.init 300 (fun _ -> random.NextDouble())

                let first, second = series (), series ()
                let one = test HacLag.Automatic 5 first second

                for factor in [ 1e-16; 1e8 ] do
                    let other =
                        test HacLag.Automatic 5 (Array.map ((*) factor) first) (Array.map ((*) factor) second)

                    close 1e-10 other.Statistic one.Statistic "statistic"

            testCase "finds no difference between identical series"
            <| fun () ->
                let losses = Array.init 50 (fun i -> sin (float i))
                let found = test HacLag.Automatic 5 losses losses
                Expect.equal (found.Statistic, found.PValue, found.MeanDifference) (0.0, 1.0, 0.0) "nothing"

            testCase "the automatic lag covers the overlap of targets and is never all of the series"
            <| fun () ->
                Expect.equal (Compare.lag HacLag.Automatic 1 3000) 8 "Newey and West's rule for 3,000 days"
                Expect.equal (Compare.lag HacLag.Automatic 22 3000) 42 "a month"
                Expect.equal (Compare.lag HacLag.Automatic 22 30) 29 "a short series"
                Expect.equal (Compare.lag (HacLag.Fixed 3) 22 3000) 3 "as asked"

            testCase "rejects equally good forecasts as often as its level says"
            <| fun () ->
                // Three standard errors of a share near 5 % in 2,000 replications are 1.5 %.
                let daily = rejections HacLag.Automatic 1 500 2000
                Expect.isLessThan (abs (daily - 0.05)) 0.015 $"h = 1: {daily}"
                // Bartlett weights leave out part of the overlap, so five days ahead some excess is expected.
                let weekly = rejections HacLag.Automatic 5 1000 2000
                Expect.isLessThan (abs (weekly - 0.065)) 0.02 $"h = 5: {weekly}"
                let atOverlap = rejections (HacLag.Fixed 4) 5 1000 2000
                Expect.isGreaterThan atOverlap weekly "a lag of h - 1 rejects more often"

            testCase "refuses what it can't judge"
            <| fun () ->
                let losses = Array.init 50 (fun i -> sin (float i))

                let fault (horizon: int) (first: float[]) (second: float[]) =
                    Expect.wantError (Compare.dieboldMariano HacLag.Automatic horizon first second) "a fault"

                match fault 1 losses (losses |> Array.map (fun loss -> loss + 1.0)) with
                | Fault.NotComputable _ -> ()
                | other -> failtest $"a difference that never varies: %A{other}"

                match fault 1 losses (losses |> Array.mapi (fun i loss -> if i = 7 then nan else loss)) with
                | Fault.NotComputable _ -> ()
                | other -> failtest $"NaN: %A{other}"

                match fault 22 losses[..9] losses[..9] with
                | Fault.TooShort(_, 24, 10) -> ()
                | other -> failtest $"ten losses: %A{other}"

                Expect.isError (Compare.dieboldMariano HacLag.Automatic 1 losses losses[1..]) "unequal lengths"
                Expect.isError (Compare.dieboldMariano (HacLag.Fixed -1) 1 losses losses) "a negative lag"
        ]
