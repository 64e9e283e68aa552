/// Laws of the training state machine; no tensor is made here.
module VolatilityForge.Tests.TrainerTests

open System
open Expecto
open VolatilityForge

let private fault = Fault.Cancelled "a test"

/// An event of a number; most numbers give the events of an undisturbed run.
let private eventOf (code: int) (value: float) : TrainingEvent =
    match abs code % 16 with
    | 0 -> TrainingEvent.Begun
    | 1
    | 2
    | 3
    | 4 -> TrainingEvent.EpochTrained
    | 5
    | 6
    | 7
    | 8
    | 9 -> TrainingEvent.Validated value
    | 10 when value > 5.0 -> TrainingEvent.CancelRequested
    | 11 when value > 5.0 -> TrainingEvent.Broke fault
    | _ -> TrainingEvent.BatchTrained(value, abs value, 1e-3)

let private limitsOf (epochs: int) (patience: int) : TrainingLimits =
    {
        Epochs = 1 + abs epochs % 5
        Patience = if patience < 0 then None else Some(1 + patience % 3)
    }

let private run (limits: TrainingLimits) (events: TrainingEvent list) : TrainingState * TrainingEffect list =
    events
    |> List.fold
        (fun (state, effects) event ->
            let next, more = Trainer.transition limits state event
            next, effects @ more)
        (Trainer.ready, [])

/// NaN is not equal to itself, so states are compared as text.
let private text (value: 'a) : string = sprintf "%A" value

let private isFinished (state: TrainingState) : bool =
    match state.Phase with
    | TrainingPhase.Finished _ -> true
    | _ -> false

/// An undisturbed run with these validation losses, the untrained network's first; two batches an epoch.
let private follow (limits: TrainingLimits) (losses: float list) : TrainingState * TrainingEffect list =
    let batch = TrainingEvent.BatchTrained(1.0, 2.0, 1e-3)

    let epoch loss =
        [ batch; batch; TrainingEvent.EpochTrained; TrainingEvent.Validated loss ]

    TrainingEvent.Begun
    :: TrainingEvent.Validated losses.Head
    :: List.collect epoch losses.Tail
    |> run limits

let private tenEpochs: TrainingLimits = { Epochs = 10; Patience = None }

let private laws =
    testList
        "Laws"
        [
            testProperty
                "every state has an answer to every event"
                (fun (events: TrainingEvent list) (limits: TrainingLimits) -> run limits events |> ignore)

            testProperty "Finished absorbs every event and asks for nothing"
            <| fun (codes: (int * float) list) (epochs: int) (patience: int) (event: TrainingEvent) ->
                let limits = limitsOf epochs patience

                let state, _ =
                    codes |> List.map (fun (code, value) -> eventOf code value) |> run limits

                if isFinished state then
                    let next, effects = Trainer.transition limits state event
                    text next = text state && List.isEmpty effects
                else
                    true

            testProperty "the same events give the same state and the same effects"
            <| fun (codes: (int * float) list) (epochs: int) (patience: int) ->
                let limits = limitsOf epochs patience

                let events =
                    (TrainingEvent.Begun, codes)
                    ||> fun first rest -> first :: List.map (fun (c, v) -> eventOf c v) rest

                text (run limits events) = text (run limits events)

            testProperty "the best is the least validation loss, the earliest on a tie"
            <| fun (codes: (int * float) list) (epochs: int) (patience: int) ->
                let limits = limitsOf epochs patience

                let events =
                    TrainingEvent.Begun :: List.map (fun (c, v) -> eventOf c (round v)) codes

                let state, effects = run limits events
                let history = List.rev state.History
                let saves = effects |> List.filter ((=) TrainingEffect.Save) |> List.length

                match history with
                | [] -> state.BestLoss = infinity && saves = 0
                | _ ->
                    let best = history |> List.minBy _.ValidationLoss

                    best.ValidationLoss = state.BestLoss
                    && best.Epoch = state.BestEpoch
                    && saves >= 1
                    && (history |> List.map _.Epoch) = [ 0 .. history.Length - 1 ]
                    && history.Length - 1 <= limits.Epochs

            testProperty "a run ends once: with one Restore when there is something to restore, then TrainEnd"
            <| fun (codes: (int * float) list) (epochs: int) (patience: int) ->
                let limits = limitsOf epochs patience
                let events = TrainingEvent.Begun :: List.map (fun (c, v) -> eventOf c v) codes
                let state, effects = run limits events
                let last = TrainingEffect.Report TrainingNotice.TrainEnd

                if isFinished state then
                    List.last effects = last
                    && (effects |> List.filter ((=) last) |> List.length) = 1
                    && (effects |> List.contains TrainingEffect.Restore) = not state.History.IsEmpty
                else
                    not (effects |> List.contains last)
        ]

let private runs =
    testList
        "Runs"
        [
            testCase "an undisturbed run tells everything in order"
            <| fun () ->
                let limits = { Epochs = 2; Patience = None }
                let state, effects = follow limits [ 3.0; 2.0; 2.5 ]
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Completed) "completed"

                let told =
                    effects
                    |> List.map (fun effect ->
                        match effect with
                        | TrainingEffect.Report(TrainingNotice.EpochEnd metrics) -> $"end {metrics.Epoch}"
                        | TrainingEffect.Report notice -> text notice
                        | other -> text other)

                Expect.equal
                    told
                    [
                        "TrainBegin"
                        "ValidationBegin"
                        "Validate"
                        "Save"
                        "ValidationEnd 3.0"
                        "EpochBegin 1"
                        "TrainEpoch 1"
                        "BatchEnd (1, 1.0)"
                        "BatchEnd (2, 1.0)"
                        "ValidationBegin"
                        "Validate"
                        "Save"
                        "ValidationEnd 2.0"
                        "end 1"
                        "EpochBegin 2"
                        "TrainEpoch 2"
                        "BatchEnd (3, 1.0)"
                        "BatchEnd (4, 1.0)"
                        "ValidationBegin"
                        "Validate"
                        "ValidationEnd 2.5"
                        "end 2"
                        "Restore"
                        "TrainEnd"
                    ]
                    "the effects"

            testCase "figures of an epoch are means over its batches"
            <| fun () ->
                let state, _ =
                    run
                        { Epochs = 1; Patience = None }
                        [
                            TrainingEvent.Begun
                            TrainingEvent.Validated 5.0
                            TrainingEvent.BatchTrained(1.0, 10.0, 0.1)
                            TrainingEvent.BatchTrained(2.0, 20.0, 0.2)
                            TrainingEvent.BatchTrained(6.0, 60.0, 0.3)
                            TrainingEvent.EpochTrained
                            TrainingEvent.Validated 4.0
                        ]

                let expected =
                    {
                        Epoch = 1
                        TrainLoss = 3.0
                        ValidationLoss = 4.0
                        LearningRate = 0.3
                        GradientNorm = 30.0
                    }

                Expect.equal state.History.Head expected "epoch 1"
                let untrained = List.last state.History
                Expect.equal (untrained.Epoch, untrained.ValidationLoss) (0, 5.0) "epoch 0"
                Expect.isTrue (Double.IsNaN untrained.TrainLoss) "epoch 0 has no training loss"
                Expect.equal state.Step 3 "steps"

            testCase "stops after the patience without improvement; an equal loss is none"
            <| fun () ->
                let limits = { Epochs = 10; Patience = Some 2 }
                let state, _ = follow limits [ 5.0; 4.0; 3.0; 3.0; 3.0; 1.0 ]
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.EarlyStopped) "stopped"
                Expect.equal (state.Epoch, state.BestEpoch, state.BestLoss) (4, 2, 3.0) "at epoch 4, best 2"

            testCase "an improvement starts the patience anew"
            <| fun () ->
                let limits = { Epochs = 10; Patience = Some 2 }
                let state, _ = follow limits [ 5.0; 6.0; 4.0; 6.0; 3.0; 6.0 ]
                Expect.equal (state.Phase, state.Epoch) (TrainingPhase.Training, 6) "goes on"

            testCase "without patience every epoch is run"
            <| fun () ->
                let state, _ = follow tenEpochs (1.0 :: List.replicate 10 2.0)
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Completed) "completed"

            testCase "the untrained network can be the best"
            <| fun () ->
                let state, effects =
                    follow { Epochs = 10; Patience = Some 3 } [ 1.0; 2.0; 3.0; 4.0 ]

                Expect.equal state.Phase (TrainingPhase.Finished StopReason.EarlyStopped) "stopped"
                Expect.equal (state.BestEpoch, state.BestLoss) (0, 1.0) "epoch 0"
                Expect.equal (effects |> List.filter ((=) TrainingEffect.Save) |> List.length) 1 "saved once"
                Expect.contains effects TrainingEffect.Restore "and restored"

            for name, loss, norm in
                [
                    "a NaN loss", nan, 1.0
                    "an infinite loss", infinity, 1.0
                    "a NaN gradient", 1.0, nan
                ] do
                testCase $"{name} fails and says where"
                <| fun () ->
                    let state, effects =
                        run
                            tenEpochs
                            [
                                TrainingEvent.Begun
                                TrainingEvent.Validated 1.0
                                TrainingEvent.BatchTrained(1.0, 1.0, 0.1)
                                TrainingEvent.BatchTrained(loss, norm, 0.1)
                                TrainingEvent.EpochTrained
                            ]

                    match state.Phase with
                    | TrainingPhase.Finished(StopReason.Failed(Fault.NotComputable("training", reason, remedy))) ->
                        Expect.stringContains reason "step 2" "the step"
                        Expect.isGreaterThan remedy.Length 0 "a remedy"
                    | other -> failtest $"{other}"

                    Expect.contains effects TrainingEffect.Restore "the best weights"

            for loss in [ nan; infinity; -infinity ] do
                testCase $"a validation loss of {loss} fails"
                <| fun () ->
                    let state, effects =
                        run tenEpochs [ TrainingEvent.Begun; TrainingEvent.Validated loss ]

                    match state.Phase with
                    | TrainingPhase.Finished(StopReason.Failed _) -> ()
                    | other -> failtest $"{other}"

                    Expect.isFalse (List.contains TrainingEffect.Restore effects) "nothing was kept"

            testCase "cancelling ends at once in every phase"
            <| fun () ->
                for events in
                    [
                        []
                        [ TrainingEvent.Begun ]
                        [ TrainingEvent.Begun; TrainingEvent.Validated 1.0 ]
                        [ TrainingEvent.Begun; TrainingEvent.Validated 1.0; TrainingEvent.EpochTrained ]
                    ] do
                    let state, _ = run tenEpochs (events @ [ TrainingEvent.CancelRequested ])

                    Expect.equal
                        state.Phase
                        (TrainingPhase.Finished StopReason.Cancelled)
                        $"after {events.Length} events"

            testCase "a broken callback fails with its fault"
            <| fun () ->
                let state, _ = run tenEpochs [ TrainingEvent.Begun; TrainingEvent.Broke fault ]
                Expect.equal state.Phase (TrainingPhase.Finished(StopReason.Failed fault)) "the fault"

            testCase "Finished absorbs every event, whatever the reason"
            <| fun () ->
                let begun = [ TrainingEvent.Begun; TrainingEvent.Validated 1.0 ]

                for events in
                    [
                        [ TrainingEvent.CancelRequested ]
                        [ TrainingEvent.Broke fault ]
                        begun @ [ TrainingEvent.BatchTrained(nan, 1.0, 1.0) ]
                        begun
                        @ List.replicate 20 TrainingEvent.EpochTrained
                        @ [ TrainingEvent.CancelRequested ]
                        begun
                        @ List.collect (fun _ -> [ TrainingEvent.EpochTrained; TrainingEvent.Validated 1.0 ]) [ 1..10 ]
                    ] do
                    let state, _ = run tenEpochs events
                    Expect.isTrue (isFinished state) "finished"

                    for event in
                        [
                            TrainingEvent.Begun
                            TrainingEvent.BatchTrained(1.0, 1.0, 1.0)
                            TrainingEvent.EpochTrained
                            TrainingEvent.Validated 0.5
                            TrainingEvent.CancelRequested
                            TrainingEvent.Broke(Fault.Cancelled "another")
                        ] do
                        let next, effects = Trainer.transition tenEpochs state event
                        Expect.equal (text next) (text state) $"{event}"
                        Expect.isEmpty effects $"{event}"

            testCase "an event out of turn changes nothing"
            <| fun () ->
                for before, event in
                    [
                        [], TrainingEvent.Validated 1.0
                        [], TrainingEvent.EpochTrained
                        [], TrainingEvent.BatchTrained(1.0, 1.0, 1.0)
                        [ TrainingEvent.Begun ], TrainingEvent.Begun
                        [ TrainingEvent.Begun ], TrainingEvent.BatchTrained(1.0, 1.0, 1.0)
                        [ TrainingEvent.Begun; TrainingEvent.Validated 1.0 ], TrainingEvent.Validated 0.5
                    ] do
                    let state, _ = run tenEpochs before
                    let next, effects = Trainer.transition tenEpochs state event
                    Expect.equal (text next) (text state) $"{event}"
                    Expect.isEmpty effects $"{event}"
        ]

[<Tests>]
let suite = testList "Trainer" [ laws; runs ]
