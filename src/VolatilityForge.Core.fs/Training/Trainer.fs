/// Training as a pure state machine: a total function of state and event; effects are data. Knows no tensor.
namespace VolatilityForge

open System

/// Why training ended.
[<RequireQualifiedAccess>]
type StopReason =
    /// Every epoch was run.
    | Completed
    /// The validation loss did not improve for the patience.
    | EarlyStopped
    /// Asked to stop.
    | Cancelled
    /// A loss or gradient that is not finite, or a callback's error.
    | Failed of Fault

/// Where a training run stands.
[<RequireQualifiedAccess>]
type TrainingPhase =
    | Ready
    | Training
    | Validating
    | Finished of StopReason

/// One epoch's figures; epoch 0 is the untrained network.
type EpochMetrics =
    {
        Epoch: int
        /// Mean training loss over the epoch's batches; NaN at epoch 0.
        TrainLoss: float
        ValidationLoss: float
        /// The last step's rate; NaN at epoch 0.
        LearningRate: float
        /// Mean global norm of the gradients before clipping; NaN at epoch 0.
        GradientNorm: float
    }

/// The whole state of a training run but for the tensors.
type TrainingState =
    {
        Phase: TrainingPhase
        /// The epoch under way or last ended; 0 before the first.
        Epoch: int
        /// Optimiser steps done.
        Step: int
        BestEpoch: int
        BestLoss: float
        EpochsSinceBest: int
        /// Figures per epoch, latest first.
        History: EpochMetrics list
        /// Sums over the epoch under way.
        LossSum: float
        NormSum: float
        /// Batches of the epoch under way that were read; the place to go on from.
        Batches: int
        /// How many of them made no step, because a scaled gradient overflowed.
        Skipped: int
        LastRate: float
    }

/// What happened.
[<RequireQualifiedAccess>]
type TrainingEvent =
    | Begun
    | BatchTrained of loss: float * gradientNorm: float * rate: float
    /// The scaled gradient overflowed; no step was made and the scale is lower now.
    | BatchSkipped
    | EpochTrained
    | Validated of loss: float
    | CancelRequested
    | Broke of Fault

/// What callbacks are told.
[<RequireQualifiedAccess>]
type TrainingNotice =
    | TrainBegin
    /// An earlier run goes on; told instead of TrainBegin.
    | Resumed
    | EpochBegin of epoch: int
    | BatchEnd of step: int * loss: float
    | ValidationBegin
    | ValidationEnd of loss: float
    | EpochEnd of EpochMetrics
    /// The loss or gradient of the batch under way is not finite; training ends with it.
    | NotFinite of loss: float * gradientNorm: float
    /// Training is about to end before its time. The state told with it is the one to resume from.
    | Interrupted
    | TrainEnd

/// What the loop must do next.
[<RequireQualifiedAccess>]
type TrainingEffect =
    /// Train what is left of an epoch, batch by batch.
    | TrainEpoch of epoch: int
    /// Compute the validation loss.
    | Validate
    /// Keep a copy of the weights.
    | Save
    /// Put the kept weights back.
    | Restore
    | Report of TrainingNotice
    /// Report Interrupted, with this state in place of the current one.
    | Interrupt of TrainingState

/// Bounds of a training run.
type TrainingLimits =
    {
        Epochs: int
        /// Epochs without improvement after which training stops; None runs every epoch.
        Patience: int option
    }

/// The state machine.
[<RequireQualifiedAccess>]
module Trainer =

    /// Before the first event.
    let ready: TrainingState =
        {
            Phase = TrainingPhase.Ready
            Epoch = 0
            Step = 0
            BestEpoch = 0
            BestLoss = infinity
            EpochsSinceBest = 0
            History = []
            LossSum = 0.0
            NormSum = 0.0
            Batches = 0
            Skipped = 0
            LastRate = nan
        }

    let private finish (reason: StopReason) (state: TrainingState) : TrainingState * TrainingEffect list =
        let restore =
            if state.History.IsEmpty then
                []
            else
                [ TrainingEffect.Restore ]

        { state with
            Phase = TrainingPhase.Finished reason
        },
        restore @ [ TrainingEffect.Report TrainingNotice.TrainEnd ]

    /// Ends before the time; `resumable` is where the run stood before it.
    let private breakOff
        (reason: StopReason)
        (resumable: TrainingState)
        (state: TrainingState)
        : TrainingState * TrainingEffect list =
        let ended, effects = finish reason state
        ended, TrainingEffect.Interrupt resumable :: effects

    let private beginEpoch (epoch: int) (state: TrainingState) : TrainingState * TrainingEffect list =
        { state with
            Phase = TrainingPhase.Training
            Epoch = epoch
            LossSum = 0.0
            NormSum = 0.0
            Batches = 0
            Skipped = 0
        },
        [
            TrainingEffect.Report(TrainingNotice.EpochBegin epoch)
            TrainingEffect.TrainEpoch epoch
        ]

    let private validated
        (limits: TrainingLimits)
        (loss: float)
        (state: TrainingState)
        : TrainingState * TrainingEffect list =
        let batches = float (state.Batches - state.Skipped)

        let metrics =
            {
                Epoch = state.Epoch
                TrainLoss = state.LossSum / batches
                ValidationLoss = loss
                LearningRate = state.LastRate
                GradientNorm = state.NormSum / batches
            }

        let improved = loss < state.BestLoss

        let state =
            { state with
                History = metrics :: state.History
                BestEpoch = if improved then state.Epoch else state.BestEpoch
                BestLoss = if improved then loss else state.BestLoss
                EpochsSinceBest = if improved then 0 else state.EpochsSinceBest + 1
            }

        let next, effects =
            match limits.Patience with
            | Some patience when state.EpochsSinceBest >= patience && state.Epoch > 0 ->
                finish StopReason.EarlyStopped state
            | _ when state.Epoch >= limits.Epochs -> finish StopReason.Completed state
            | _ -> beginEpoch (state.Epoch + 1) state

        next,
        [
            if improved then
                TrainingEffect.Save
            TrainingEffect.Report(TrainingNotice.ValidationEnd loss)
            if state.Epoch > 0 then
                TrainingEffect.Report(TrainingNotice.EpochEnd metrics)
            yield! effects
        ]

    /// The next state and what to do. Every pair of state and event has an answer: an event that its phase does not
    /// expect changes nothing, and Finished absorbs every event.
    let transition
        (limits: TrainingLimits)
        (state: TrainingState)
        (event: TrainingEvent)
        : TrainingState * TrainingEffect list =
        match state.Phase, event with
        | TrainingPhase.Finished _, _ -> state, []
        | _, TrainingEvent.Broke fault -> breakOff (StopReason.Failed fault) state state
        | _, TrainingEvent.CancelRequested -> breakOff StopReason.Cancelled state state
        | TrainingPhase.Ready, TrainingEvent.Begun ->
            { state with
                Phase = TrainingPhase.Validating
            },
            [
                TrainingEffect.Report TrainingNotice.TrainBegin
                TrainingEffect.Report TrainingNotice.ValidationBegin
                TrainingEffect.Validate
            ]
        | TrainingPhase.Training, TrainingEvent.BatchTrained(loss, norm, rate) ->
            let before = state

            let state =
                { state with
                    Step = state.Step + 1
                    LossSum = state.LossSum + loss
                    NormSum = state.NormSum + norm
                    Batches = state.Batches + 1
                    LastRate = rate
                }

            if Double.IsFinite loss && Double.IsFinite norm then
                state, [ TrainingEffect.Report(TrainingNotice.BatchEnd(state.Step, loss)) ]
            else
                let reason =
                    $"loss {loss} and gradient norm {norm} at step {state.Step} are not both finite"

                let remedy =
                    "Lower the learning rate, or look at the batch for values far from the rest."

                let ended, effects =
                    breakOff (StopReason.Failed(Fault.NotComputable("training", reason, remedy))) before state

                ended, TrainingEffect.Report(TrainingNotice.NotFinite(loss, norm)) :: effects
        | TrainingPhase.Training, TrainingEvent.BatchSkipped ->
            { state with
                Batches = state.Batches + 1
                Skipped = state.Skipped + 1
            },
            []
        | TrainingPhase.Training, TrainingEvent.EpochTrained ->
            { state with
                Phase = TrainingPhase.Validating
            },
            [
                TrainingEffect.Report TrainingNotice.ValidationBegin
                TrainingEffect.Validate
            ]
        | TrainingPhase.Validating, TrainingEvent.Validated loss when not (Double.IsFinite loss) ->
            let reason = $"the validation loss of epoch {state.Epoch} is {loss}"
            let fault = Fault.NotComputable("training", reason, "Lower the learning rate.")
            breakOff (StopReason.Failed fault) state state
        | TrainingPhase.Validating, TrainingEvent.Validated loss -> validated limits loss state
        | _ -> state, []

    /// What to do first when a run goes on from a state: the rest of the epoch, the validation it stood before, or, for a
    /// run that had ended, its best weights.
    let resume (state: TrainingState) : TrainingEffect list =
        match state.Phase with
        | TrainingPhase.Ready -> []
        | TrainingPhase.Training ->
            [
                TrainingEffect.Report TrainingNotice.Resumed
                if state.Batches = 0 then
                    TrainingEffect.Report(TrainingNotice.EpochBegin state.Epoch)
                TrainingEffect.TrainEpoch state.Epoch
            ]
        | TrainingPhase.Validating -> [ TrainingEffect.Report TrainingNotice.Resumed; TrainingEffect.Validate ]
        | TrainingPhase.Finished _ when state.History.IsEmpty -> []
        | TrainingPhase.Finished _ -> [ TrainingEffect.Restore ]
