/// What listens to training. Knows no tensor.
namespace VolatilityForge

open System
open System.Globalization
open System.IO
open System.Text.Json

/// What a callback may look at. The snapshot and the batch are copied when asked for, and only then.
type TrainingView =
    {
        /// The state after the notice; at Interrupted, the one to resume from.
        State: TrainingState
        /// The whole run at this moment.
        Snapshot: unit -> Snapshot
        /// The batch under way or last trained: input, target and the numbers of its samples; empty before the first.
        Batch: unit -> StoredTensor list
    }

/// Told every notice. An exception ends training with its message, the best weights kept, after every callback has been
/// told Interrupted, so that one that saves checkpoints saves one to resume from.
type TrainingCallback = TrainingNotice -> TrainingView -> unit

/// Callbacks for everyday use.
[<RequireQualifiedAccess>]
module Callback =

    let private number (value: float) : string =
        value.ToString("R", CultureInfo.InvariantCulture)

    /// Appends one line per epoch to a writer: epoch, train_loss, validation_loss, learning_rate, gradient_norm.
    let historyCsv (writer: TextWriter) : TrainingCallback =
        fun notice _ ->
            match notice with
            | TrainingNotice.TrainBegin ->
                writer.WriteLine "epoch,train_loss,validation_loss,learning_rate,gradient_norm"
            | TrainingNotice.EpochEnd metrics ->
                let values =
                    [
                        metrics.TrainLoss
                        metrics.ValidationLoss
                        metrics.LearningRate
                        metrics.GradientNorm
                    ]

                writer.WriteLine(String.Join(",", string metrics.Epoch :: List.map number values))
            | TrainingNotice.TrainEnd -> writer.Flush()
            | _ -> ()

    /// Appends one JSON object per epoch to a writer.
    let historyJsonLines (writer: TextWriter) : TrainingCallback =
        fun notice _ ->
            match notice with
            | TrainingNotice.EpochEnd metrics ->
                writer.WriteLine(
                    JsonSerializer.Serialize
                        {|
                            epoch = metrics.Epoch
                            train_loss = metrics.TrainLoss
                            validation_loss = metrics.ValidationLoss
                            learning_rate = metrics.LearningRate
                            gradient_norm = metrics.GradientNorm
                        |}
                )
            | TrainingNotice.TrainEnd -> writer.Flush()
            | _ -> ()

    /// Hands the share of epochs done, from 0 to 1, to a listener.
    let progress (limits: TrainingLimits) (listener: IProgress<float>) : TrainingCallback =
        fun notice _ ->
            match notice with
            | TrainingNotice.EpochEnd metrics -> listener.Report(float metrics.Epoch / float limits.Epochs)
            | TrainingNotice.TrainEnd -> listener.Report 1.0
            | _ -> ()

    /// Writes one line per step to a writer: step, learning_rate.
    let learningRateCsv (writer: TextWriter) : TrainingCallback =
        fun notice view ->
            match notice with
            | TrainingNotice.TrainBegin -> writer.WriteLine "step,learning_rate"
            | TrainingNotice.BatchEnd(step, _) -> writer.WriteLine $"{step},{number view.State.LastRate}"
            | TrainingNotice.TrainEnd -> writer.Flush()
            | _ -> ()

    /// Saves checkpoints to resume from: every so many epochs and steps, when training is interrupted by cancellation or an
    /// error, and when it has ended. A folder that can't be written ends training with its fault.
    let checkpoints (policy: CheckpointPolicy) : TrainingCallback =
        let save (isBest: bool) (view: TrainingView) : unit =
            CheckpointFolder.save policy isBest (view.Snapshot()) |> Fault.orRaise |> ignore

        fun notice view ->
            match notice, policy.EverySteps with
            | TrainingNotice.EpochEnd metrics, _ ->
                let isBest = view.State.BestEpoch = metrics.Epoch

                if metrics.Epoch % policy.EveryEpochs = 0 || (isBest && policy.KeepBest) then
                    save isBest view
            | TrainingNotice.BatchEnd(step, _), Some every when step % every = 0 -> save false view
            | TrainingNotice.Interrupted, _ -> save false view
            | TrainingNotice.TrainEnd, _ ->
                match view.State.Phase with
                | TrainingPhase.Finished StopReason.Completed
                | TrainingPhase.Finished StopReason.EarlyStopped -> save false view
                | _ -> ()
            | _ -> ()

    /// Saves the batch whose loss or gradient was not finite as not-finite-step-STEP.safetensors in a folder: input, target,
    /// sample numbers, the weights before it, and the loss in the metadata.
    let keepNotFinite (folder: string) : TrainingCallback =
        fun notice view ->
            match notice with
            | TrainingNotice.NotFinite(loss, norm) ->
                Directory.CreateDirectory folder |> ignore

                let weights =
                    view.Snapshot().Weights
                    |> List.map (fun tensor ->
                        { tensor with
                            Name = "weights." + tensor.Name
                        })

                {
                    Tensors = view.Batch() @ weights
                    Metadata =
                        Map
                            [
                                "step", string view.State.Step
                                "epoch", string view.State.Epoch
                                "loss", number loss
                                "gradient_norm", number norm
                            ]
                }
                |> Checkpoint.save (Path.Combine(folder, $"not-finite-step-{view.State.Step}.safetensors"))
                |> Fault.orRaise
            | _ -> ()
