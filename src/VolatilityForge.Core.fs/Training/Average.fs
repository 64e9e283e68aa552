/// The exponential moving average of the weights over training (Polyak and Juditsky 1992). Knows no optimiser.
namespace VolatilityForge

open TorchSharp

/// How much of the average each step keeps.
type AverageConfig =
    {
        /// The share of the average that a step keeps, in (0, 1).
        Decay: float
        /// True keeps min(Decay, (1 + t) / (10 + t)) at step t, counted from 0, so that the first weights are soon forgotten.
        WarmUp: bool
    }

/// The average of all parameters in one vector, in their order.
type AverageState = { Step: int; Values: Tensor } // (elements)

/// Averaging weights.
[<RequireQualifiedAccess>]
module Average =

    /// Decay 0.999 with warm-up.
    let standard: AverageConfig = { Decay = 0.999; WarmUp = true }

    /// The config, or the fault of a decay outside (0, 1).
    let check (config: AverageConfig) : Result<AverageConfig, Fault> =
        (config.Decay > 0.0 && config.Decay < 1.0)
        |> Checked.require (Fault.BadSetting("average decay", "must be in (0, 1)", string config.Decay))
        |> Result.map (fun () -> config)

    /// The share of the average that a step keeps; steps count from 0.
    let kept (config: AverageConfig) (step: int) : float =
        if config.WarmUp then
            min config.Decay ((1.0 + float step) / (10.0 + float step))
        else
            config.Decay

    let private flat (parameters: Parameter[]) : Tensor =
        torch.cat ([| for parameter in parameters -> parameter.Value.detach().reshape -1L |], 0L)

    /// The weights as they are. The caller owns the state's tensor.
    let init (parameters: Parameter[]) : AverageState =
        {
            Step = 0
            Values = Scope.one (fun () -> flat parameters)
        }

    /// average <- kept average + (1 - kept) weights, in place; the result is the state with the next step's count.
    let update (config: AverageConfig) (parameters: Parameter[]) (state: AverageState) : AverageState =
        Scope.inference (fun () ->
            let kept = kept config state.Step

            state.Values.mul_(kept.ToScalar()).add_(flat parameters, (1.0 - kept).ToScalar())
            |> ignore)

        { state with Step = state.Step + 1 }

    /// Exchanges the parameters' values with the average's, in place: twice is nothing, bit for bit.
    let swap (parameters: Parameter[]) (state: AverageState) : unit =
        Scope.inference (fun () ->
            let weights = flat parameters

            let pieces =
                state.Values.split ([| for parameter in parameters -> parameter.Value.numel () |], 0L)

            Array.iter2
                (fun (parameter: Parameter) (piece: Tensor) ->
                    parameter.Value.copy_ (piece.view parameter.Value.shape) |> ignore)
                parameters
                pieces

            state.Values.copy_ weights |> ignore)

    /// Runs a body while the parameters have the average's values.
    let during (parameters: Parameter[]) (state: AverageState) (body: unit -> 'result) : 'result =
        swap parameters state

        try
            body ()
        finally
            swap parameters state

    /// Frees the average.
    let dispose (state: AverageState) : unit = state.Values.Dispose()
