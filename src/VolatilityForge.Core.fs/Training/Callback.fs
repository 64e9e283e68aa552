/// What listens to training. Knows no tensor.
namespace VolatilityForge

open System
open System.Globalization
open System.IO
open System.Text.Json

/// Told every notice with the state after it. An exception ends training with its message, the best weights kept.
type TrainingCallback = TrainingNotice -> TrainingState -> unit

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
