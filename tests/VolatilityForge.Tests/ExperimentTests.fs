module VolatilityForge.Tests.ExperimentTests

open System
open System.IO
open System.Text.Json
open Expecto
open VolatilityForge

let private bars: Lazy<Bars> = lazy (fst (Market.simulated 460 11L))

let private small: ExperimentConfig =
    { ExperimentConfig
          .Default(5)
          .WithModels("random-walk", "ewma", "har", "log-har", "transformer")
          .WithHorizons(1, 5)
          .WithRollingWindow(380)
          .WithSequenceLength(4)
          .WithSeeds(1L, 2L)
          .WithEpochs(1) with
        Transformer =
            { TransformerConfig.small with
                Dim = 8
                Depth = 1
                Heads = 2
                KvHeads = 1
            }
    }

let private result: Lazy<ExperimentResult> =
    lazy (Expect.wantOk (ExperimentRunner(small).Run bars.Value) "the experiment runs")

let private inTemporaryFolder (work: string -> unit) : unit =
    let folder = Directory.CreateTempSubdirectory "volforge-tests"

    try
        work folder.FullName
    finally
        folder.Delete true

let private settings =
    testList
        "settings"
        [
            testCase "the builder's steps change what they name and Build accepts the protocol's defaults"
            <| fun () ->
                let built =
                    ExperimentConfig
                        .Default(50)
                        .WithModel("transformer")
                        .WithBatchSize(512)
                        .WithMixedPrecision(true)
                        .Build()

                let config = Expect.wantOk built "the settings are sound"
                Expect.equal config.Features 50 "features"
                Expect.equal config.Models [ "log-har"; "transformer" ] "the model beside its baseline"
                Expect.equal config.BatchSize 512 "batch size"
                Expect.isTrue config.MixedPrecision "mixed precision"

            testCase "Build returns all faults at once"
            <| fun () ->
                let wrong =
                    ExperimentConfig
                        .Default(0)
                        .WithModels("log-har", "transfomer")
                        .WithMeasure("parkinsen")
                        .WithObjective("qlik")
                        .WithOptimiser("adamm")
                        .WithSchedule("plato")
                        .WithPrecision("floaty16")
                        .WithAccumulation(0)
                        .WithEmaDecay(1.0)
                        .WithBatchSize(0)
                        .WithHorizons(5, 5)
                        .WithGain(2.0)
                        .WithTransformer(
                            { TransformerConfig.small with
                                Heads = 3
                            }
                        )

                match wrong.Build() with
                | Ok _ -> failtest "nothing was found wrong"
                | Error fault ->
                    let text = Fault.describe fault

                    for word in
                        [
                            "features"
                            "'transformer'"
                            "'parkinson'"
                            "'qlike'"
                            "'adamm'"
                            "'plato'"
                            "'float16'"
                            "accumulation"
                            "average decay"
                            "batch size"
                            "horizons"
                            "gain"
                            "heads"
                        ] do
                        Expect.stringContains text word "each wrong setting is named"

            testCase "JSON keeps every setting"
            <| fun () ->
                let unusual =
                    { ExperimentConfig.Default 7 with
                        Models = [ "har"; "log-har" ]
                        Horizons = [ 2; 3 ]
                        Measure = "yang-zhang:10"
                        Window = WindowRule.Expanding 300
                        EwmaDecay = 0.9
                        Transformer =
                            {
                                Dim = 24
                                Depth = 3
                                Heads = 6
                                KvHeads = 2
                                FfnMultiplier = 1.25
                                NormEps = 1e-5
                                MaxLength = 99
                                Dropout = 0.3
                                Pooling = Pooling.Last
                                Causal = true
                                Path = Some AttentionPath.Flash
                                Checkpointing = true
                            }
                        SequenceLength = 11
                        Seeds = [ 4L; -5L ]
                        Gain = 0.75
                        RefitEvery = 77
                        Epochs = 3
                        Patience = 2
                        BatchSize = 13
                        LearningRate = 2e-3
                        WeightDecay = 0.01
                        GradientClip = 0.5
                        Objective = "huber"
                        Optimiser = "sgd"
                        Schedule = "plateau"
                        Accumulation = 4
                        EmaDecay = 0.9
                        Precision = "float16"
                        Device = "cuda:1"
                    }

                Expect.equal (ConfigJson.ofText (ConfigJson.toText unusual)) (Ok unusual) "written and read"

            testCase "the settings reach the training"
            <| fun () ->
                let training =
                    Models.training (
                        ExperimentConfig
                            .Default(5)
                            .WithOptimiser("sgd")
                            .WithSchedule("one-cycle")
                            .WithAccumulation(3)
                            .WithEmaDecay(0.9)
                            .WithPrecision("float16")
                            .WithWeightDecay(0.2)
                    )

                Expect.equal (Optimiser.toName training.Optimiser.Rule) "sgd" "the optimiser"
                Expect.equal training.Optimiser.Decay 0.2 "its decay"
                Expect.equal (ScheduleShape.toName training.Schedule) "one-cycle" "the schedule"
                Expect.equal training.Accumulation 3 "the accumulation"
                Expect.equal (training.Average |> Option.map _.Decay) (Some 0.9) "the average"
                Expect.equal training.LossScale (Some LossScale.standard) "float16 has a loss scale"
                let plain = Models.training (ExperimentConfig.Default 5)
                Expect.equal plain.Average None "no average"
                Expect.equal plain.LossScale None "no loss scale"

            testCase "JSON of earlier versions says mixed_precision"
            <| fun () ->
                for text, name in [ "true", "bfloat16"; "false", "float32" ] do
                    let config =
                        Expect.wantOk (ConfigJson.ofText ("{ \"mixed_precision\": " + text + " }")) "read"

                    Expect.equal config.Precision name text

            testCase "JSON that names an unknown setting or a wrong type is refused with the name"
            <| fun () ->
                let fault json =
                    match ConfigJson.ofText json with
                    | Error fault -> Fault.describe fault
                    | Ok _ -> failtest "was accepted"

                Expect.stringContains (fault """{ "batch_sise": 3 }""") "'batch_size'" "the nearest name"
                Expect.stringContains (fault """{ "batch_size": "many" }""") "batch_size" "the wrong type"
                Expect.stringContains (fault """{ "window": "sliding" }""") "rolling" "the known windows"
                Expect.stringContains (fault "[1]") "object" "an array"
                Expect.stringContains (fault "{") "JSON" "no JSON"
        ]

let private running =
    testList
        "running"
        [
            testCase "the table has every model at every horizon, the baseline against itself at 1"
            <| fun () ->
                let rows = result.Value.Table.Rows
                Expect.hasLength rows 10 "five models, two horizons"

                for row in rows do
                    Expect.isTrue (Double.IsFinite row.Metrics.Qlike && row.Metrics.Qlike > 0.0) row.Model
                    Expect.equal row.Versus.IsNone (row.Model = "log-har") "tested against the baseline"

                    if row.Model = "log-har" then
                        Expect.equal row.QlikeRatio 1.0 "the baseline's ratio"

            testCase "training histories come with the result"
            <| fun () ->
                Expect.isNonEmpty result.Value.Training "the transformer was trained"

                for ensemble in result.Value.Training do
                    Expect.hasLength ensemble.Members 2 "a member per seed"

            testCase "a row that isn't there is a fault with the known ones"
            <| fun () ->
                Expect.isOk (result.Value.Row("har", 5)) "is there"
                Expect.isError (result.Value.Row("har", 22)) "is not"

            testCase "too few days are refused with the number needed"
            <| fun () ->
                match ExperimentRunner(small).Run(Bars.slice 0 99 bars.Value) with
                | Error fault -> Expect.equal (Fault.exitCode fault) 3 (Fault.describe fault)
                | Ok _ -> failtest "was accepted"
        ]

let private files =
    testList
        "files"
        [
            testCase "a checkpoint restores the ensembles and forecasts what the run forecast next"
            <| fun () ->
                inTemporaryFolder (fun folder ->
                    let path = Path.Combine(folder, "networks.safetensors")
                    let latest = EnsembleCheckpoint.latest result.Value.Training

                    EnsembleCheckpoint.ofEnsembles small latest
                    |> Checkpoint.save path
                    |> fun saved -> Expect.isOk saved "saved"

                    let config, ensembles =
                        Checkpoint.load path
                        |> Result.bind (EnsembleCheckpoint.toEnsembles path)
                        |> fun loaded -> Expect.wantOk loaded "loaded"

                    Expect.equal config small "the settings"

                    let history =
                        Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass bars.Value
                        |> fun made -> Expect.wantOk made "measured"

                    let outlook = Expect.wantOk (Outlook.forecast config ensembles history) "forecast"

                    for row in outlook do
                        let expected =
                            Expect.wantOk (result.Value.Row(row.Model, row.Horizon)) "in the table"

                        Expect.equal row.Variance expected.Next $"{row.Model} at {row.Horizon}")

            testCase "networks trained on later days than the bars give no forecast"
            <| fun () ->
                let history =
                    Measured.history VarianceFloor.SmallestSoFar VarianceMeasure.GarmanKlass bars.Value
                    |> fun made -> Expect.wantOk made "measured"

                let later = (Array.last history.Dates).AddDays 1

                let ensembles =
                    EnsembleCheckpoint.latest result.Value.Training
                    |> List.map (fun ensemble -> { ensemble with FittedOn = later })

                match Outlook.forecast small ensembles history with
                | Error fault -> Expect.stringContains (Fault.describe fault) (later.ToString "O") "names the day"
                | Ok _ -> failtest "was accepted"

            testCase "symbols become file names that stay in the folder"
            <| fun () ->
                inTemporaryFolder (fun parent ->
                    let named (symbol: string) =
                        { result.Value with
                            Table =
                                { result.Value.Table with
                                    Symbol = symbol
                                }
                        }

                    let folder = Path.Combine(parent, "run")
                    Expect.isOk (ResultFiles.save folder false [ named "../../A/B"; named "C" ]) "saved"
                    Expect.hasLength (Directory.GetFileSystemEntries parent) 1 "nothing beside the folder"

                    let checkpoints =
                        Directory.GetFiles(folder, "checkpoint*")
                        |> Array.map Path.GetFileName
                        |> Array.sort

                    Expect.equal
                        checkpoints
                        [| "checkpoint-..%2F..%2FA%2FB.safetensors"; "checkpoint-C.safetensors" |]
                        "a file per symbol")

            testCase "a checkpoint without our settings is refused"
            <| fun () ->
                let foreign = { Tensors = []; Metadata = Map.empty }

                Expect.isError (EnsembleCheckpoint.toEnsembles "other.safetensors" foreign) "no settings"

                let newer =
                    { foreign with
                        Metadata = Map [ "volatilityforge", "999" ]
                    }

                match EnsembleCheckpoint.toEnsembles "newer.safetensors" newer with
                | Error fault -> Expect.stringContains (Fault.describe fault) "999" "names the version"
                | Ok _ -> failtest "was accepted"

            testCase "result.json and forecasts.csv hold every row and every forecast"
            <| fun () ->
                inTemporaryFolder (fun parent ->
                    let folder = Path.Combine(parent, "run")
                    Expect.isOk (ResultFiles.save folder false [ result.Value ]) "saved"
                    use json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "result.json")))
                    let first = json.RootElement.GetProperty("results")[0]
                    Expect.equal (first.GetProperty("table").GetArrayLength()) 10 "rows"
                    let lines = File.ReadAllLines(Path.Combine(folder, "forecasts.csv"))

                    let forecasts =
                        result.Value.Tracks |> List.sumBy (fun track -> track.Origins.Length)

                    Expect.equal lines.Length (forecasts + 1) "a line per forecast and the header"
                    Expect.isTrue (File.Exists(Path.Combine(folder, "checkpoint.safetensors"))) "the checkpoint")

            testCase "an existing folder stands unless it is to be replaced, and a failure leaves nothing behind"
            <| fun () ->
                inTemporaryFolder (fun parent ->
                    let folder = Path.Combine(parent, "run")

                    let marked (text: string) =
                        ResultFiles.intoFolder folder true (fun staging ->
                            File.WriteAllText(Path.Combine(staging, "mark"), text)
                            Ok())

                    let mark () =
                        File.ReadAllText(Path.Combine(folder, "mark"))

                    Expect.isOk (marked "first") "made"
                    Expect.isError (ResultFiles.save folder false [ result.Value ]) "not replaced"
                    Expect.equal (mark ()) "first" "still there"

                    let failing =
                        ResultFiles.intoFolder folder true (fun staging ->
                            File.WriteAllText(Path.Combine(staging, "mark"), "half")
                            Error(Fault.Cancelled "Writing"))

                    Expect.isError failing "the fault comes through"

                    let raising () =
                        ResultFiles.intoFolder folder true (fun _ -> raise (IOException "of the work"))
                        |> ignore

                    // What the work raises is the caller's to name: it need not be of this folder.
                    Expect.throwsT<IOException> raising "an exception passes"
                    Expect.hasLength (Directory.GetFileSystemEntries parent) 1 "and leaves nothing"
                    let nowhere = Path.Combine(parent, "none")

                    match ResultFiles.write nowhere [ result.Value ] with
                    | Error(Fault.BadFile(path, _, _)) -> Expect.equal path nowhere "what can't be written is named"
                    | other -> failtest $"{other}"

                    Expect.equal (mark ()) "first" "the old folder stands"
                    Expect.isOk (marked "second") "replaced"
                    Expect.equal (mark ()) "second" "by the new one"
                    Expect.hasLength (Directory.GetFileSystemEntries parent) 1 "and nothing else is left")
        ]

[<Tests>]
let suite =
    testList "experiment" [ settings; Needs.tensors (testList "networks" [ running; files ]) ]
