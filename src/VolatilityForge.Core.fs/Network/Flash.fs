/// Attention in tiles with a running softmax: memory grows with the length, not with its square (Dao et al. 2022,
/// arXiv 2205.14135). Knows no layer.
namespace VolatilityForge

open System.Collections.Generic
open TorchSharp

/// The node of flash attention. Arguments of apply: a FlashCall, query, key, value, and a mask or null.
type private FlashNode() =
    inherit torch.autograd.MultiTensorFunction<FlashNode>()

    let place = "call"

    let option (tensor: Tensor) : Tensor option =
        if isNull tensor || tensor.IsInvalid then
            None
        else
            Some tensor

    // In tiles, without a graph.
    let tiled (call: FlashCall) (saved: Tensor[]) (given: Tensor) : Tensor list =
        Scope.keeping List.toSeq (fun () ->
            let panel = FlashKernel.panel call saved[0] saved[1] saved[2] (option saved[3])
            let given = FlashKernel.toRows given
            let overlap = (given * FlashKernel.toRows saved[4]).sum(-1L, keepdim = true)

            let query, key, value =
                torch.zeros_like panel.Query, torch.zeros_like panel.Key, torch.zeros_like panel.Value

            if Dropout.drops call.Dropout then
                for head, parts in FlashKernel.heads panel [ given; overlap; saved[5]; query; key; value ] do
                    FlashKernel.backward call.Dropout head parts[0] parts[1] parts[2] (parts[3], parts[4], parts[5])
            else
                FlashKernel.backward call.Dropout panel given overlap saved[5] (query, key, value)

            let ofKeys (like: Tensor) (rows: Tensor) =
                let shape = like.shape

                (FlashKernel.ofRows [| shape[0]; shape[1]; shape[2]; 1L; shape[3] |] rows).squeeze 3L
                |> Ops.cast like.dtype

            [
                FlashKernel.ofRows saved[0].shape (Ops.scale call.Scale query)
                |> Ops.cast saved[0].dtype
                ofKeys saved[1] key
                ofKeys saved[2] value
            ])

    // Tiles write in place and record nothing: where the gradients are to be differentiated, the standard path gives them.
    let composed (call: FlashCall) (saved: Tensor[]) (given: Tensor) : Tensor list =
        let reads =
            {
                Reads.Causal = call.Causal
                Mask = option saved[3]
            }

        let attend (x: Tensor[]) =
            let mask = Attention.maskOf x[0].device x[0].shape[1] x[1].shape[1] reads
            Attention.grouped mask call.Dropout call.Scale x[0] x[1] x[2]

        Scope.keeping (Seq.filter (fun (gradient: Tensor) -> not (isNull gradient))) (fun () ->
            Recomputed.gradients attend saved[..2] given |> List.ofArray)

    override _.Name = "flash attention"

    override _.forward(context, arguments) =
        let call = arguments[0] :?> FlashCall
        let tensors = arguments[1..] |> Array.map (fun argument -> argument :?> Tensor)
        let query = tensors[0]
        let states = call.Dropout.Generator |> Option.map _.get_state() |> Option.toArray

        let result, logSums =
            Scope.keeping (fun (result, logSums) -> [ result; logSums ]) (fun () ->
                let panel = FlashKernel.panel call query tensors[1] tensors[2] (option tensors[3])
                let result = torch.empty_like panel.Query

                let logSums =
                    torch.empty (
                        [| panel.Query.shape[0]; panel.Query.shape[1]; 1L |],
                        dtype = panel.Query.dtype,
                        device = panel.Query.device
                    )

                if Dropout.drops call.Dropout then
                    // Head by head, which is the order of the standard path's draws.
                    for head, parts in FlashKernel.heads panel [ result; logSums ] do
                        FlashKernel.forward call.Dropout head parts[0] parts[1]
                else
                    FlashKernel.forward call.Dropout panel result logSums

                FlashKernel.ofRows query.shape result |> Ops.cast query.dtype, logSums)

        context.save_for_backward (List(Array.concat [ tensors; [| result; logSums |]; states ]))
        context.save_data (place, call)
        List [ result ]

    override _.backward(context, gradients) =
        let saved = context.get_saved_variables () |> Array.ofSeq
        // A generator of its own replays the draws and leaves the caller's alone.
        use replay = new torch.Generator()

        try
            let call = context.get_data place :?> FlashCall

            let call =
                if saved.Length > 6 then
                    replay.set_state saved[6]

                    { call with
                        Dropout =
                            { call.Dropout with
                                Generator = Some replay
                            }
                    }
                else
                    call

            let found =
                (if torch.is_grad_enabled () then composed else tiled) call saved gradients[0]

            List(Seq.concat [ [ null ]; found; [ null ] ])
        finally
            // An engine may run this on a thread without a scope, where nothing else would free them.
            for tensor in saved do
                tensor |> option |> Option.iter _.Dispose()

/// Flash attention: the results of Attention.grouped, in memory that grows with the length and not with its square.
[<RequireQualifiedAccess>]
module Flash =

    /// Times and keys of a tile, where the caller names none.
    let standardBlock: int = 128

    /// softmax(scale * q k^T + mask) v in tiles of block times by block keys; tiles that a causal reading hides are left out.
    /// query: (batch, queries, kvHeads, group, headDim); key, value: (batch, keys, kvHeads, headDim); result as query.
    /// Statistics are taken in float32 or wider. Dropout drops the weights that Attention.grouped drops from the same
    /// generator state and leaves the generator in the same state. For backward are kept query, key, value, result and
    /// one number per query. A backward pass with create_graph takes the standard path, and its memory.
    let grouped
        (block: int)
        (reads: Reads)
        (dropout: Dropout)
        (scale: float)
        (query: Tensor)
        (key: Tensor)
        (value: Tensor)
        : Tensor =
        let operation = "flash attention"

        if block < 1 then
            Fault.raiseWith (Fault.BadSetting("block size", "must be at least 1", string block))

        let shape =
            Axes.rank operation [ "batch"; "queries"; "kvHeads"; "group"; "headDim" ] query

        let keys = Axes.rank operation [ "batch"; "keys"; "kvHeads"; "headDim" ] key

        for name, tensor, length in [ "key", key, keys[1]; "value", value, keys[1] ] do
            Axes.exactly
                operation
                [
                    $"batch of {name}", shape[0]
                    $"keys of {name}", length
                    $"kvHeads of {name}", shape[2]
                    $"headDim of {name}", shape[4]
                ]
                tensor

        reads.Mask
        |> Option.iter (Axes.mask operation [| shape[0]; shape[2]; shape[3]; shape[1]; keys[1] |])

        let call =
            {
                Causal = reads.Causal
                Scale = scale
                Block = int64 block
                Dropout = dropout
            }

        FlashNode.apply(box call, box query, box key, box value, reads.Mask |> Option.toObj |> box)[0]
