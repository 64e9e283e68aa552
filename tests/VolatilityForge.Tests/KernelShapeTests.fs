/// Wrong shapes are faults that name the axis, in every kernel.
module VolatilityForge.Tests.KernelShapeTests

open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

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
            "rotary: a table of another width", "headDim", turn 5L 4L [ 2L; 5L; 6L ]
            "rotary: an odd width", "headDim", turn 5L 6L [ 2L; 5L; 7L ]
            "rotary: a table of odd width", "headDim", turn 5L 7L [ 2L; 5L; 6L ]
            "rotary: no batch", "the input", turn 5L 6L [ 5L; 6L ]
            "pooling: no time", "the input", (fun () -> Pooling.forward Pooling.Attention (x [ 7L ]) (x [ 2L; 7L ]))
            "pooling by mean: no time", "the input", (fun () -> Pooling.forward Pooling.Mean (x [ 7L ]) (x [ 2L; 7L ]))
            "pooling by last: no time", "the input", (fun () -> Pooling.forward Pooling.Last (x [ 7L ]) (x [ 2L; 7L ]))
            "pooling: a query of another width",
            "model of query",
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
let suite = testList "Kernels" [ wrongShapes ] |> Needs.tensors
