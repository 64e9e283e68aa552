/// Keys and values of the steps seen so far, for inference step by step. Knows no layer.
namespace VolatilityForge

open System
open TorchSharp

/// Sizes of a cache.
type KeyValueCacheConfig =
    {
        Batch: int
        KvHeads: int
        HeadDim: int
        /// Most steps it takes.
        MaxLength: int
    }

/// Room for keys and values of at most MaxLength steps, taken once. Filled from the front; owns its tensors.
[<Sealed>]
type KeyValueCache(config: KeyValueCacheConfig, dtype: torch.ScalarType, device: torch.Device) =
    let room () =
        for name, value in
            [
                "batch", config.Batch
                "kvHeads", config.KvHeads
                "headDim", config.HeadDim
                "max length", config.MaxLength
            ] do
            if value < 1 then
                Fault.raiseWith (Fault.BadSetting(name, "must be at least 1", string value))

        let shape =
            [|
                int64 config.Batch
                int64 config.MaxLength
                int64 config.KvHeads
                int64 config.HeadDim
            |]

        torch.zeros(shape, dtype = dtype, device = device).DetachFromDisposeScope()

    let keys, values = room (), room ()
    let mutable length = 0L

    /// The sizes.
    member _.Config: KeyValueCacheConfig = config

    /// Steps held.
    member _.Length: int64 = length

    /// Forgets every step; the room stays.
    member _.Clear() : unit = length <- 0L

    /// Adds steps and returns the keys and values of all steps held, each (batch, length, kvHeads, headDim): views, valid
    /// until the cache is cleared. key, value: (batch, steps, kvHeads, headDim). Records no graph. Raises Fault.BadShape past
    /// MaxLength and then holds what it held.
    member _.Append(key: Tensor, value: Tensor) : struct (Tensor * Tensor) =
        let operation = "key/value cache"
        let steps = (Axes.rank operation [ "batch"; "steps"; "kvHeads"; "headDim" ] key)[1]

        for name, tensor in [ "key", key; "value", value ] do
            Axes.exactly
                operation
                [
                    $"batch of {name}", int64 config.Batch
                    $"steps of {name}", steps
                    $"kvHeads of {name}", int64 config.KvHeads
                    $"headDim of {name}", int64 config.HeadDim
                ]
                tensor

        if length + steps > int64 config.MaxLength then
            Fault.raiseWith (
                Fault.BadShape(operation, "steps", $"at most {config.MaxLength} in all", string (length + steps))
            )

        use guard = torch.no_grad ()

        for kept, added in [ keys, key; values, value ] do
            use place = kept.narrow (1L, length, steps)
            place.copy_ added |> ignore

        length <- length + steps
        struct (keys.narrow (1L, 0L, length), values.narrow (1L, 0L, length))

    interface IDisposable with
        member _.Dispose() =
            keys.Dispose()
            values.Dispose()
