/// Flash attention against standard attention, in values, gradients and draws.
module VolatilityForge.Tests.FlashTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

/// What float64 must reach: the sums of both are the same up to their order.
let private doubleShare = 1e-10

/// query (batch, queries, kvHeads, group, headDim), key and value (batch, keys, kvHeads, headDim).
let private inputs (queries: int) (keys: int) : Tensor[] =
    [|
        draw "query" [ 2; queries; 3; 5; 7 ]
        draw "key" [ 2; keys; 3; 7 ]
        draw "value" [ 2; keys; 3; 7 ]
    |]

let private scale = 0.4

let private standard (reads: Reads) (dropout: Dropout) (x: Tensor[]) : Tensor =
    let mask = Attention.maskOf torch.CPU x[0].shape[1] x[1].shape[1] reads
    Attention.grouped mask dropout scale x[0] x[1] x[2]

let private flash (block: int) (reads: Reads) (dropout: Dropout) (x: Tensor[]) : Tensor =
    Flash.grouped block reads dropout scale x[0] x[1] x[2]

/// The result and the gradients of a fixed combination of it.
let private withGradients (attend: Tensor[] -> Tensor) (inputs: Tensor[]) : Tensor list =
    let leaves = inputs |> Array.map (fun input -> input.detach().requires_grad_())
    let result = attend leaves

    let weights =
        draw "combination" (result.shape |> Array.map int |> List.ofArray)
        |> Ops.cast result.dtype

    let gradients = torch.autograd.grad ([| (result * weights).sum() |], leaves)
    result.detach () :: List.ofSeq gradients

/// Inputs are of size 1, so a gradient that is 0, as that of scores over one key, may be as far off as a sum of such.
let private agree (share: float) (expected: Tensor list) (found: Tensor list) (message: string) : unit =
    for name, expected, found in List.zip3 [ "result"; "by query"; "by key"; "by value" ] expected found do
        Expect.equal found.shape expected.shape $"{message}: {name}"
        let expected, found = Ops.toDoubles expected, Ops.toDoubles found
        let largest = expected |> Array.fold (fun most value -> max most (abs value)) 1.0

        for index in 0 .. found.Length - 1 do
            // Written so that NaN fails.
            if not (abs (found[index] - expected[index]) <= share * largest) then
                failtest $"{message}: {name}: element {index} must be {expected[index]:R}; it is {found[index]:R}"

/// A mask that every head and sample has of its own, with rows that read nothing.
let private arbitrary (queries: int) (keys: int) : Tensor =
    let open' = (draw "mask" [ 2; 3; 5; queries; keys ]).gt((-0.3).ToScalar())

    open'.logical_and ((draw "rows" [ 2; 3; 5; queries; 1 ]).gt((-1.0).ToScalar()))

/// True for keys within a sample's length.
let private padding (keys: int) : Tensor =
    (tensor (Naive.create [ 2; 1; 1; 1; keys ] (fun place -> if place[4] < keys - 4 * place[0] then 1.0 else 0.0)))
        .ne((0.0).ToScalar())

let private readings (queries: int) (keys: int) : (string * Reads) list =
    [
        "no mask", Reads.all
        "causal", Reads.causal
        "padding", Reads.masked (padding keys)
        "causal and padding",
        {
            Causal = true
            Mask = Some(padding keys)
        }
        "an arbitrary mask", Reads.masked (arbitrary queries keys)
        "one row for all", Reads.masked (maskOf 1 keys (fun _ key -> key % 3 <> 1))
        "nothing to read", Reads.masked (maskOf queries keys (fun _ _ -> false))
    ]

let private equality =
    testList
        "equals standard attention, with its gradients,"
        [
            for queries, keys in [ 13, 13; 5, 17; 17, 5; 1, 11; 11, 1; 1, 1 ] do
                for name, _ in readings queries keys do
                    testCase $"{queries} queries, {keys} keys, {name}, in blocks of every kind"
                    <| scoped (fun () ->
                        let reads = readings queries keys |> List.find (fst >> (=) name) |> snd
                        let x = inputs queries keys
                        let expected = withGradients (standard reads Dropout.none) x

                        for block in [ 1; 3; 4; 128 ] do
                            let found = withGradients (flash block reads Dropout.none) x
                            agree doubleShare expected found $"float64, block {block}"

                        let narrow = Array.map single x
                        let expected = withGradients (standard reads Dropout.none) narrow
                        let found = withGradients (flash 4 reads Dropout.none) narrow
                        agree singleShare expected found "float32")

            for name, _ in readings 13 17 do
                testCase $"dropping the same weights from the same generator state: {name}"
                <| scoped (fun () ->
                    let reads = readings 13 17 |> List.find (fst >> (=) name) |> snd

                    let run (attend: Reads -> Dropout -> Tensor[] -> Tensor) =
                        use generator = new torch.Generator(7UL)

                        let dropout =
                            {
                                Rate = 0.3
                                Generator = Some generator
                            }

                        let found = withGradients (attend reads dropout) (inputs 13 17)
                        found, Ops.toDoubles (generator.get_state ())

                    let expected, after = run standard

                    for block in [ 1; 4; 128 ] do
                        let found, state = run (flash block)
                        agree doubleShare expected found $"block {block}"
                        Expect.equal state after "the generator goes on alike")

            testCase "in bfloat16, with statistics in float32"
            <| scoped (fun () ->
                let x = inputs 13 17
                let expected = withGradients (standard Reads.causal Dropout.none) x
                let found = withGradients (flash 4 Reads.causal Dropout.none) (Array.map half x)

                for tensor in found do
                    Expect.equal tensor.dtype torch.ScalarType.BFloat16 "bfloat16 stays bfloat16"

                agree halfShare expected found "bfloat16")

            testCase "on tensors that are not contiguous"
            <| scoped (fun () ->
                let x = inputs 5 17

                let strided =
                    [|
                        (x[0].transpose(1L, 4L).contiguous()).transpose(1L, 4L)
                        (x[1].transpose(1L, 3L).contiguous()).transpose(1L, 3L)
                        (x[2].transpose(0L, 2L).contiguous()).transpose(0L, 2L)
                    |]

                let expected = withGradients (standard Reads.causal Dropout.none) x
                agree doubleShare expected (withGradients (flash 3 Reads.causal Dropout.none) strided) "strided")
        ]

let private laws =
    testList
        "Flash attention"
        [
            testCase "stays finite where scores are large, and where a row reads nothing"
            <| scoped (fun () ->
                let x = inputs 5 7 |> Array.map (Ops.scale 1e3)

                for name, reads in readings 5 7 do
                    for tensor in withGradients (flash 3 reads Dropout.none) x do
                        Expect.all (Ops.toDoubles tensor) Double.IsFinite name)

            testCase "causal: what comes after t changes nothing up to t, bit for bit"
            <| scoped (fun () ->
                let x = inputs 11 11
                let before = flash 4 Reads.causal Dropout.none x

                for last in 0..9 do
                    let later (tensor: Tensor) =
                        let kept = tensor.narrow (1L, 0L, int64 last + 1L)
                        let rest = tensor.narrow (1L, int64 last + 1L, 10L - int64 last)
                        torch.cat ([| kept; Ops.shift 3.0 (Ops.scale 100.0 rest) |], 1L)

                    let after = flash 4 Reads.causal Dropout.none (Array.map later x)

                    let upTo (y: Tensor) =
                        bits (y.narrow (1L, 0L, int64 last + 1L))

                    Expect.equal (upTo after) (upTo before) $"times up to {last}"
                    Expect.notEqual (bits after) (bits before) "later ones change")

            testCase "gradients are central differences, with every reading and with dropout"
            <| scoped (fun () ->
                let small =
                    [
                        "query", draw "query" [ 1; 3; 2; 1; 2 ]
                        "key", draw "key" [ 1; 5; 2; 2 ]
                        "value", draw "value" [ 1; 5; 2; 2 ]
                    ]

                for reads in
                    [
                        Reads.all
                        Reads.causal
                        Reads.masked (maskOf 3 5 (fun query key -> query <> 1 && key <> 3))
                    ] do
                    checkGradients (flash 2 reads Dropout.none) small

                checkGradients
                    (fun inputs ->
                        use generator = new torch.Generator(3UL)

                        flash
                            2
                            Reads.causal
                            {
                                Rate = 0.3
                                Generator = Some generator
                            }
                            inputs)
                    small)

            testCase "the backward pass leaves the generator as the forward pass left it"
            <| scoped (fun () ->
                use generator = new torch.Generator(7UL)

                let dropout =
                    {
                        Rate = 0.3
                        Generator = Some generator
                    }

                let x = inputs 5 7
                x[0].requires_grad_() |> ignore
                let result = flash 3 Reads.all dropout x
                let after = Ops.toDoubles (generator.get_state ())
                torch.autograd.grad ([| result.sum () |], [| x[0] |]) |> ignore
                Expect.equal (Ops.toDoubles (generator.get_state ())) after "the state")

            testCase "leaves no tensor behind"
            <| fun () ->
                let run () =
                    Scope.run (fun () -> withGradients (flash 3 Reads.causal Dropout.none) (inputs 11 13) |> ignore)

                run ()
                let before = Scope.liveCount ()
                run ()
                Expect.equal (Scope.liveCount ()) before "alive"

            testCase "second derivatives are those of the standard path, with mask and dropout"
            <| scoped (fun () ->
                let reads =
                    {
                        Causal = true
                        Mask = Some(arbitrary 5 7)
                    }

                let second (attend: Dropout -> Tensor[] -> Tensor) =
                    use generator = new torch.Generator(5UL)

                    let dropout =
                        {
                            Rate = 0.3
                            Generator = Some generator
                        }

                    let leaves = inputs 5 7 |> Array.map _.requires_grad_()
                    let result = attend dropout leaves
                    let weights = draw "combination" [ 2; 5; 3; 5; 7 ]

                    let first =
                        torch.autograd.grad (
                            [| (result * weights).sum() |],
                            leaves,
                            retain_graph = true,
                            create_graph = true
                        )

                    let mixed =
                        first |> Seq.map (fun gradient -> (gradient * gradient).sum()) |> Seq.reduce (+)

                    result.detach () :: List.ofSeq (torch.autograd.grad ([| mixed |], leaves))

                agree doubleShare (second (standard reads)) (second (flash 3 reads)) "second derivatives")

            for name, change in
                [
                    "key", (fun (x: Tensor[]) -> [| x[0]; x[1].narrow(3L, 0L, 5L); x[2] |])
                    "value", (fun x -> [| x[0]; x[1]; x[2].narrow(1L, 0L, 5L) |])
                    "query", (fun x -> [| x[0].select(2L, 0L); x[1]; x[2] |])
                ] do
                testCase $"a wrong {name} is refused by its axis"
                <| scoped (fun () ->
                    let operation, _, _, _ =
                        badShape (fun () -> flash 3 Reads.all Dropout.none (change (inputs 5 7)))

                    Expect.equal operation "flash attention" "the operation")

            testCase "a wrong mask and a wrong block are refused"
            <| scoped (fun () ->
                let mask = maskOf 5 6 (fun _ _ -> true)

                badShape (fun () -> flash 3 (Reads.masked mask) Dropout.none (inputs 5 7))
                |> ignore

                Expect.isError
                    (Fault.catch (fun () -> flash 0 Reads.all Dropout.none (inputs 5 7) |> ignore))
                    "block 0")
        ]

[<Tests>]
let suite = testList "Kernels" [ equality; laws ] |> Needs.tensors
