/// The VolatilityTransformer: pre-norm blocks of grouped-query attention and SwiGLU, pooled to one number per sample.
namespace VolatilityForge

open System
open TorchSharp

/// Sizes of a Transformer; immutable, checked when built.
type TransformerConfig =
    {
        /// Width of the model.
        Dim: int
        /// Blocks.
        Depth: int
        /// Query heads.
        Heads: int
        /// Key and value heads.
        KvHeads: int
        /// Factor on the feed-forward width 8/3 * dim, which keeps the parameter count of an ungated layer of 4 * dim.
        FfnMultiplier: float
        /// Added to the mean square inside the root of the norms.
        NormEps: float
        /// Longest sequence accepted.
        MaxLength: int
        /// Probability of dropping an attention weight or a residual branch's element in training.
        Dropout: float
        /// How the sequence is summed up.
        Pooling: Pooling
        /// True when a position may read only itself and earlier ones.
        Causal: bool
        /// The way attention is computed; None is the fastest one, which AttentionPath.choose tells.
        Path: AttentionPath option
        /// True when a block's inner values are computed again in the backward pass instead of kept.
        Checkpointing: bool
    }

    /// Width of the feed-forward layer: 8/3 * dim * multiplier, rounded up to a multiple of 8.
    member config.FfnDim: int =
        let width = 8.0 / 3.0 * float config.Dim * config.FfnMultiplier
        int (ceil (width / 8.0)) * 8

    /// Heads and widths of the attention layers; raises the fault of a config that was never checked.
    member config.Attention: AttentionConfig =
        AttentionConfig.FromDim(config.Dim, config.Heads, config.KvHeads, config.Dropout)

/// Weights of one block.
type Block<'leaf> =
    {
        AttentionNorm: 'leaf // (model)
        Attention: Gqa<'leaf>
        FeedForwardNorm: 'leaf // (model)
        FeedForward: SwiGlu<'leaf>
    }

/// Weights of the whole network. 'leaf is a tensor in a model, a start in a specification, a name in a checkpoint.
type Transformer<'leaf> =
    {
        Embed: Linear<'leaf> // features to model
        Blocks: Block<'leaf> list
        Norm: 'leaf // (model)
        Pool: 'leaf // (model)
        Head: Linear<'leaf>
    } // model to 1

/// Checked sizes.
[<RequireQualifiedAccess>]
module TransformerConfig =

    /// A small network for daily series: width 32, 2 blocks, 4 query heads over 2 key heads.
    let small: TransformerConfig =
        {
            Dim = 32
            Depth = 2
            Heads = 4
            KvHeads = 2
            FfnMultiplier = 1.0
            NormEps = 1e-6
            MaxLength = 512
            Dropout = 0.1
            Pooling = Pooling.Attention
            Causal = false
            Path = None
            Checkpointing = false
        }

    /// The config, or every setting outside its domain.
    let check (config: TransformerConfig) : Result<TransformerConfig, Fault> =
        let attention =
            match AttentionConfig.Create(config.Dim, config.Heads, config.KvHeads, config.Dropout) with
            | Ok _ -> []
            | Error fault -> [ fault ]

        let faults =
            attention
            @ [
                if config.Depth < 1 then
                    Fault.BadSetting("depth", "must be at least 1", string config.Depth)
                if not (config.FfnMultiplier > 0.0 && Double.IsFinite config.FfnMultiplier) then
                    Fault.BadSetting("ffn multiplier", "must be positive and finite", string config.FfnMultiplier)
                if not (config.NormEps > 0.0 && config.NormEps < 1.0) then
                    Fault.BadSetting("norm eps", "must be in (0, 1)", string config.NormEps)
                if config.MaxLength < 1 then
                    Fault.BadSetting("max length", "must be at least 1", string config.MaxLength)
                if config.Path = Some AttentionPath.Fused && config.Dropout > 0.0 then
                    Fault.BadSetting("attention path", "can't be fused with dropout", "fused")
            ]

        match faults with
        | [] -> Ok config
        | several -> Error(Fault.combine several)

/// The network over its weights.
[<RequireQualifiedAccess>]
module Transformer =

    let internal mapBlock (f: 'a -> 'b) (weights: Block<'a>) : Block<'b> =
        {
            AttentionNorm = f weights.AttentionNorm
            Attention = Gqa.map f weights.Attention
            FeedForwardNorm = f weights.FeedForwardNorm
            FeedForward = SwiGlu.map f weights.FeedForward
        }

    /// The same structure with every leaf mapped, in the order of the fields.
    let map (f: 'a -> 'b) (weights: Transformer<'a>) : Transformer<'b> =
        {
            Embed = Linear.map f weights.Embed
            Blocks = List.map (mapBlock f) weights.Blocks
            Norm = f weights.Norm
            Pool = f weights.Pool
            Head = Linear.map f weights.Head
        }

    /// The leaves in the order of the fields.
    let toArray (weights: Transformer<'a>) : 'a[] =
        let leaves = ResizeArray()
        weights |> map leaves.Add |> ignore
        leaves.ToArray()

    /// The structure filled with leaves in the order of the fields; as many as the structure has.
    let ofArray (structure: Transformer<'a>) (leaves: 'b[]) : Transformer<'b> =
        let mutable next = 0

        structure
        |> map (fun _ ->
            let leaf = leaves[next]
            next <- next + 1
            leaf)

    let internal initialBlock (config: TransformerConfig) : Block<Initial> =
        let model = int64 config.Dim

        {
            AttentionNorm = Initial.Ones [| model |]
            Attention = Gqa.initial config.Attention
            FeedForwardNorm = Initial.Ones [| model |]
            FeedForward = SwiGlu.initial config.Dim config.FfnDim
        }

    let internal blockNames (prefix: string) : Block<string> =
        {
            AttentionNorm = prefix + ".attention_norm"
            Attention = Gqa.names (prefix + ".attention")
            FeedForwardNorm = prefix + ".feed_forward_norm"
            FeedForward = SwiGlu.names (prefix + ".feed_forward")
        }

    /// How the weights start. The last layer is zero, so that an untrained network answers 0.
    let initial (features: int) (config: TransformerConfig) : Transformer<Initial> =
        let model = int64 config.Dim

        {
            Embed = Linear.initial features config.Dim
            Blocks = List.replicate config.Depth (initialBlock config)
            Norm = Initial.Ones [| model |]
            Pool = Initial.Normal([| model |], 0.02)
            Head = Linear.zeros config.Dim 1
        }

    /// The leaves' names, unique, as they stand in a checkpoint.
    let names (config: TransformerConfig) : Transformer<string> =
        {
            Embed = Linear.names "embed"
            Blocks = List.init config.Depth (fun index -> blockNames $"blocks.{index}")
            Norm = "norm"
            Pool = "pool"
            Head = Linear.names "head"
        }

    /// The block over the value of its attention layer's function.
    let internal blockBy
        (config: TransformerConfig)
        (attend: Gqa<Tensor> -> Tensor -> Tensor)
        (dropout: Dropout)
        (weights: Block<Tensor>)
        (x: Tensor)
        : Tensor =
        let attended =
            Norm.rms config.NormEps weights.AttentionNorm x
            |> attend weights.Attention
            |> Dropout.apply dropout

        let x = x + attended

        let fed =
            Norm.rms config.NormEps weights.FeedForwardNorm x
            |> SwiGlu.forward weights.FeedForward
            |> Dropout.apply dropout

        x + fed

    /// The block, its inner values kept or, with checkpointing, computed again in the backward pass.
    let private block
        (config: TransformerConfig)
        (attend: Gqa<Tensor> -> Tensor -> Tensor)
        (dropout: Dropout)
        (x: Tensor)
        (weights: Block<Tensor>)
        : Tensor =
        if config.Checkpointing then
            let leaves = ResizeArray()
            weights |> mapBlock leaves.Add |> ignore

            let again (inputs: Tensor[]) =
                let mutable next = 0

                let weights =
                    weights
                    |> mapBlock (fun _ ->
                        next <- next + 1
                        inputs[next])

                blockBy config attend dropout weights inputs[0]

            Checkpointing.many (Option.toList dropout.Generator) again (Array.append [| x |] (leaves.ToArray()))
        else
            blockBy config attend dropout weights x

    let internal checkInput
        (config: TransformerConfig)
        (weights: Transformer<Tensor>)
        (before: int64)
        (x: Tensor)
        : int64[] =
        let shape = Axes.rank "transformer" [ "batch"; "time"; "features" ] x
        Axes.equal "transformer" "features" weights.Embed.Weight.shape[0] shape[2]

        if before + shape[1] > int64 config.MaxLength then
            Fault.raiseWith (
                Fault.BadShape("transformer", "time", $"at most {config.MaxLength}", string (before + shape[1]))
            )

        shape

    let internal answer (config: TransformerConfig) (weights: Transformer<Tensor>) (normed: Tensor) : Tensor =
        (Linear.forward weights.Head (Pooling.forward config.Pooling weights.Pool normed)).squeeze -1L

    /// The path that attention takes in a forward pass over so many time steps on a device, with dropout or without.
    let pathOf (config: TransformerConfig) (drops: bool) (device: torch.Device) (time: int64) : AttentionPath =
        let reads = if config.Causal then Reads.causal else Reads.all

        let case =
            { AttentionPath.caseOf reads Dropout.none device time time with
                Drops = drops
            }

        config.Path |> Option.defaultValue (AttentionPath.choose case)

    /// As `forward`, with rotation tables from a cache.
    let forwardWith
        (tables: RotaryCache)
        (config: TransformerConfig)
        (dropout: Dropout)
        (weights: Transformer<Tensor>)
        (x: Tensor)
        : Tensor =
        let x = if x.shape.Length = 2 then x.unsqueeze 1L else x
        let time = (checkInput config weights 0L x)[1]
        let path = pathOf config (Dropout.drops dropout) x.device time

        let reads =
            match config.Causal, path with
            | false, _ -> Reads.all
            // One mask for every block.
            | true, AttentionPath.Standard -> Reads.masked (Attention.causalMask x.device time time)
            | true, _ -> Reads.causal

        let embedded = Linear.forward weights.Embed x // (batch, time, model)
        let rotary = tables.Table(embedded.dtype, x.device, time)
        let attend = Gqa.attend (Some path) reads dropout rotary

        weights.Blocks
        |> List.fold (block config attend dropout) embedded
        |> Norm.rms config.NormEps weights.Norm
        |> answer config weights

    /// Rotation tables for the config.
    let tables (config: TransformerConfig) : RotaryCache =
        new RotaryCache(int64 config.Attention.HeadDim, int64 config.MaxLength)

    /// One number per sample. x: (batch, time, features), or (batch, features) read as one time step; result (batch).
    /// Raises when the time axis is longer than MaxLength or the features don't match the weights.
    let forward (config: TransformerConfig) (dropout: Dropout) (weights: Transformer<Tensor>) (x: Tensor) : Tensor =
        use tables = tables config
        forwardWith tables config dropout weights x
