/// The learning rate as a function of the step and of the validation losses seen. Knows no optimiser.
namespace VolatilityForge

open System

/// The curve between the rates of a one-cycle schedule.
[<RequireQualifiedAccess>]
type Anneal =
    /// Half a cosine.
    | Cosine
    | Linear

/// One cycle (Smith and Topin 2018, arXiv 1708.07120; PyTorch's OneCycleLR with two phases): from peak / StartDivisor up
/// to the peak, then down to peak / StartDivisor / FinalDivisor at the last step.
type OneCycle =
    {
        /// The share of the steps in which the rate rises, in [0, 1].
        RisingShare: float
        StartDivisor: float
        FinalDivisor: float
        Anneal: Anneal
    }

/// Steps down when the validation loss stops improving (PyTorch's ReduceLROnPlateau with a relative threshold).
type Plateau =
    {
        /// What a reduction multiplies the rate by, in (0, 1).
        Factor: float
        /// Validations without improvement that are borne before a reduction.
        Patience: int
        /// A loss below (1 - Threshold) times the best one is an improvement.
        Threshold: float
        /// Validations after a reduction that are not counted as bad.
        Cooldown: int
        /// The rate is never reduced below this.
        Minimum: float
    }

/// How the learning rate moves, whatever its height and the number of steps.
[<RequireQualifiedAccess>]
type ScheduleShape =
    /// The peak at every step.
    | Constant
    /// Linear from peak / warmup at the first step to the peak at the last step of the warm-up, then half a cosine towards
    /// the floor, which the step after the run's last would reach.
    | WarmupCosine of warmup: int * floor: float
    | OneCycle of OneCycle
    | Plateau of Plateau

/// A learning rate over a training run.
type Schedule =
    {
        Shape: ScheduleShape
        /// The highest rate.
        Peak: float
        /// Steps of the whole run; beyond them the last rate holds.
        Steps: int
    }

/// What a schedule remembers of the validation losses; only a plateau reads or changes it.
type ScheduleState =
    {
        /// The share of the peak that reductions have left.
        Factor: float
        BestLoss: float
        /// Validations without improvement since the best one, the last reduction or its cooldown.
        BadCount: int
        /// Validations of the cooldown still to come.
        Cooldown: int
    }

/// Shapes of the learning rate.
[<RequireQualifiedAccess>]
module ScheduleShape =

    /// PyTorch's defaults: three tenths of the steps rise by half a cosine from 1/25 of the peak, the end is 1/10,000 of the start.
    let oneCycle: OneCycle =
        {
            RisingShare = 0.3
            StartDivisor = 25.0
            FinalDivisor = 1e4
            Anneal = Anneal.Cosine
        }

    /// PyTorch's defaults but for the patience: a tenth, threshold 1e-4, no cooldown, no minimum. It waits 2 validations, not
    /// 10, because runs on daily series last few epochs.
    let plateau: Plateau =
        {
            Factor = 0.1
            Patience = 2
            Threshold = 1e-4
            Cooldown = 0
            Minimum = 0.0
        }

    /// 30 steps of warm-up, then a cosine to 0.
    let standard: ScheduleShape = ScheduleShape.WarmupCosine(30, 0.0)

    /// Every shape with its name and standard settings.
    let known: (string * ScheduleShape) list =
        [
            "warmup-cosine", standard
            "constant", ScheduleShape.Constant
            "one-cycle", ScheduleShape.OneCycle oneCycle
            "plateau", ScheduleShape.Plateau plateau
        ]

    /// The shape of a name, with its standard settings.
    let ofName (name: string) : Result<ScheduleShape, Fault> =
        match known |> List.tryFind (fun (key, _) -> key = name) with
        | Some(_, shape) -> Ok shape
        | None -> Error(Fault.UnknownName("schedule", name, List.map fst known))

    /// The name of a shape.
    let toName (shape: ScheduleShape) : string =
        match shape with
        | ScheduleShape.WarmupCosine _ -> "warmup-cosine"
        | ScheduleShape.Constant -> "constant"
        | ScheduleShape.OneCycle _ -> "one-cycle"
        | ScheduleShape.Plateau _ -> "plateau"

    let private positive (field: string) (value: float) : Checked<unit> =
        (value > 0.0 && Double.IsFinite value)
        |> Checked.require (Fault.BadSetting(field, "must be positive and finite", string value))

    let private notNegative (field: string) (value: float) : Checked<unit> =
        (value >= 0.0 && Double.IsFinite value)
        |> Checked.require (Fault.BadSetting(field, "must not be negative", string value))

    /// The shape, or every setting outside its domain.
    let check (shape: ScheduleShape) : Result<ScheduleShape, Fault> =
        match shape with
        | ScheduleShape.Constant -> []
        | ScheduleShape.WarmupCosine(warmup, floor) ->
            [
                notNegative "warm-up steps" (float warmup)
                notNegative "schedule floor" floor
            ]
        | ScheduleShape.OneCycle cycle ->
            [
                (cycle.RisingShare >= 0.0 && cycle.RisingShare <= 1.0)
                |> Checked.require (Fault.BadSetting("rising share", "must be in [0, 1]", string cycle.RisingShare))
                positive "start divisor" cycle.StartDivisor
                positive "final divisor" cycle.FinalDivisor
            ]
        | ScheduleShape.Plateau plateau ->
            [
                (plateau.Factor > 0.0 && plateau.Factor < 1.0)
                |> Checked.require (Fault.BadSetting("plateau factor", "must be in (0, 1)", string plateau.Factor))
                notNegative "plateau patience" (float plateau.Patience)
                (plateau.Threshold >= 0.0 && plateau.Threshold < 1.0)
                |> Checked.require (
                    Fault.BadSetting("plateau threshold", "must be in [0, 1)", string plateau.Threshold)
                )
                notNegative "plateau cooldown" (float plateau.Cooldown)
                notNegative "plateau minimum" plateau.Minimum
            ]
        |> Checked.all
        |> Result.map (fun () -> shape)

/// Reading a schedule. Pure: the state is handed in and out, so that a run can be resumed exactly.
[<RequireQualifiedAccess>]
module Schedule =

    /// A reduction smaller than this is not made; PyTorch's figure.
    let private smallestReduction = 1e-8

    /// The schedule, or every setting outside its domain.
    let check (schedule: Schedule) : Result<Schedule, Fault> =
        [
            (schedule.Peak > 0.0 && Double.IsFinite schedule.Peak)
            |> Checked.require (Fault.BadSetting("learning rate", "must be positive and finite", string schedule.Peak))
            schedule.Steps >= 1
            |> Checked.require (Fault.BadSetting("steps", "must be at least 1", string schedule.Steps))
            ScheduleShape.check schedule.Shape |> Result.map ignore
            match schedule.Shape with
            | ScheduleShape.WarmupCosine(_, floor) when floor > schedule.Peak ->
                Error(Fault.BadSetting("schedule floor", $"must be at most the peak ({schedule.Peak})", string floor))
            | _ -> Ok()
        ]
        |> Checked.all
        |> Result.map (fun () -> schedule)

    /// Before the first validation.
    let start: ScheduleState =
        {
            Factor = 1.0
            BestLoss = infinity
            BadCount = 0
            Cooldown = 0
        }

    let private warmupCosine (schedule: Schedule) (warmup: int) (floor: float) (step: int) : float =
        let warmup = min warmup schedule.Steps

        if step < warmup then
            schedule.Peak * float (step + 1) / float warmup
        else
            let progress =
                float (step - warmup) / float (max 1 (schedule.Steps - warmup)) |> min 1.0

            floor + (schedule.Peak - floor) * 0.5 * (1.0 + cos (Math.PI * progress))

    let private oneCycle (schedule: Schedule) (cycle: OneCycle) (step: int) : float =
        let first = schedule.Peak / cycle.StartDivisor
        let turn = cycle.RisingShare * float schedule.Steps - 1.0
        let last = float (schedule.Steps - 1)

        let between (low: float, from: float) (high: float, until: float) : float =
            let share =
                if until > low then
                    min 1.0 ((float step - low) / (until - low))
                else
                    1.0

            match cycle.Anneal with
            | Anneal.Linear -> (high - from) * share + from
            | Anneal.Cosine -> high + (from - high) / 2.0 * (1.0 + cos (Math.PI * share))

        if float step <= turn then
            between (0.0, first) (schedule.Peak, turn)
        else
            between (turn, schedule.Peak) (first / cycle.FinalDivisor, last)

    /// The rate of a step, counted from 0.
    let rate (schedule: Schedule) (state: ScheduleState) (step: int) : float =
        match schedule.Shape with
        | ScheduleShape.Constant -> schedule.Peak
        | ScheduleShape.WarmupCosine(warmup, floor) -> warmupCosine schedule warmup floor step
        | ScheduleShape.OneCycle cycle -> oneCycle schedule cycle step
        | ScheduleShape.Plateau _ -> schedule.Peak * state.Factor

    let private reduced (schedule: Schedule) (plateau: Plateau) (state: ScheduleState) : float =
        let before = schedule.Peak * state.Factor
        let after = max (before * plateau.Factor) plateau.Minimum

        if before - after > smallestReduction then
            after / schedule.Peak
        else
            state.Factor

    /// The state after a validation loss. A loss that is not a number is no improvement.
    let observe (schedule: Schedule) (loss: float) (state: ScheduleState) : ScheduleState =
        match schedule.Shape with
        | ScheduleShape.Plateau plateau ->
            let improved = loss < state.BestLoss * (1.0 - plateau.Threshold)
            let cooling = state.Cooldown > 0

            let seen =
                { state with
                    BestLoss = if improved then loss else state.BestLoss
                    BadCount = if improved || cooling then 0 else state.BadCount + 1
                    Cooldown = max 0 (state.Cooldown - 1)
                }

            if seen.BadCount > plateau.Patience then
                { seen with
                    Factor = reduced schedule plateau seen
                    BadCount = 0
                    Cooldown = plateau.Cooldown
                }
            else
                seen
        | _ -> state
