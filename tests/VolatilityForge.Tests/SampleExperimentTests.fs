/// Experiments over samples of one's own, and what precision does to a loss.
module VolatilityForge.Tests.SampleExperimentTests

open Expecto
open VolatilityForge

/// Samples whose log variance is a linear function of the features plus a little noise.
let private linearSamples (count: int) (seed: int64) : Samples =
    let features = 3
    let struct (inputs, rng) = Rng.normals (count * features) (Rng.ofSeed seed)
    let struct (noise, _) = Rng.normals count rng

    {
        Inputs = Array.map float32 inputs
        Count = count
        Time = 1
        Features = features
        Targets =
            Array.init count (fun sample ->
                let at feature = inputs[sample * features + feature]
                float32 (1e-4 * exp (at 0 - 0.5 * at 1 + 0.1 * noise[sample])))
    }

let private samples =
    testList
        "samples"
        [
            testCase "the network learns a relation between features and variance"
            <| fun () ->
                let config =
                    ExperimentConfig.Default(3).WithSeeds(1L).WithEpochs(30).WithPatience(30).WithLearningRate(5e-3)

                let runner = ExperimentRunner config

                let result =
                    Expect.wantOk (runner.Run(linearSamples 1024 1L, linearSamples 256 2L, linearSamples 256 3L)) "runs"

                Expect.isLessThan
                    result.TestMetrics.Qlike
                    (0.5 * result.BaselineMetrics.Qlike)
                    "half the constant's loss"

                Expect.hasLength result.Forecasts 256 "a forecast per test sample"

            testCase "bfloat16 trains to nearly the loss of float32"
            <| fun () ->
                let config =
                    ExperimentConfig.Default(3).WithSeeds(1L).WithEpochs(15).WithPatience(15).WithLearningRate(5e-3)

                let run (config: ExperimentConfig) =
                    ExperimentRunner(config).Run(linearSamples 1024 1L, linearSamples 256 2L, linearSamples 256 3L)
                    |> fun result -> Expect.wantOk result "runs"

                let full, half = run config, run (config.WithMixedPrecision true)
                Expect.notEqual half.Forecasts full.Forecasts "the precision is used"

                let excess =
                    (half.TestMetrics.Qlike - full.TestMetrics.Qlike) / full.BaselineMetrics.Qlike

                Expect.isLessThan (abs excess) 0.01 "within one percent of the loss there was to gain"

            testCase "on the S&P 500 bfloat16 trains to within one percent of float32's loss"
            <| fun () ->
                let file =
                    Expect.wantSome (Market.repositoryFile "data/sp500.csv") "the bars of the demo"

                // Fitted twice: the window of the first forecast and the one 500 days later.
                let bars =
                    (Ingest.bars Ingest.defaults file |> Fault.orRaise).Panel.Head
                    |> Bars.slice 0 1600

                let run (config: ExperimentConfig) =
                    let config =
                        config.WithModels("log-har", "transformer").WithHorizons(1).WithSeeds(1L).Build()

                    let result =
                        Expect.wantOk (Result.bind (fun config -> ExperimentRunner(config).Run bars) config) "runs"

                    result.Training |> List.map (fun trained -> trained.Members.Head.State)

                let full = run (ExperimentConfig.Default 5)
                let half = run ((ExperimentConfig.Default 5).WithPrecision "bfloat16")
                Expect.equal (full.Length, half.Length) (2, 2) "two fits each"

                for wide, narrow in List.zip full half do
                    let untrained (state: TrainingState) = (Seq.last state.History).ValidationLoss
                    let last (state: TrainingState) = state.History.Head.ValidationLoss
                    Expect.notEqual (last narrow) (last wide) "the precision is used"
                    Expect.isLessThan (abs (last narrow / last wide - 1.0)) 0.01 "the last loss"
                    Expect.isLessThan (abs (narrow.BestLoss / wide.BestLoss - 1.0)) 0.01 "the best loss"
                    Expect.equal (untrained narrow) (untrained wide) "both start as the base"

            testCase "samples that don't fit are refused with what is wrong"
            <| fun () ->
                let runner = ExperimentRunner(ExperimentConfig.Default(4))
                let sound = linearSamples 64 1L

                let negative =
                    { sound with
                        Targets = Array.map (fun target -> -target) sound.Targets
                    }

                match runner.Run(sound, negative, sound) with
                | Error fault ->
                    let text = Fault.describe fault
                    Expect.stringContains text "features" "the number of features"
                    Expect.stringContains text "validation samples, row 1, column target" "the first bad target"
                | Ok _ -> failtest "was accepted"
        ]

[<Tests>]
let suite = testList "experiment" [ samples ] |> Needs.tensors
