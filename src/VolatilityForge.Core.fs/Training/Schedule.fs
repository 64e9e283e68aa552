/// The learning rate as a function of the step. Knows no optimiser.
namespace VolatilityForge

open System

/// How the learning rate moves over the steps of a training run.
[<RequireQualifiedAccess>]
type Schedule =
    /// The same rate at every step.
    | Constant of rate: float
    /// Linear from 0 to the peak over the warm-up steps, then half a cosine down to the floor at the last step.
    | WarmupCosine of peak: float * floor: float * warmup: int * total: int

/// Reading a schedule.
[<RequireQualifiedAccess>]
module Schedule =

    /// The rate of a step, counted from 0. Beyond the last step the floor holds.
    let rate (schedule: Schedule) (step: int) : float =
        match schedule with
        | Schedule.Constant rate -> rate
        | Schedule.WarmupCosine(peak, _, warmup, _) when step < warmup -> peak * float (step + 1) / float warmup
        | Schedule.WarmupCosine(peak, floor, warmup, total) ->
            let progress = float (step - warmup) / float (max 1 (total - warmup)) |> min 1.0
            floor + (peak - floor) * 0.5 * (1.0 + cos (Math.PI * progress))
