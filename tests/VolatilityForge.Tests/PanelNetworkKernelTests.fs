/// Networks over the symbols of a day: against PyTorch, against differences, against tokens that are missing.
module VolatilityForge.Tests.PanelNetworkKernelTests

open System.Collections.Generic
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

let private golden = goldenFile "tests/golden/panel_network.json"

let private case () = golden.Value["panel transformer"]

/// The sizes of the golden network.
let private config: PanelTransformerConfig =
    {
        Transformer =
            { TransformerConfig.small with
                Dim = 12
                Depth = 1
                Heads = 3
                KvHeads = 1
                FfnMultiplier = 0.25
                Dropout = 0.0
            }
        RowWidth = 2
    }

let private trained, inputs = 3, 5

let private names: string list =
    Parameter.leaves (fun visit -> PanelTransformer.map visit (PanelTransformer.names config))

let private weights (cast: Tensor -> Tensor) : PanelTransformer<Tensor> =
    let case = case ()

    PanelTransformer.names config
    |> PanelTransformer.map (fun name -> cast (case.Tensor $"weight {name}"))

let private forward: PanelTransformer<Tensor> -> Tensor -> Tensor =
    PanelTransformer.forward config.Transformer Dropout.none

/// NaN where a target is missing.
let private target () : Tensor =
    let case = case ()
    (case.Tensor "target").masked_fill(case.Mask "missing", nan.ToScalar())

/// The tokens with one number of them changed.
let private changed (day: int) (symbol: int) (feature: int) (x: Tensor) : Tensor =
    let shape = x.shape |> Array.map int
    let values = Ops.toDoubles x
    let place = (day * shape[1] + symbol) * shape[2] + feature
    values[place] <- values[place] + 3.0
    Ops.ofDoubles x.shape values

let private mlpConfig: PanelMlpConfig =
    {
        Layers = { Hidden = [ 7; 3 ]; Dropout = 0.0 }
        RowWidth = 2
    }

[<Tests>]
let suite =
    testList
        "Networks over the symbols of a day"
        [
            testCase "the attention network's answers, loss and gradients are PyTorch's"
            <| scoped (fun () ->
                let case = case ()
                let leaves = weights id |> PanelTransformer.map (fun leaf -> leaf.requires_grad_ ())
                let result = forward leaves (case.Tensor "x")
                nearTensor 1e-12 result (case.Tensor "result") "answers"
                let loss = Objective.loss Objective.standard result (target ())
                nearTensor 1e-12 (loss.reshape 1L) (case.Tensor "loss") "loss"

                let tensors =
                    Parameter.leaves (fun visit -> PanelTransformer.map visit leaves)
                    |> Array.ofList

                let gradients = torch.autograd.grad ([| loss |], tensors)

                for name, gradient in Seq.zip names gradients do
                    nearTensor 1e-11 gradient (case.Tensor $"gradient {name}") name)

            testCase "its gradients are central differences, through the mask of missing tokens"
            <| scoped (fun () ->
                let x = (case ()).Tensor "x"

                checkGradients
                    (fun tensors ->
                        let queue = Queue tensors
                        forward (weights id |> PanelTransformer.map (fun _ -> queue.Dequeue())) x)
                    (List.zip names (Parameter.leaves (fun visit -> PanelTransformer.map visit (weights id)))))

            testCase "what a missing token holds is read by no other, what a token of the day holds is"
            <| scoped (fun () ->
                let x = (case ()).Tensor "x"
                let weights = weights id
                let before = forward weights x

                let others (answer: Tensor) (day: int64) (symbol: int) =
                    let values = Ops.toDoubles (answer.select (0L, day))
                    Array.removeAt symbol values

                // On day 0 symbol 1 is missing, symbol 3 is there.
                Expect.equal
                    (others (forward weights (changed 0 1 2 x)) 0L 1)
                    (others before 0L 1)
                    "the missing token is not read"

                Expect.notEqual
                    (others (forward weights (changed 0 3 2 x)) 0L 3)
                    (others before 0L 3)
                    "a token that is there is read"

                Expect.equal
                    (others (forward weights (changed 0 3 2 x)) 1L 3)
                    (others before 1L 3)
                    "other days read other tokens")

            testCase "symbols have no order: in another order they have the same answers"
            <| scoped (fun () ->
                let order = [| 2; 0; 1; 4; 3 |]
                let index = torch.tensor (order |> Array.map int64)
                let weights = weights id

                let moved =
                    { weights with
                        Rows = weights.Rows.index_select (0L, torch.tensor [| 2L; 0L; 1L |])
                    }

                let x = (case ()).Tensor "x"
                let expected = (forward weights x).index_select(1L, index)
                nearTensor roundingShare (forward moved (x.index_select (1L, index))) expected "answers")

            testCase "a symbol that was not trained on has a row of zeros"
            <| scoped (fun () ->
                let rows = draw "rows" [ trained; 2 ]
                let tokens = draw "tokens" [ 2; 5; inputs ]
                let wide = SymbolTokens.withRows rows tokens
                let beside = wide.narrow (2L, int64 inputs, 2L)
                nearTensor 0.0 (beside.narrow (1L, 0L, 3L)) (rows.unsqueeze(0L).expand(2L, 3L, 2L)) "trained on"
                nearTensor 0.0 (beside.narrow (1L, 3L, 2L)) (torch.zeros (2L, 2L, 2L)) "not trained on"

                let operation, axis, _, _ =
                    badShape (fun () -> SymbolTokens.withRows rows (draw "few" [ 2; 2; inputs ]))

                Expect.equal (operation, axis) ("symbol tokens", "symbols") "fewer tokens than rows")

            testCase "the perceptron reads each token by itself, as a perceptron of its numbers and row"
            <| scoped (fun () ->
                let drawn =
                    PanelMlp.initial trained inputs mlpConfig
                    |> PanelMlp.map (fun start ->
                        let shape = Initial.shape start |> Array.map int |> List.ofArray
                        draw $"panel mlp %A{shape}" shape |> Ops.scale 0.5)

                let x = draw "panel mlp tokens" [ 2; 4; inputs ]
                let answers = PanelMlp.forward Dropout.none drawn x

                for day in 0L .. 1L do
                    for symbol in 0L .. 3L do
                        let token = x.select(0L, day).select(0L, symbol)

                        let row =
                            if symbol < int64 trained then
                                drawn.Rows.select (0L, symbol)
                            else
                                torch.zeros_like (drawn.Rows.select (0L, 0L))

                        let alone =
                            Mlp.forward
                                Dropout.none
                                drawn.Layers
                                ((torch.cat ([| token; row |], 0L)).reshape(1L, 1L, int64 (inputs + 2)))

                        nearTensor
                            roundingShare
                            (answers.select(0L, day).select(0L, symbol).reshape 1L)
                            alone
                            $"{day}, {symbol}")

            testCase "untrained they answer 0; names are unique; map id changes nothing"
            <| fun () ->
                for name, make in PanelNetworks.known do
                    let network =
                        make
                            {
                                Symbols = trained
                                Inputs = inputs
                                Device = torch.CPU
                                Rng = Rng.ofSeed 7L
                            }

                    let answer =
                        Scope.run (fun () -> Ops.toArray (network.Forward(single (draw name [ 2; 4; inputs ]), None)))

                    Expect.allEqual answer 0.0f name
                    let names = network.Parameters |> Array.map _.Name
                    Expect.equal (Array.distinct names) names name
                    Network.release network

            testCase "sizes outside their domain are faults"
            <| fun () ->
                Expect.isError (PanelMlp.check { mlpConfig with RowWidth = 0 }) "row of the perceptron"
                Expect.isError (PanelTransformer.check { config with RowWidth = 0 }) "row of the Transformer"

                Expect.isError
                    (PanelTransformer.check
                        { config with
                            Transformer = { config.Transformer with Heads = 5 }
                        })
                    "heads"
        ]
    |> Needs.tensors
