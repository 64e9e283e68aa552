/// What listens to training. Knows no tensor.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Text.Json.Nodes

/// What a callback may look at. The snapshot and the batch are copied when asked for, and only then.
type TrainingView =
    {
        /// Which of an experiment's training runs this is, such as transformer.h5.2008-01-02.seed1; empty for a lone one.
        Run: string
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

    /// Epochs to write: the one that ended, or all so far of a run that goes on, so that a new file of it is whole.
    let private epochsOf (notice: TrainingNotice) (view: TrainingView) : EpochMetrics list =
        match notice with
        | TrainingNotice.EpochEnd metrics -> [ metrics ]
        | TrainingNotice.Resumed -> view.State.History |> List.rev |> List.filter (fun metrics -> metrics.Epoch > 0)
        | _ -> []

    /// Appends one line per epoch to a writer: epoch, train_loss, validation_loss, learning_rate, gradient_norm; in an
    /// experiment, before them the run. The header is written once. Lines are flushed one by one. A run that is gone on
    /// with writes its epochs so far first.
    let historyCsv (writer: TextWriter) : TrainingCallback =
        let headed = ref false

        fun notice view ->
            let isLone = view.Run = ""

            match notice with
            | TrainingNotice.TrainBegin
            | TrainingNotice.Resumed when not headed.Value ->
                headed.Value <- true
                let run = if isLone then "" else "run,"
                writer.WriteLine(run + "epoch,train_loss,validation_loss,learning_rate,gradient_norm")
            | _ -> ()

            for metrics in epochsOf notice view do
                let values =
                    [
                        metrics.TrainLoss
                        metrics.ValidationLoss
                        metrics.LearningRate
                        metrics.GradientNorm
                    ]

                let cells = string metrics.Epoch :: List.map number values
                writer.WriteLine(String.Join(",", (if isLone then cells else view.Run :: cells)))
                writer.Flush()

    /// Appends one JSON object per epoch to a writer; a figure that is not finite is null. Otherwise as historyCsv.
    let historyJsonLines (writer: TextWriter) : TrainingCallback =
        let finite (value: float) : JsonNode =
            if Double.IsFinite value then
                JsonValue.Create value
            else
                null

        fun notice view ->
            for metrics in epochsOf notice view do
                let line = JsonObject()

                if view.Run <> "" then
                    line["run"] <- JsonValue.Create view.Run

                line["epoch"] <- JsonValue.Create metrics.Epoch
                line["train_loss"] <- finite metrics.TrainLoss
                line["validation_loss"] <- finite metrics.ValidationLoss
                line["learning_rate"] <- finite metrics.LearningRate
                line["gradient_norm"] <- finite metrics.GradientNorm
                writer.WriteLine(line.ToJsonString())
                writer.Flush()

    /// Hands the share of epochs done, from 0 to 1, to a listener.
    let progress (limits: TrainingLimits) (listener: IProgress<float>) : TrainingCallback =
        fun notice _ ->
            match notice with
            | TrainingNotice.EpochEnd metrics -> listener.Report(float metrics.Epoch / float limits.Epochs)
            | TrainingNotice.TrainEnd -> listener.Report 1.0
            | _ -> ()

    /// Writes one line per step to a writer: step, learning_rate; in an experiment, before them the run.
    let learningRateCsv (writer: TextWriter) : TrainingCallback =
        let headed = ref false

        fun notice view ->
            let run (text: string) =
                if view.Run = "" then "" else text + ","

            match notice with
            | TrainingNotice.TrainBegin
            | TrainingNotice.Resumed when not headed.Value ->
                headed.Value <- true
                writer.WriteLine(run "run" + "step,learning_rate")
            | TrainingNotice.BatchEnd(step, _) -> writer.WriteLine $"{run view.Run}{step},{number view.State.LastRate}"
            | TrainingNotice.EpochEnd _
            | TrainingNotice.TrainEnd -> writer.Flush()
            | _ -> ()

    /// Saves checkpoints to resume from: every so many epochs and steps, when training is interrupted by cancellation or an
    /// error, and when it has ended. The runs of an experiment have folders of their own below the policy's. A folder that can't
    /// be written, or in which a new run finds checkpoints, ends training with its fault.
    let checkpoints (policy: CheckpointPolicy) : TrainingCallback =
        let save (isBest: bool) (view: TrainingView) : unit =
            let own =
                { policy with
                    Folder = Path.Combine(policy.Folder, view.Run)
                }

            CheckpointFolder.save own isBest (view.Snapshot()) |> Fault.orRaise |> ignore

        // A run that was refused its folder has nothing to save there.
        let refused = HashSet<string>()

        fun notice view ->
            match notice, policy.EverySteps with
            | _ when refused.Contains view.Run -> ()
            | TrainingNotice.TrainBegin, _ ->
                match
                    CheckpointFolder.checkEmpty
                        { policy with
                            Folder = Path.Combine(policy.Folder, view.Run)
                        }
                with
                | Ok() -> ()
                | Error fault ->
                    refused.Add view.Run |> ignore
                    Fault.raiseWith fault
            | TrainingNotice.ValidationEnd _, _ when policy.KeepBest && view.State.History.Length = 1 -> save true view
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
