module VolatilityForge.Tests.OwnModelTests

open System.IO
open Expecto
open TorchSharp
open VolatilityForge

let private bars: Lazy<Bars> = lazy (fst (Market.simulated 460 11L))

/// A user's own network: the last day's features, weighed. Not quite zero at the start, so that its forecasts are never
/// log-HAR's.
let private weighted (context: NetworkContext) : IDifferentiable =
    let parameters =
        Parameter.draw context.Device context.Rng [ "weight", Initial.Normal([| int64 context.Features |], 0.01) ]

    Network.ofArchitecture
        parameters
        { new IArchitecture<Tensor, Tensor> with
            member _.Encode(x, _) = x.select (1L, -1L)

            member _.Decode encoded =
                Einsum.two "bf,f->b" encoded parameters[0].Value
        }

/// A user's own forecaster: always the same variance.
let private constant: IForecaster =
    { new IForecaster with
        member _.Name = "constant"
        member _.RefitEvery = 1
        member _.MinimumDays horizon = horizon + 1

        member _.Fit(_, _, _) =
            Ok
                { new IFitted with
                    member _.Forecast(_, _) = 1e-4< / day>
                }
    }

let private models: ModelRegistry =
    Models.registry
    |> Models.addNetwork "weighted" (fun _ -> NetworkRecipe.residual weighted)
    |> Models.addForecaster "constant" (fun _ -> constant)

let private config: ExperimentConfig =
    ExperimentConfig
        .Default(5)
        .WithModels("log-har", "weighted", "mlp", "harnet", "constant")
        .WithHorizons(1)
        .WithRollingWindow(380)
        .WithSeeds(1L, 2L)
        .WithEpochs(3)
        .WithLearningRate(0.01)
        .WithMlp({ Hidden = [ 3 ]; Dropout = 0.1 })
        .WithHarNet({ Channels = 2; Dropout = 0.1 })

let private result: Lazy<ExperimentResult> =
    lazy (Expect.wantOk (ExperimentRunner(config, models).Run bars.Value) "the experiment runs")

[<Tests>]
let suite =
    testList
        "own models"
        [
            testCase "a registry's models walk forward beside the library's and are in the table by name"
            <| fun () ->
                Expect.equal (result.Value.Table.Rows |> List.map _.Model) config.Models "the rows"

                Expect.equal
                    (result.Value.Training |> List.map _.Model |> List.distinct)
                    [ "weighted"; "mlp"; "harnet" ]
                    "the networks are trained"

                let forecasts name =
                    (result.Value.Tracks |> List.find (fun track -> track.Model = name)).Forecast

                Expect.notEqual (forecasts "weighted") (forecasts "log-har") "its answers count"

            testCase "every network of a run is forecast from its checkpoint as it was in the run"
            <| fun () ->
                let path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())

                try
                    EnsembleCheckpoint.ofEnsembles config (EnsembleCheckpoint.latest result.Value.Training)
                    |> Checkpoint.save path
                    |> fun saved -> Expect.wantOk saved "it is saved"

                    let stored = Expect.wantOk (Checkpoint.load path) "it is read"

                    let read, ensembles =
                        Expect.wantOk (EnsembleCheckpoint.toEnsembles path stored) "it is understood"

                    Expect.equal read config "the settings"

                    Expect.equal
                        (ensembles |> List.map _.Base)
                        (EnsembleCheckpoint.latest result.Value.Training |> List.map _.Base)
                        "the log-HAR that levels are counted from"

                    let history =
                        Expect.wantOk
                            (Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass bars.Value)
                            "the bars are measured"

                    let rows =
                        Expect.wantOk (Outlook.forecastWith models read ensembles history) "they are forecast"

                    for row in rows do
                        let expected = Expect.wantOk (result.Value.Row(row.Model, 1)) "a row"
                        Expect.equal row.Variance expected.Next row.Model

                    match Outlook.forecast read ensembles history with
                    | Error fault ->
                        Expect.stringContains (Fault.describe fault) "no model 'weighted'" "without the registry"
                    | Ok _ -> failtest "the library knows no 'weighted'"
                finally
                    File.Delete path

            testCase "names are checked against the registry that is given"
            <| fun () ->
                Expect.isOk (config.Build models) "its own"

                match config.Build() with
                | Error fault ->
                    Expect.equal
                        (fault |> Fault.flatten |> List.length)
                        2
                        "weighted and constant are not in the library's"
                | Ok _ -> failtest "they were found"

                match config.WithModels("log-har", "wieghted").Build models with
                | Error fault -> Expect.stringContains (Fault.describe fault) "Did you mean 'weighted'?" "the hint"
                | Ok _ -> failtest "it was found"

            testCase "samples train the first network among the models"
            <| fun () ->
                let samples =
                    Runs.samplesOf 131 7 2 (fun sample -> exp (0.5 * sample[sample.Length - 1] - 9.0))

                let run (names: string[]) =
                    ExperimentRunner(
                        ExperimentConfig.Default(2).WithModels(names).WithSeeds(1L).WithEpochs(2).WithLearningRate(0.05),
                        models
                    )
                        .Run(samples, samples, samples)

                let names (result: SampleResult) =
                    result.Members.Head.Weights |> List.map _.Name

                let own =
                    Expect.wantOk (run [| "log-har"; "weighted"; "mlp" |]) "the own one is trained"

                Expect.equal (names own) [ "weight" ] "its weights"
                Expect.isLessThan own.TestMetrics.Qlike own.BaselineMetrics.Qlike "it learns"

                let mlp =
                    Expect.wantOk (run [| "log-har"; "mlp"; "weighted" |]) "the perceptron is trained"

                Expect.contains (names mlp) "hidden.0.weight" "its weights"

                match run [| "log-har" |] with
                | Error(Fault.BadSetting("models", _, "log-har")) -> ()
                | other -> failtestf "expected BadSetting, got %A" other

            testCase "a level network of one's own learns from samples what their logarithm is"
            <| fun () ->
                let samples =
                    Runs.samplesOf 131 7 2 (fun sample -> exp (0.5 * sample[sample.Length - 1]))

                let level (context: NetworkContext) : IDifferentiable =
                    Expect.isNone context.Base "samples have no base"
                    weighted context

                let models =
                    Models.registry
                    |> Models.addNetwork "level" (fun _ -> NetworkRecipe.level level)

                let config =
                    ExperimentConfig.Default(2).WithModel("level").WithSeeds(1L).WithEpochs(20).WithLearningRate(0.05)

                let result =
                    Expect.wantOk (ExperimentRunner(config, models).Run(samples, samples, samples)) "it is trained"

                Expect.isLessThan result.TestMetrics.Qlike (0.2 * result.BaselineMetrics.Qlike) "it learns"

            testCase "an untrained perceptron forecasts what log-HAR forecasts, to the last bit"
            <| fun () ->
                let still =
                    config.WithModels("log-har", "mlp").WithLearningRate(1e-30).WithEpochs(1)

                let tracks =
                    (Expect.wantOk (ExperimentRunner(still).Run bars.Value) "it runs").Tracks

                Expect.sequenceEqual tracks[1].Forecast tracks[0].Forecast "at a rate that moves nothing"

            testCase "sizes of networks outside their domain are all named, once each"
            <| fun () ->
                let wrong =
                    config.WithMlp({ Hidden = []; Dropout = 2.0 }).WithHarNet({ Channels = 0; Dropout = -1.0 })

                match wrong.Build models with
                | Error fault -> Expect.equal (Fault.flatten fault).Length 4 (Fault.describe fault)
                | Ok _ -> failtest "nothing was found wrong"

            testCase "settings of networks survive JSON"
            <| fun () ->
                let read =
                    Expect.wantOk (config |> ConfigJson.toText |> ConfigJson.ofText) "it is read"

                Expect.equal (read.Mlp, read.HarNet) (config.Mlp, config.HarNet) "the sizes"
        ]
    |> Needs.tensors
