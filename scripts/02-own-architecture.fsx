// A network of one's own: trained, registered by name, walked forward beside log-HAR, kept and loaded again.
// dotnet fsi scripts/02-own-architecture.fsx, after ./forge build.
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/TorchSharp.LibTorch.dll"
#r "../src/VolatilityForge.Cli/bin/Release/net10.0/VolatilityForge.Core.dll"

open System.IO
open TorchSharp
open VolatilityForge

let bars =
    Path.Combine(__SOURCE_DIRECTORY__, "..", "data", "sp500.csv")
    |> Ingest.bars Ingest.defaults
    |> Fault.orRaise
    |> _.Panel.Head
    |> Bars.slice 3_583 5_082

/// A minimal gated recurrence: per day a gate z and a candidate c of the day's features, h = h + z (c - h); the answer is
/// linear in the last h.
let gated (context: NetworkContext) : IDifferentiable =
    let width = 8

    let matrix =
        Initial.fanIn context.Features [| int64 context.Features; int64 width |]

    // The readout starts at zero, so that the untrained network leaves log-HAR as it is.
    let parameters =
        Parameter.draw
            context.Device
            context.Rng
            [
                "gate", matrix
                "candidate", matrix
                "readout", Initial.Zeros [| int64 width |]
            ]

    let gate, candidate, readout =
        parameters[0].Value, parameters[1].Value, parameters[2].Value

    Network.ofArchitecture
        parameters
        { new IArchitecture<Tensor, Tensor> with
            member _.Encode(input, _) =
                let gates = input.matmul(gate).sigmoid()
                let candidates = input.matmul(candidate).tanh()

                [ 0L .. input.shape[1] - 1L ]
                |> List.fold
                    (fun hidden day -> hidden + gates.select (1L, day) * (candidates.select (1L, day) - hidden))
                    (torch.zeros ([| input.shape[0]; int64 width |], device = input.device)) // (batch, width)

            member _.Decode hidden = hidden.matmul readout // (batch)
        }

let models =
    Models.registry
    |> Models.addNetwork "gated" (fun _ -> NetworkRecipe.residual gated)

let config =
    ExperimentConfig
        .Default(5)
        .WithModels("log-har", "gated", "mlp")
        .WithHorizons(1)
        .WithSeeds(1L)
        .WithEpochs(4)
        .Build(models)
    |> Fault.orRaise

let result = ExperimentRunner(config, models).Run(bars) |> Fault.orRaise

for row in result.Table.Rows do
    printfn "%-8s QLIKE %.4f, %.4f of log-HAR's" row.Model row.Metrics.Qlike row.QlikeRatio

for trained in result.Training do
    for each in trained.Members do
        printfn $"{trained.Model}, fitted on {trained.FittedOn:O}: best epoch {each.State.BestEpoch}"

let file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())

EnsembleCheckpoint.ofEnsembles config (EnsembleCheckpoint.latest result.Training)
|> Checkpoint.save file
|> Fault.orRaise

let settings, ensembles =
    Checkpoint.load file
    |> Result.bind (EnsembleCheckpoint.toEnsembles file)
    |> Fault.orRaise

File.Delete file

let history =
    Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass bars
    |> Fault.orRaise

for row in Outlook.forecastWith models settings ensembles history |> Fault.orRaise do
    let before = (result.Row(row.Model, row.Horizon) |> Fault.orRaise).Next

    let agrees =
        if row.Variance = before then
            "as before"
        else
            "NOT as before"

    printfn $"{row.Model}: {float row.Variance:E3} from the checkpoint, {agrees}"

    if row.Variance <> before then
        exit 1
