/// Attention masks: what is no mask is refused, on every way a mask can go.
module VolatilityForge.Tests.MaskTests

open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

let private queries, keys = 5L, 7L

/// Every function that reads a mask. The heads of the first two are one key head's.
let private ways: (string * (Tensor -> Tensor)) list =
    let heads = [ 2; 1; 5; 3 ]
    let apart = [ 2; 1; 7; 3 ]
    let grouped () = draw "query" [ 2; 5; 1; 1; 3 ]
    let along () = draw "key" [ 2; 7; 1; 3 ]
    let layer = AttentionConfig.FromDim(6, 1, 1, 0.0)

    let within (reads: Tensor -> Reads) (mask: Tensor) =
        let weights =
            Gqa.initial layer
            |> Gqa.map (fun start -> draw "weight" (Initial.shape start |> Array.map int |> List.ofArray))

        Gqa.attend (Some AttentionPath.Standard) (reads mask) Dropout.none (table 5 6) weights (draw "x" [ 2; 5; 6 ])

    [
        "separate heads",
        (fun mask ->
            Attention.scaledDotProduct (Some mask) None (draw "query" heads) (draw "key" apart) (draw "value" apart))
        "grouped heads",
        (fun mask ->
            Attention.groupedQuery (Some mask) None (draw "query" heads) (draw "key" apart) (draw "value" apart))
        "the standard path",
        (fun mask -> Attention.grouped (Some mask) Dropout.none 1.0 (grouped ()) (along ()) (along ()))
        "the flash path",
        (fun mask -> Flash.grouped 3 (Reads.masked mask) Dropout.none 1.0 (grouped ()) (along ()) (along ()))
        "a causal layer",
        (fun mask -> within (fun mask -> { Causal = true; Mask = Some mask }) (mask.narrow (1L, 0L, 5L)))
    ]

[<Tests>]
let suite: Test =
    testList
        "Kernels"
        [
            for way, attend in ways do
                for dtype in [ torch.ScalarType.Float64; torch.ScalarType.Float32; torch.ScalarType.Int64 ] do
                    testCase $"a mask of {dtype} is refused, since its zeros can mean either ({way})"
                    <| scoped (fun () ->
                        let axis, found =
                            let _, axis, _, found =
                                badShape (fun () -> attend (torch.zeros ([| queries; keys |], dtype = dtype)))

                            axis, found

                        Expect.equal (axis, found) ("the mask", string dtype) "what was found")

                testCase $"a boolean mask is read ({way})"
                <| scoped (fun () ->
                    let mask = torch.ones ([| queries; keys |], dtype = torch.ScalarType.Bool)
                    Expect.equal (attend mask).shape[0] 2L "a result")
        ]
    |> Needs.tensors
