/// What training minimises, on log variance. Knows no network.
namespace VolatilityForge

open TorchSharp

/// A loss on u = ln(variance) - ln(forecast).
[<RequireQualifiedAccess>]
type Objective =
    /// e^u - u - 1, the QLIKE of Patton (2011), continued linearly beyond u = clip: unclipped, one missed spike
    /// outweighs a year of days.
    | Qlike of clip: float
    /// u^2.
    | Mse
    /// |u|.
    | Mae
    /// u^2 / 2 up to |u| = delta, linear beyond.
    | Huber of delta: float

/// Losses over a batch.
[<RequireQualifiedAccess>]
module Objective =

    /// QLIKE with a clip at u = 2: a day with more than seven times the forecast variance.
    let standard: Objective = Objective.Qlike 2.0

    /// Every objective with its name and standard parameter.
    let known: (string * Objective) list =
        [
            "qlike", standard
            "mse", Objective.Mse
            "mae", Objective.Mae
            "huber", Objective.Huber 1.0
        ]

    /// The objective, or the fault of a bound that is not positive and finite.
    let check (objective: Objective) : Result<Objective, Fault> =
        match objective with
        | Objective.Qlike bound
        | Objective.Huber bound when not (bound > 0.0 && System.Double.IsFinite bound) ->
            Error(Fault.BadSetting("objective's bound", "must be positive and finite", string bound))
        | _ -> Ok objective

    /// The objective of a name.
    let ofName (name: string) : Result<Objective, Fault> =
        match known |> List.tryFind (fun (key, _) -> key = name) with
        | Some(_, objective) -> Ok objective
        | None -> Error(Fault.UnknownName("objective", name, List.map fst known))

    /// The name of an objective.
    let toName (objective: Objective) : string =
        match objective with
        | Objective.Qlike _ -> "qlike"
        | Objective.Mse -> "mse"
        | Objective.Mae -> "mae"
        | Objective.Huber _ -> "huber"

    /// Linear beyond the bound with the slope it has there; both the curve and the slope are continuous.
    let private linearBeyond (bound: float) (slope: float) (curve: Tensor -> Tensor) (x: Tensor) : Tensor =
        let inside = x.clamp_max (bound.ToScalar())
        curve inside + Ops.scale slope (x - inside)

    /// Element by element; 0 at an error of 0, whatever the objective.
    let private each (objective: Objective) (error: Tensor) : Tensor =
        match objective with
        | Objective.Qlike clip ->
            error
            |> linearBeyond clip (exp clip - 1.0) (fun u -> Ops.shift -1.0 (u.exp () - u))
        | Objective.Mse -> error * error
        | Objective.Mae -> error.abs ()
        | Objective.Huber delta -> error.abs () |> linearBeyond delta delta (fun u -> Ops.scale 0.5 (u * u))

    /// How many targets there are: those of samples with several answers that are NaN are none.
    let targets (target: Tensor) : float =
        if target.shape.Length = 1 then
            float target.shape[0]
        else
            Scope.run (fun () -> float (target.numel ()) - (target.isnan().sum() |> Ops.toFloat))

    /// The mean loss. predicted, target: logarithms of variance, (batch), or (batch, answers) where a sample has several answers; a target of
    /// those that is NaN is left out. Result a scalar tensor.
    let loss (objective: Objective) (predicted: Tensor) (target: Tensor) : Tensor =
        match target.shape with
        | [| batch; answers |] ->
            Axes.exactly "loss" [ "batch", batch; "answers", answers ] predicted
            let error = (target - predicted).masked_fill(target.isnan (), (0.0).ToScalar())
            (each objective error).sum() |> Ops.scale (1.0 / max 1.0 (targets target))
        | _ ->
            let batch = Axes.rank "loss" [ "batch" ] target
            // One axis only: (batch, 1) against (batch) would broadcast to every pair of samples.
            Axes.exactly "loss" [ "batch", batch[0] ] predicted
            (each objective (target - predicted)).mean()
