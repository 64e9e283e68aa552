// Features by recipe: fitted on a training part, the same row by row, kept as JSON: dotnet fsi scripts/05-features.fsx
// Build first (./forge build). In a project of your own, reference the library instead of these two files.
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/TorchSharp.LibTorch.dll"
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/VolatilityForge.Core.dll"

open System
open System.IO
open VolatilityForge

let file = Path.Combine(__SOURCE_DIRECTORY__, "..", "data", "sp500.csv")
let bars = (Ingest.bars Ingest.defaults file |> Fault.orRaise).Panel.Head

let frame =
    Frame.create
        bars.Symbol
        (bars.Dates |> Array.map (fun date -> date.ToDateTime TimeOnly.MinValue))
        [
            "open", bars.Open
            "high", bars.High
            "low", bars.Low
            "close", bars.Close
            "volume", bars.Volume.Value
        ]
    |> Fault.orRaise

// One's own feature: a name, the columns it reads, a function of a row's values.
let range =
    CustomFeature.rowwise "log_range" [ "high"; "low" ] (fun row -> log (row[0] / row[1]))

let pipeline =
    FeaturePipeline.Empty
        .AddMicrostructure()
        .Add(range)
        .AddNonlinearTransforms(
            {
                Columns = [ "log_range" ]
                Apply =
                    [
                        FeatureSpec.create "har"
                        FeatureSpec.create "z-score" |> FeatureSpec.set "window" 66.0
                        FeatureSpec.create "quantile-normal"
                    ]
            }
        )
        .AddInteractions(
            {
                Columns = [ "log_range"; "corwin_schultz_22" ]
                Rule = InteractionRule.Products
            }
        )

// What is learned, is learned of the years up to 2012; a pipeline that is not fitted can't transform.
let fitted = pipeline.Fit(frame, DateTime(2012, 12, 31)) |> Fault.orRaise

for line in fitted.Explain() do
    printfn "%-32s %-18s %s" line.Name line.Unit line.Formula

let features = FeaturePipeline.transform fitted frame |> Fault.orRaise
printfn $"\n{features.Length} rows, {features.Names.Length} features, complete after {fitted.Memory} rows"

// Row by row, as data come: the same bits.
let stream = FeatureStream fitted

let inputs =
    stream.Inputs |> List.map (fun name -> Frame.column name frame |> Fault.orRaise)

let batch =
    features.Names
    |> List.map (fun name -> Frame.column name features |> Fault.orRaise)

let differing =
    Seq.length (
        seq {
            for row in 0 .. frame.Length - 1 do
                let values = inputs |> List.map (fun column -> column[row]) |> Array.ofList
                let updated = stream.Update(frame.Index[row], values) |> Fault.orRaise

                for column in 0 .. updated.Length - 1 do
                    let expected = batch[column][row]

                    if not (updated[column].Equals expected) then
                        column
        }
    )

printfn $"values that differ between stream and batch: {differing}"

// The fit as JSON and back.
let kept = PipelineJson.fittedToText fitted
let again = PipelineJson.fittedOfText [ range ] kept |> Fault.orRaise
printfn $"kept in {kept.Length} characters, read back with {again.Names.Length} features"

// Options: the volatility that a price implies, and its derivatives.
let option =
    {
        Right = OptionRight.Put
        Spot = 100.0
        Strike = 80.0
        Years = 0.1
        Rate = 0.04
        Yield = 0.01
    }

let price = BlackScholes.price 0.35 option
let implied = ImpliedVolatility.ofPrice price option |> Fault.orRaise
let greeks = BlackScholes.greeks implied option

printfn
    $"\nput at {price:E6} implies {implied:R}: delta {greeks.Delta:F4}, gamma {greeks.Gamma:F5}, vega {greeks.Vega:F3}"

match ImpliedVolatility.ofPrice 90.0 option with
| Error fault -> printfn $"a price of 90: {Fault.describe fault}"
| Ok _ -> ()
