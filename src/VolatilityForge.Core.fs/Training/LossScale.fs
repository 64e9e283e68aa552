/// The dynamic loss scale of float16 training (Micikevicius et al. 2018, arXiv 1710.03740) as a pure state machine.
/// Knows no network and no optimiser.
namespace VolatilityForge

open System

/// How the scale moves.
type LossScaleConfig =
    {
        /// The first scale.
        Initial: float
        /// What the scale is multiplied by after enough good steps in a row.
        Growth: float
        /// What the scale is multiplied by when a gradient is not finite.
        Backoff: float
        /// Good steps in a row before the scale grows.
        Interval: int
        /// The scale is never backed off below this.
        Minimum: float
    }

/// The scale and what it has seen.
type LossScaleState =
    {
        Scale: float
        /// Good steps since the scale last moved or a step was skipped.
        GoodSteps: int
        /// Steps skipped in all.
        Skipped: int
    }

/// Scaling losses so that small gradients survive float16, whose smallest normal number is 6e-5.
[<RequireQualifiedAccess>]
module LossScale =

    /// PyTorch's GradScaler: from 65,536, doubled after 2,000 good steps, halved at a gradient that is not finite; at
    /// least 1.
    let standard: LossScaleConfig =
        {
            Initial = 65536.0
            Growth = 2.0
            Backoff = 0.5
            Interval = 2000
            Minimum = 1.0
        }

    /// The standard where a precision needs a scale: float16.
    let ofPrecision (precision: Precision) : LossScaleConfig option =
        if precision = Precision.Float16 then
            Some standard
        else
            None

    /// The config, or every setting outside its domain.
    let check (config: LossScaleConfig) : Result<LossScaleConfig, Fault> =
        Checked.all
            [
                (config.Minimum > 0.0 && Double.IsFinite config.Minimum)
                |> Checked.require (
                    Fault.BadSetting("smallest loss scale", "must be positive and finite", string config.Minimum)
                )
                (config.Initial >= config.Minimum && Single.IsFinite(float32 config.Initial))
                |> Checked.require (
                    Fault.BadSetting(
                        "initial loss scale",
                        "must be at least the smallest one and finite in float32",
                        string config.Initial
                    )
                )
                (config.Growth > 1.0 && Double.IsFinite config.Growth)
                |> Checked.require (
                    Fault.BadSetting("loss scale growth", "must be above 1 and finite", string config.Growth)
                )
                (config.Backoff > 0.0 && config.Backoff < 1.0)
                |> Checked.require (Fault.BadSetting("loss scale backoff", "must be in (0, 1)", string config.Backoff))
                config.Interval >= 1
                |> Checked.require (
                    Fault.BadSetting("loss scale interval", "must be at least 1", string config.Interval)
                )
            ]
        |> Result.map (fun () -> config)

    /// The initial scale; nothing seen.
    let start (config: LossScaleConfig) : LossScaleState =
        {
            Scale = config.Initial
            GoodSteps = 0
            Skipped = 0
        }

    /// The loss whose gradients are computed.
    let scale (state: LossScaleState) (loss: Tensor) : Tensor = Ops.scale state.Scale loss

    /// The gradients of the loss itself from those of the scaled one; infinities and NaN stay what they are.
    let unscale (state: LossScaleState) (gradient: Tensor) : Tensor = Ops.scale (1.0 / state.Scale) gradient

    /// The state after a step whose gradients were all finite, or were not, in which case the step must be skipped. A fault
    /// when they are not although the scale is as small as it may be: then the scale is not what made them overflow.
    let observe (config: LossScaleConfig) (finite: bool) (state: LossScaleState) : Result<LossScaleState, Fault> =
        if finite then
            let good = state.GoodSteps + 1
            let larger = state.Scale * config.Growth

            if good < config.Interval then
                Ok { state with GoodSteps = good }
            elif Single.IsFinite(float32 larger) then
                Ok
                    { state with
                        Scale = larger
                        GoodSteps = 0
                    }
            else
                Ok { state with GoodSteps = 0 }
        elif state.Scale <= config.Minimum then
            let reason =
                $"a gradient is not finite though the loss scale is {state.Scale}, as small as it may be"

            Error(
                Fault.NotComputable(
                    "training in float16",
                    reason,
                    "Train in bfloat16, whose range is float32's, or lower the learning rate."
                )
            )
        else
            Ok
                {
                    Scale = max config.Minimum (state.Scale * config.Backoff)
                    GoodSteps = 0
                    Skipped = state.Skipped + 1
                }
