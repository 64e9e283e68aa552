/// The Transformer as a network that can be trained: weights on a device in a precision, drawn from a seed.
namespace VolatilityForge

open System
open TorchSharp

/// Building a trainable Transformer.
type VolatilityTransformer
    private (config: TransformerConfig, precision: Precision, weights: Transformer<Tensor>, tables: RotaryCache) =
    do
        // Made here, so that a forward pass leaves as many tensors as it found.
        Scope.run (fun () ->
            let embed = weights.Embed.Weight

            let dtype =
                if precision = Precision.Float32 then
                    embed.dtype
                else
                    Precision.dtype precision

            tables.Table(dtype, embed.device, 1L) |> ignore)

    let names = Transformer.names config |> Transformer.toArray
    let leaves = Transformer.toArray weights

    let parameters =
        Array.map2
            (fun name (leaf: Tensor) ->
                {
                    Name = name
                    Value = leaf
                    Decays = leaf.shape.Length >= 2
                })
            names
            leaves
        // Only attention pooling reads its query; the gradient of a tensor that nothing reads is an error of the engine.
        |> Array.filter (fun parameter ->
            config.Pooling = Pooling.Attention
            || not (obj.ReferenceEquals(parameter.Value, weights.Pool)))

    /// The sizes.
    member _.Config: TransformerConfig = config

    /// The weights.
    member _.Weights: Transformer<Tensor> = weights

    /// One number per sample; see Transformer.forward.
    member _.Forward(input: Tensor, generator: torch.Generator option) : Tensor =
        let dropout =
            {
                Rate = config.Dropout
                Generator = generator
            }

        let read = Array.map2 (Precision.weight precision Precision.keepNorms) names leaves

        Transformer.forwardWith
            tables
            config
            dropout
            (Transformer.ofArray weights read)
            (Precision.input precision input)
        |> Precision.output

    /// Weights drawn from the generator. Raises the faults of the config, and that of a precision which the engine can't
    /// compute in on the device.
    static member Create
        (features: int, config: TransformerConfig, precision: Precision, device: torch.Device, rng: Rng)
        : VolatilityTransformer =
        let config = TransformerConfig.check config |> Fault.orRaise

        if features < 1 then
            Fault.raiseWith (Fault.BadSetting("features", "must be at least 1", string features))

        Precision.check precision device |> Fault.orRaise |> ignore
        let mutable state = rng

        let weights =
            Transformer.initial features config
            |> Transformer.map (fun start ->
                let next, values = Initial.values state start
                state <- next
                Scope.one (fun () -> (Ops.ofArray (Initial.shape start) values).``to`` device))

        new VolatilityTransformer(config, precision, weights, Transformer.tables config)

    /// The network with weights given in the order of the names. Raises when their number or a shape
    /// differs, and as Create for the precision.
    static member OfLeaves(config: TransformerConfig, precision: Precision, leaves: Tensor[]) : VolatilityTransformer =
        let names = Transformer.names config

        Axes.equal
            "transformer"
            "the number of weights"
            (int64 (Transformer.toArray names).Length)
            (int64 leaves.Length)

        let features = Array.tryHead leaves[0].shape |> Option.defaultValue 0L

        let starts = Transformer.initial (int features) config |> Transformer.toArray

        for name, start, leaf in Seq.zip3 (Transformer.toArray names) starts leaves do
            if leaf.shape <> Initial.shape start then
                let expected, found =
                    Axes.showShape (Initial.shape start), Axes.showShape leaf.shape

                Fault.raiseWith (Fault.BadShape("transformer", name, expected, found))

        Precision.check precision leaves[0].device |> Fault.orRaise |> ignore
        new VolatilityTransformer(config, precision, Transformer.ofArray names leaves, Transformer.tables config)

    /// The path that attention takes over so many time steps on a device, in training or not.
    member _.AttentionPath(device: torch.Device, time: int, training: bool) : AttentionPath =
        Transformer.pathOf config (training && config.Dropout > 0.0) device (int64 time)

    /// The network over the same weights and tables in another precision; raises as Create.
    member _.In(precision: Precision) : VolatilityTransformer =
        Precision.check precision leaves[0].device |> Fault.orRaise |> ignore
        new VolatilityTransformer(config, precision, weights, tables)

    interface IModel with
        member _.Parameters = parameters
        member network.Forward(input, generator) = network.Forward(input, generator)
        member network.Apply input = network.Forward(input, None)
        member network.State() = Network.parameterState network
        member network.Load weights = Network.loadParameters network weights

    interface IDescribed with
        member _.Description =
            (RecordJson.toNode (config, Precision.toName precision)).ToJsonString()

    interface IDisposable with
        /// Frees every weight, also one that is no parameter, and the rotation tables.
        member _.Dispose() =
            (tables :> IDisposable).Dispose()

            for leaf in Transformer.toArray weights do
                leaf.Dispose()
