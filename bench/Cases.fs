/// What is measured: operations on shapes, with their arithmetic and their traffic. Measures nothing.
namespace VolatilityForge.Bench

open System
open TorchSharp
open VolatilityForge

/// Extents of a case; the demo's network, or one of the size that Transformers have elsewhere.
type Shape =
    {
        Name: string
        Batch: int
        Time: int
        Dim: int
        Heads: int
        KvHeads: int
        Hidden: int
    }

/// What bounds an operation, so what its rate is given in.
[<RequireQualifiedAccess>]
type Rate =
    | Flops of float
    | Bytes of float
    | Nothing

/// One operation on one shape. Make allocates the inputs and gives the operation.
type Case =
    {
        Operation: string
        Shape: Shape
        Rate: Rate
        /// The script under peers/ that knows the same operation.
        Peer: string
        Make: torch.Device -> unit -> unit
    }

/// The cases.
[<RequireQualifiedAccess>]
module Cases =

    /// Batch, days, width and heads of the demo's network.
    let demo: Shape =
        {
            Name = "64x22x16, heads 2, kv 1"
            Batch = 64
            Time = 22
            Dim = 16
            Heads = 2
            KvHeads = 1
            Hidden = 48
        }

    /// A layer of a middling language model; the published table's batch of 512 by 1,024 needs an accelerator.
    let large: Shape =
        {
            Name = "4x512x512, heads 8, kv 2"
            Batch = 4
            Time = 512
            Dim = 512
            Heads = 8
            KvHeads = 2
            Hidden = 1376
        }

    let private normal (device: torch.Device) (extents: int list) : Tensor =
        torch.randn (extents |> List.map int64 |> Array.ofList, dtype = torch.ScalarType.Float32, device = device)

    /// Runs a kernel without gradients and frees what it made.
    let private inference (device: torch.Device) (kernel: unit -> Tensor) : unit -> unit =
        fun () ->
            Scope.inference (fun () ->
                let result = kernel ()

                // A kernel on an accelerator is over when a value of its result has arrived.
                if device.``type`` <> DeviceType.CPU then
                    result.sum () |> Ops.toFloat |> ignore)

    /// 2 for a multiplication and an addition, twice: scores and mixture.
    let private attentionFlops (shape: Shape) : float =
        4.0 * float shape.Batch * float shape.Time ** 2.0 * float shape.Dim

    let private headed (device: torch.Device) (shape: Shape) (heads: int) : Tensor =
        normal device [ shape.Batch; heads; shape.Time; shape.Dim / shape.Heads ]

    let private grouped (shape: Shape) : Case =
        {
            Operation = "GQA forward"
            Shape = shape
            Rate = Rate.Flops(attentionFlops shape)
            Peer = "ops.py"
            Make =
                fun device ->
                    let query = headed device shape shape.Heads

                    let key, value =
                        headed device shape shape.KvHeads, headed device shape shape.KvHeads

                    inference device (fun () -> Attention.groupedQuery None None query key value)
        }

    let private standard (shape: Shape) : Case =
        {
            Operation = "standard attention"
            Shape = shape
            Rate = Rate.Flops(attentionFlops shape)
            Peer = "ops.py"
            Make =
                fun device ->
                    let query, key, value =
                        headed device shape shape.Heads,
                        headed device shape shape.Heads,
                        headed device shape shape.Heads

                    inference device (fun () -> Attention.scaledDotProduct None None query key value)
        }

    let private swiglu (shape: Shape) : Case =
        {
            Operation = "SwiGLU FFN"
            Shape = shape
            Rate =
                Rate.Flops(
                    6.0
                    * float shape.Batch
                    * float shape.Time
                    * float shape.Dim
                    * float shape.Hidden
                )
            Peer = "ops.py"
            Make =
                fun device ->
                    let x = normal device [ shape.Batch; shape.Time; shape.Dim ]

                    let weights =
                        {
                            Gate = normal device [ shape.Dim; shape.Hidden ]
                            Up = normal device [ shape.Dim; shape.Hidden ]
                            Down = normal device [ shape.Hidden; shape.Dim ]
                        }

                    inference device (fun () -> SwiGlu.forward weights x)
        }

    let private rms (shape: Shape) : Case =
        {
            Operation = "RMS norm"
            Shape = shape
            // Read once, written once.
            Rate = Rate.Bytes(2.0 * 4.0 * float shape.Batch * float shape.Time * float shape.Dim)
            Peer = "ops.py"
            Make =
                fun device ->
                    let x = normal device [ shape.Batch; shape.Time; shape.Dim ]
                    let gain = normal device [ shape.Dim ]
                    inference device (fun () -> Norm.rms 1e-6 gain x)
        }

    /// Features of the demo's network.
    let features = 5

    /// Dropout of the demo's network.
    let dropout = 0.2

    /// What a training run does for one batch.
    let private trainStep (shape: Shape) : Case =
        {
            Operation = "train step"
            Shape = shape
            Rate = Rate.Nothing
            Peer = "train_step.py"
            Make =
                fun device ->
                    let sizes =
                        { TransformerConfig.small with
                            Dim = shape.Dim
                            Depth = 1
                            Heads = shape.Heads
                            KvHeads = shape.KvHeads
                            Dropout = dropout
                        }

                    let network: IDifferentiable =
                        VolatilityTransformer.Create(features, sizes, Precision.Float32, device, Rng.ofSeed 1L)

                    for parameter in network.Parameters do
                        parameter.Value.requires_grad <- true

                    let generator = new torch.Generator(1uL)

                    let samples =
                        {
                            Input = normal device [ shape.Batch; shape.Time; features ]
                            Target = normal device [ shape.Batch ]
                        }

                    let config =
                        {
                            Objective = Objective.standard
                            Optimiser = Optimiser.standard
                            Schedule =
                                {
                                    Shape = ScheduleShape.Constant
                                    Peak = 1e-3
                                    Steps = 1
                                }
                            PartSize = shape.Batch
                            LossScale = None
                            Average = None
                        }

                    let numbers = [| 0L .. int64 shape.Batch - 1L |]
                    let mutable state = Step.init config network.Parameters

                    fun () -> state <- Step.take config network (Some generator) samples numbers state |> fst
        }

    let private flash (shape: Shape) : Case =
        {
            Operation = "flash attention"
            Shape = shape
            Rate = Rate.Flops(attentionFlops shape)
            Peer = "ops.py"
            Make =
                fun device ->
                    let group = shape.Heads / shape.KvHeads
                    let width = shape.Dim / shape.Heads
                    let query = normal device [ shape.Batch; shape.Time; shape.KvHeads; group; width ]

                    let key, value =
                        normal device [ shape.Batch; shape.Time; shape.KvHeads; width ],
                        normal device [ shape.Batch; shape.Time; shape.KvHeads; width ]

                    let scale = 1.0 / sqrt (float width)

                    inference device (fun () ->
                        Flash.grouped AttentionPath.block Reads.all Dropout.none scale query key value)
        }

    /// Every case.
    let all: Case list =
        [
            for shape in [ demo; large ] do
                grouped shape
                standard shape
                flash shape
                swiglu shape
                rms shape
            trainStep demo
        ]

    /// What a peer's script has to know of a case.
    let describe (case: Case) : (string * obj) list =
        [
            "batch", box case.Shape.Batch
            "time", box case.Shape.Time
            "dim", box case.Shape.Dim
            "heads", box case.Shape.Heads
            "kv_heads", box case.Shape.KvHeads
            "hidden", box case.Shape.Hidden
            "depth", box 1
            "features", box features
            "dropout", box dropout
        ]
