/// Networks whose weights stand in a record with one map over its leaves. Knows no architecture.
namespace VolatilityForge

open TorchSharp

/// Making such networks.
[<RequireQualifiedAccess>]
module internal RecordNetwork =

    /// A network of weights drawn from the generator, described by its config. Names and starts are those of the leaves in the order
    /// of the map; `fill` is the map over the starts; `rate` is the share that dropout drops in training.
    let draw
        (device: torch.Device)
        (rng: Rng)
        (config: 'config)
        (names: string list)
        (starts: Initial list)
        (fill: (Initial -> Tensor) -> 'weights)
        (rate: float)
        (forward: Dropout -> 'weights -> Tensor -> Tensor)
        : IModel =
        let parameters = List.zip names starts |> Parameter.draw device rng
        let weights = fill (Parameter.inOrder parameters)
        let description = (RecordJson.toNode config).ToJsonString()

        Network.ofDescribed description parameters (fun generator ->
            forward { Rate = rate; Generator = generator } weights)
