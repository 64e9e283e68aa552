/// Attention and its layer: against loops, PyTorch and differences, and by its laws.
module VolatilityForge.Tests.AttentionTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

/// A mask with holes; query 2 reads nothing.
let private reads (query: int) (key: int) : bool =
    query <> 2 && (query * 7 + key * 3) % 5 <> 0

let private everything (_: int) (_: int) = true

let private qkv (heads: int) (kvHeads: int) : Naive.Grid * Naive.Grid * Naive.Grid =
    grid "query" [ 2; heads; 5; 7 ], grid "key" [ 2; kvHeads; 11; 7 ], grid "value" [ 2; kvHeads; 11; 7 ]

let private attention =
    testList
        "Scaled dot-product attention"
        [
            for name, scale in [ "the standard scale", None; "a scale of its own", Some 0.37 ] do
                for masked in [ false; true ] do
                    let suffix = if masked then ", masked" else ""

                    testCase $"is its loop with {name}{suffix}"
                    <| scoped (fun () ->
                        let query, key, value = qkv 3 3
                        let seen = if masked then reads else everything
                        let mask = if masked then Some(maskOf 5 11 reads) else None

                        let found =
                            Attention.scaledDotProduct mask scale (tensor query) (tensor key) (tensor value)

                        let naive = Naive.attention seen (defaultArg scale (1.0 / sqrt 7.0)) query key value
                        nearGrid roundingShare found naive "attention")

            for name, mask in
                [
                    "attention", (fun _ -> None)
                    "attention scaled", (fun _ -> None)
                    "attention masked", (fun (case: GoldenCase) -> Some(case.Mask "mask"))
                    "attention causal", (fun _ -> Some(Attention.causalMask torch.CPU 5L 11L))
                ] do
                testCase $"agrees with PyTorch: {name}"
                <| scoped (fun () ->
                    let case = golden name

                    let kernel (precision: Tensor -> Tensor) =
                        let at key = precision (case.Tensor key)

                        Attention.scaledDotProduct
                            (mask case)
                            (case.Settings.TryFind "scale")
                            (at "query")
                            (at "key")
                            (at "value")

                    precisions kernel (case.Tensor "result"))

            testCase "weights are shares: each row sums to 1, none is negative"
            <| scoped (fun () ->
                for mask in [ None; Some(maskOf 5 11 (fun query key -> (query + key) % 3 <> 0)) ] do
                    let weights = Attention.weigh mask (draw "scores" [ 2; 3; 5; 11 ] |> Ops.scale 5.0)
                    near 1e-14 (weights.sum -1L) [| 2L; 3L; 5L |] (Array.create 30 1.0) "sums"
                    Expect.all (Ops.toDoubles weights) (fun weight -> weight >= 0.0) "no negative weight")

            testCase "weights don't overflow and don't change when all scores move together"
            <| scoped (fun () ->
                let scores = draw "scores" [ 3; 5 ] |> Ops.scale 3.0

                for mask in [ None; Some(maskOf 3 5 (fun query key -> query <> key)) ] do
                    let plain = Attention.weigh mask scores
                    nearTensor 1e-12 (Attention.weigh mask (Ops.shift 1e3 scores)) plain "up"
                    nearTensor 1e-12 (Attention.weigh mask (Ops.shift -1e3 scores)) plain "down")

            testCase "a mask that hides nothing changes nothing"
            <| scoped (fun () ->
                let scores = draw "scores" [ 2; 3; 5 ]

                nearTensor
                    1e-14
                    (Attention.weigh (Some(maskOf 3 5 everything)) scores)
                    (Attention.weigh None scores)
                    "same")

            testCase "a query that reads nothing gets 0 and gives zero gradients, in every precision"
            <| scoped (fun () ->
                for precision in [ id; single; half ] do
                    let query, key, value = qkv 3 3

                    let leaf (grid: Naive.Grid) =
                        (precision (tensor grid)).detach().requires_grad_()

                    let query, key, value = leaf query, leaf key, leaf value
                    let mask = Some(maskOf 5 11 (fun query _ -> query <> 2))
                    let result = Attention.scaledDotProduct mask None query key value
                    Expect.allEqual (Ops.toDoubles (result.select (2L, 2L))) 0.0 "the hidden query's result"
                    let gradients = torch.autograd.grad ([| result.sum () |], [| query; key; value |])
                    Expect.allEqual (Ops.toDoubles (gradients[0].select(2L, 2L))) 0.0 "the hidden query's gradient"

                    for gradient in gradients do
                        Expect.all (Ops.toDoubles gradient) Double.IsFinite "finite")

            testCase "a mask that hides everything gives zeros and zero gradients"
            <| scoped (fun () ->
                let query, key, value = qkv 3 3
                let leaf (grid: Naive.Grid) = (tensor grid).requires_grad_()
                let leaves = [| leaf query; leaf key; leaf value |]
                let mask = Some(maskOf 5 11 (fun _ _ -> false))
                let result = Attention.scaledDotProduct mask None leaves[0] leaves[1] leaves[2]
                Expect.allEqual (Ops.toDoubles result) 0.0 "the result"

                for gradient in torch.autograd.grad ([| result.sum () |], leaves) do
                    Expect.allEqual (Ops.toDoubles gradient) 0.0 "the gradient")

            for queries, keys in [ 5, 5; 3, 7; 7, 3; 1, 11 ] do
                testCase $"the causal mask of {queries} queries and {keys} keys is aligned at the end"
                <| scoped (fun () ->
                    let mask = Attention.causalMask torch.CPU (int64 queries) (int64 keys)
                    let expected = maskOf queries keys (fun query key -> key <= keys - queries + query)
                    Expect.equal (Ops.toDoubles mask) (Ops.toDoubles expected) "lower triangle, bottom right")

            testCase "under a causal mask nothing up to t sees what comes after t, bit for bit"
            <| scoped (fun () ->
                let query, key, value = qkv 3 3

                let run (key: Tensor) (value: Tensor) =
                    let mask = Some(Attention.causalMask torch.CPU 5L 11L)
                    Attention.scaledDotProduct mask None (tensor query) key value

                let before = run (tensor key) (tensor value)

                for query in 0..4 do
                    // Query i reads keys up to 6 + i.
                    let later (grid: Naive.Grid) =
                        Naive.create (List.ofArray grid.Shape) (fun place ->
                            if place[2] > 6 + query then
                                1e3 * grid[place] + 7.0
                            else
                                grid[place])
                        |> tensor

                    let after = run (later key) (later value)

                    let upTo (x: Tensor) =
                        bits (x.narrow (2L, 0L, int64 query + 1L))

                    Expect.equal (upTo after) (upTo before) $"queries up to {query}")

            testCase "gradients are central differences, with and without a mask"
            <| scoped (fun () ->
                for mask in [ None; Some(maskOf 3 5 (fun query key -> query <> 1 && key <> 3)) ] do
                    checkGradients
                        (fun inputs -> Attention.scaledDotProduct mask None inputs[0] inputs[1] inputs[2])
                        [
                            "query", draw "query" [ 2; 1; 3; 2 ]
                            "key", draw "key" [ 2; 1; 5; 2 ]
                            "value", draw "value" [ 2; 1; 5; 2 ]
                        ])
        ]

let private groupedQuery =
    testList
        "Grouped-query attention"
        [
            for heads, kvHeads in [ 6, 3; 6, 2; 6, 1; 6, 6 ] do
                testCase $"is its loop with {heads} heads over {kvHeads}"
                <| scoped (fun () ->
                    let query, key, value = qkv heads kvHeads
                    let mask = Some(maskOf 5 11 reads)

                    let found =
                        Attention.groupedQuery mask None (tensor query) (tensor key) (tensor value)

                    nearGrid
                        roundingShare
                        found
                        (Naive.groupedQuery reads (1.0 / sqrt 7.0) query key value)
                        "attention")

            testCase "agrees with PyTorch"
            <| scoped (fun () ->
                let case = golden "grouped query"

                let kernel (precision: Tensor -> Tensor) =
                    let at key = precision (case.Tensor key)
                    Attention.groupedQuery (Some(case.Mask "mask")) None (at "query") (at "key") (at "value")

                precisions kernel (case.Tensor "result"))

            testCase "with one key head per head it is multi-head attention"
            <| scoped (fun () ->
                let query, key, value = qkv 3 3
                let query, key, value = tensor query, tensor key, tensor value
                let grouped = Attention.groupedQuery None None query key value
                nearTensor roundingShare grouped (Attention.scaledDotProduct None None query key value) "multi-head")

            testCase "with one key head it is multi-query attention: every head reads the same keys"
            <| scoped (fun () ->
                let query, key, value = qkv 3 1
                let query, key, value = tensor query, tensor key, tensor value
                let grouped = Attention.groupedQuery None None query key value

                let each =
                    [|
                        for head in 0L .. 2L ->
                            Attention.scaledDotProduct None None (query.narrow (1L, head, 1L)) key value
                    |]

                nearTensor roundingShare grouped (torch.cat (each, 1L)) "multi-query")

            testCase "equals attention over key heads repeated one after the other, not tiled"
            <| scoped (fun () ->
                let query, key, value = qkv 6 3
                let query, key, value = tensor query, tensor key, tensor value

                let pick (heads: int64 list) (x: Tensor) =
                    x.index_select (1L, torch.tensor (Array.ofList heads, dtype = torch.ScalarType.Int64))

                let over heads =
                    Attention.scaledDotProduct None None query (pick heads key) (pick heads value)

                let grouped = Attention.groupedQuery None None query key value
                nearTensor roundingShare grouped (over [ 0L; 0L; 1L; 1L; 2L; 2L ]) "interleaved"
                let tiled = over [ 0L; 1L; 2L; 0L; 1L; 2L ]
                Expect.isGreaterThan (Ops.toFloat ((grouped - tiled).abs().max())) 0.01 "tiled is something else")

            testCase "on a grouped axis it is the same attention"
            <| scoped (fun () ->
                let query, key, value = qkv 6 3
                let query, key, value = tensor query, tensor key, tensor value
                let mask = Some(maskOf 5 11 reads)
                let expected = Attention.groupedQuery mask (Some 0.3) query key value
                let axes = query.transpose(1, 2).reshape(2, 5, 3, 2, 7)

                let grouped =
                    Attention.grouped mask Dropout.none 0.3 axes (key.transpose (1, 2)) (value.transpose (1, 2))

                nearTensor roundingShare (grouped.reshape(2, 5, 6, 7).transpose(1, 2)) expected "grouped")

            testCase "gradients are central differences"
            <| scoped (fun () ->
                let mask = Some(Attention.causalMask torch.CPU 3L 5L)

                checkGradients
                    (fun inputs -> Attention.groupedQuery mask None inputs[0] inputs[1] inputs[2])
                    [
                        "query", draw "query" [ 1; 4; 3; 2 ]
                        "key", draw "key" [ 1; 2; 5; 2 ]
                        "value", draw "value" [ 1; 2; 5; 2 ]
                    ])
        ]

let private layer =
    let config = AttentionConfig.FromDim(12, 6, 3, 0.0)

    let weights: unit -> Gqa<Tensor> =
        fun () ->
            Gqa.initial config
            |> Gqa.map (fun start ->
                let shape = Initial.shape start |> Array.map int |> List.ofArray
                draw (string shape) shape |> Ops.scale (1.0 / sqrt 12.0))

    testList
        "The attention layer"
        [
            testCase "is projections, rotation and grouped-query attention"
            <| scoped (fun () ->
                let weights = weights ()
                let x = draw "x" [ 2; 5; 12 ]
                let mask = Some(Attention.causalMask torch.CPU 5L 5L)
                let found = Gqa.forward mask Dropout.none (table 5 2) weights x

                let project (weight: Tensor) (heads: int64) =
                    let flat = x.matmul (weight.reshape (12, -1))
                    Rotary.apply (table 5 2) (flat.reshape (2, 5, heads, 2))

                let query = (project weights.Query 6L).transpose(1, 2)
                let key = (project weights.Key 3L).transpose(1, 2)

                let value =
                    (x.matmul (weights.Value.reshape (12, 6))).reshape(2, 5, 3, 2).transpose(1, 2)

                let mixed = Attention.groupedQuery mask None query key value

                let expected =
                    (mixed.transpose(1, 2).reshape(2, 5, 12)).matmul(weights.Output.reshape (12, 12))

                nearTensor roundingShare found expected "the layer")

            testCase "a causal block is stable: what comes after t changes nothing up to t, bit for bit"
            <| scoped (fun () ->
                for precision in [ id; single; half ] do
                    let weights = weights () |> Gqa.map precision
                    let gain = precision (draw "gain" [ 12 ])

                    let feed: SwiGlu<Tensor> =
                        {
                            Gate = precision (draw "gate" [ 12; 16 ])
                            Up = precision (draw "up" [ 12; 16 ])
                            Down = precision (draw "down" [ 16; 12 ])
                        }

                    let mask = Some(Attention.causalMask torch.CPU 7L 7L)

                    let block (x: Tensor) =
                        let rotary = Rotary.table x.dtype torch.CPU 7L 2L
                        let x = x + Gqa.forward mask Dropout.none rotary weights (Norm.rms 1e-6 gain x)
                        x + SwiGlu.forward feed (Norm.rms 1e-6 gain x)

                    let stack = block >> block
                    let x = grid "x" [ 2; 7; 12 ]
                    let before = stack (precision (tensor x))

                    for last in 0..5 do
                        let changed =
                            Naive.create [ 2; 7; 12 ] (fun place ->
                                if place[1] > last then 100.0 * x[place] - 3.0 else x[place])

                        let after = stack (precision (tensor changed))

                        let upTo (y: Tensor) =
                            bits (y.narrow (1L, 0L, int64 last + 1L))

                        Expect.equal (upTo after) (upTo before) $"positions up to {last}"
                        Expect.notEqual (bits after) (bits before) "and later ones change")

            testCase "dropout on its weights draws from the generator alone"
            <| scoped (fun () ->
                let weights = weights ()
                let x = draw "x" [ 2; 5; 12 ]

                let run (seed: uint64) =
                    use generator = new torch.Generator(seed)

                    let dropout =
                        {
                            Rate = 0.5
                            Generator = Some generator
                        }

                    bits (Gqa.forward None dropout (table 5 2) weights x)

                Expect.equal (run 1UL) (run 1UL) "same seed"
                Expect.notEqual (run 1UL) (run 2UL) "another seed")

            testCase "gradients are central differences"
            <| scoped (fun () ->
                let weights = weights ()

                checkGradients
                    (fun inputs ->
                        Gqa.forward
                            None
                            Dropout.none
                            (table 3 2)
                            {
                                Query = inputs[1]
                                Key = inputs[2]
                                Value = inputs[3]
                                Output = inputs[4]
                            }
                            inputs[0])
                    [
                        "x", draw "x" [ 1; 3; 12 ]
                        "query", weights.Query
                        "key", weights.Key
                        "value", weights.Value
                        "output", weights.Output
                    ])

            testCase "sizes that can't be are refused, all at once"
            <| fun () ->
                match AttentionConfig.Create(10, 4, 3, 1.0) with
                | Error(Fault.Several faults) -> Expect.hasLength faults 3 "heads, kvHeads, dropout"
                | other -> failtest $"{other}"

                for dim, heads, kvHeads, dropout in
                    [
                        0, 1, 1, 0.0
                        8, 0, 1, 0.0
                        9, 3, 3, 0.0
                        8, 4, 0, 0.0
                        8, 4, 8, 0.0
                        8, 4, 2, nan
                        8, 4, 2, -0.1
                    ] do
                    Expect.isError
                        (AttentionConfig.Create(dim, heads, kvHeads, dropout))
                        $"{(dim, heads, kvHeads, dropout)}"

                let config = AttentionConfig.FromDim(12, 6, 3, 0.1)
                Expect.equal (config.Group, config.HeadDim) (2, 2) "group and head"
        ]

[<Tests>]
let suite = testList "Kernels" [ attention; groupedQuery; layer ] |> Needs.tensors
