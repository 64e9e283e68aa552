/// Optimisers as init and update over parameters: SGD, Adam, AdamW. Knows no network and no schedule.
namespace VolatilityForge

open System
open System.IO.Enumeration
open TorchSharp

/// Momentum (Polyak 1964) as PyTorch's SGD has it: v <- momentum v + (1 - dampening) g, starting at v = g.
type SgdConfig =
    {
        /// 0 is plain gradient descent.
        Momentum: float
        Dampening: float
        /// True moves along g + momentum v (Sutskever et al. 2013); needs momentum and no dampening.
        Nesterov: bool
    }

/// Adam's moments (Kingma and Ba 2015, arXiv 1412.6980).
type AdamConfig =
    {
        Beta1: float
        Beta2: float
        Epsilon: float
    }

/// Which way gradients move parameters.
[<RequireQualifiedAccess>]
type OptimiserRule =
    /// Weight decay is added to the gradient.
    | Sgd of SgdConfig
    /// Weight decay is added to the gradient.
    | Adam of AdamConfig
    /// Weight decay shrinks the parameter itself (Loshchilov and Hutter 2019, arXiv 1711.05101).
    | AdamW of AdamConfig

/// Parameters that are treated in a way of their own.
type ParameterGroup =
    {
        /// Names of parameters; * stands for any characters and ? for one.
        Pattern: string
        /// Multiplies the learning rate; 0 freezes.
        RateFactor: float
        /// Replaces the weight decay, also of parameters that don't decay otherwise; None leaves it.
        Decay: float option
    }

/// Settings of an optimiser.
type OptimiserConfig =
    {
        Rule: OptimiserRule
        /// Weight decay of the parameters that say so.
        Decay: float
        /// Largest global norm of the gradient; None leaves it alone.
        ClipNorm: float option
        /// The first group whose pattern matches a parameter's name decides.
        Groups: ParameterGroup list
    }

/// The optimiser's memory: steps done and, per slot, one vector over all parameters in their order. One vector instead of
/// one tensor per parameter cuts the launches of a step from about 12 per parameter to a handful.
type OptimiserState =
    {
        Step: int
        /// Name and vector: "momentum" of SGD, "first_moment" and "second_moment" of Adam.
        Slots: (string * Tensor) list // (elements)
    }

/// The pair init and update.
[<RequireQualifiedAccess>]
module Optimiser =

    let private adam: AdamConfig =
        {
            Beta1 = 0.9
            Beta2 = 0.999
            Epsilon = 1e-8
        }

    /// AdamW with the betas and epsilon of the paper, decay 0.1, gradients clipped at norm 1, no groups.
    let standard: OptimiserConfig =
        {
            Rule = OptimiserRule.AdamW adam
            Decay = 0.1
            ClipNorm = Some 1.0
            Groups = []
        }

    /// Every rule with its name and standard settings; SGD with momentum 0.9.
    let known: (string * OptimiserRule) list =
        [
            "adamw", OptimiserRule.AdamW adam
            "adam", OptimiserRule.Adam adam
            "sgd",
            OptimiserRule.Sgd
                {
                    Momentum = 0.9
                    Dampening = 0.0
                    Nesterov = false
                }
        ]

    /// The rule of a name, with its standard settings.
    let ofName (name: string) : Result<OptimiserRule, Fault> =
        match known |> List.tryFind (fun (key, _) -> key = name) with
        | Some(_, rule) -> Ok rule
        | None -> Error(Fault.UnknownName("optimiser", name, List.map fst known))

    /// The name of a rule.
    let toName (rule: OptimiserRule) : string =
        match rule with
        | OptimiserRule.AdamW _ -> "adamw"
        | OptimiserRule.Adam _ -> "adam"
        | OptimiserRule.Sgd _ -> "sgd"

    let private share (field: string) (value: float) : Checked<unit> =
        (value >= 0.0 && value < 1.0)
        |> Checked.require (Fault.BadSetting(field, "must be in [0, 1)", string value))

    let private notNegative (field: string) (value: float) : Checked<unit> =
        (value >= 0.0 && Double.IsFinite value)
        |> Checked.require (Fault.BadSetting(field, "must not be negative", string value))

    let private checkRule (rule: OptimiserRule) : Checked<unit> list =
        match rule with
        | OptimiserRule.Sgd sgd ->
            [
                share "momentum" sgd.Momentum
                (sgd.Dampening >= 0.0 && sgd.Dampening <= 1.0)
                |> Checked.require (Fault.BadSetting("dampening", "must be in [0, 1]", string sgd.Dampening))
                (not sgd.Nesterov || (sgd.Momentum > 0.0 && sgd.Dampening = 0.0))
                |> Checked.require (Fault.BadSetting("nesterov", "needs momentum and no dampening", "true"))
            ]
        | OptimiserRule.Adam moments
        | OptimiserRule.AdamW moments ->
            [
                share "beta1" moments.Beta1
                share "beta2" moments.Beta2
                (moments.Epsilon > 0.0 && Double.IsFinite moments.Epsilon)
                |> Checked.require (Fault.BadSetting("epsilon", "must be positive", string moments.Epsilon))
            ]

    /// The config, or every setting outside its domain.
    let check (config: OptimiserConfig) : Result<OptimiserConfig, Fault> =
        checkRule config.Rule
        @ [
            notNegative "weight decay" config.Decay
            match config.ClipNorm with
            | Some bound ->
                (bound > 0.0)
                |> Checked.require (Fault.BadSetting("gradient clip", "must be positive", string bound))
            | None -> ()
            for group in config.Groups do
                notNegative $"rate factor of {group.Pattern}" group.RateFactor
                notNegative $"weight decay of {group.Pattern}" (defaultArg group.Decay 0.0)
        ]
        |> Checked.all
        |> Result.map (fun () -> config)

    let private matches (group: ParameterGroup) (parameter: Parameter) : bool =
        FileSystemName.MatchesSimpleExpression(group.Pattern, parameter.Name, false)

    /// Rate factor and weight decay of each parameter, or the pattern that names none of them.
    let groups (config: OptimiserConfig) (parameters: Parameter[]) : Result<struct (float * float)[], Fault> =
        let names = parameters |> Array.map _.Name |> List.ofArray

        config.Groups
        |> List.map (fun group ->
            Array.exists (matches group) parameters
            |> Checked.require (Fault.UnknownName("parameter", group.Pattern, names)))
        |> Checked.all
        |> Result.map (fun () ->
            parameters
            |> Array.map (fun parameter ->
                let decay = if parameter.Decays then config.Decay else 0.0

                match config.Groups |> List.tryFind (fun group -> matches group parameter) with
                | Some group -> struct (group.RateFactor, defaultArg group.Decay decay)
                | None -> struct (1.0, decay)))

    let private elements (parameters: Parameter[]) : int64 =
        parameters |> Array.sumBy (fun parameter -> parameter.Value.numel ())

    let private slotNames (rule: OptimiserRule) : string list =
        match rule with
        | OptimiserRule.Sgd { Momentum = 0.0 } -> []
        | OptimiserRule.Sgd _ -> [ "momentum" ]
        | OptimiserRule.Adam _
        | OptimiserRule.AdamW _ -> [ "first_moment"; "second_moment" ]

    /// Slots at zero, in the parameters' element type. The caller owns the state's tensors. Raises when a group's pattern
    /// names no parameter. The parameters share one element type and device.
    let init (config: OptimiserConfig) (parameters: Parameter[]) : OptimiserState =
        groups config parameters |> Fault.orRaise |> ignore
        let like = parameters[0].Value

        {
            Step = 0
            Slots =
                [
                    for name in slotNames config.Rule ->
                        name, torch.zeros ([| elements parameters |], dtype = like.dtype, device = like.device)
                ]
        }

    /// The state's vectors by name, for saving.
    let slots (state: OptimiserState) : (string * Tensor) list = state.Slots

    /// A state of saved vectors, which it then owns; a fault when their names or lengths are not those that init would
    /// make.
    let ofSlots
        (config: OptimiserConfig)
        (parameters: Parameter[])
        (step: int)
        (slots: (string * Tensor) list)
        : Result<OptimiserState, Fault> =
        let expected = slotNames config.Rule
        let length = elements parameters

        Checked.all
            [
                step >= 0
                |> Checked.require (Fault.BadSetting("optimiser step", "must not be negative", string step))
                List.map fst slots = expected
                |> Checked.require (
                    Fault.BadShape(
                        "restoring the optimiser",
                        "the slots",
                        String.Join(", ", expected),
                        String.Join(", ", List.map fst slots)
                    )
                )
                for name, vector in slots do
                    vector.shape = [| length |]
                    |> Checked.require (
                        Fault.BadShape(
                            "restoring the optimiser",
                            name,
                            Axes.showShape [| length |],
                            Axes.showShape vector.shape
                        )
                    )
            ]
        |> Result.map (fun () -> { Step = step; Slots = slots })

    let private scalar (value: float) : Scalar = value.ToScalar()

    let private pieces (parameters: Parameter[]) (vector: Tensor) : Tensor[] =
        let parts =
            vector.split ([| for parameter in parameters -> parameter.Value.numel () |], 0L)

        Array.map2 (fun (parameter: Parameter) (part: Tensor) -> part.view parameter.Value.shape) parameters parts

    /// The gradient plus decay times each parameter that decays: the gradient itself where none does.
    let private withDecay (rules: struct (float * float)[]) (parameters: Parameter[]) (gradient: Tensor) : Tensor =
        if rules |> Array.exists (fun (struct (_, decay)) -> decay > 0.0) then
            let sum = gradient.clone ()

            Array.iter2
                (fun (struct (_, decay)) (parameter: Parameter, piece: Tensor) ->
                    if decay > 0.0 then
                        piece.add_ (parameter.Value, scalar decay) |> ignore)
                rules
                (Array.zip parameters (pieces parameters sum))

            sum
        else
            gradient

    /// The direction of SGD; the momentum is changed in place.
    let private sgd (config: SgdConfig) (state: OptimiserState) (gradient: Tensor) : Tensor =
        match state.Slots with
        | [ _, velocity ] ->
            if state.Step = 0 then
                velocity.copy_ gradient |> ignore
            else
                velocity.mul_(scalar config.Momentum).add_(gradient, scalar (1.0 - config.Dampening))
                |> ignore

            if config.Nesterov then
                gradient.add (velocity, scalar config.Momentum)
            else
                velocity
        | _ -> gradient

    /// Adam's first moment over the root of the second without the first one's correction, which is returned beside it;
    /// the moments are changed in place.
    let private adaptive (config: AdamConfig) (state: OptimiserState) (gradient: Tensor) : struct (Tensor * float) =
        let first, second = snd state.Slots[0], snd state.Slots[1]
        let step = float (state.Step + 1)

        first.mul_(scalar config.Beta1).add_(gradient, scalar (1.0 - config.Beta1))
        |> ignore

        second.mul_(scalar config.Beta2).addcmul_(gradient, gradient, scalar (1.0 - config.Beta2))
        |> ignore

        let denominator =
            second.sqrt().div_(scalar (sqrt (1.0 - config.Beta2 ** step))).add_(scalar config.Epsilon)

        struct (first / denominator, 1.0 - config.Beta1 ** step)

    /// Moves the parameters in place by one step at the rate. gradient: (elements), already clipped; it is not changed.
    /// The slots are updated in place; the result is the state with the next step's count.
    let update
        (config: OptimiserConfig)
        (rate: float)
        (gradient: Tensor)
        (parameters: Parameter[])
        (state: OptimiserState)
        : OptimiserState =
        Axes.equal "optimiser" "elements of the gradient" (elements parameters) gradient.shape[0]
        let rules = groups config parameters |> Fault.orRaise
        use guard = torch.no_grad ()
        use scope = torch.NewDisposeScope()

        let struct (direction, correction) =
            match config.Rule with
            | OptimiserRule.Sgd settings -> struct (withDecay rules parameters gradient |> sgd settings state, 1.0)
            | OptimiserRule.Adam settings -> withDecay rules parameters gradient |> adaptive settings state
            | OptimiserRule.AdamW settings -> adaptive settings state gradient

        let decoupled = config.Rule.IsAdamW
        let moves = pieces parameters direction

        for index in 0 .. parameters.Length - 1 do
            let struct (factor, decay) = rules[index]
            let value = parameters[index].Value

            if decoupled && decay > 0.0 then
                value.mul_ (scalar (1.0 - rate * factor * decay)) |> ignore

            value.add_ (moves[index], scalar (-rate * factor / correction)) |> ignore

        { state with Step = state.Step + 1 }

    /// Frees the slots.
    let dispose (state: OptimiserState) : unit =
        for _, vector in state.Slots do
            vector.Dispose()
