/// RMS norm and SwiGLU with hand-derived backwards as nodes of their own, measured against the library's composed forms.
namespace VolatilityForge.Bench

open System.Collections.Generic
open TorchSharp
open VolatilityForge

/// gain x / sqrt(mean x^2 + epsilon), keeping x and one number per row. Arguments of apply: gain, x.
type RmsNode() =
    inherit torch.autograd.MultiTensorFunction<RmsNode>()

    override _.Name = "rms norm"

    override _.forward(context, arguments) =
        let gain, x = arguments[0] :?> Tensor, arguments[1] :?> Tensor

        let result, scale =
            Scope.keeping (fun (result, scale) -> [ result; scale ]) (fun () ->
                let scale = (x * x).mean([| -1L |], keepdim = true) |> Ops.shift 1e-6 |> torch.rsqrt

                (x * scale).mul_ gain, scale)

        context.save_for_backward (List [ gain; x; scale ])
        List [ result ]

    override _.backward(context, gradients) =
        let saved = context.get_saved_variables ()
        let gain, x, scale, given = saved[0], saved[1], saved[2], gradients[0]

        Scope.keeping List.toSeq (fun () ->
            let unit = x * scale
            let weighed = given * gain
            let along = (weighed * unit).mean([| -1L |], keepdim = true)
            let byX = weighed.sub_(unit * along).mul_ scale
            [ unit.mul_(given).reshape(-1L, gain.shape[0]).sum 0L; byX ])
        |> List

/// (silu(x gate) * (x up)) down, keeping x and the two products. Arguments of apply: gate, up, down, x.
type SwiGluNode() =
    inherit torch.autograd.MultiTensorFunction<SwiGluNode>()

    override _.Name = "swiglu"

    override _.forward(context, arguments) =
        let weights = arguments |> Array.map (fun argument -> argument :?> Tensor)
        let x = weights[3]

        let result, opened, raised =
            Scope.keeping (fun (result, opened, raised) -> [ result; opened; raised ]) (fun () ->
                let opened, raised = x.matmul weights[0], x.matmul weights[1]
                ((torch.nn.functional.silu opened).mul_ raised).matmul weights[2], opened, raised)

        context.save_for_backward (List(Seq.append weights [ opened; raised ]))
        List [ result ]

    override _.backward(context, gradients) =
        let saved = context.get_saved_variables ()
        let rows (x: Tensor) = x.reshape (-1L, Array.last x.shape)
        let gate, up, down = saved[0], saved[1], saved[2]

        let x, opened, raised, given =
            rows saved[3], rows saved[4], rows saved[5], rows gradients[0]

        Scope.keeping List.toSeq (fun () ->
            let share = opened.sigmoid ()
            let through = opened * share
            let byDown = (through * raised).transpose(0L, 1L).mm given
            let byHidden = given.mm (down.transpose (0L, 1L))
            let byRaised = byHidden * through
            // silu' = share (1 + opened - silu).
            let byOpened =
                byHidden.mul_(raised).mul_(share).mul_(Ops.shift 1.0 (opened - through))

            let back = x.transpose (0L, 1L)

            let byX =
                byOpened.mm(gate.transpose (0L, 1L)).add_(byRaised.mm (up.transpose (0L, 1L)))

            [ back.mm byOpened; back.mm byRaised; byDown; byX.reshape saved[3].shape ])
        |> List

/// What `bench nodes` measures.
[<RequireQualifiedAccess>]
module Nodes =

    let private leaf (extents: int list) : Tensor =
        (torch.randn (extents |> List.map int64 |> Array.ofList, dtype = torch.ScalarType.Float32)).requires_grad_()

    /// Layers in a row, so that what one keeps for the backward pass is seen.
    let private layers = 8

    let private run (f: Tensor -> Tensor) (leaves: Tensor[]) (x: Tensor) : unit -> unit =
        fun () ->
            Scope.run (fun () ->
                let result = Seq.fold (fun x _ -> Scope.one (fun () -> f x)) x (seq { 1..layers })
                torch.autograd.grad ([| result.sum () |], Array.append leaves [| x |]) |> ignore)

    let private rms (asNode: bool) (shape: Shape) : unit -> unit =
        let gain = leaf [ shape.Dim ]

        let layer (x: Tensor) =
            if asNode then
                RmsNode.apply(box gain, box x)[0]
            else
                Norm.rms 1e-6 gain x

        run layer [| gain |] (leaf [ shape.Batch; shape.Time; shape.Dim ])

    let private swiGlu (asNode: bool) (shape: Shape) : unit -> unit =
        let draw (extents: int list) =
            let weight = leaf extents
            use guard = torch.no_grad ()
            weight.mul_ ((1.0 / sqrt (float extents.Head)).ToScalar())

        let weights =
            {
                Gate = draw [ shape.Dim; shape.Hidden ]
                Up = draw [ shape.Dim; shape.Hidden ]
                Down = draw [ shape.Hidden; shape.Dim ]
            }

        let layer (x: Tensor) =
            if asNode then
                SwiGluNode.apply(box weights.Gate, box weights.Up, box weights.Down, box x)[0]
            else
                SwiGlu.forward weights x

        let leaves = [| weights.Gate; weights.Up; weights.Down |]
        run layer leaves (leaf [ shape.Batch; shape.Time; shape.Dim ])

    /// Operations by name; each takes whether it is a node, and a shape.
    let private operations: (string * (bool -> Shape -> unit -> unit)) list =
        [ "rms", rms; "swiglu", swiGlu ]

    let private shapes: (string * Shape) list =
        [ "demo", Cases.demo; "large", Cases.large ]

    /// Every measurement, as the words that `make` reads.
    let all: string list list =
        [
            for shape, _ in shapes do
                for operation, _ in operations do
                    for form in [ "composed"; "node" ] -> [ operation; form; shape ]
        ]

    /// The measurement of three words: rms or swiglu, composed or node, demo or large.
    let make (operation: string) (form: string) (shape: string) : unit -> unit =
        let named list name =
            list |> List.find (fst >> (=) name) |> snd

        (named operations operation) (form = "node") (named shapes shape)
