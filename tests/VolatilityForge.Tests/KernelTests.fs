/// Norm, feed-forward, rotation, pooling and dropout: against loops, PyTorch and differences, and by their laws.
module VolatilityForge.Tests.KernelTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

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

let private products =
    testList
        "Products and shares"
        [
            testCase "attention weights are exponentials over their sum, for rows of every length"
            <| scoped (fun () ->
                for keys in [ 1; 5; 8; 13; 61; 64; 67 ] do
                    for precision, share in [ id, roundingShare; single, singleShare ] do
                        let scores = draw "scores" [ 3; keys ]
                        let raised = scores.exp ()
                        let expected = raised / raised.sum (-1L, keepdim = true)
                        nearTensor share (Attention.weigh None (precision scores)) expected $"{keys} keys")

            testCase "a linear map without bias is its contraction, over any axes"
            <| scoped (fun () ->
                let weight = draw "weight" [ 5; 11 ]

                for axes in [ [ 5 ]; [ 3; 5 ]; [ 2; 3; 5 ]; [ 2; 3; 7; 5 ] ] do
                    let x = draw "x" axes
                    nearTensor roundingShare (Linear.product weight x) (x.matmul weight) $"{axes}")

            testCase "gradients of a linear map without bias are central differences"
            <| scoped (fun () ->
                checkGradients
                    (fun inputs -> Linear.product inputs[1] inputs[0])
                    [ "x", draw "x" [ 2; 3; 5 ]; "weight", draw "weight" [ 5; 7 ] ])
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
            testCase "its gradient is that of the elements it kept"
            <| scoped (fun () ->
                let dropping (inputs: Tensor[]) =
                    // Seeded anew for each of the checker's calls, so that all drop the same elements.
                    use generator = new torch.Generator(5UL)

                    Dropout.apply
                        {
                            Rate = 0.4
                            Generator = Some generator
                        }
                        inputs[0]

                checkGradients dropping [ "x", draw "x" [ 3; 7 ] ])

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

[<Tests>]
let suite =
    testList "Kernels" [ rmsNorm; swiGlu; rotary; products; pooling; dropout ]
    |> Needs.tensors
