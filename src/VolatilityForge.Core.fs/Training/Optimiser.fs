/// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) as init and update over parameters. Knows no network.
namespace VolatilityForge

open TorchSharp

/// Settings of AdamW; the decay is decoupled from the gradient and applies to parameters that say so.
type AdamWConfig =
    {
        Beta1: float
        Beta2: float
        Epsilon: float
        Decay: float
        /// Largest global norm of the gradient; None leaves it alone.
        ClipNorm: float option
    }

/// The optimiser's memory: both moments of all parameters in one vector each, in the order of the parameters.
/// One vector instead of one tensor per parameter cuts the launches of a step from about 12 per parameter to 4.
type AdamWState =
    {
        Step: int
        First: Tensor // (elements)
        Second: Tensor
    } // (elements)

/// The pair init and update.
[<RequireQualifiedAccess>]
module AdamW =

    /// Betas and epsilon of the paper, decay 0.1, gradients clipped at norm 1.
    let standard: AdamWConfig =
        {
            Beta1 = 0.9
            Beta2 = 0.999
            Epsilon = 1e-8
            Decay = 0.1
            ClipNorm = Some 1.0
        }

    let private elements (parameters: Parameter[]) : int64 =
        parameters |> Array.sumBy (fun parameter -> parameter.Value.numel ())

    /// Moments at zero. The caller owns the state's tensors.
    let init (parameters: Parameter[]) : AdamWState =
        let like = parameters[0].Value

        let zeros () =
            torch.zeros ([| elements parameters |], dtype = like.dtype, device = like.device)

        {
            Step = 0
            First = zeros ()
            Second = zeros ()
        }

    /// The gradients as one vector, in the order of the parameters.
    let flatten (gradients: Tensor seq) : Tensor =
        torch.cat ([| for gradient in gradients -> gradient.reshape -1L |], 0L)

    /// The vector scaled down to the largest norm allowed, and its norm before.
    let clip (largest: float option) (gradient: Tensor) : Tensor * float =
        let norm = gradient.norm () |> Ops.toFloat

        match largest with
        | Some bound when norm > bound -> Ops.scale (bound / (norm + 1e-6)) gradient, norm
        | _ -> gradient, norm

    /// Moves the parameters in place by one step at the rate. gradient: (elements), already clipped.
    /// The moments are updated in place; the result is the state with the next step's count.
    let update
        (config: AdamWConfig)
        (rate: float)
        (gradient: Tensor)
        (parameters: Parameter[])
        (state: AdamWState)
        : AdamWState =
        Axes.equal "adamw" "elements of the gradient" state.First.shape[0] gradient.shape[0]
        use guard = torch.no_grad ()
        use scope = torch.NewDisposeScope()
        let step = state.Step + 1
        let scalar (value: float) = value.ToScalar()

        state.First.mul_(scalar config.Beta1).add_(gradient, scalar (1.0 - config.Beta1))
        |> ignore

        state.Second.mul_(scalar config.Beta2).addcmul_(gradient, gradient, scalar (1.0 - config.Beta2))
        |> ignore

        let correction1 = 1.0 - config.Beta1 ** float step
        let correction2 = sqrt (1.0 - config.Beta2 ** float step)

        let denominator =
            state.Second.sqrt().div_(scalar correction2).add_(scalar config.Epsilon)

        let move = (state.First / denominator).mul_(scalar (rate / correction1))

        let pieces =
            move.split ([| for parameter in parameters -> parameter.Value.numel () |], 0L)

        parameters
        |> Array.iteri (fun index parameter ->
            if parameter.Decays && config.Decay > 0.0 then
                parameter.Value.mul_ (scalar (1.0 - rate * config.Decay)) |> ignore

            parameter.Value.sub_ (pieces[index].view parameter.Value.shape) |> ignore)

        { state with Step = step }

    /// Frees the moments.
    let dispose (state: AdamWState) : unit =
        state.First.Dispose()
        state.Second.Dispose()
