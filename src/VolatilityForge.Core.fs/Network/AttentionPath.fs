/// Which way attention is computed: by a rule on the case alone. Knows no layer.
namespace VolatilityForge

open TorchSharp

/// A way to compute attention; all give the same result up to rounding.
[<RequireQualifiedAccess>]
type AttentionPath =
    /// Every score at once: fastest for short sequences, memory by the square of the length.
    | Standard
    /// In tiles: memory by the length.
    | Flash
    /// The engine's own fused kernel: no masks, no dropout.
    | Fused

/// What the choice of a path depends on.
type AttentionCase =
    {
        Queries: int64
        Keys: int64
        Causal: bool
        Masked: bool
        /// True when weights are dropped.
        Drops: bool
        OnCuda: bool
        /// True when the engine has a fused kernel for the device.
        HasFused: bool
    }

/// Choosing and taking a path.
[<RequireQualifiedAccess>]
module AttentionPath =

    /// Length from which flash is faster than standard on two cores (docs/attention.md).
    let flashFrom: int64 = 2_048L

    /// Length from which the scores of one head take 256 MB in float32, which is what decides where kernels are
    /// launched one by one.
    let flashFromOnCuda: int64 = 8_192L

    /// Times and keys of a tile on the chosen path; of 128 to 1,024 the fastest on two cores (docs/attention.md).
    let block: int = 512

    /// Every path with its name.
    let known: (string * AttentionPath) list =
        [
            "standard", AttentionPath.Standard
            "flash", AttentionPath.Flash
            "fused", AttentionPath.Fused
        ]

    /// The path of a name; "auto" is None, the choice by the rule.
    let ofName (name: string) : Result<AttentionPath option, Fault> =
        match known |> List.tryFind (fun (key, _) -> key = name) with
        | Some(_, path) -> Ok(Some path)
        | None when name = "auto" -> Ok None
        | None -> Error(Fault.UnknownName("attention path", name, "auto" :: List.map fst known))

    /// The name of a path, "auto" for None.
    let toName (path: AttentionPath option) : string =
        match path with
        | None -> "auto"
        | Some path -> known |> List.find (fun (_, value) -> value = path) |> fst

    /// True when the fused kernel computes the case: no mask, since a row that reads nothing would be NaN there; no
    /// dropout, since it would draw from a generator of its own; causal only as many queries as keys.
    let fits (case: AttentionCase) : bool =
        not case.Masked
        && not case.Drops
        && (not case.Causal || case.Queries = case.Keys)

    /// The fastest correct path: fused where the engine has it and it computes the case; else flash when queries times
    /// keys reach the square of the length from which it pays; else standard.
    let choose (case: AttentionCase) : AttentionPath =
        let from = if case.OnCuda then flashFromOnCuda else flashFrom

        if case.HasFused && fits case then
            AttentionPath.Fused
        elif case.Queries * case.Keys >= from * from then
            AttentionPath.Flash
        else
            AttentionPath.Standard

    /// True when the engine has a fused kernel for the device: on CUDA from libtorch 2.
    let hasFused (device: torch.Device) : bool =
        device.``type`` = DeviceType.CUDA
        && (match System.Int32.TryParse(torch.__version__.Split('.')[0]) with
            | true, major -> major >= 2
            | _ -> false)

    /// The case of a call: so many queries and keys on a device.
    let caseOf (reads: Reads) (dropout: Dropout) (device: torch.Device) (queries: int64) (keys: int64) : AttentionCase =
        {
            Queries = queries
            Keys = keys
            Causal = reads.Causal
            Masked = reads.Mask.IsSome
            Drops = Dropout.drops dropout
            OnCuda = (device.``type`` = DeviceType.CUDA)
            HasFused = hasFused device
        }

    let private fused (reads: Reads) (scale: float) (query: Tensor) (key: Tensor) (value: Tensor) : Tensor =
        let shape = query.shape

        let batch, queries, kvHeads, group, width =
            shape[0], shape[1], shape[2], shape[3], shape[4]

        // The kernel scales by 1 / sqrt(headDim) itself.
        let rows =
            (Ops.scale (scale * sqrt (float width)) query)
                .permute(0L, 2L, 3L, 1L, 4L)
                .reshape(batch, kvHeads * group, queries, width)

        let repeated (x: Tensor) =
            x
                .permute(0L, 2L, 1L, 3L)
                .unsqueeze(2L)
                .expand(batch, kvHeads, group, x.shape[1], width)
                .reshape(batch, kvHeads * group, x.shape[1], width)

        torch.nn.functional
            .scaled_dot_product_attention(rows, repeated key, repeated value, is_casual = reads.Causal)
            .view(batch, kvHeads, group, queries, width)
            .permute(0L, 3L, 1L, 2L, 4L)

    /// softmax(scale * q k^T + mask) v by the path, or by the choice when it is None.
    /// query: (batch, queries, kvHeads, group, headDim); key, value: (batch, keys, kvHeads, headDim); result as query.
    /// Raises Fault.BadSetting when Fused is asked for a case it doesn't compute.
    let attend
        (path: AttentionPath option)
        (reads: Reads)
        (dropout: Dropout)
        (scale: float)
        (query: Tensor)
        (key: Tensor)
        (value: Tensor)
        : Tensor =
        let operation = "attention"

        let shape =
            Axes.rank operation [ "batch"; "queries"; "kvHeads"; "group"; "headDim" ] query

        let keys = Axes.rank operation [ "batch"; "keys"; "kvHeads"; "headDim" ] key
        let case = caseOf reads dropout query.device shape[1] keys[1]

        match defaultArg path (choose case) with
        | AttentionPath.Standard ->
            Attention.grouped (Attention.maskOf query.device shape[1] keys[1] reads) dropout scale query key value
        | AttentionPath.Flash -> Flash.grouped block reads dropout scale query key value
        | AttentionPath.Fused when fits case ->
            for name, tensor in [ "key", key; "value", value ] do
                Axes.exactly
                    operation
                    [
                        $"batch of {name}", shape[0]
                        $"keys of {name}", keys[1]
                        $"kvHeads of {name}", shape[2]
                        $"headDim of {name}", shape[4]
                    ]
                    tensor

            fused reads scale query key value
        | AttentionPath.Fused ->
            let rule =
                "can't be fused with a mask, with dropout, or causal with other keys than queries"

            Fault.raiseWith (Fault.BadSetting("attention path", rule, "fused"))
