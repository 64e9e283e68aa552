/// The Transformer step by step: a causal network's answers as the sequence grows, without computing the past again.
namespace VolatilityForge

open System
open TorchSharp

/// What a causal network has computed for the steps seen so far: keys and values by block, and the last norm's results.
[<Sealed>]
type TransformerCache(config: TransformerConfig, batch: int, dtype: torch.ScalarType, device: torch.Device) =
    let room (heads: int) (width: int) =
        new KeyValueCache(
            {
                Batch = batch
                KvHeads = heads
                HeadDim = width
                MaxLength = config.MaxLength
            },
            dtype,
            device
        )

    let blocks =
        List.init config.Depth (fun _ -> room config.Attention.KvHeads config.Attention.HeadDim)

    let read =
        torch
            .zeros([| int64 batch; int64 config.MaxLength; int64 config.Dim |], dtype = dtype, device = device)
            .DetachFromDisposeScope()

    let tables = new RotaryCache(int64 config.Attention.HeadDim, int64 config.MaxLength)

    /// Steps held.
    member _.Length: int64 = blocks.Head.Length

    member internal _.Blocks: KeyValueCache list = blocks
    member internal _.Tables: RotaryCache = tables

    /// Keeps the last norm's results of the steps that the blocks have just taken, (batch, steps, model), and returns those of all.
    member internal cache.Append(normed: Tensor) : Tensor =
        use guard = torch.no_grad ()
        let steps = normed.shape[1]
        use place = read.narrow (1L, cache.Length - steps, steps)
        place.copy_ normed |> ignore
        read.narrow (1L, 0L, cache.Length)

    /// Forgets every step; the room stays.
    member _.Clear() : unit =
        for block in blocks do
            block.Clear()

    interface IDisposable with
        member _.Dispose() =
            for block in blocks do
                (block :> IDisposable).Dispose()

            read.Dispose()
            (tables :> IDisposable).Dispose()

/// Answers step by step.
[<RequireQualifiedAccess>]
module TransformerCache =

    /// The answers after the next steps, without dropout: what `forward` gives for the steps in the cache followed by
    /// these. x: (batch, steps, features); result (batch), the answer after the last of them. Raises Fault.BadSetting for a
    /// network that isn't causal, since there later steps change what was computed for earlier ones.
    let step (config: TransformerConfig) (weights: Transformer<Tensor>) (cache: TransformerCache) (x: Tensor) : Tensor =
        if not config.Causal then
            Fault.raiseWith (Fault.BadSetting("causal", "must be true to forecast step by step", "false"))

        let before = cache.Length
        let time = (Transformer.checkInput config weights before x)[1]
        Axes.equal "transformer" "blocks of the cache" (int64 weights.Blocks.Length) (int64 cache.Blocks.Length)
        let embedded = Linear.forward weights.Embed x // (batch, steps, model)
        let rotary = cache.Tables.Table(embedded.dtype, x.device, before + time)

        let read =
            List.zip cache.Blocks weights.Blocks
            |> List.fold
                (fun x (kept, weights) -> Transformer.blockBy config (Gqa.step kept rotary) Dropout.none weights x)
                embedded
            |> Norm.rms config.NormEps weights.Norm

        cache.Append read |> Transformer.answer config weights
