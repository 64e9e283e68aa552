/// The Transformer as a network that can be trained: weights on a device in a precision, drawn from a seed.
namespace VolatilityForge

open System
open TorchSharp

/// The element type a network computes in. Parameters, norms, softmax and loss stay in float32.
[<RequireQualifiedAccess>]
type Precision =
    | Float32
    | BFloat16

/// Building a trainable Transformer.
type VolatilityTransformer
    private (config: TransformerConfig, precision: Precision, weights: Transformer<Tensor>, tables: RotaryCache) =
    do
        // Made here, so that a forward pass leaves as many tensors as it found.
        Scope.run (fun () ->
            let dtype =
                match precision with
                | Precision.Float32 -> weights.Embed.Weight.dtype
                | Precision.BFloat16 -> torch.ScalarType.BFloat16

            tables.Table(dtype, weights.Embed.Weight.device, 1L) |> ignore)

    let parameters =
        let named = Transformer.names config |> Transformer.toArray
        let leaves = Transformer.toArray weights

        Array.map2
            (fun name (leaf: Tensor) ->
                {
                    Name = name
                    Value = leaf
                    Decays = leaf.shape.Length >= 2
                })
            named
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

        match precision with
        | Precision.Float32 -> Transformer.forwardWith tables config dropout weights input
        | Precision.BFloat16 ->
            let half = torch.ScalarType.BFloat16

            Transformer.forwardWith
                tables
                config
                dropout
                (Transformer.map (Ops.cast half) weights)
                (Ops.cast half input)
            |> Ops.cast torch.ScalarType.Float32

    /// Weights drawn from the generator. Raises the faults of the config.
    static member Create
        (features: int, config: TransformerConfig, precision: Precision, device: torch.Device, rng: Rng)
        : VolatilityTransformer =
        let config = TransformerConfig.check config |> Fault.orRaise

        if features < 1 then
            Fault.raiseWith (Fault.BadSetting("features", "must be at least 1", string features))

        let mutable state = rng

        let weights =
            Transformer.initial features config
            |> Transformer.map (fun start ->
                let next, values = Initial.values state start
                state <- next
                Scope.one (fun () -> (Ops.ofArray (Initial.shape start) values).``to`` device))

        new VolatilityTransformer(config, precision, weights, Transformer.tables config)

    /// The network with weights given in the order of the names. Raises when their number or a shape differs.
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

        new VolatilityTransformer(config, precision, Transformer.ofArray names leaves, Transformer.tables config)

    /// The path that attention takes over so many time steps on a device, in training or not.
    member _.AttentionPath(device: torch.Device, time: int, training: bool) : AttentionPath =
        Transformer.pathOf config (training && config.Dropout > 0.0) device (int64 time)

    /// The network over the same weights and tables in another precision.
    member _.In(precision: Precision) : VolatilityTransformer =
        new VolatilityTransformer(config, precision, weights, tables)

    interface IDifferentiable with
        member _.Parameters = parameters
        member network.Forward(input, generator) = network.Forward(input, generator)

    interface IDisposable with
        /// Frees every weight, also one that is no parameter, and the rotation tables.
        member _.Dispose() =
            (tables :> IDisposable).Dispose()

            for leaf in Transformer.toArray weights do
                leaf.Dispose()
