/// The tensor engine as the core uses it: lifetimes, failures, conversions, contractions.
module VolatilityForge.Tests.EngineTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

/// Tensors that a body leaves alive.
let private left (body: unit -> unit) : int64 =
    let before = Scope.liveCount ()
    body ()
    Scope.liveCount () - before

let private lifetimes =
    testList
        "Scope"
        [
            testCase "keeps what escapes and frees the rest"
            <| fun () ->
                let mutable kept = Unchecked.defaultof<Tensor>

                let alive =
                    left (fun () -> kept <- Scope.one (fun () -> Ops.shift 1.0 (torch.zeros [| 3L |])))

                Expect.equal alive 1L "one tensor"
                Expect.equal (Ops.toArray kept) [| 1.0f; 1.0f; 1.0f |] "and it can be read"
                kept.Dispose()

            testCase "hands a tensor on to the scope around it"
            <| fun () ->
                let alive =
                    left (fun () ->
                        Scope.run (fun () ->
                            let inner = Scope.one (fun () -> torch.ones [| 2L |])
                            Expect.equal (Ops.toFloat (inner.sum ())) 2.0 "alive inside"))

                Expect.equal alive 0L "freed by the outer scope"

            testCase "frees everything when an exception passes"
            <| fun () ->
                let alive =
                    left (fun () ->
                        try
                            Scope.one (fun () ->
                                let made = torch.ones [| 5L |] |> Ops.scale 2.0
                                Expect.equal (made.numel ()) 5L "made"
                                failwith "stop")
                            |> ignore
                        with Failure _ ->
                            ())

                Expect.equal alive 0L "nothing left"

            testCase "inference records no graph and restores the mode after an exception"
            <| fun () ->
                let recorded =
                    Scope.inference (fun () ->
                        (torch.ones([| 1L |]).requires_grad_().mul(torch.ones [| 1L |])).requires_grad)

                Expect.isFalse recorded "no graph"

                try
                    Scope.inference (fun () -> failwith "stop")
                with Failure _ ->
                    ()

                Expect.isTrue (torch.is_grad_enabled ()) "the mode is as before"
        ]

/// The bodies that libtorch refuses.
let private refused: (string * (unit -> Tensor)) list =
    [
        "a product of wrong shapes", (fun () -> (torch.ones [| 2L; 3L |]).matmul(torch.ones [| 2L; 3L |]))
        "a sum that can't broadcast", (fun () -> torch.ones [| 2L |] + torch.ones [| 3L |])
        "a reshape to another number", (fun () -> (torch.ones [| 6L |]).reshape [| 4L; 2L |])
        "an axis that isn't there", (fun () -> (torch.ones [| 6L |]).select(3L, 0L))
        "an equation that libtorch can't read", (fun () -> torch.einsum ("a?->", torch.ones [| 2L; 2L |]))
        "a gradient by an input that isn't used",
        (fun () ->
            let used, unused =
                torch.ones([| 1L |]).requires_grad_(), torch.ones([| 1L |]).requires_grad_()

            torch.autograd.grad([| used.sum () |], [| unused |])[0])
        "a gradient of what has no graph",
        (fun () -> torch.autograd.grad([| torch.ones [| 1L |] |], [| torch.ones [| 1L |] |])[0])
    ]

/// Twice x, with a backward that gives a gradient to the word beside it too, which is an error.
type private WordyDouble() =
    inherit torch.autograd.MultiTensorFunction<WordyDouble>()

    override _.Name = "a wordy double"

    override _.forward(_, arguments) =
        let x = arguments[0] :?> Tensor
        Collections.Generic.List [ x + x ]

    override _.backward(_, gradients) =
        Collections.Generic.List [ gradients[0] + gradients[0]; gradients[0] ]

/// Handles on native tensors, those that no .NET object knows among them.
let private handles () : int64 =
    Type.GetType("TorchSharp.LibTorch.EngineInfo, TorchSharp.LibTorch").GetProperty("LiveHandles").GetValue null
    :?> int64

let private failures =
    testList
        "Failures"
        [
            testCase "a backward that fails after a gradient was made leaves nothing behind"
            <| fun () ->
                let before = handles ()

                Scope.run (fun () ->
                    let x = torch.ones([| 3L |]).requires_grad_()
                    let result = WordyDouble.apply(box x, box "word")[0]

                    Expect.throwsT<Runtime.InteropServices.ExternalException>
                        (fun () -> torch.autograd.grad ([| result.sum () |], [| x |]) |> ignore)
                        "refused")

                Expect.equal (handles ()) before "every handle is given back"

            for name, body in refused do
                testCase $"{name} is an exception with a message"
                <| scoped (fun () ->
                    try
                        body () |> ignore
                        failtest "no exception"
                    with
                    | :? AssertException -> reraise ()
                    | error -> Expect.isGreaterThan error.Message.Length 10 "says something")

            testCase "the engine goes on after a failure"
            <| scoped (fun () ->
                for _, body in refused do
                    try
                        body () |> ignore
                    with _ ->
                        ()

                Expect.equal (Ops.toFloat ((torch.ones [| 3L; 3L |]).sum())) 9.0 "nine ones")
        ]

let private reports =
    testList
        "Engine"
        [
            testCase "reports version, threads and devices"
            <| fun () ->
                let report = Expect.wantOk (Engine.check ()) "an engine"
                Expect.isMatch report.Version @"^\d+\.\d+" "a version"
                Expect.isGreaterThanOrEqual report.CudaDevices 0 "devices"
                Expect.isGreaterThanOrEqual report.Threads 1 "threads"

            testCase "uses every core unless told otherwise"
            <| fun () ->
                if String.IsNullOrEmpty(Environment.GetEnvironmentVariable "OMP_NUM_THREADS") then
                    let report = Expect.wantOk (Engine.check ()) "an engine"
                    Expect.equal report.Threads Environment.ProcessorCount "one thread per core"

            testCase "knows the names of devices"
            <| fun () ->
                let cpu = Expect.wantOk (Engine.device "cpu") "the CPU"
                Expect.equal cpu.``type`` DeviceType.CPU "the CPU"

                for name in [ ""; "gpu"; "cuda:"; "cuda:x"; "cpu:0:1"; "CPU "; "cuda:-1" ] do
                    match Engine.device name with
                    | Error(Fault.BadSetting("device", _, found)) -> Expect.equal found name "the name is told"
                    | other -> failtest $"'{name}' gave {other}"

            testCase "refuses a CUDA device that isn't there"
            <| fun () ->
                let count = torch.cuda.device_count ()
                Expect.isError (Engine.device $"cuda:{count}") "one beyond the last"
        ]

let private conversions =
    testList
        "Ops"
        [
            testCase "arrays come back as they went in, whatever the strides"
            <| scoped (fun () ->
                let values = normals "round trip" 35
                let singles = Array.map float32 values
                Expect.equal (Ops.toDoubles (Ops.ofDoubles [| 5L; 7L |] values)) values "float64"
                Expect.equal (Ops.toArray (Ops.ofArray [| 5L; 7L |] singles)) singles "float32"
                let turned = (Ops.ofArray [| 5L; 7L |] singles).t()

                let expected =
                    [|
                        for column in 0..6 do
                            for row in 0..4 -> singles[7 * row + column]
                    |]

                Expect.equal (Ops.toArray turned) expected "the transpose, row-major")

            testCase "values that are not finite survive"
            <| scoped (fun () ->
                let values = [| nan; infinity; -infinity; -0.0 |]
                let back = Ops.toDoubles (Ops.ofDoubles [| 4L |] values)
                let raw = Array.map BitConverter.DoubleToInt64Bits
                Expect.equal (raw back) (raw values) "bit for bit")

            testCase "scalar arithmetic"
            <| scoped (fun () ->
                let x = Ops.ofDoubles [| 3L |] [| -2.0; 0.5; 3.0 |]
                Expect.equal (Ops.toDoubles (Ops.scale -2.0 x)) [| 4.0; -1.0; -6.0 |] "scale"
                Expect.equal (Ops.toDoubles (Ops.shift 0.25 x)) [| -1.75; 0.75; 3.25 |] "shift"
                Expect.equal (Ops.toDoubles (Ops.clamp -1.0 1.0 x)) [| -1.0; 0.5; 1.0 |] "clamp"
                Expect.equal (Ops.toDoubles (Ops.atLeast 0.0 x)) [| 0.0; 0.5; 3.0 |] "atLeast"
                Expect.equal (Ops.toFloat (x.sum ())) 1.5 "toFloat")

            testCase "a cast to the type at hand is the tensor itself; only half precision is widened"
            <| scoped (fun () ->
                let x = Ops.ofDoubles [| 1L |] [| 1.0 |]
                Expect.isTrue (obj.ReferenceEquals(Ops.cast torch.ScalarType.Float64 x, x)) "the same tensor"
                Expect.isTrue (obj.ReferenceEquals(Ops.widen x, x)) "float64 stays"

                for half in [ torch.ScalarType.BFloat16; torch.ScalarType.Float16 ] do
                    let narrow = Ops.cast half x
                    Expect.isTrue (Ops.isHalf narrow) "half"
                    Expect.equal (Ops.widen narrow).dtype torch.ScalarType.Float32 "widened")

            testCase "reading a tensor frees what it makes"
            <| fun () ->
                use x = torch.ones [| 3L; 2L |]
                use view = x.t ()

                let alive =
                    left (fun () ->
                        Ops.toArray view |> ignore
                        Ops.toDoubles view |> ignore
                        Ops.toFloat (x.narrow(0L, 0L, 1L).narrow(1L, 0L, 1L)) |> ignore)

                // The two narrowed views are this test's own.
                Expect.isLessThanOrEqual alive 2L "nothing of Ops"
        ]

let private shapes =
    testList
        "Axes"
        [
            testCase "a rank names the axes wanted and the shape found"
            <| fun () ->
                let found =
                    badShape (fun () ->
                        let x = torch.ones [| 2L; 3L |]
                        Axes.rank "f" [ "batch" ] x |> ignore
                        x)

                Expect.equal found ("f", "the input", "(batch)", "(2, 3)") "the fault"

            testCase "an extent names its axis"
            <| fun () ->
                let found =
                    badShape (fun () ->
                        let x = torch.ones [| 2L; 3L |]
                        Axes.exactly "f" [ "batch", 2L; "time", 5L ] x
                        x)

                Expect.equal found ("f", "time", "5", "3 in (2, 3)") "the fault"
        ]

/// Equation, shapes.
let private contractions: (string * int list list) list =
    [
        "ab,bc->ac", [ [ 2; 3 ]; [ 3; 5 ] ]
        "ab,bc->ca", [ [ 2; 3 ]; [ 3; 5 ] ]
        "ab,ab->", [ [ 5; 7 ]; [ 5; 7 ] ]
        "ab->b", [ [ 5; 7 ] ]
        "aab->b", [ [ 3; 3; 5 ] ]
        "ab,c->acb", [ [ 2; 3 ]; [ 5 ] ]
        "btkgd,bskd->bkgts", [ [ 2; 5; 3; 2; 7 ]; [ 2; 11; 3; 7 ] ]
        "bkgts,bskd->btkgd", [ [ 2; 3; 2; 5; 11 ]; [ 2; 11; 3; 7 ] ]
        "abc,cbd,da->bd", [ [ 2; 3; 5 ]; [ 5; 3; 7 ]; [ 7; 2 ] ]
    ]

let private einsum =
    testList
        "Einsum"
        [
            for equation, shapes in contractions do
                testCase $"{equation} is the nested sum"
                <| scoped (fun () ->
                    let operands =
                        shapes |> List.mapi (fun index shape -> grid $"{equation} {index}" shape)

                    let found = Einsum.apply equation (operands |> List.map tensor |> Array.ofList)
                    nearGrid 1e-13 found (Naive.einsum equation operands) equation)

            testCase "agrees with PyTorch"
            <| scoped (fun () ->
                let case = goldenKernels.Value["einsum"]
                let operands = [| case.Tensor "left"; case.Tensor "right"; case.Tensor "third" |]
                nearTensor 1e-13 (Einsum.apply "abc,cbd,da->bd" operands) (case.Tensor "result") "the contraction")

            for name, equation, shapes, axis, expected, found in
                [
                    "too few operands", "ab,bc->ac", [ [ 2; 3 ] ], "the number of operands", "2", "1"
                    "too many operands", "ab->a", [ [ 2; 3 ]; [ 2 ] ], "the number of operands", "1", "2"
                    "a rank", "ab,bc->ac", [ [ 2; 3 ]; [ 3 ] ], "operand 2", "of 2 axes (bc)", "of 1 axes"
                    "an extent", "ab,bc->ac", [ [ 2; 3 ]; [ 5; 7 ] ], "axis b of operand 2", "3", "5"
                    "a diagonal of unequal axes", "aa->a", [ [ 2; 3 ] ], "axis a of operand 1", "2", "3"
                    "an output letter no operand has",
                    "ab->c",
                    [ [ 2; 3 ] ],
                    "the output",
                    "letters of the operands",
                    "c"
                ] do
                testCase $"{name} is refused by name"
                <| fun () ->
                    let fault =
                        badShape (fun () ->
                            Einsum.apply
                                equation
                                [| for shape in shapes -> torch.ones (Array.ofList (List.map int64 shape)) |])

                    Expect.equal fault ($"einsum {equation}", axis, expected, found) "the fault"
        ]

[<Tests>]
let suite =
    testList "Engine and operations" [ lifetimes; Needs.ownEngine failures; reports; conversions; shapes; einsum ]
    |> Needs.tensors
