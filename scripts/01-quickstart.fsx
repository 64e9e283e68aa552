// From daily bars to forecasts and a verdict, in F# Interactive: dotnet fsi scripts/01-quickstart.fsx
// Build first (./forge build). In a project of your own, reference the library instead of these two files.
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/TorchSharp.LibTorch.dll"
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/VolatilityForge.Core.dll"

open System
open System.IO
open VolatilityForge

let file = Path.Combine(__SOURCE_DIRECTORY__, "..", "data", "sp500.csv")

// Every step that can fail gives a Result; a fault says what, where and how to mend it.
let bars = (Ingest.bars Ingest.defaults file |> Fault.orRaise).Panel.Head
printfn $"{bars.Length} days of {bars.Symbol}, {bars.Dates[0]:O} to {bars.Dates[bars.Length - 1]:O}"

// Smaller than the default protocol, which takes a minute: one seed, two horizons, three epochs.
let config =
    ExperimentConfig
        .Default(5)
        .WithModels("har", "log-har", "transformer")
        .WithHorizons(1, 5)
        .WithSeeds(1L)
        .WithEpochs(3)
        .WithRefitEvery(2_000)
        .Build()
    |> Fault.orRaise

let result = ExperimentRunner(config).Run(bars) |> Fault.orRaise

printfn "\n%-12s %8s %8s %8s %12s" "model" "horizon" "QLIKE" "ratio" "RMSE"

for row in result.Table.Rows do
    printfn
        "%-12s %8d %8.4f %8.3f %12.3e"
        row.Model
        row.Horizon
        row.Metrics.Qlike
        row.QlikeRatio
        (float row.Metrics.Rmse)

// One's own samples: inputs (samples, time, features) in row-major order, targets mean daily variances. Here the inputs are
// the logarithms of the variance of the last ten days, the mean of five days and of twenty-two, and the target is tomorrow.
let history =
    Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass bars
    |> Fault.orRaise

let variance = history.Variance |> Array.map float
let time, features = 10, 3

let samples (first: int) (last: int) : Samples =
    let logMean days day =
        log (Array.average variance[day - days + 1 .. day])

    {
        Inputs =
            [|
                for day in first..last do
                    for step in day - time + 1 .. day do
                        for days in [ 1; 5; 22 ] -> float32 (logMean days step)
            |]
        Count = last - first + 1
        Time = time
        Features = features
        Targets = [| for day in first..last -> float32 variance[day + 1] |]
    }

let train, validation, test =
    samples 40 2_999, samples 3_001 3_799, samples 3_801 (variance.Length - 2)

let own =
    ExperimentConfig.Default(features).WithSequenceLength(time).WithSeeds(1L).Build()
    |> Fault.orRaise

let results = ExperimentRunner(own).Run(train, validation, test) |> Fault.orRaise
printfn $"\nRMSE: {float results.TestMetrics.Rmse:E4}, of a constant {float results.BaselineMetrics.Rmse:E4}"
printfn $"QLIKE: {results.TestMetrics.Qlike:F4}, of a constant {results.BaselineMetrics.Qlike:F4}"
