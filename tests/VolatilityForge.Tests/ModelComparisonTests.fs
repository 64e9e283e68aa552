/// Resampling and the tests of many models: against numpy with the same resamples, laws, size.
module VolatilityForge.Tests.ModelComparisonTests

open System
open Expecto
open VolatilityForge
open VolatilityForge.Tests.Histories
open VolatilityForge.Tests.EvaluationGolden

let private goldenBootstrap: BootstrapConfig =
    { Draws = 500; Block = 7.0; Seed = 17L }

let private table (losses: float[][]) : LossTable =
    Expect.wantOk
        (losses
         |> Array.mapi (fun i values -> string i, values)
         |> List.ofArray
         |> LossTable.ofLosses)
        "a table"

let private confidenceSet (statistic: ConfidenceStatistic) (bootstrap: BootstrapConfig) (losses: float[][]) =
    Expect.wantOk
        (ModelConfidenceSet.find
            {
                Statistic = statistic
                Level = 0.9
                Bootstrap = bootstrap
            }
            (table losses))
        "a set"

/// Independent losses of models, with a shift each.
let private simulatedLosses (seed: int64) (days: int) (shifts: float list) : float[][] =
    let struct (draws, _) = Rng.normals (days * (shifts.Length + 1)) (Rng.ofSeed seed)

    shifts
    |> List.mapi (fun i shift -> Array.init days (fun day -> draws[day] + draws[days * (i + 1) + day] + shift))
    |> Array.ofList

let private quick: BootstrapConfig = { Draws = 400; Block = 2.0; Seed = 3L }

[<Tests>]
let suite =
    testList
        "Comparison of models"
        [
            testCase "resampled days are those of a generator and a search written by others' description"
            <| fun () ->
                let golden = part "resampling"
                let days = items (golden.GetProperty "days")

                for draw, expected in [ 0, days[0]; 499, days[1] ] do
                    Expect.equal
                        (StationaryBootstrap.indices goldenBootstrap 211 draw)
                        (items expected |> Array.map _.GetInt32())
                        $"draw {draw}"

            testCase "means from running sums are means over the resampled days"
            <| fun () ->
                let series = losses 61 211 5
                let means = StationaryBootstrap.means goldenBootstrap series
                let golden = items ((part "resampling").GetProperty "means")

                for draw, expected in Array.zip [| 0; 13; 499 |] golden do
                    Array.iter2
                        (fun found expected -> Expect.isLessThan (abs (found - expected)) 1e-13 $"draw {draw}")
                        means[draw]
                        (numbers expected)

                for block in [ 1.0; 3.0; 60.0 ] do
                    let config =
                        { goldenBootstrap with
                            Block = block
                            Draws = 23
                        }

                    let means = StationaryBootstrap.means config series

                    for draw in 0..22 do
                        let days = StationaryBootstrap.indices config 211 draw

                        for i in 0..4 do
                            let naive =
                                (days |> Array.averageBy (fun day -> series[i][day])) - Array.average series[i]

                            Expect.isLessThan (abs (means[draw][i] - naive)) 1e-13 $"block {block}, draw {draw}"

            testCase "blocks have the mean length asked for"
            <| fun () ->
                let config =
                    { goldenBootstrap with
                        Block = 10.0
                        Draws = 200
                    }

                let breaks =
                    Seq.init 200 (StationaryBootstrap.indices config 1009)
                    |> Seq.averageBy (fun days ->
                        Seq.pairwise days
                        |> Seq.filter (fun (a, b) -> b <> (a + 1) % 1009)
                        |> Seq.length
                        |> float)

                // 1,008 steps, each a new block with 1/10; three standard errors over 200 resamples are 2.
                Expect.isLessThan (abs (breaks - 100.8)) 2.0 $"{breaks} breaks"

            testCase "the variance of resampled means is the lemma's"
            <| fun () ->
                let series = (losses 61 211 5)[3]

                close
                    1e-12
                    (StationaryBootstrap.variance 7.0 series)
                    ((part "resampling").GetProperty("variance").GetDouble())
                    "numpy"

                let config = { goldenBootstrap with Draws = 4000 }

                let simulated =
                    StationaryBootstrap.means config [| series |]
                    |> Array.averageBy (fun row -> 211.0 * row[0] * row[0])

                // The relative standard error of a variance from 4,000 draws is 2.2 %; three of them.
                close 0.07 simulated (StationaryBootstrap.variance 7.0 series) "resampled"

            testCase "confidence sets agree with numpy over the same resamples, by both statistics"
            <| fun () ->
                let losses = losses 61 211 5

                for name, statistic in [ "max", ConfidenceStatistic.Max; "range", ConfidenceStatistic.Range ] do
                    let found = confidenceSet statistic goldenBootstrap losses

                    for row, expected in
                        List.zip found.Rows (List.ofArray (items ((part "confidence set").GetProperty name))) do
                        let expected = numbers expected
                        Expect.equal row.Model (string (int expected[0])) $"{name}: order of elimination"
                        close 1e-12 row.PValue expected[1] $"{name}: p of {row.Model}"
                        Expect.equal row.Included (expected[1] >= 0.1) $"{name}: membership"

            testCase "superior ability and the stepwise test agree with numpy over the same resamples"
            <| fun () ->
                let losses = losses 61 211 5

                for name, losses, benchmark in [ "best first", losses, "0"; "worst first", Array.rev losses, "0" ] do
                    let golden = (part "superiority").GetProperty name
                    let expected (field: string) = golden.GetProperty(field).GetDouble()
                    let table = table losses

                    let found =
                        Expect.wantOk (Superiority.ability goldenBootstrap benchmark table) "a test"

                    close 1e-12 found.Lower (expected "lower") $"{name}: lower"
                    close 1e-12 found.Consistent (expected "consistent") $"{name}: consistent"
                    close 1e-12 found.Upper (expected "upper") $"{name}: upper"

                    let rows =
                        Expect.wantOk (Superiority.stepwise goldenBootstrap 0.05 benchmark table) "a test"

                    List.iter2
                        (fun (row: StepwiseRow) t -> close 1e-10 row.Statistic t $"{name}: {row.Model}")
                        rows
                        (List.ofArray (numbers (golden.GetProperty "t")))

                    Expect.equal
                        (rows |> List.filter _.Superior |> List.map (_.Model >> int))
                        (numbers (golden.GetProperty "superior") |> Array.map int |> List.ofArray)
                        $"{name}: superior"

            testCase "the bounds of superior ability hold its p-value between them"
            <| fun () ->
                for seed in 1L .. 20L do
                    let table = table (simulatedLosses seed 100 [ 0.0; 0.1; 0.6; -0.05 ])
                    let found = Expect.wantOk (Superiority.ability quick "0" table) "a test"
                    Expect.isLessThanOrEqual found.Lower found.Consistent "lower"
                    Expect.isLessThanOrEqual found.Consistent found.Upper "upper"

            testCase "results don't depend on the scale of losses or the order of models"
            <| fun () ->
                let losses = losses 62 151 4

                for statistic in [ ConfidenceStatistic.Max; ConfidenceStatistic.Range ] do
                    let one = confidenceSet statistic quick losses

                    let scaled =
                        confidenceSet statistic quick (losses |> Array.map (Array.map ((*) 1024.0)))

                    Expect.equal (scaled.Rows |> List.map _.PValue) (one.Rows |> List.map _.PValue) "scale"
                    let reversed = confidenceSet statistic quick (Array.rev losses)

                    Expect.equal
                        (reversed.Rows |> List.map (fun row -> 3 - int row.Model, row.PValue))
                        (one.Rows |> List.map (fun row -> int row.Model, row.PValue))
                        "order"

            testCase "sets of different levels are nested, and the best of the sample is always in"
            <| fun () ->
                let losses = losses 63 151 4
                let names = table losses

                let at (level: float) =
                    let config =
                        {
                            Statistic = ConfidenceStatistic.Max
                            Level = level
                            Bootstrap = quick
                        }

                    set (Expect.wantOk (ModelConfidenceSet.find config names) "a set").Included

                for low, high in [ 0.5, 0.75; 0.75, 0.9; 0.9, 0.99 ] do
                    Expect.isTrue (Set.isSubset (at low) (at high)) $"{low} in {high}"

                let best = losses |> Seq.indexed |> Seq.minBy (snd >> Array.average) |> fst
                Expect.isTrue ((at 0.5).Contains(string best)) "the best"

            testCase "identical models stay together, and one that is always worse leaves"
            <| fun () ->
                let losses = (losses 64 151 2)[0]

                for statistic in [ ConfidenceStatistic.Max; ConfidenceStatistic.Range ] do
                    let found =
                        confidenceSet statistic quick [| losses; losses; losses |> Array.map ((+) 0.5) |]

                    Expect.equal (set found.Included) (set [ "0"; "1" ]) $"%A{statistic}"

            testCase "the set holds the best model at least as often as its level says, and drops a bad one"
            <| fun () ->
                for statistic in [ ConfidenceStatistic.Max; ConfidenceStatistic.Range ] do
                    let sets =
                        List.init 300 (fun seed ->
                            set
                                (confidenceSet statistic quick (simulatedLosses (int64 seed) 150 [ 0.0; 0.05; 0.6 ]))
                                    .Included)

                    let share (model: string) =
                        float (sets |> List.filter (Set.contains model) |> List.length) / 300.0

                    // Three standard errors of 90 % in 300 replications are 5 %.
                    Expect.isGreaterThan (share "0") 0.85 $"%A{statistic}: the best"
                    Expect.isLessThan (share "2") 0.1 $"%A{statistic}: the bad one"

            testCase
                "no model better than the benchmark is claimed more often than the size says, a better one is found"
            <| fun () ->
                let share (shifts: float list) (claims: LossTable -> bool) =
                    Seq.init 400 (fun seed -> claims (table (simulatedLosses (int64 seed) 150 shifts)))
                    |> Seq.averageBy (fun claim -> if claim then 1.0 else 0.0)

                let ability (table: LossTable) =
                    (Expect.wantOk (Superiority.ability quick "0" table) "a test").Consistent < 0.05

                let stepwise (table: LossTable) =
                    Expect.wantOk (Superiority.stepwise quick 0.05 "0" table) "a test"
                    |> List.exists _.Superior

                // Three standard errors of 5 % in 400 replications are 3.3 %; 400 resamples and 150 days add a little.
                for name, claims in [ "ability", ability; "stepwise", stepwise ] do
                    let size = share [ 0.0; 0.0; 0.0; 0.0 ] claims
                    Expect.isLessThan (abs (size - 0.05)) 0.04 $"{name}: {size}"
                    Expect.isGreaterThan (share [ 0.0; 0.3; -0.5; 0.0 ] claims) 0.9 $"{name}: power"

            testCase "refuse what they can't compare"
            <| fun () ->
                let series = Array.init 60 (fun i -> sin (float i))

                let isError (losses: (string * float[]) list) =
                    Expect.isError (LossTable.ofLosses losses)

                isError [] "no model"
                isError [ "a", series; "a", series ] "a name twice"
                isError [ "a", series; "b", series[1..] ] "unequal lengths"
                isError [ "a", series[..9] ] "ten days"
                isError [ "a", Array.create 60 nan ] "NaN"

                let two =
                    Expect.wantOk (LossTable.ofLosses [ "a", series; "b", Array.map ((+) 1.0) series ]) "two"

                Expect.isError (Superiority.ability quick "c" two) "an unknown benchmark"
                Expect.isError (Superiority.ability quick "a" two) "a constant difference"
                Expect.isError (Superiority.stepwise quick 1.0 "a" two) "a size of one"
                Expect.isError (Superiority.ability { quick with Block = 0.5 } "a" two) "a block of half a day"
                let config = ModelConfidenceSet.forHorizon 22
                Expect.equal config.Bootstrap.Block 44.0 "twice the horizon"
                Expect.isError (ModelConfidenceSet.find { config with Level = 1.0 } two) "a level of one"
        ]
