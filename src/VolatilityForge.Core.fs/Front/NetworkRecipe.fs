/// How a network is made for a forecaster, and what its answers mean. Knows no network.
namespace VolatilityForge

open TorchSharp

/// What a network's answer to a day is.
[<RequireQualifiedAccess>]
type NetworkAnswer =
    /// What ln variance will be more than the base forecasts: 0 in an untrained network.
    | Residual
    /// ln variance itself; an untrained network answers what NetworkContext.Base forecasts, as far as it can.
    | Level

/// What a network may be made from.
type NetworkContext =
    {
        /// Features per day.
        Features: int
        /// Days in a sequence.
        Time: int
        /// Weights are drawn from it.
        Seed: int64
        Device: torch.Device
        /// What the inputs were standardised with: feature = Mean + Scale * input. Clamped inputs lie at Inputs.bound.
        Scaler: Scaler
        /// The log-HAR fitted on the window that the network is trained on; None on samples, which have no history.
        Base: LogHarCoefficients option
    }

    /// The generator to draw weights from; the same seed gives the same one.
    member context.Rng: Rng = Rng.ofSeed context.Seed |> Rng.split "weights"

/// How a network is made, and what it answers.
type NetworkRecipe =
    {
        Answer: NetworkAnswer
        /// Makes the untrained network on the context's device. The caller frees it: by IDisposable where it has that, else
        /// its parameters.
        Make: NetworkContext -> IDifferentiable
    }

/// Making recipes.
[<RequireQualifiedAccess>]
module NetworkRecipe =

    /// A network that learns what the base leaves. Its last layer should start at zero, so that it starts as the base.
    let residual (make: NetworkContext -> IDifferentiable) : NetworkRecipe =
        {
            Answer = NetworkAnswer.Residual
            Make = make
        }

    /// A network that answers ln variance itself.
    let level (make: NetworkContext -> IDifferentiable) : NetworkRecipe =
        {
            Answer = NetworkAnswer.Level
            Make = make
        }

    /// The network, checked by Network.check and put on a device by its maker. Raises its faults.
    let make (recipe: NetworkRecipe) (context: NetworkContext) : IDifferentiable =
        let network = recipe.Make context

        match Network.check network with
        | Ok network -> network
        | Error fault ->
            Network.release network
            Fault.raiseWith fault
