/// Grouped-query attention as a layer: projections, rotation, attention (Ainslie et al. 2023, arXiv 2305.13245).
namespace VolatilityForge

open TorchSharp

/// Weights of grouped-query attention. 'leaf is a tensor in a model, a start in a specification, a name in a checkpoint.
type Gqa<'leaf> =
    {
        Query: 'leaf // (model, kvHeads, group, headDim)
        Key: 'leaf // (model, kvHeads, headDim)
        Value: 'leaf // (model, kvHeads, headDim)
        Output: 'leaf
    } // (kvHeads, group, headDim, model)

/// Grouped-query attention as a layer.
[<RequireQualifiedAccess>]
module Gqa =

    /// The same structure with every leaf mapped, in the order of the fields.
    let map (f: 'a -> 'b) (weights: Gqa<'a>) : Gqa<'b> =
        {
            Query = f weights.Query
            Key = f weights.Key
            Value = f weights.Value
            Output = f weights.Output
        }

    /// How the weights start: normal with deviation 1 / sqrt(inputs).
    let initial (config: AttentionConfig) : Gqa<Initial> =
        let model, kv, group, head =
            int64 config.Dim, int64 config.KvHeads, int64 config.Group, int64 config.HeadDim

        {
            Query = Initial.fanIn config.Dim [| model; kv; group; head |]
            Key = Initial.fanIn config.Dim [| model; kv; head |]
            Value = Initial.fanIn config.Dim [| model; kv; head |]
            Output = Initial.fanIn config.Dim [| kv; group; head; model |]
        }

    /// The leaves' names under a prefix.
    let names (prefix: string) : Gqa<string> =
        {
            Query = prefix + ".query"
            Key = prefix + ".key"
            Value = prefix + ".value"
            Output = prefix + ".output"
        }

    let private operation = "attention layer"

    let private project
        (rotate: Tensor -> Tensor)
        (weights: Gqa<Tensor>)
        (x: Tensor)
        : struct (Tensor * Tensor * Tensor) =
        let shape = Axes.rank operation [ "batch"; "time"; "model" ] x

        let projected (axes: string list) (weight: Tensor) =
            let heads = Axes.rank operation ("model" :: axes) weight

            (Linear.product (weight.reshape (heads[0], -1L)) x).view(Array.concat [ shape[..1]; heads[1..] ])

        let query = projected [ "kvHeads"; "group"; "headDim" ] weights.Query |> rotate
        let key = projected [ "kvHeads"; "headDim" ] weights.Key |> rotate
        struct (query, key, projected [ "kvHeads"; "headDim" ] weights.Value)

    let private scaleOf (query: Tensor) : float = 1.0 / sqrt (float query.shape[4])

    let private through
        (rotate: Tensor -> Tensor)
        (attend: float -> Tensor -> Tensor -> Tensor -> Tensor)
        (weights: Gqa<Tensor>)
        (x: Tensor)
        : Tensor =
        let struct (query, key, value) = project rotate weights x
        let mixed = attend (scaleOf query) query key value

        let output =
            Axes.rank operation [ "kvHeads"; "group"; "headDim"; "model" ] weights.Output

        let width = output[0] * output[1] * output[2]

        Axes.exactly
            operation
            [
                "batch", mixed.shape[0]
                "time", mixed.shape[1]
                "kvHeads", output[0]
                "group", output[1]
                "headDim", output[2]
            ]
            mixed

        Linear.product
            (weights.Output.reshape (width, output[3]))
            (mixed.reshape (mixed.shape[0], mixed.shape[1], width))

    /// Self-attention with rotary positions by any function of query, key and value with the shapes of Attention.grouped.
    /// x: (batch, time, model); result the same shape.
    let forwardBy
        (attend: float -> Tensor -> Tensor -> Tensor -> Tensor)
        (rotary: RotaryTable)
        (weights: Gqa<Tensor>)
        (x: Tensor)
        : Tensor =
        through (Rotary.apply rotary) attend weights x

    /// Self-attention of tokens that have no order, on the standard path. x: (batch, tokens, model); result the same shape.
    let unordered (mask: AttentionMask option) (dropout: Dropout) (weights: Gqa<Tensor>) (x: Tensor) : Tensor =
        through id (Attention.grouped mask dropout) weights x

    /// Self-attention with rotary positions on the path, or on the fastest when it is None.
    /// x: (batch, time, model); result the same shape.
    let attend
        (path: AttentionPath option)
        (reads: Reads)
        (dropout: Dropout)
        (rotary: RotaryTable)
        (weights: Gqa<Tensor>)
        (x: Tensor)
        : Tensor =
        forwardBy (AttentionPath.attend path reads dropout) rotary weights x

    /// Self-attention with rotary positions on the standard path. x: (batch, time, model); result the same shape.
    let forward
        (mask: AttentionMask option)
        (dropout: Dropout)
        (rotary: RotaryTable)
        (weights: Gqa<Tensor>)
        (x: Tensor)
        : Tensor =
        forwardBy (Attention.grouped mask dropout) rotary weights x

    /// The next steps of causal self-attention: what `attend` with Reads.causal gives for them after the steps in the
    /// cache, to which they are added. rotary: tables for every position up to theirs; x: (batch, steps, model); result the
    /// same shape. Records no graph through the cache.
    let step (cache: KeyValueCache) (rotary: RotaryTable) (weights: Gqa<Tensor>) (x: Tensor) : Tensor =
        let steps = (Axes.rank "attention step" [ "batch"; "steps"; "model" ] x)[1]

        let attend scale query key value =
            let struct (keys, values) = cache.Append(key, value)
            // One query at the end of the keys reads them all.
            let reads = if steps = 1L then Reads.all else Reads.causal
            AttentionPath.attend None reads Dropout.none scale query keys values

        forwardBy attend (Rotary.from cache.Length steps rotary) weights x

/// Grouped-query self-attention with rotary positions as a layer, on the fastest path for each length.
[<Sealed>]
type GroupedQueryAttention(config: AttentionConfig) =
    let operation = "grouped_query_attention"

    let timeOf (x: Tensor) : int64 =
        let shape = Axes.rank operation [ "batch"; "time"; "model" ] x
        Axes.equal operation "model" (int64 config.Dim) shape[2]
        shape[1]

    let rotary (time: int64) (x: Tensor) : RotaryTable =
        Rotary.table x.dtype x.device time (int64 config.HeadDim)

    /// Heads and widths.
    member _.Config: AttentionConfig = config

    /// Attends within each sequence; dropout at the config's rate only with a generator.
    /// x: (batch, time, model); result the same shape.
    member _.Forward(weights: Gqa<Tensor>, reads: Reads, generator: torch.Generator option, x: Tensor) : Tensor =
        let time = timeOf x

        let dropout =
            {
                Rate = config.Dropout
                Generator = generator
            }

        Gqa.attend None reads dropout (rotary time x) weights x

    /// The next steps of causal attention, without dropout, after those in the cache, to which they are added.
    /// x: (batch, steps, model); result the same shape.
    member _.Step(weights: Gqa<Tensor>, cache: KeyValueCache, x: Tensor) : Tensor =
        let steps = timeOf x
        Gqa.step cache (rotary (cache.Length + steps) x) weights x

/// Flash attention as a layer: grouped-query self-attention with rotary positions, in tiles.
[<Sealed>]
type FlashAttention(config: AttentionConfig, ?block_size: int) =
    let block = defaultArg block_size Flash.standardBlock

    do
        if block < 1 then
            Fault.raiseWith (Fault.BadSetting("block size", "must be at least 1", string block))

    /// Heads and widths.
    member _.Config: AttentionConfig = config

    /// Times and keys of a tile.
    member _.BlockSize: int = block

    /// Attends within each sequence; dropout at the config's rate only with a generator.
    /// x: (batch, time, model); result the same shape.
    member _.Forward(weights: Gqa<Tensor>, reads: Reads, generator: torch.Generator option, x: Tensor) : Tensor =
        Axes.equal "flash attention" "model" (int64 config.Dim) (Axes.last "flash attention" x)
        let time = (Axes.rank "flash attention" [ "batch"; "time"; "model" ] x)[1]

        let dropout =
            {
                Rate = config.Dropout
                Generator = generator
            }

        let rotary = Rotary.table x.dtype x.device time (int64 config.HeadDim)
        Gqa.forwardBy (Flash.grouped block reads dropout) rotary weights x
