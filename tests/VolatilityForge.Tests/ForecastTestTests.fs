/// Tests of one or two forecasts against statsmodels or numpy, with their laws and their size.
module VolatilityForge.Tests.ForecastTestTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.EvaluationGolden

let private variances (values: float[]) : Variance[] =
    values |> Array.map (fun value -> value * 1.0< / day>)

let private close' (share: float) (actual: float) (expected: Text.Json.JsonElement) (message: string) : unit =
    close share actual (expected.GetDouble()) message

let private normals (seed: int64) (count: int) : float[] =
    let struct (values, _) = Rng.normals count (Rng.ofSeed seed)
    values

/// Share of replications, numbered from 1, whose p-value is below 5 %.
let private rejections (replications: int) (pValue: int64 -> float) : float =
    Seq.init replications (fun i -> pValue (int64 i + 1L) < 0.05)
    |> Seq.averageBy (fun rejected -> if rejected then 1.0 else 0.0)

/// Three standard errors of a share near 5 % in 1,000 replications are 2.1 %.
let private monteCarlo = 0.021

[<Tests>]
let suite =
    testList
        "Forecast tests"
        [
            testCase "Mincer-Zarnowitz agrees with statsmodels on every scale"
            <| fun () ->
                for fields in cases "mincer-zarnowitz" do
                    let count, horizon, lag =
                        fields[1].GetInt32(), fields[2].GetInt32(), fields[3].GetInt32()

                    let draws = uniforms (fields[0].GetInt32()) (2 * count)
                    let f = draws[.. count - 1] |> Array.map (fun u -> 1e-4 * (0.25 + u))
                    let v = Array.map2 (fun f u -> 1e-5 + 0.8 * f * (0.5 + u)) f draws[count..]

                    let scale =
                        match fields[4].GetString() with
                        | "levels" -> ForecastScale.Levels
                        | "relative" -> ForecastScale.Relative
                        | _ -> ForecastScale.Logarithms

                    let found =
                        Expect.wantOk
                            (MincerZarnowitz.test scale (HacLag.Fixed lag) horizon (variances f) (variances v))
                            "a test"

                    // statsmodels' pseudo-inverse and ours keep about ten digits of an intercept near zero.
                    close' 1e-9 found.Intercept fields[5] "intercept"
                    close' 1e-9 found.Slope fields[6] "slope"
                    close' 1e-9 found.InterceptError fields[7] "its error"
                    close' 1e-9 found.SlopeError fields[8] "the slope's"
                    close' 1e-9 found.RSquared fields[9] "R squared"
                    close' 1e-9 found.Efficient.Statistic fields[10] "Wald"
                    close' 1e-8 found.Efficient.PValue fields[11] "p"

            testCase "encompassing agrees with statsmodels"
            <| fun () ->
                for fields in cases "encompassing" do
                    let count, horizon, lag =
                        fields[1].GetInt32(), fields[2].GetInt32(), fields[3].GetInt32()

                    let draws = uniforms (fields[0].GetInt32()) (2 * count)
                    let e1 = draws[.. count - 1] |> Array.map (fun u -> u - 0.5)
                    let e2 = Array.map2 (fun e u -> 0.7 * e + 0.6 * (u - 0.5)) e1 draws[count..]

                    let found =
                        Expect.wantOk (Encompassing.test (HacLag.Fixed lag) horizon e1 e2) "a test"

                    close' 1e-11 found.Weight fields[4] "weight"
                    close' 1e-11 found.Statistic fields[5] "statistic"
                    close' 1e-9 found.PValue fields[6] "p"

            testCase "Giacomini-White agrees with numpy"
            <| fun () ->
                for fields in cases "giacomini-white" do
                    let count, horizon = fields[1].GetInt32(), fields[2].GetInt32()
                    let table = losses (fields[0].GetInt32()) count 2

                    let found =
                        Expect.wantOk (ConditionalCompare.giacominiWhite horizon table[0] table[1]) "a test"

                    close' 1e-10 found.Test.Statistic fields[3] "statistic"
                    close' 1e-10 found.Test.PValue fields[4] "p"
                    close' 1e-10 found.Coefficients[0] fields[5] "constant"
                    close' 1e-10 found.Coefficients[1] fields[6] "persistence"
                    close' 1e-15 found.FirstChosen fields[7] "how often the first is chosen"

                    let swapped =
                        Expect.wantOk (ConditionalCompare.giacominiWhite horizon table[1] table[0]) "a test"

                    close 1e-12 swapped.Test.Statistic found.Test.Statistic "models swapped"

            testCase "pooled Diebold-Mariano agrees with statsmodels' sums by day, symbols coming and going"
            <| fun () ->
                for fields in cases "pooled" do
                    let days, lag, horizon =
                        fields[1].GetInt32(), fields[2].GetInt32(), fields[3].GetInt32()

                    let draws = uniforms (fields[0].GetInt32()) (4 * days)

                    let symbol (index: int) (first: int) (last: int) : DatedDifference =
                        {
                            Symbol = string index
                            Dates = [| for day in first .. last - 1 -> DateOnly(2001, 1, 1).AddDays day |]
                            Difference =
                                [|
                                    for day in first .. last - 1 ->
                                        draws[4 * day] - 0.45 + 0.5 * (draws[4 * day + index + 1] - 0.5)
                                |]
                        }

                    let panel = [ symbol 0 0 days; symbol 1 37 days; symbol 2 0 (days - 41) ]

                    let found =
                        Expect.wantOk (PooledCompare.dieboldMariano (HacLag.Fixed lag) horizon panel) "a test"

                    close' 1e-11 found.MeanDifference fields[4] "mean over symbol-days"
                    close' 1e-10 found.Statistic fields[5] "statistic"
                    close' 1e-9 found.PValue fields[6] "p"
                    Expect.equal found.Count days "days"

                    let reversed =
                        Expect.wantOk
                            (PooledCompare.dieboldMariano (HacLag.Fixed lag) horizon (List.rev panel))
                            "a test"

                    close 1e-12 reversed.Statistic found.Statistic "the order of symbols doesn't matter"

            testCase "pooled Diebold-Mariano of one symbol is the plain one, and of two copies too"
            <| fun () ->
                let table = losses 5 151 2
                let dates = Array.init 151 (fun day -> DateOnly(2001, 1, 1).AddDays day)

                let symbol =
                    {
                        Symbol = "a"
                        Dates = dates
                        Difference = Array.map2 (-) table[0] table[1]
                    }

                let plain =
                    Expect.wantOk (Compare.dieboldMariano HacLag.Automatic 5 table[0] table[1]) "plain"

                for panel in [ [ symbol ]; [ symbol; { symbol with Symbol = "b" } ] ] do
                    let pooled =
                        Expect.wantOk (PooledCompare.dieboldMariano HacLag.Automatic 5 panel) "pooled"

                    close 1e-12 pooled.Statistic plain.Statistic $"{panel.Length} symbols"
                    close 1e-12 pooled.MeanDifference plain.MeanDifference $"{panel.Length} symbols"

            testCase
                "Mincer-Zarnowitz rejects efficient forecasts as often as its level says, biased ones far more often"
            <| fun () ->
                let pValue (bias: float) (seed: int64) =
                    let draws = normals seed 1000
                    let f = draws[..499] |> Array.map (fun z -> 1e-4 * exp (0.3 * z))
                    let v = Array.map2 (fun f z -> f * (1.0 + 0.2 * z)) f draws[500..]

                    (Expect.wantOk
                        (MincerZarnowitz.test
                            ForecastScale.Relative
                            HacLag.Automatic
                            1
                            (variances (Array.map ((*) bias) f))
                            (variances v))
                        "a test")
                        .Efficient.PValue

                let size = rejections 1000 (pValue 1.0)
                // HAC errors are a little small in 500 days: the nominal 5 % is 6 % in larger studies.
                Expect.isLessThan (abs (size - 0.06)) monteCarlo $"size {size}"
                Expect.isGreaterThan (rejections 200 (pValue 0.95)) 0.9 "power against 5 % of bias"

            testCase
                "Giacomini-White rejects unpredictable differences as often as its level says, and finds predictable ones"
            <| fun () ->
                let pValue (persistence: float) (seed: int64) =
                    let mutable wander = 0.0

                    let difference =
                        normals seed 500
                        |> Array.map (fun z ->
                            wander <- persistence * wander + z
                            wander)

                    (Expect.wantOk (ConditionalCompare.giacominiWhite 1 difference (Array.zeroCreate 500)) "a test")
                        .Test.PValue

                let size = rejections 1000 (pValue 0.0)
                Expect.isLessThan (abs (size - 0.05)) monteCarlo $"size {size}"
                Expect.isGreaterThan (rejections 200 (pValue 0.3)) 0.95 "power"

            testCase
                "encompassing rejects a forecast that holds all as often as its level says, and finds what is missing"
            <| fun () ->
                let pValue (missing: float) (seed: int64) =
                    let draws = normals seed 1000
                    let noise, signal = draws[..499], draws[500..]
                    let e1 = Array.map2 (fun n s -> n + missing * s) noise signal
                    let e2 = Array.map2 (fun n s -> n - (1.0 - missing) * 0.5 * s) noise signal
                    (Expect.wantOk (Encompassing.test HacLag.Automatic 1 e1 e2) "a test").PValue

                let size = rejections 1000 (pValue 0.0)
                Expect.isLessThan (abs (size - 0.05)) monteCarlo $"size {size}"
                Expect.isGreaterThan (rejections 200 (pValue 0.3)) 0.9 "power"

            testCase "pooled Diebold-Mariano keeps its level where symbols share their shocks"
            <| fun () ->
                let dates = Array.init 250 (fun day -> DateOnly(2001, 1, 1).AddDays day)

                let pValue (seed: int64) =
                    let draws = normals seed (250 * 6)

                    let panel =
                        [
                            for symbol in 1..5 ->
                                {
                                    Symbol = string symbol
                                    Dates = dates
                                    Difference = Array.init 250 (fun day -> draws[day] + draws[250 * symbol + day])
                                }
                        ]

                    (Expect.wantOk (PooledCompare.dieboldMariano (HacLag.Fixed 0) 1 panel) "a test").PValue

                let size = rejections 1000 pValue
                Expect.isLessThan (abs (size - 0.05)) monteCarlo $"size {size}"

            testCase "refuse what they can't judge"
            <| fun () ->
                let f = variances (Array.init 60 (fun i -> 1.0 + float (i % 7)))
                let flat = variances (Array.create 60 1.0)
                let mz = MincerZarnowitz.test ForecastScale.Levels HacLag.Automatic 1
                Expect.isError (mz flat f) "a forecast that never varies"
                Expect.isError (mz f f[1..]) "unequal lengths"
                Expect.isError (mz f[..2] f[..2]) "three days"
                Expect.isError (mz (variances (Array.create 60 0.0)) f) "forecasts of zero"
                Expect.isError (MincerZarnowitz.test ForecastScale.Levels HacLag.Automatic 0 f f) "horizon 0"
                let errors = Array.init 60 (fun i -> sin (float i))
                Expect.isError (Encompassing.test HacLag.Automatic 1 errors errors) "the same forecast"
                Expect.isError (Encompassing.test HacLag.Automatic 1 errors errors[1..]) "unequal lengths"
                Expect.isError (ConditionalCompare.giacominiWhite 1 errors errors) "no difference"
                Expect.isError (ConditionalCompare.giacominiWhite 1 errors errors[1..]) "unequal lengths"
                Expect.isError (ConditionalCompare.giacominiWhite 30 errors (Array.zeroCreate 60)) "a horizon too long"
                Expect.isError (PooledCompare.dieboldMariano HacLag.Automatic 1 []) "no symbol"
        ]
