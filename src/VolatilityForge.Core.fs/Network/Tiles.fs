/// The arithmetic of flash attention: tiles of scores, a running softmax over them and its gradients (Dao et al. 2022,
/// arXiv 2205.14135; Milakov and Gimelshein 2018, arXiv 1805.02867). Knows no autograd.
namespace VolatilityForge

open TorchSharp

/// What a call depends on but its tensors.
type internal FlashCall =
    {
        Causal: bool
        Scale: float
        Block: int64
        Dropout: Dropout
    }

/// Queries of one or many key heads as rows. Rows of a time stand together: row = time * Group + member of the group.
type internal TilePanel =
    {
        Batch: int64
        KvHeads: int64
        Group: int64
        Times: int64
        Keys: int64
        Query: Tensor // (batch * kvHeads, times * group, headDim), scaled
        Key: Tensor // (batch * kvHeads, keys, headDim)
        Value: Tensor // (batch * kvHeads, keys, headDim)
        Mask: Tensor option // broadcasts to (batch, kvHeads, times, group, keys)
        Causal: bool
        Block: int64
    }

/// A tile: a run of times against a run of keys.
[<Struct>]
type internal Tile =
    {
        Time: int64
        Times: int64
        FirstKey: int64
        TileKeys: int64
    }

/// Sums of a run of rows over the keys seen so far; changed in place from tile to tile.
type internal Running =
    {
        Peak: Tensor // (.., rows, 1)
        Total: Tensor // (.., rows, 1)
        Mixed: Tensor // (.., rows, headDim)
    }

/// The arithmetic of tiles.
[<RequireQualifiedAccess>]
module internal Tiles =

    /// Runs of at most so many of 0 .. length - 1: first and extent.
    let spans (block: int64) (length: int64) : (int64 * int64) list =
        [ for first in 0L .. block .. length - 1L -> first, min block (length - first) ]

    /// Keys by which the last query's last key exceeds its own number.
    let private offset (panel: TilePanel) : int64 = panel.Keys - panel.Times

    /// Tiles of a run of times that hold a key some query may read.
    let along (panel: TilePanel) (time: int64, times: int64) : Tile list =
        [
            for first, keys in spans panel.Block panel.Keys do
                if not panel.Causal || first <= time + times - 1L + offset panel then
                    {
                        Time = time
                        Times = times
                        FirstKey = first
                        TileKeys = keys
                    }
        ]

    /// True when a row may read nothing, so that its highest score is -infinity.
    let mayBeBlind (panel: TilePanel) : bool =
        panel.Mask.IsSome || (panel.Causal && offset panel < 0L)

    let private cut (axis: int64) (first: int64) (extent: int64) (mask: Tensor) : Tensor =
        if mask.shape[int axis] = 1L then
            mask
        else
            mask.narrow (axis, first, extent)

    let rows (panel: TilePanel) (tile: Tile) (x: Tensor) : Tensor =
        x.narrow (1L, tile.Time * panel.Group, tile.Times * panel.Group)

    let keys (tile: Tile) (x: Tensor) : Tensor =
        x.narrow (1L, tile.FirstKey, tile.TileKeys)

    /// Scores of a tile, -infinity where a query may not read. (batch * kvHeads, rows, keys)
    let scores (panel: TilePanel) (tile: Tile) : Tensor =
        let scores =
            (rows panel tile panel.Query).bmm((keys tile panel.Key).transpose(1L, 2L))

        let hide (hidden: Tensor) =
            scores
                .view(panel.Batch, panel.KvHeads, tile.Times, panel.Group, tile.TileKeys)
                .masked_fill_(hidden, (-infinity).ToScalar())
            |> ignore

        panel.Mask
        |> Option.iter (fun mask ->
            (mask |> cut 2L tile.Time tile.Times |> cut 4L tile.FirstKey tile.TileKeys).logical_not()
            |> hide)

        let reach = tile.Time + offset panel - tile.FirstKey

        if panel.Causal && reach < tile.TileKeys - 1L then
            torch
                .ones([| tile.Times; tile.TileKeys |], dtype = torch.ScalarType.Bool, device = scores.device)
                .triu(reach + 1L)
                .unsqueeze(1L)
            |> hide

        scores

/// Flash attention over tensors.
[<RequireQualifiedAccess>]
module internal FlashKernel =

    /// Elements that dropout keeps for a run of times and every key, times 1 / (1 - rate); None without dropout.
    /// Drawn as the standard path draws them, whose row-major order a run of whole rows keeps.
    let private draw (dropout: Dropout) (panel: TilePanel) (times: int64) : Tensor option =
        match dropout.Generator with
        | Some _ when dropout.Rate > 0.0 ->
            let ones =
                torch.ones (
                    [| 1L; times * panel.Group; panel.Keys |],
                    dtype = panel.Query.dtype,
                    device = panel.Query.device
                )

            Some(Dropout.apply dropout ones)
        | _ -> None

    let private advance (panel: TilePanel) (kept: Tensor option) (running: Running option) (tile: Tile) : Running =
        Scope.keeping
            (fun next ->
                match running with
                | None -> [ next.Peak; next.Total; next.Mixed ]
                | Some _ -> [])
            (fun () ->
                let scores = Tiles.scores panel tile
                let highest = scores.amax ([| -1L |], keepdim = true)

                let peak =
                    match running with
                    | None -> highest
                    | Some before -> highest.maximum before.Peak

                // 0 in place of -infinity keeps exp(-infinity - 0) = 0 where nothing is read.
                let level =
                    if Tiles.mayBeBlind panel then
                        peak.masked_fill (peak.isinf (), (0.0).ToScalar())
                    else
                        peak

                let weights = scores.sub_(level).exp_()
                let total = weights.sum (-1L, keepdim = true)

                kept
                |> Option.iter (fun kept -> weights.mul_ (kept.narrow (2L, tile.FirstKey, tile.TileKeys)) |> ignore)

                let mixed = weights.bmm (Tiles.keys tile panel.Value)

                match running with
                | None ->
                    {
                        Peak = peak
                        Total = total
                        Mixed = mixed
                    }
                | Some before ->
                    let fade = before.Peak.sub_(level).exp_()
                    before.Total.mul_(fade).add_ total |> ignore
                    before.Mixed.mul_(fade).add_ mixed |> ignore
                    before.Peak.copy_ peak |> ignore
                    before)

    /// The panel's result and the logarithms of its rows' sums, written to the given tensors.
    let forward (dropout: Dropout) (panel: TilePanel) (result: Tensor) (logSums: Tensor) : unit =
        for time, times in Tiles.spans panel.Block panel.Times do
            Scope.run (fun () ->
                let kept = draw dropout panel times

                let whole =
                    {
                        Time = time
                        Times = times
                        FirstKey = 0L
                        TileKeys = panel.Keys
                    }

                let running =
                    Tiles.along panel (time, times)
                    |> List.fold (fun running tile -> Some(advance panel kept running tile)) None

                let write (target: Tensor) (value: Tensor) =
                    (Tiles.rows panel whole target).copy_ value |> ignore

                match running with
                | None ->
                    (Tiles.rows panel whole result).zero_() |> ignore
                    (Tiles.rows panel whole logSums).fill_(infinity.ToScalar()) |> ignore
                | Some last when Tiles.mayBeBlind panel ->
                    let blind = last.Total.eq ((0.0).ToScalar())
                    write result (last.Mixed.div_ (last.Total.masked_fill (blind, (1.0).ToScalar())))
                    // +infinity makes every weight of a row that reads nothing exp(-infinity) = 0 in the backward pass.
                    write logSums ((last.Total.log () + last.Peak).masked_fill(blind, infinity.ToScalar()))
                | Some last ->
                    write logSums (last.Total.log () + last.Peak)
                    write result (last.Mixed.div_ last.Total))

    /// Adds the panel's gradients to those of its query (scaled), key and value.
    /// given: the gradient of the result; overlap: its product with the result, summed by row.
    let backward
        (dropout: Dropout)
        (panel: TilePanel)
        (given: Tensor)
        (overlap: Tensor)
        (logSums: Tensor)
        (query: Tensor, key: Tensor, value: Tensor)
        : unit =
        for time, times in Tiles.spans panel.Block panel.Times do
            Scope.run (fun () ->
                let kept = draw dropout panel times

                for tile in Tiles.along panel (time, times) do
                    Scope.run (fun () ->
                        let rows, keys = Tiles.rows panel tile, Tiles.keys tile
                        let weights = (Tiles.scores panel tile).sub_(rows logSums).exp_()
                        let byWeight = (rows given).bmm((keys panel.Value).transpose(1L, 2L))

                        let used =
                            match kept with
                            | None -> weights
                            | Some kept ->
                                let kept = kept.narrow (2L, tile.FirstKey, tile.TileKeys)
                                byWeight.mul_ kept |> ignore
                                weights * kept

                        (keys value).add_(used.transpose(1L, 2L).bmm(rows given)) |> ignore
                        let byScore = byWeight.sub_(rows overlap).mul_ weights
                        (rows query).add_(byScore.bmm (keys panel.Key)) |> ignore
                        (keys key).add_(byScore.transpose(1L, 2L).bmm(rows panel.Query)) |> ignore))

    /// (batch, time, kvHeads, group, headDim) as rows, in float32 or wider.
    let toRows (x: Tensor) : Tensor =
        let shape = x.shape

        (Ops.widen x).permute(0L, 2L, 1L, 3L, 4L).reshape(shape[0] * shape[2], shape[1] * shape[3], shape[4])

    /// Rows as (batch, time, kvHeads, group, headDim).
    let ofRows (shape: int64[]) (rows: Tensor) : Tensor =
        rows.view(shape[0], shape[2], shape[1], shape[3], shape[4]).permute(0L, 2L, 1L, 3L, 4L)

    /// Keys or values (batch, keys, kvHeads, headDim) as the rows of one query per head.
    let keyRows (x: Tensor) : Tensor = toRows (x.unsqueeze 3L)

    /// The panel of every head.
    let panel (call: FlashCall) (query: Tensor) (key: Tensor) (value: Tensor) (mask: Tensor option) : TilePanel =
        let shape = query.shape

        {
            Batch = shape[0]
            KvHeads = shape[2]
            Group = shape[3]
            Times = shape[1]
            Keys = key.shape[1]
            Query = toRows query |> Ops.scale call.Scale
            Key = keyRows key
            Value = keyRows value
            Mask =
                mask
                |> Option.map (fun mask ->
                    let missing = Array.create (5 - mask.shape.Length) 1L
                    mask.reshape(Array.append missing mask.shape).transpose(2L, 3L))
            Causal = call.Causal
            Block = call.Block
        }

    /// Every key head alone, in the order of the heads, each with the part of other tensors that belongs to it.
    let heads (panel: TilePanel) (others: Tensor list) : (TilePanel * Tensor list) seq =
        let pick (axis: int64) (index: int64) (mask: Tensor) =
            mask.narrow (axis, (if mask.shape[int axis] = 1L then 0L else index), 1L)

        seq {
            for batch in 0L .. panel.Batch - 1L do
                for kv in 0L .. panel.KvHeads - 1L do
                    let part (x: Tensor) =
                        x.narrow (0L, batch * panel.KvHeads + kv, 1L)

                    { panel with
                        Batch = 1L
                        KvHeads = 1L
                        Query = part panel.Query
                        Key = part panel.Key
                        Value = part panel.Value
                        Mask = panel.Mask |> Option.map (pick 0L batch >> pick 1L kv)
                    },
                    List.map part others
        }
