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
