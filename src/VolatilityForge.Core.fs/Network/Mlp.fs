/// A multilayer perceptron over the days of a sequence laid side by side.
namespace VolatilityForge

open TorchSharp

/// Sizes of a multilayer perceptron; immutable, checked when built.
type MlpConfig =
    {
        /// Width of each hidden layer, from the input on.
        Hidden: int list
        /// Probability of dropping an element of a hidden layer in training.
        Dropout: float
    }

/// Weights of a multilayer perceptron. 'leaf is a tensor in a model, a start in a specification, a name in a checkpoint.
type Mlp<'leaf> =
    {
        Hidden: Linear<'leaf> list
        Head: Linear<'leaf>
    } // the last hidden width to 1

/// Checked sizes.
[<RequireQualifiedAccess>]
module MlpConfig =

    /// Two hidden layers of 32 and 16, dropout 0.2.
    let small: MlpConfig = { Hidden = [ 32; 16 ]; Dropout = 0.2 }

    /// The config, or every setting outside its domain.
    let check (config: MlpConfig) : Result<MlpConfig, Fault> =
        Checked.all
            [
                (not config.Hidden.IsEmpty && List.forall (fun width -> width >= 1) config.Hidden)
                |> Checked.require (
                    Fault.BadSetting("mlp hidden", "must be one or more widths of at least 1", $"%A{config.Hidden}")
                )
                (config.Dropout >= 0.0 && config.Dropout < 1.0)
                |> Checked.require (Fault.BadSetting("mlp dropout", "must be in [0, 1)", string config.Dropout))
            ]
        |> Result.map (fun () -> config)

/// The perceptron over its weights.
[<RequireQualifiedAccess>]
module Mlp =

    /// The same structure with every leaf mapped, in the order of the fields.
    let map (f: 'a -> 'b) (weights: Mlp<'a>) : Mlp<'b> =
        {
            Hidden = List.map (Linear.map f) weights.Hidden
            Head = Linear.map f weights.Head
        }

    /// How the weights start. The last layer is zero, so that an untrained network answers 0.
    let initial (time: int) (features: int) (config: MlpConfig) : Mlp<Initial> =
        {
            Hidden =
                time * features :: config.Hidden
                |> List.pairwise
                |> List.map (fun (inputs, outputs) -> Linear.initial inputs outputs)
            Head = Linear.zeros (List.last config.Hidden) 1
        }

    /// The leaves' names, unique, as they stand in a checkpoint.
    let names (config: MlpConfig) : Mlp<string> =
        {
            Hidden = config.Hidden |> List.mapi (fun index _ -> Linear.names $"hidden.{index}")
            Head = Linear.names "head"
        }

    /// One number per sample. x: (batch, time, features), as many days as the weights were made for; result (batch).
    /// Each hidden layer is silu of a linear map.
    let forward (dropout: Dropout) (weights: Mlp<Tensor>) (x: Tensor) : Tensor =
        let shape = Axes.rank "mlp" [ "batch"; "time"; "features" ] x
        let inputs = weights.Hidden.Head.Weight.shape[0]
        Axes.equal "mlp" "time x features" inputs (shape[1] * shape[2])

        let hidden =
            weights.Hidden
            |> List.fold
                (fun x layer -> torch.nn.functional.silu (Linear.forward layer x) |> Dropout.apply dropout)
                (x.reshape (shape[0], inputs)) // (batch, hidden)

        (Linear.forward weights.Head hidden).squeeze -1L

    /// A network of weights drawn from the generator for sequences of so many days. Raises the faults of the config.
    let create (time: int) (features: int) (config: MlpConfig) (device: torch.Device) (rng: Rng) : IModel =
        let config = MlpConfig.check config |> Fault.orRaise
        let starts = initial time features config

        RecordNetwork.draw
            device
            rng
            config
            (Parameter.leaves (fun visit -> map visit (names config)))
            (Parameter.leaves (fun visit -> map visit starts))
            (fun tensor -> map tensor starts)
            config.Dropout
            forward
