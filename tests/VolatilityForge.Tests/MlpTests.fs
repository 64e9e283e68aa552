module VolatilityForge.Tests.MlpTests

open System.Collections.Generic
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

let private config: MlpConfig = { Hidden = [ 7; 3 ]; Dropout = 0.0 }

let private time, features = 5, 2

let private names: string list =
    Parameter.leaves (fun visit -> Mlp.map visit (Mlp.names config))

/// Weights none of which is zero.
let private drawn () : Mlp<Tensor> =
    let queue = Queue names

    Mlp.initial time features config
    |> Mlp.map (fun start ->
        draw ("mlp " + queue.Dequeue()) (Initial.shape start |> Array.map int |> List.ofArray)
        |> Ops.scale 0.5)

[<Tests>]
let suite =
    testList
        "mlp"
        [
            testCase "it is silu of affine maps, written as loops"
            <| scoped (fun () ->
                let weights = drawn ()
                let x = grid "mlp input" [ 11; time; features ]

                let affine (layer: Linear<Tensor>) (input: float[]) =
                    let weight, bias = Ops.toDoubles layer.Weight, Ops.toDoubles layer.Bias

                    Array.init bias.Length (fun output ->
                        let mutable sum = bias[output]

                        for index in 0 .. input.Length - 1 do
                            sum <- sum + input[index] * weight[index * bias.Length + output]

                        sum)

                let silu value = value / (1.0 + exp -value)

                let expected =
                    Naive.create [ 11 ] (fun place ->
                        let flat =
                            x.Values[place[0] * time * features .. (place[0] + 1) * time * features - 1]

                        weights.Hidden
                        |> List.fold (fun input layer -> affine layer input |> Array.map silu) flat
                        |> affine weights.Head
                        |> Array.exactlyOne)

                nearGrid roundingShare (Mlp.forward Dropout.none weights (tensor x)) expected "float64"

                let narrow = Mlp.forward Dropout.none (Mlp.map single weights) (single (tensor x))
                nearGrid singleShare narrow expected "float32")

            testCase "its gradients are central differences"
            <| scoped (fun () ->
                let weights = drawn ()
                let x = draw "mlp gradient" [ 3; time; features ]

                checkGradients
                    (fun tensors ->
                        let queue = Queue tensors
                        Mlp.forward Dropout.none (Mlp.map (fun _ -> queue.Dequeue()) weights) x)
                    (List.zip names (Parameter.leaves (fun visit -> Mlp.map visit weights))))

            testCase "map id changes nothing and names are unique"
            <| scoped (fun () ->
                let weights = drawn ()
                Expect.isTrue (obj.ReferenceEquals((Mlp.map id weights).Head.Weight, weights.Head.Weight)) "the leaves"
                Expect.equal (List.distinct names) names "the names"
                Expect.contains names "hidden.1.weight" "a hidden layer's name")

            testCase "untrained it answers 0, whatever the input"
            <| scoped (fun () ->
                let network = Mlp.create time features MlpConfig.small torch.CPU (Rng.ofSeed 3L)

                let answer = network.Apply(single (draw "untrained" [ 13; time; features ]))
                Expect.sequenceEqual (Ops.toDoubles answer) (Array.zeroCreate<float> 13) "zeros"
                Network.release network)

            testCase "dropout is drawn from the generator alone"
            <| scoped (fun () ->
                let weights, x = drawn (), draw "mlp dropout" [ 17; time; features ]

                let answer generator =
                    Mlp.forward { Rate = 0.5; Generator = generator } weights x |> bits

                let drawnFrom (seed: uint64) =
                    use generator = new torch.Generator(seed)
                    answer (Some generator)

                Expect.equal (drawnFrom 5UL) (drawnFrom 5UL) "the same seed"
                Expect.notEqual (drawnFrom 5UL) (drawnFrom 7UL) "another seed"
                Expect.notEqual (drawnFrom 5UL) (answer None) "no generator")

            testCase "another number of days or features is refused"
            <| fun () ->
                Expect.equal
                    (badShape (fun () -> Mlp.forward Dropout.none (drawn ()) (draw "mlp wrong" [ 3; 7; features ])))
                    ("mlp", "time x features", "10", "14")
                    "the fault"

            testCase "sizes outside their domain are all named"
            <| fun () ->
                match MlpConfig.check { Hidden = [ 3; 0 ]; Dropout = 1.0 } with
                | Error fault -> Expect.equal (Fault.flatten fault).Length 2 "two faults"
                | Ok _ -> failtest "nothing was found wrong"

                Expect.isError (MlpConfig.check { MlpConfig.small with Hidden = [] }) "no hidden layer"
        ]
    |> Needs.tensors
