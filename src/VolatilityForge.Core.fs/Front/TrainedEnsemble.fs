/// What fits of a neural forecaster make, and who is told of them.
namespace VolatilityForge

open System
open System.Threading

/// One trained member of an ensemble.
type TrainedMember =
    {
        Seed: int64
        Weights: StoredTensor list
        State: TrainingState
    }

/// What one fit of a neural forecaster made.
type TrainedEnsemble =
    {
        Model: string
        Horizon: int
        /// The last day of its window.
        FittedOn: DateOnly
        Scaler: Scaler
        /// The log-HAR fitted on its window.
        Base: LogHarCoefficients
        Members: TrainedMember list
    }

/// Who is told of fits, and who may stop them.
type TrainingMonitor =
    {
        OnTrained: TrainedEnsemble -> unit
        Callbacks: TrainingCallback list
        Cancellation: CancellationToken
        /// The folder in which every training run keeps its latest checkpoint, and from which one that was interrupted
        /// goes on; None keeps none.
        Checkpoints: string option
        /// Told of what was passed over, such as a damaged checkpoint.
        OnNote: string -> unit
    }
