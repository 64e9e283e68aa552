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

/// Which keys a query may read, without a matrix of queries by keys where none is needed.
type Reads =
    {
        /// True when query i reads keys up to keys - queries + i alone.
        Causal: bool
        /// What hides further keys.
        Mask: AttentionMask option
    }

/// Kinds of reading.
[<RequireQualifiedAccess>]
module Reads =

    /// Every query reads every key.
    let all: Reads = { Causal = false; Mask = None }

    /// A query reads keys up to its own position; queries stand at the end of the keys.
    let causal: Reads = { Causal = true; Mask = None }

    /// A query reads what the mask lets through.
    let masked (mask: AttentionMask) : Reads = { Causal = false; Mask = Some mask }

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

    /// Elements that the engine's softmax takes at a time.
    let private lane = 8L

    /// Rows from which the elements left over by whole lanes cost less than what makes the rows longer.
    let private longRow = 64L

    // The engine's softmax takes the elements that whole lanes leave over one by one: on a CPU three times as long for rows of
    // 22 as for rows of 24.
    let private softmax (scores: Tensor) : Tensor =
        let length = Axes.last "attention" scores
        let left = length % lane

        if left = 0L || length >= longRow || scores.device.``type`` <> DeviceType.CPU then
            torch.nn.functional.softmax (scores, -1L)
        else
            let whole =
                torch.nn.functional.pad (scores, [| 0L; lane - left |], value = -infinity)

            torch.nn.functional.softmax(whole, -1L).narrow(-1L, 0L, length)

    /// Attention weights from scores, in float32 or wider: softmax over keys; fully masked rows give 0.
    let weigh (mask: AttentionMask option) (scores: Tensor) : Tensor =
        let wide = Ops.widen scores
        mask |> Option.iter (Axes.mask "attention" scores.shape)

        let weights =
            match mask with
            | None -> softmax wide
            | Some mask -> maskedSoftmax mask wide

        Ops.cast scores.dtype weights

    /// The causal mask for a run of queries at the end of a run of keys: query i reads keys up to keys - queries + i.
    /// Shape (queries, keys).
    let causalMask (device: torch.Device) (queries: int64) (keys: int64) : AttentionMask =
        torch.ones([| queries; keys |], dtype = torch.ScalarType.Bool, device = device).tril(keys - queries)

    /// The reading as one mask, None when it hides nothing; a causal one takes queries by keys elements. Raises unless a mask
    /// is boolean.
    let maskOf (device: torch.Device) (queries: int64) (keys: int64) (reads: Reads) : AttentionMask option =
        match reads.Causal, reads.Mask with
        | false, mask -> mask
        | true, None -> Some(causalMask device queries keys)
        | true, Some mask ->
            // Before the conjunction, which would make a boolean mask of any other.
            Axes.boolean "attention" mask
            Some(mask.logical_and (causalMask device queries keys))

    let private operation = "attention"

    /// softmax(scale * q k^T + mask) v for one group of queries per key head, with dropout on the weights, drawn in the order
    /// (batch, kvHeads, queries, group, keys).
    /// query: (batch, queries, kvHeads, group, headDim); key, value: (batch, keys, kvHeads, headDim); result as query.
    let grouped
        (mask: AttentionMask option)
        (dropout: Dropout)
        (scale: float)
        (query: Tensor)
        (key: Tensor)
        (value: Tensor)
        : Tensor =
        let shape =
            Axes.rank operation [ "batch"; "queries"; "kvHeads"; "group"; "headDim" ] query

        let batch, queries, kvHeads, group, width =
            shape[0], shape[1], shape[2], shape[3], shape[4]

        let keys = (Axes.rank operation [ "batch"; "keys"; "kvHeads"; "headDim" ] key)[1]

        for name, tensor in [ "key", key; "value", value ] do
            Axes.exactly
                operation
                [
                    $"batch of {name}", batch
                    $"keys of {name}", keys
                    $"kvHeads of {name}", kvHeads
                    $"headDim of {name}", width
                ]
                tensor

        mask
        |> Option.iter (Axes.broadcasts operation "the mask" [| batch; kvHeads; group; queries; keys |])

        let heads = batch * kvHeads

        let ofKeys (x: Tensor) =
            x.transpose(1L, 2L).reshape(heads, keys, width)

        let rows =
            (Ops.scale scale query).transpose(1L, 2L).reshape(heads, queries * group, width) // row = query * group + member

        let scores = rows.bmm ((ofKeys key).transpose(1L, 2L)) // (heads, rows, keys)

        let weights =
            match mask with
            | None -> weigh None scores
            | Some mask ->
                let missing = Array.create (5 - mask.shape.Length) 1L
                let ofRows = mask.reshape(Array.append missing mask.shape).transpose(2L, 3L)
                (weigh (Some ofRows) (scores.view (batch, kvHeads, queries, group, keys))).view(scores.shape)

        (Dropout.apply dropout weights).bmm(ofKeys value).view(batch, kvHeads, queries, group, width).transpose(1L, 2L)

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
