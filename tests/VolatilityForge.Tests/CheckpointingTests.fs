/// Gradient checkpointing and the gradient checker.
module VolatilityForge.Tests.CheckpointingTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

let private leaves () : Tensor[] =
    [| draw "x" [ 5; 7 ]; draw "up" [ 7; 11 ]; draw "down" [ 11; 7 ] |]
    |> Array.map (fun x -> x.requires_grad_ ())

let private layer (x: Tensor[]) : Tensor =
    (torch.tanh (x[0].matmul x[1])).matmul x[2] + x[0]

/// Bits of the result and of every gradient.
let private outcome (f: Tensor[] -> Tensor) (leaves: Tensor[]) : int64[] list =
    let result = f leaves

    let weights = draw "combination" (result.shape |> Array.map int |> List.ofArray)

    let gradients = torch.autograd.grad ([| (result * weights).sum() |], leaves)
    bits result :: [ for gradient in gradients -> bits gradient ]

let rec private nested (depth: int) (f: Tensor[] -> Tensor) (x: Tensor[]) : Tensor =
    if depth = 0 then
        f x
    else
        Checkpointing.many [] (nested (depth - 1) f) x

let private dropping (generator: torch.Generator) (x: Tensor[]) : Tensor =
    let dropout =
        {
            Rate = 0.4
            Generator = Some generator
        }

    layer x |> Dropout.apply dropout |> torch.tanh |> Dropout.apply dropout

let private checkpointing =
    testList
        "Gradient checkpointing"
        [
            testCase "gives the plain run's result and gradients, bit for bit"
            <| scoped (fun () ->
                let plain = outcome layer (leaves ())
                Expect.equal (outcome (Checkpointing.many [] layer) (leaves ())) plain "once"

                let twice (f: Tensor[] -> Tensor) (x: Tensor[]) = f [| f x; x[1]; x[2] |]

                Expect.equal
                    (outcome (twice (Checkpointing.many [] layer)) (leaves ()))
                    (outcome (twice layer) (leaves ()))
                    "in a chain")

            // Past 60 levels libtorch moves a backward pass inside a backward pass to a thread of its own.
            for depth in [ 2; 3; 70 ] do
                testCase $"nests {depth} deep"
                <| scoped (fun () ->
                    Expect.equal (outcome (nested depth layer) (leaves ())) (outcome layer (leaves ())) "same")

            testCase "replays dropout from the same generator state, and leaves the generator as the plain run does"
            <| scoped (fun () ->
                let run (f: torch.Generator -> Tensor[] -> Tensor) =
                    use generator = new torch.Generator(5UL)
                    let found = outcome (f generator) (leaves ())
                    found, Ops.toDoubles (generator.get_state ())

                let plain = run dropping

                let once (generator: torch.Generator) =
                    Checkpointing.many [ generator ] (dropping generator)

                Expect.equal (run once) plain "once"

                let twice (generator: torch.Generator) =
                    Checkpointing.many [ generator ] (Checkpointing.many [ generator ] (dropping generator))

                Expect.equal (run twice) plain "nested"
                Expect.notEqual (run (fun generator -> Checkpointing.many [] (dropping generator))) plain "without it")

            testCase "several generators are each replayed"
            <| scoped (fun () ->
                let run (checkpoint: bool) =
                    use first = new torch.Generator(5UL)
                    use second = new torch.Generator(6UL)

                    let f (x: Tensor[]) =
                        dropping first [| dropping second x; x[1]; x[2] |]

                    outcome
                        (if checkpoint then
                             Checkpointing.many [ first; second ] f
                         else
                             f)
                        (leaves ())

                Expect.equal (run true) (run false) "same")

            testCase "an input that needs no gradient, or that the function doesn't read, is no obstacle"
            <| scoped (fun () ->
                let x = leaves ()
                let fixed' = draw "mask" [ 5; 7 ]

                let f (x: Tensor[]) = layer x * x[3]

                let result =
                    Checkpointing.many [] f (Array.append x [| fixed'; draw "unread" [ 3 ] |])

                let gradients = torch.autograd.grad ([| result.sum () |], x)
                let expected = torch.autograd.grad ([| (layer x * fixed').sum() |], x)

                for found, expected in Seq.zip gradients expected do
                    Expect.equal (bits found) (bits expected) "same")

            testCase "the one-tensor form is the function, also when it hands its tensor back"
            <| scoped (fun () ->
                let x = (draw "x" [ 5; 7 ]).requires_grad_()
                Expect.equal (bits (gradient_checkpointing torch.tanh x)) (bits (torch.tanh x)) "value"
                let same = gradient_checkpointing id x
                let gradient = torch.autograd.grad([| same.sum () |], [| x |])[0]
                Expect.allEqual (Ops.toDoubles gradient) 1.0 "the gradient of the identity"
                Expect.equal (bits x) (bits same) "x is alive")

            testCase "what the function makes on the way is freed before the backward pass, and after it"
            <| fun () ->
                Scope.run (fun () ->
                    let x = (draw "x" [ 5; 7 ]).requires_grad_()

                    let chain (x: Tensor) =
                        Seq.fold (fun x _ -> torch.tanh x) x (seq { 1..20 })

                    let before = Scope.liveCount ()
                    let result = gradient_checkpointing chain x
                    // An engine may hold the result twice, as the function's and as the node's.
                    Expect.isLessThan (Scope.liveCount () - before) 3L "the result alone"

                    let gradient =
                        torch.autograd.grad([| result |], [| x |], [| torch.ones_like x |])[0]

                    Expect.isLessThan (Scope.liveCount () - before) 5L "the gradient and its seed beside it"
                    Expect.isTrue (gradient.shape = x.shape) "shape")

            testCase "an exception of the function passes, forward and again, and the generator stays as it was"
            <| scoped (fun () ->
                use generator = new torch.Generator(5UL)
                let x = leaves ()
                let mutable fails = false

                let f (x: Tensor[]) =
                    if fails then
                        failwith "no more"

                    dropping generator x

                let result = Checkpointing.many [ generator ] f x
                let state = Ops.toDoubles (generator.get_state ())
                fails <- true
                Expect.throws (fun () -> torch.autograd.grad ([| result.sum () |], x) |> ignore) "backward"
                Expect.equal (Ops.toDoubles (generator.get_state ())) state "the generator"
                Expect.throws (fun () -> Checkpointing.many [ generator ] f x |> ignore) "forward")
            |> Needs.ownEngine

            testCase "a tensor that requires a gradient and is no input is refused, but where nothing is recorded"
            <| scoped (fun () ->
                let leaves = leaves ()
                let closed (x: Tensor) = layer [| x; leaves[1]; leaves[2] |]

                for x in [ leaves[0]; leaves[0].detach() ] do
                    match Fault.catch (fun () -> gradient_checkpointing closed x |> ignore) with
                    | Error(Fault.NotComputable("gradient checkpointing", _, remedy)) ->
                        Expect.equal remedy "Pass that tensor as an input." "how to mend it"
                    | other -> failtest $"{other}"

                use silent = torch.no_grad ()
                Expect.equal (bits (gradient_checkpointing closed leaves[0])) (bits (layer leaves)) "inference"
                let fixed' = leaves[1].detach()
                use recording = torch.enable_grad ()
                let found = gradient_checkpointing (fun x -> x.matmul fixed') leaves[0]
                Expect.isTrue found.requires_grad "one that requires none may be read")

            testCase
                "an outer function's input that an inner one reads past its own inputs is refused in the backward pass"
            <| scoped (fun () ->
                let outer (x: Tensor[]) =
                    gradient_checkpointing (fun y -> layer [| y; x[1]; x[2] |]) x[0]

                let leaves = leaves ()
                let result = Checkpointing.many [] outer leaves

                let told =
                    try
                        torch.autograd.grad ([| result.sum () |], leaves) |> ignore
                        "nothing"
                    with error ->
                        error.Message

                Expect.stringContains told "Pass that tensor as an input" "how to mend it")
            |> Needs.ownEngine

            testCase "the first run records no graph, also where it nests"
            <| scoped (fun () ->
                let mutable seen = []

                let f (x: Tensor[]) =
                    let made = layer x
                    seen <- made.requires_grad :: seen
                    made

                let result = nested 3 f (leaves ())
                Expect.equal seen [ false ] "forward"
                Expect.isTrue result.requires_grad "the node alone")

            testCase
                "second derivatives are the plain run's, nested, with draws, and where one input is made from another"
            <| scoped (fun () ->
                use generator = new torch.Generator(5UL)

                let second (f: Tensor[] -> Tensor) =
                    generator.manual_seed 5L |> ignore
                    let leaves = leaves ()
                    // The last input depends on the one before it.
                    let result = f [| leaves[0]; leaves[1]; leaves[2] + leaves[1].transpose(0L, 1L) |]

                    let first =
                        torch.autograd.grad (
                            [| (result * draw "first" [ 5; 7 ]).sum() |],
                            leaves,
                            retain_graph = true,
                            create_graph = true
                        )

                    let mixed =
                        Seq.zip [ "x"; "up"; "down" ] first
                        |> Seq.map (fun (name, gradient) ->
                            (gradient
                             * draw $"second {name}" (gradient.shape |> Array.map int |> List.ofArray))
                                .sum())
                        |> Seq.reduce (+)

                    List.ofSeq first @ List.ofSeq (torch.autograd.grad ([| mixed |], leaves))

                let plain = second (dropping generator)

                for name, f in
                    [
                        "once", Checkpointing.many [ generator ] (dropping generator)
                        "nested",
                        Checkpointing.many [ generator ] (Checkpointing.many [ generator ] (dropping generator))
                    ] do
                    for found, expected in List.zip (second f) plain do
                        // The same sums, some of them in another order.
                        nearTensor 1e-12 found expected name)

            testCase "gradients are central differences"
            <| scoped (fun () ->
                use generator = new torch.Generator(5UL)

                checkGradients
                    (fun x ->
                        generator.manual_seed 5L |> ignore
                        Checkpointing.many [ generator ] (dropping generator) x)
                    [
                        "x", draw "x" [ 2; 7 ]
                        "up", draw "up" [ 7; 3 ]
                        "down", draw "down" [ 3; 7 ]
                    ])
        ]

/// x^3 whose backward says 2 x^2, not 3 x^2, for elements above 1.
type private WrongCube() =
    inherit torch.autograd.SingleTensorFunction<WrongCube>()

    override _.Name = "a wrong cube"

    override _.forward(context, arguments) =
        let x = arguments[0] :?> Tensor
        context.save_for_backward (Collections.Generic.List [ x ])
        x * x * x

    override _.backward(context, gradient) =
        let x = context.get_saved_variables()[0]
        let wrong = x.gt((1.0).ToScalar()).to_type x.dtype
        Collections.Generic.List [ gradient * x * x * (Ops.shift 3.0 (wrong.neg ())) ]

let private checker =
    testList
        "The gradient checker"
        [
            testCase "passes what is right and tells the worst element"
            <| scoped (fun () ->
                let report =
                    GradientCheck.run
                        GradientCheck.standard
                        layer
                        [
                            "x", draw "x" [ 3; 7 ]
                            "up", draw "up" [ 7; 2 ]
                            "down", draw "down" [ 2; 7 ]
                        ]

                Expect.isTrue report.Passed "right"
                Expect.equal report.Count (21 + 14 + 14) "every element"
                Expect.isLessThan report.Worst.Share 1e-8 "and nearly equal")

            testCase "finds the one wrong element, where it is and both values"
            <| scoped (fun () ->
                let x = Ops.ofDoubles [| 2L; 3L |] [| 0.5; 0.7; -0.9; 0.2; 1.5; -1.1 |]
                let wrong (inputs: Tensor[]) = WrongCube.apply (box inputs[0])
                let report = GradientCheck.run GradientCheck.standard wrong [ "x", x ]
                Expect.isFalse report.Passed "wrong"
                Expect.equal report.Worst.Index [| 1L; 1L |] "where"

                Expect.floatClose
                    { absolute = 1e-6; relative = 0.0 }
                    (report.Worst.Autograd / report.Worst.Difference)
                    (2.0 / 3.0)
                    "both values"

                match Fault.catch (fun () -> GradientCheck.demand GradientCheck.standard wrong [ "x", x ]) with
                | Error(Fault.NotComputable(what, _, _)) -> Expect.stringContains what "x at (1, 1)" "the fault"
                | other -> failtest $"{other}")

            testCase "an input that isn't read has gradient 0; one whose gradient is NaN fails"
            <| scoped (fun () ->
                let run f =
                    (GradientCheck.run GradientCheck.standard f [ "x", draw "x" [ 3 ]; "y", draw "y" [ 2 ] ]).Passed

                Expect.isTrue (run (fun x -> torch.tanh x[0])) "unread"
                Expect.isFalse (run (fun x -> (x[0] * Ops.shift 0.0 (x[1].sum() * nan)))) "NaN")

            testCase "inputs stay as they are, and must be float64"
            <| scoped (fun () ->
                let x = draw "x" [ 3 ]
                let before = bits x

                GradientCheck.run GradientCheck.standard (fun x -> torch.exp x[0]) [ "x", x ]
                |> ignore

                Expect.equal (bits x) before "values"
                Expect.isFalse x.requires_grad "no leaf"

                Expect.isError
                    (Fault.catch (fun () ->
                        GradientCheck.run GradientCheck.standard (fun x -> x[0]) [ "x", single x ]
                        |> ignore))
                    "float32")
        ]

[<Tests>]
let suite = testList "Kernels" [ checkpointing; checker ] |> Needs.tensors
