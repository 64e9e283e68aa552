/// The whole network against PyTorch and against differences.
module VolatilityForge.Tests.NetworkGoldenTests

open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Networks

/// The golden networks: case, pooling, causal.
let private goldenNetworks =
    [
        "network attention", Pooling.Attention, false
        "network last", Pooling.Last, true
    ]

let private againstPyTorch =
    testList
        "Against PyTorch"
        [
            for name, pooling, causal in goldenNetworks do
                let config =
                    { goldenConfig with
                        Pooling = pooling
                        Causal = causal
                    }

                let weights (case: GoldenCase) (precision: Tensor -> Tensor) =
                    Transformer.names config
                    |> Transformer.map (fun leaf -> precision (case.Tensor $"weight {leaf}"))

                testCase $"{name}: the weights have the names and shapes of the structure"
                <| fun () ->
                    let weights = goldenKernels.Value[name].Under "weight "
                    let names = Transformer.names config |> Transformer.toArray
                    let starts = Transformer.initial 3 config |> Transformer.toArray
                    Expect.equal (Set.ofArray names) (weights.Keys |> Set.ofSeq) "names"

                    for name, start in Array.zip names starts do
                        Expect.equal (weights[name].Shape |> Array.map int64) (Initial.shape start) name

                for precision, share, type_ in
                    [
                        "float64", 1e-12, torch.ScalarType.Float64
                        "float32", 1e-5, torch.ScalarType.Float32
                        // Two blocks of rounding to 8 bits.
                        "bfloat16", 5e-2, torch.ScalarType.BFloat16
                    ] do
                    testCase $"{name} in {precision}: answers and loss"
                    <| scoped (fun () ->
                        let case = goldenKernels.Value[name]
                        let cast = Ops.cast type_

                        let result =
                            Transformer.forward config Dropout.none (weights case cast) (cast (case.Tensor "x"))

                        nearTensor share result (case.Tensor "result") "answers"

                        if share < 1e-2 then
                            let loss = Objective.loss (Objective.Qlike 2.0) result (cast (case.Tensor "target"))
                            nearTensor share (loss.reshape 1L) (case.Tensor "loss") "loss")

                for precision, share, type_ in
                    [
                        "float64", 1e-11, torch.ScalarType.Float64
                        "float32", 1e-5, torch.ScalarType.Float32
                    ] do
                    testCase $"{name} in {precision}: the gradients of every leaf"
                    <| scoped (fun () ->
                        let case = goldenKernels.Value[name]
                        let cast = Ops.cast type_

                        let weights =
                            weights case cast |> Transformer.map (fun leaf -> leaf.requires_grad_ ())

                        let result =
                            Transformer.forward config Dropout.none weights (cast (case.Tensor "x"))

                        let loss = Objective.loss (Objective.Qlike 2.0) result (cast (case.Tensor "target"))
                        let leaves = Transformer.toArray weights
                        let gradients = torch.autograd.grad ([| loss |], leaves, allow_unused = true)

                        // Single elements may cancel: the scale is that of the whole gradient.
                        let largest =
                            case.Under("gradient ").Values |> Seq.collect _.Values |> Seq.map abs |> Seq.max

                        Transformer.names config
                        |> Transformer.toArray
                        |> Array.iteri (fun index leaf ->
                            let expected = case.Tensors[$"gradient {leaf}"]

                            let found =
                                if gradients[index].IsInvalid then
                                    Array.zeroCreate expected.Values.Length
                                else
                                    Ops.toDoubles gradients[index]

                            for found, expected in Array.zip found expected.Values do
                                if not (abs (found - expected) <= share * largest) then
                                    failtest $"{leaf}: {expected:R} expected, {found:R} found"))
        ]

let private differences =
    testList
        "Against differences"
        [
            for pooling, causal in [ Pooling.Attention, false; Pooling.Mean, true ] do
                testCase $"the gradients of the loss by every weight and the input ({pooling}, causal {causal})"
                <| scoped (fun () ->
                    let config =
                        { tiny with
                            Pooling = pooling
                            Causal = causal
                        }

                    let names = Transformer.names config
                    // Pooling by mean does not read the query; it has no gradient to check.
                    let reads =
                        Transformer.map (fun name -> pooling = Pooling.Attention || name <> "pool") names

                    let weights = drawn 3 config
                    let target = draw "target" [ 2 ]

                    let read =
                        Array.zip3
                            (Transformer.toArray names)
                            (Transformer.toArray reads)
                            (Transformer.toArray weights)

                    let inputs =
                        [ for name, reads, leaf in read -> (if reads then Some(name, leaf) else None) ]

                    checkGradients
                        (fun given ->
                            let mutable next = 0

                            let weights =
                                List.zip inputs (List.ofArray (Transformer.toArray weights))
                                |> List.map (fun (input, leaf) ->
                                    match input with
                                    | Some _ ->
                                        next <- next + 1
                                        given[next]
                                    | None -> leaf)
                                |> Array.ofList
                                |> Transformer.ofArray names

                            let predicted = Transformer.forward config Dropout.none weights given[0]
                            Objective.loss Objective.standard predicted target)
                        (("x", draw "x" [ 2; 5; 3 ]) :: List.choose id inputs))
        ]

[<Tests>]
let suite = testList "Transformer" [ againstPyTorch; differences ] |> Needs.tensors
