/// What training tells its callbacks, and what a callback can do to it.
module VolatilityForge.Tests.CallbackTests

open System
open System.IO
open System.Threading
open Expecto
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs

let private listening =
    testList
        "Callbacks"
        [
            testCase "notices come in order, with the state after them"
            <| scoped (fun () ->
                let notices = ResizeArray()
                let steps = ResizeArray()

                let listen notice (view: TrainingView) =
                    notices.Add(told notice)
                    steps.Add view.State.Step

                fit
                    { quick with
                        Limits = { Epochs = 2; Patience = None }
                    }
                    [ listen ]
                    (network tiny)
                |> ignore

                let epoch number = [ $"epoch {number} begin" ]
                let checking = [ "validation begin"; "validation end" ]

                let expected =
                    [ "train begin" ]
                    @ checking
                    @ epoch 1
                    @ [ for step in 1..6 -> $"batch {step}" ]
                    @ checking
                    @ [ "epoch 1 end" ]
                    @ epoch 2
                    @ [ for step in 7..12 -> $"batch {step}" ]
                    @ checking
                    @ [ "epoch 2 end"; "train end" ]

                Expect.equal (List.ofSeq notices) expected "the notices"
                Expect.isAscending steps "steps")

            for breaking in
                [
                    "train begin"
                    "validation end"
                    "epoch 1 begin"
                    "batch 4"
                    "epoch 1 end"
                    "epoch 4 end"
                    "train end"
                ] do
                testCase $"a callback that throws at '{breaking}' ends training with its message, the best weights kept"
                <| scoped (fun () ->
                    let notices = ResizeArray()
                    let mutable thrown = false

                    let listen notice _ =
                        if told notice = breaking && not thrown then
                            thrown <- true
                            failwith "the disk is full"

                    let network = network tiny

                    let state, loss =
                        fit quick [ listen; (fun notice _ -> notices.Add(told notice)) ] network

                    match state.Phase with
                    | TrainingPhase.Finished(StopReason.Failed(Fault.NotComputable(_, reason, _))) ->
                        Expect.stringContains reason "the disk is full" "the message"
                    | other -> failtest $"{other}"

                    if not state.History.IsEmpty then
                        Expect.equal loss state.BestLoss "the best weights"

                    let after = notices |> Seq.skipWhile ((<>) breaking) |> List.ofSeq
                    Expect.equal (List.head after) breaking "the next callback is told all the same"
                    Expect.equal (List.last after) "train end" "the end is told"
                    Expect.equal (notices |> Seq.filter ((=) "train end") |> Seq.length) 1 "once"

                    if breaking.StartsWith "epoch 1" || breaking.StartsWith "batch" then
                        Expect.equal after [ breaking; "interrupted"; "train end" ] "nothing else between")

            testCase "cancelling stops before the next batch and keeps the best weights"
            <| scoped (fun () ->
                use source = new CancellationTokenSource()

                let listen notice _ =
                    if told notice = "batch 9" then
                        source.Cancel()

                let network = network tiny
                let state, loss = fitOn training quick [ listen ] source.Token network
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Cancelled) "cancelled"
                Expect.equal (state.Step, state.Epoch) (9, 2) "after nine steps"
                Expect.equal loss state.BestLoss "the best weights")

            testCase "cancelled before the start, nothing is trained"
            <| scoped (fun () ->
                let network = network tiny
                let before = weightBits network
                let state, _ = fitOn training quick [] (CancellationToken true) network
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Cancelled) "cancelled"
                Expect.equal state.Step 0 "no step"
                Expect.equal (weightBits network) before "the same weights")

            testCase "the history is written as CSV and as JSON lines, a row per epoch"
            <| scoped (fun () ->
                use csv = new StringWriter()
                use json = new StringWriter()

                let state, _ =
                    fit quick [ Callback.historyCsv csv; Callback.historyJsonLines json ] (network tiny)

                let lines (writer: StringWriter) =
                    writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)

                let table = lines csv
                Expect.equal (table[0].Trim()) "epoch,train_loss,validation_loss,learning_rate,gradient_norm" "header"
                let metrics = state.History |> List.rev |> List.tail

                for row, text, expected in Seq.zip3 table[1..] (lines json) metrics do
                    let cells = row.Trim().Split ','
                    Expect.equal (int cells[0]) expected.Epoch "epoch"
                    Expect.equal (Histories.number cells[2]) expected.ValidationLoss "to the last bit"
                    use document = Text.Json.JsonDocument.Parse text
                    Expect.equal (document.RootElement.GetProperty("train_loss").GetDouble()) expected.TrainLoss "JSON")

            testCase
                "histories of an experiment's runs name the run, under one header; what is not finite is null in JSON"
            <| fun () ->
                use csv = new StringWriter(NewLine = "\n")
                use json = new StringWriter(NewLine = "\n")
                use rates = new StringWriter(NewLine = "\n")

                let callbacks =
                    [
                        Callback.historyCsv csv
                        Callback.historyJsonLines json
                        Callback.learningRateCsv rates
                    ]

                let metrics =
                    {
                        Epoch = 1
                        TrainLoss = nan
                        ValidationLoss = 0.5
                        LearningRate = 0.25
                        GradientNorm = infinity
                    }

                for run in [ "a.seed1"; "a.seed2" ] do
                    let view =
                        {
                            Run = run
                            State = { Trainer.ready with LastRate = 0.25 }
                            Snapshot = fun () -> failtest "not asked for"
                            Batch = fun () -> failtest "not asked for"
                        }

                    for notice in
                        [
                            TrainingNotice.TrainBegin
                            TrainingNotice.BatchEnd(1, 0.5)
                            TrainingNotice.EpochEnd metrics
                            TrainingNotice.TrainEnd
                        ] do
                        for callback in callbacks do
                            callback notice view

                let lines (writer: StringWriter) =
                    writer.ToString().Trim().Split('\n') |> List.ofArray

                Expect.equal
                    (lines csv)
                    [
                        "run,epoch,train_loss,validation_loss,learning_rate,gradient_norm"
                        "a.seed1,1,NaN,0.5,0.25,Infinity"
                        "a.seed2,1,NaN,0.5,0.25,Infinity"
                    ]
                    "CSV"

                Expect.equal (lines rates) [ "run,step,learning_rate"; "a.seed1,1,0.25"; "a.seed2,1,0.25" ] "rates"
                use first = Text.Json.JsonDocument.Parse((lines json).Head)
                Expect.equal (first.RootElement.GetProperty("run").GetString()) "a.seed1" "run"

                let kind (name: string) =
                    first.RootElement.GetProperty(name).ValueKind

                Expect.equal (kind "train_loss") Text.Json.JsonValueKind.Null "null"
                Expect.equal (kind "validation_loss") Text.Json.JsonValueKind.Number "a number"

            testCase "a history of a run that is gone on with begins with the epochs so far"
            <| scoped (fun () ->
                use csv = new StringWriter(NewLine = "\n")
                let state, _ = fit quick [] (network tiny)

                let view =
                    {
                        Run = ""
                        State = state
                        Snapshot = fun () -> failtest "not asked for"
                        Batch = fun () -> []
                    }

                Callback.historyCsv csv TrainingNotice.Resumed view
                let lines = csv.ToString().Trim().Split '\n'
                Expect.equal lines.Length (1 + quick.Limits.Epochs) "header and epochs"
                Expect.stringStarts lines[1] "1," "in order")

            testCase "progress goes from the first epoch's share to 1"
            <| scoped (fun () ->
                let shares = ResizeArray<float>()

                let listener =
                    { new IProgress<float> with
                        member _.Report share = shares.Add share
                    }

                fit quick [ Callback.progress quick.Limits listener ] (network tiny) |> ignore
                Expect.equal (List.ofSeq shares) [ 0.25; 0.5; 0.75; 1.0; 1.0 ] "shares")
        ]

[<Tests>]
let suite = testList "Training" [ listening ] |> Needs.tensors
