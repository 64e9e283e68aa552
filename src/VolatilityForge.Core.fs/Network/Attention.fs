/// Scaled dot-product attention and its grouped-query form (Ainslie et al. 2023, arXiv 2305.13245).
namespace VolatilityForge

open TorchSharp

/// Which keys a query may read: a boolean tensor that broadcasts to (batch, kvHeads, group, queries, keys), true = read.
type AttentionMask = Tensor

/// Heads and widths of an attention layer.
type AttentionConfig =
    private
        {
            ModelDim: int
            HeadCount: int
            KvHeadCount: int
            DropoutRate: float
        }

    /// Width of the model.
    member config.Dim: int = config.ModelDim
    /// Query heads.
    member config.Heads: int = config.HeadCount
    /// Key and value heads; each serves Heads / KvHeads query heads.
    member config.KvHeads: int = config.KvHeadCount
    /// Query heads that share one key and value head.
    member config.Group: int = config.HeadCount / config.KvHeadCount
    /// Width of one head.
    member config.HeadDim: int = config.ModelDim / config.HeadCount
    /// Probability with which an attention weight is dropped in training.
    member config.Dropout: float = config.DropoutRate

    /// Checks and builds: dim divisible by heads with an even head width, heads by kvHeads, dropout in [0, 1).
    static member Create(dim: int, heads: int, kvHeads: int, dropout: float) : Result<AttentionConfig, Fault> =
        let faults =
            [
                if dim < 1 then
                    Fault.BadSetting("dim", "must be at least 1", string dim)
                if heads < 1 then
                    Fault.BadSetting("heads", "must be at least 1", string heads)
                elif dim % heads <> 0 then
                    Fault.BadSetting("heads", $"must divide dim ({dim})", string heads)
                elif (dim / heads) % 2 <> 0 then
                    Fault.BadSetting(
                        "dim / heads",
                        "must be even, since rotary embedding turns pairs",
                        string (dim / heads)
                    )
                if kvHeads < 1 || heads < 1 || heads % kvHeads <> 0 then
                    Fault.BadSetting("kvHeads", $"must divide heads ({heads})", string kvHeads)
                if not (dropout >= 0.0 && dropout < 1.0) then
                    Fault.BadSetting("dropout", "must be in [0, 1)", string dropout)
            ]

        match faults with
        | [] ->
            Ok
                {
                    ModelDim = dim
                    HeadCount = heads
                    KvHeadCount = kvHeads
                    DropoutRate = dropout
                }
        | several -> Error(Fault.combine several)

    /// As Create; raises the fault.
    static member FromDim(dim: int, heads: int, kvHeads: int, dropout: float) : AttentionConfig =
        AttentionConfig.Create(dim, heads, kvHeads, dropout) |> Fault.orRaise

/// Weights of grouped-query attention. 'leaf is a tensor in a model, a start in a specification, a name in a checkpoint.
type Gqa<'leaf> =
    {
        Query: 'leaf // (model, kvHeads, group, headDim)
        Key: 'leaf // (model, kvHeads, headDim)
        Value: 'leaf // (model, kvHeads, headDim)
        Output: 'leaf
    } // (kvHeads, group, headDim, model)

/// Attention over time.
[<RequireQualifiedAccess>]
module Attention =

    /// Softmax over the last axis that gives 0, not NaN, where the mask lets nothing through.
    let private maskedSoftmax (mask: AttentionMask) (scores: Tensor) : Tensor =
        let hidden = mask.logical_not ()
        let blocked = scores.masked_fill (hidden, (-infinity).ToScalar())
        // A row that sees nothing has maximum -infinity; 0 in its place keeps exp(-infinity - 0) = 0 and every gradient finite.
        let peak = blocked.detach().amax([| -1L |], keepdim = true)
        let peak = peak.masked_fill (peak.isinf (), (0.0).ToScalar())
        let weights = (blocked - peak).exp()
        let total = weights.sum (-1L, keepdim = true)
        weights / total.masked_fill (total.eq ((0.0).ToScalar()), (1.0).ToScalar())

    /// Attention weights from scores, in float32 or wider: softmax over keys; fully masked rows give 0.
    let weigh (mask: AttentionMask option) (scores: Tensor) : Tensor =
        let wide = Ops.widen scores
        mask |> Option.iter (Axes.broadcasts "attention" "the mask" scores.shape)

        let weights =
            match mask with
            | None -> torch.nn.functional.softmax (wide, -1L)
            | Some mask -> maskedSoftmax mask wide

        Ops.cast scores.dtype weights

    /// The causal mask for a run of queries at the end of a run of keys: query i reads keys up to keys - queries + i.
    /// Shape (queries, keys).
    let causalMask (device: torch.Device) (queries: int64) (keys: int64) : AttentionMask =
        torch.ones([| queries; keys |], dtype = torch.ScalarType.Bool, device = device).tril(keys - queries)

    /// softmax(scale * q k^T + mask) v for one group of queries per key head, with dropout on the weights.
    /// query: (batch, queries, kvHeads, group, headDim); key, value: (batch, keys, kvHeads, headDim); result as query.
    let grouped
        (mask: AttentionMask option)
        (dropout: Dropout)
        (scale: float)
        (query: Tensor)
        (key: Tensor)
        (value: Tensor)
        : Tensor =
        let scores = Einsum.two "btkgd,bskd->bkgts" (Ops.scale scale query) key // (batch, kvHeads, group, queries, keys)
        let weights = weigh mask scores |> Dropout.apply dropout
        Einsum.two "bkgts,bskd->btkgd" weights value

    /// softmax(scale * q k^T + mask) v. query: (batch, heads, queries, headDim); key, value: (batch, heads, keys, headDim).
    /// The mask broadcasts to (batch, heads, queries, keys), true = read. scale None is 1 / sqrt(headDim).
    let scaledDotProduct
        (mask: AttentionMask option)
        (scale: float option)
        (query: Tensor)
        (key: Tensor)
        (value: Tensor)
        : Tensor =
        let shape =
            Axes.rank "scaled_dot_product_attention" [ "batch"; "heads"; "queries"; "headDim" ] query

        let scale = defaultArg scale (1.0 / sqrt (float shape[3]))
        let scores = Einsum.two "bhtd,bhsd->bhts" (Ops.scale scale query) key
        Einsum.two "bhts,bhsd->bhtd" (weigh mask scores) value

    /// Grouped-query attention on separate heads: query head i reads key head i * kvHeads / heads, rounded down.
    /// query: (batch, heads, queries, headDim); key, value: (batch, kvHeads, keys, headDim); result as query.
    /// The mask broadcasts to (batch, kvHeads, group, queries, keys). scale None is 1 / sqrt(headDim).
    let groupedQuery
        (mask: AttentionMask option)
        (scale: float option)
        (query: Tensor)
        (key: Tensor)
        (value: Tensor)
        : Tensor =
        let operation = "grouped_query_attention"
        let shape = Axes.rank operation [ "batch"; "heads"; "queries"; "headDim" ] query
        let keys = Axes.rank operation [ "batch"; "kvHeads"; "keys"; "headDim" ] key

        if keys[1] = 0L || shape[1] % keys[1] <> 0L then
            Fault.raiseWith (Fault.BadShape(operation, "heads", $"a multiple of kvHeads ({keys[1]})", string shape[1]))

        let scale = defaultArg scale (1.0 / sqrt (float shape[3]))

        let groups =
            query.reshape (shape[0], keys[1], shape[1] / keys[1], shape[2], shape[3])

        let scores = Einsum.two "bkgtd,bksd->bkgts" (Ops.scale scale groups) key
        (Einsum.two "bkgts,bksd->bkgtd" (weigh mask scores) value).reshape shape

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

    /// Self-attention with rotary positions. x: (batch, time, model); result the same shape.
    let forward
        (mask: AttentionMask option)
        (dropout: Dropout)
        (rotary: RotaryTable)
        (weights: Gqa<Tensor>)
        (x: Tensor)
        : Tensor =
        let query = Einsum.two "btm,mkgd->btkgd" x weights.Query |> Rotary.apply rotary
        let key = Einsum.two "bsm,mkd->bskd" x weights.Key |> Rotary.apply rotary
        let value = Einsum.two "bsm,mkd->bskd" x weights.Value
        let scale = 1.0 / sqrt (float query.shape[4])
        let mixed = Attention.grouped mask dropout scale query key value
        Einsum.two "btkgd,kgdm->btm" mixed weights.Output
