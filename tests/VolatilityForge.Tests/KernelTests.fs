/// The network's kernels: against loops, against PyTorch, against differences, and by their laws.
module VolatilityForge.Tests.KernelTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

/// Two float64 sums of up to about a hundred terms in different orders.
let private roundingShare = 1e-13

/// float32 kernels on values of size 1, with sums of about ten terms.
let private singleShare = 1e-5

/// bfloat16 keeps 8 bits: three roundings or so in a row.
let private halfShare = 3e-2

let private single (x: Tensor) : Tensor = Ops.cast torch.ScalarType.Float32 x
let private half (x: Tensor) : Tensor = Ops.cast torch.ScalarType.BFloat16 x

/// The kernel in float64 against a golden result, in float32 more loosely, in bfloat16 roughly.
let private precisions (kernel: (Tensor -> Tensor) -> Tensor) (expected: Tensor) : unit =
    nearTensor roundingShare (kernel id) expected "float64"
    nearTensor singleShare (kernel single) expected "float32"
    let rough = kernel half
    Expect.equal rough.dtype torch.ScalarType.BFloat16 "bfloat16 stays bfloat16"
    nearTensor halfShare rough expected "bfloat16"

let private golden (name: string) : GoldenCase = goldenKernels.Value[name]

// ---------------------------------------------------------------- attention

/// A mask with holes; query 2 reads nothing.
let private reads (query: int) (key: int) : bool =
    query <> 2 && (query * 7 + key * 3) % 5 <> 0

let private maskOf (queries: int) (keys: int) (reads: int -> int -> bool) : Tensor =
    (tensor (Naive.create [ queries; keys ] (fun place -> if reads place[0] place[1] then 1.0 else 0.0)))
        .ne((0.0).ToScalar())

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

// ---------------------------------------------------------------- norm, feed-forward, rotary, pooling

let private rmsNorm =
    testList
        "RMSNorm"
        [
            testCase "is its loop"
            <| scoped (fun () ->
                let x, gain = grid "x" [ 3; 5; 7 ], grid "gain" [ 7 ]

                nearGrid
                    roundingShare
                    (Norm.rms 1e-3 (tensor gain) (tensor x))
                    (Naive.rmsNorm 1e-3 gain.Values x)
                    "norm")

            testCase "agrees with PyTorch"
            <| scoped (fun () ->
                let case = golden "rms norm"

                let kernel (precision: Tensor -> Tensor) =
                    Norm.rms case.Settings["epsilon"] (precision (case.Tensor "gain")) (precision (case.Tensor "x"))

                precisions kernel (case.Tensor "result"))

            testCase "does not depend on the scale of its input"
            <| scoped (fun () ->
                let x, gain = draw "x" [ 3; 5; 7 ], draw "gain" [ 7 ]
                let plain = Norm.rms 1e-30 gain x

                for factor in [ 1e-6; 3.0; 1e6 ] do
                    nearTensor roundingShare (Norm.rms 1e-30 gain (Ops.scale factor x)) plain $"times {factor}")

            testCase "rows have mean square 1 under a gain of 1"
            <| scoped (fun () ->
                let normed =
                    Norm.rms 1e-30 (torch.ones ([| 7L |], dtype = torch.ScalarType.Float64)) (draw "x" [ 5; 7 ])

                near roundingShare ((normed * normed).mean [| -1L |]) [| 5L |] (Array.create 5 1.0) "mean squares")

            testCase "a row of zeros gives zeros and finite gradients"
            <| scoped (fun () ->
                let x = torch.zeros([| 2L; 7L |], dtype = torch.ScalarType.Float64).requires_grad_()
                let gain = (draw "gain" [ 7 ]).requires_grad_()
                let normed = Norm.rms 1e-6 gain x
                Expect.allEqual (Ops.toDoubles normed) 0.0 "zeros"

                for gradient in torch.autograd.grad ([| normed.sum () |], [| x; gain |]) do
                    Expect.all (Ops.toDoubles gradient) Double.IsFinite "finite")

            testCase "half precision takes its statistic in float32: large values don't overflow"
            <| scoped (fun () ->
                let x = Ops.cast torch.ScalarType.Float16 (draw "x" [ 3; 7 ] |> Ops.scale 1e4)
                let gain = torch.ones ([| 7L |], dtype = torch.ScalarType.Float16)
                // Squares of 1e4 are beyond float16's 65,504.
                Expect.all (Ops.toDoubles (Norm.rms 1e-6 gain x)) (fun value -> abs value < 3.0) "of size 1")

            testCase "gradients are central differences"
            <| scoped (fun () ->
                checkGradients
                    (fun inputs -> Norm.rms 1e-3 inputs[1] inputs[0])
                    [ "x", draw "x" [ 2; 3; 5 ]; "gain", draw "gain" [ 5 ] ])
        ]

let private swiGlu =
    let weights (tensors: string -> Tensor) : SwiGlu<Tensor> =
        {
            Gate = tensors "gate"
            Up = tensors "up"
            Down = tensors "down"
        }

    testList
        "SwiGLU"
        [
            testCase "is its loop"
            <| scoped (fun () ->
                let x = grid "x" [ 3; 5; 7 ]

                let gate, up, down =
                    grid "gate" [ 7; 11 ], grid "up" [ 7; 11 ], grid "down" [ 11; 7 ]

                let found =
                    SwiGlu.forward
                        {
                            Gate = tensor gate
                            Up = tensor up
                            Down = tensor down
                        }
                        (tensor x)

                nearGrid roundingShare found (Naive.swiGlu gate up down x) "feed-forward")

            testCase "agrees with PyTorch"
            <| scoped (fun () ->
                let case = golden "swiglu"

                let kernel (precision: Tensor -> Tensor) =
                    SwiGlu.forward (weights (fun name -> precision (case.Tensor name))) (precision (case.Tensor "x"))

                precisions kernel (case.Tensor "result"))

            testCase "treats every position alike, whatever the axes before the last"
            <| scoped (fun () ->
                let case = golden "swiglu"
                let weights = weights case.Tensor
                let x = draw "x" [ 2; 3; 5; 7 ]
                let flat = SwiGlu.forward weights (x.reshape (30, 7))
                nearTensor roundingShare (SwiGlu.forward weights x) (flat.reshape (2, 3, 5, 7)) "four axes or two")

            testCase "gradients are central differences"
            <| scoped (fun () ->
                checkGradients
                    (fun inputs ->
                        SwiGlu.forward
                            {
                                Gate = inputs[1]
                                Up = inputs[2]
                                Down = inputs[3]
                            }
                            inputs[0])
                    [
                        "x", draw "x" [ 2; 3; 5 ]
                        "gate", draw "gate" [ 5; 7 ]
                        "up", draw "up" [ 5; 7 ]
                        "down", draw "down" [ 7; 5 ]
                    ])
        ]

let private table (time: int) (width: int) : RotaryTable =
    Rotary.table torch.ScalarType.Float64 torch.CPU (int64 time) (int64 width)

let private rotary =
    testList
        "Rotary embedding"
        [
            testCase "is its loop"
            <| scoped (fun () ->
                let x = grid "x" [ 2; 5; 3; 6 ]
                nearGrid roundingShare (Rotary.apply (table 5 6) (tensor x)) (Naive.rotary x) "rotation")

            testCase "agrees with PyTorch"
            <| scoped (fun () ->
                let case = golden "rotary"

                let kernel (precision: Tensor -> Tensor) =
                    let x = precision (case.Tensor "x")
                    Rotary.apply (Rotary.table x.dtype torch.CPU 5L 6L) x

                precisions kernel (case.Tensor "result"))

            testCase "turns heads on one axis or two alike, and time without heads"
            <| scoped (fun () ->
                let x = draw "x" [ 2; 5; 6; 4 ]
                let turned = Rotary.apply (table 5 4) x

                nearTensor
                    0.0
                    ((Rotary.apply (table 5 4) (x.reshape (2, 5, 3, 2, 4))).reshape(2, 5, 6, 4))
                    turned
                    "two axes"

                nearTensor 0.0 (Rotary.apply (table 5 4) (x.select (2L, 1L))) (turned.select (2L, 1L)) "no head axis")

            testCase "leaves position 0 alone and keeps the length of every pair"
            <| scoped (fun () ->
                let x = draw "x" [ 2; 5; 3; 6 ]
                let turned = Rotary.apply (table 5 6) x
                nearTensor 0.0 (turned.select (1L, 0L)) (x.select (1L, 0L)) "position 0"

                let lengths (x: Tensor) =
                    let halves = x.chunk (2L, -1L)
                    halves[0] * halves[0] + halves[1] * halves[1]

                nearTensor roundingShare (lengths turned) (lengths x) "lengths")

            testCase "products of a query and a key depend on their distance alone"
            <| scoped (fun () ->
                let time = 13
                // One vector at every position.
                let everywhere (name: string) =
                    (draw name [ 1; 1; 1; 6 ]).expand(1, int64 time, 1, 6)

                let turn x = Rotary.apply (table time 6) x

                let products =
                    Einsum.two "bthd,bshd->ts" (turn (everywhere "query")) (turn (everywhere "key"))

                let products = Ops.toDoubles products
                let at query key = products[query * time + key]

                for query in 0 .. time - 1 do
                    for key in 0 .. time - 1 do
                        let distance = query - key
                        let same = if distance >= 0 then at distance 0 else at 0 -distance
                        Expect.isLessThan (abs (at query key - same)) 1e-12 $"positions {query} and {key}")

            testCase "gradients are central differences"
            <| scoped (fun () ->
                let table = table 3 4
                checkGradients (fun inputs -> Rotary.apply table inputs[0]) [ "x", draw "x" [ 2; 3; 1; 4 ] ])
        ]

let private pooling =
    testList
        "Pooling"
        [
            testCase "each kind is its loop"
            <| scoped (fun () ->
                let x, query = grid "x" [ 3; 5; 7 ], grid "query" [ 7 ]

                for pooling, naive in
                    [
                        Pooling.Attention, Naive.poolAttention query.Values x
                        Pooling.Mean, Naive.poolMean x
                        Pooling.Last, Naive.poolLast x
                    ] do
                    nearGrid roundingShare (Pooling.forward pooling (tensor query) (tensor x)) naive $"{pooling}")

            for name, pooling in Pooling.known do
                testCase $"agrees with PyTorch: {name}"
                <| scoped (fun () ->
                    let case = golden "pooling"

                    let kernel (precision: Tensor -> Tensor) =
                        Pooling.forward pooling (precision (case.Tensor "query")) (precision (case.Tensor "x"))

                    precisions kernel (case.Tensor name))

            testCase "a query of zeros weighs all times alike"
            <| scoped (fun () ->
                let x = draw "x" [ 3; 5; 7 ]
                let zero = torch.zeros ([| 7L |], dtype = torch.ScalarType.Float64)
                let mean = Pooling.forward Pooling.Mean zero x
                nearTensor roundingShare (Pooling.forward Pooling.Attention zero x) mean "the mean")

            testCase "names go there and back"
            <| fun () ->
                for name, pooling in Pooling.known do
                    Expect.equal (Pooling.ofName name) (Ok pooling) name
                    Expect.equal (Pooling.toName pooling) name name

                match Pooling.ofName "max" with
                | Error(Fault.UnknownName("pooling", "max", known)) -> Expect.hasLength known 3 "the known ones"
                | other -> failtest $"{other}"

            testCase "gradients are central differences"
            <| scoped (fun () ->
                for pooling in [ Pooling.Mean; Pooling.Last ] do
                    checkGradients
                        (fun inputs -> Pooling.forward pooling inputs[0] inputs[0])
                        [ "x", draw "x" [ 2; 3; 5 ] ]

                checkGradients
                    (fun inputs -> Pooling.forward Pooling.Attention inputs[1] inputs[0])
                    [ "x", draw "x" [ 2; 3; 5 ]; "query", draw "query" [ 5 ] ])
        ]

// ---------------------------------------------------------------- dropout

let private dropout =
    let seeded (seed: uint64) = new torch.Generator(seed)

    let drop rate (generator: torch.Generator) x =
        Dropout.apply
            {
                Rate = rate
                Generator = Some generator
            }
            x

    testList
        "Dropout"
        [
            testCase "without a generator, or at rate 0, is the tensor itself"
            <| scoped (fun () ->
                let x = draw "x" [ 5; 7 ]
                use generator = seeded 1UL
                Expect.isTrue (obj.ReferenceEquals(Dropout.apply { Rate = 0.5; Generator = None } x, x)) "no generator"
                Expect.isTrue (obj.ReferenceEquals(Dropout.apply Dropout.none x, x)) "none"
                Expect.isTrue (obj.ReferenceEquals(drop 0.0 generator x, x)) "rate 0")

            testCase "keeps the mean: a share equal to the rate is dropped, the rest is scaled up"
            <| scoped (fun () ->
                use generator = seeded 3UL
                let count = 100_000
                let dropped = drop 0.3 generator (torch.ones [| int64 count |]) |> Ops.toDoubles
                let zeros = dropped |> Seq.filter ((=) 0.0) |> Seq.length
                // Five standard deviations of a binomial share.
                let bound = 5.0 * sqrt (0.3 * 0.7 / float count)
                Expect.isLessThan (abs (float zeros / float count - 0.3)) bound "dropped"
                Expect.isLessThan (abs (Array.average dropped - 1.0)) (bound / 0.7) "mean"
                Expect.all dropped (fun value -> value = 0.0 || abs (value - 1.0 / 0.7) < 1e-6) "0 or 1 / 0.7")

            testCase "the same generator state drops the same elements, the next draw others"
            <| scoped (fun () ->
                let x = draw "x" [ 5; 7; 11 ]
                use first = seeded 5UL
                use second = seeded 5UL
                use other = seeded 6UL
                let once = drop 0.5 first x
                Expect.equal (bits once) (bits (drop 0.5 second x)) "same seed"
                Expect.notEqual (bits (drop 0.5 first x)) (bits once) "the state has moved"
                Expect.notEqual (bits (drop 0.5 other x)) (bits once) "another seed")

            testCase "gradients pass through kept elements alone"
            <| scoped (fun () ->
                use generator = seeded 7UL
                let x = (draw "x" [ 5; 7 ]).requires_grad_()
                let result = drop 0.5 generator x
                let gradient = torch.autograd.grad([| result.sum () |], [| x |])[0]
                nearTensor roundingShare (gradient * x.detach ()) (result.detach ()) "the mask again")
        ]

// ---------------------------------------------------------------- the attention layer

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

// ---------------------------------------------------------------- wrong shapes

let private wrongShapes =
    let x (shape: int64 list) : Tensor = torch.ones (Array.ofList shape)

    let attend (mask: int64 list option) query key value () =
        Attention.scaledDotProduct
            (mask |> Option.map (fun shape -> (x shape).to_type torch.ScalarType.Bool))
            None
            (x query)
            (x key)
            (x value)

    let grouped (mask: int64 list option) query key value () =
        Attention.groupedQuery
            (mask |> Option.map (fun shape -> (x shape).to_type torch.ScalarType.Bool))
            None
            (x query)
            (x key)
            (x value)

    let feed gate up down input () =
        SwiGlu.forward
            {
                Gate = x gate
                Up = x up
                Down = x down
            }
            (x input)

    let turn time width shape () =
        Rotary.apply (Rotary.table torch.ScalarType.Float32 torch.CPU time width) (x shape)

    let q, k = [ 2L; 3L; 5L; 7L ], [ 2L; 3L; 11L; 7L ]

    /// What is wrong, the axis that the fault names, the body.
    let cases: (string * string * (unit -> Tensor)) list =
        [
            "attention: a query without heads", "the input", attend None [ 2L; 5L; 7L ] k k
            "attention: keys of another width", "axis d of operand 2", attend None q [ 2L; 3L; 11L; 5L ] k
            "attention: another batch", "axis b of operand 2", attend None q [ 5L; 3L; 11L; 7L ] k
            "attention: fewer values than keys", "axis s of operand 2", attend None q k [ 2L; 3L; 7L; 7L ]
            "attention: a mask of other keys", "axis 1 of the mask", attend (Some [ 5L; 7L ]) q k k
            "attention: a mask of too many axes", "the mask", attend (Some [ 1L; 1L; 1L; 5L; 11L ]) q k k
            "grouped query: heads not a multiple", "heads", grouped None q [ 2L; 2L; 11L; 7L ] [ 2L; 2L; 11L; 7L ]
            "grouped query: keys without heads", "the input", grouped None q [ 2L; 11L; 7L ] k
            "grouped query: keys of no heads", "heads", grouped None q [ 2L; 0L; 11L; 7L ] [ 2L; 0L; 11L; 7L ]
            "grouped query: another batch", "axis b of operand 2", grouped None q [ 3L; 3L; 11L; 7L ] k
            "grouped query: values of other heads", "axis k of operand 2", grouped None q k [ 2L; 1L; 11L; 7L ]
            "grouped query: a mask of other queries", "axis 0 of the mask", grouped (Some [ 7L; 11L ]) q k k
            "norm: a gain of another width", "model of gain", (fun () -> Norm.rms 1e-6 (x [ 5L ]) (x [ 2L; 7L ]))
            "norm: a gain of two axes", "the input", (fun () -> Norm.rms 1e-6 (x [ 1L; 7L ]) (x [ 2L; 7L ]))
            "norm: an input without axes", "the input", (fun () -> Norm.rms 1e-6 (x [ 1L ]) (x []))
            "feed-forward: a gate of another width",
            "model of gate",
            feed [ 5L; 11L ] [ 7L; 11L ] [ 11L; 7L ] [ 3L; 7L ]
            "feed-forward: an up of another hidden width",
            "hidden of up",
            feed [ 7L; 11L ] [ 7L; 5L ] [ 11L; 7L ] [ 3L; 7L ]
            "feed-forward: a down of another hidden width",
            "hidden of down",
            feed [ 7L; 11L ] [ 7L; 11L ] [ 5L; 7L ] [ 3L; 7L ]
            "feed-forward: a down to another width",
            "model of down",
            feed [ 7L; 11L ] [ 7L; 11L ] [ 11L; 5L ] [ 3L; 7L ]
            "feed-forward: an input without axes", "the input", feed [ 7L; 11L ] [ 7L; 11L ] [ 11L; 7L ] []
            "rotary: a table of another length", "time", turn 5L 6L [ 2L; 3L; 6L ]
            "rotary: a table of another width", "half of headDim", turn 5L 4L [ 2L; 5L; 6L ]
            "rotary: an odd width", "headDim", turn 5L 6L [ 2L; 5L; 7L ]
            "rotary: a table of odd width", "headDim", turn 5L 7L [ 2L; 5L; 6L ]
            "rotary: no batch", "the input", turn 5L 6L [ 5L; 6L ]
            "pooling: no time", "the input", (fun () -> Pooling.forward Pooling.Attention (x [ 7L ]) (x [ 2L; 7L ]))
            "pooling by mean: no time", "the input", (fun () -> Pooling.forward Pooling.Mean (x [ 7L ]) (x [ 2L; 7L ]))
            "pooling by last: no time", "the input", (fun () -> Pooling.forward Pooling.Last (x [ 7L ]) (x [ 2L; 7L ]))
            "pooling: a query of another width",
            "axis m of operand 2",
            (fun () -> Pooling.attend (x [ 5L ]) (x [ 2L; 3L; 7L ]))
        ]

    testList
        "Wrong shapes"
        [
            for name, axis, body in cases do
                testCase $"{name}: a fault that names the axis"
                <| fun () ->
                    let operation, found, expected, actual = badShape body
                    Expect.equal found axis "the axis"

                    for text in [ operation; expected; actual ] do
                        Expect.isGreaterThan text.Length 0 "operation, expected and found are told"
        ]

[<Tests>]
let suite =
    testList
        "Kernels"
        [
            attention
            groupedQuery
            rmsNorm
            swiGlu
            rotary
            pooling
            dropout
            layer
            wrongShapes
        ]
