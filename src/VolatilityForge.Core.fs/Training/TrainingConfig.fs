/// What a training run is told, apart from its data. Runs nothing.
namespace VolatilityForge

/// Everything a training run depends on but the data.
type TrainingConfig =
    {
        Limits: TrainingLimits
        BatchSize: int
        Objective: Objective
        /// Forward passes of BatchSize samples whose gradients make one step.
        Accumulation: int
        /// The highest learning rate.
        PeakRate: float
        Schedule: ScheduleShape
        Optimiser: OptimiserConfig
        /// For networks that compute in float16.
        LossScale: LossScaleConfig option
        /// Average of the weights over steps; where there is one, it is what is validated and kept.
        Average: AverageConfig option
        /// Seeds batch order and dropout.
        Seed: int64
    }
