module VolatilityForge.Tests.OwnNetworkTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs

/// A network of one linear map of the last step, with the answer of a function of its product.
let private linearOf (answer: Tensor -> Tensor) : IModel =
    let parameters =
        Parameter.draw
            torch.CPU
            (Rng.ofSeed 3L)
            [ "weight", Initial.fanIn 2 [| 2L; 1L |]; "bias", Initial.Zeros [| 1L |] ]

    Network.ofForward parameters (fun _ x ->
        answer ((x.select (1L, -1L)).matmul parameters[0].Value + parameters[1].Value))

let private linear () : IModel =
    linearOf (fun product -> product.squeeze -1L)

let private layer (name: string) (f: Tensor -> Tensor -> Tensor) : ILayer =
    let parameters = [ parameter name false (single (draw name [ 1 ])) ]
    Network.ofForward parameters (fun _ x -> f parameters.Head.Value x)

/// The fault that training raises or ends with.
let private faultOf (network: IDifferentiable) : Fault =
    match Fault.catch (fun () -> fit quick [] network |> fst) with
    | Error fault -> fault
    | Ok {
             Phase = TrainingPhase.Finished(StopReason.Failed fault)
         } -> fault
    | Ok state -> failtest $"no fault: {state.Phase}"

let private making =
    testList
        "making"
        [
            testCase "parameters and a function are a network: it trains, keeps its state and takes it back"
            <| scoped (fun () ->
                let network = linear ()
                let before = network.State()
                let x = single (draw "own" [ 11; 3; 2 ])
                let untrained = bits (network.Apply x)
                let state, loss = fit quick [] network
                Expect.isLessThan loss (List.last state.History).ValidationLoss "training helps"
                Expect.notEqual (bits (network.Apply x)) untrained "the weights moved"
                network.Load before
                Expect.equal (bits (network.Apply x)) untrained "the state is back"
                Expect.equal (before |> List.map _.Name) [ "weight"; "bias" ] "by name"
                (network :?> IDisposable).Dispose()
                Expect.isTrue network.Parameters[0].Value.IsInvalid "it frees what it owns")

            testCase "a state of another network is refused and changes nothing"
            <| scoped (fun () ->
                let network = linear ()
                let before = weightBits network

                let state =
                    network.State()
                    |> List.map (fun each ->
                        { each with
                            Shape = Array.rev each.Shape
                        })

                match Fault.catch (fun () -> network.Load state) with
                | Error(Fault.BadShape(_, "weight", "(2, 1)", "(1, 2)")) -> ()
                | other -> failtestf "expected BadShape, got %A" other

                match Fault.catch (fun () -> network.Load(List.take 1 (network.State()))) with
                | Error(Fault.UnknownName("weight", "bias", [ "weight" ])) -> ()
                | other -> failtestf "expected UnknownName, got %A" other

                Expect.equal (weightBits network) before "nothing has changed")

            testCase "an architecture answers what it decodes of what it encodes, with the generator it is given"
            <| scoped (fun () ->
                let told = ResizeArray<bool>()

                let model =
                    Network.ofArchitecture
                        [ parameter "p" false (torch.ones [| 1L |]) ]
                        { new IArchitecture<Tensor, Tensor> with
                            member _.Encode(x, generator) =
                                told.Add generator.IsSome
                                Ops.scale 3.0 x

                            member _.Decode encoded = Ops.shift 1.0 encoded
                        }

                use generator = new torch.Generator(1UL)
                let x = single (draw "architecture" [ 5 ])
                let expected = bits (Ops.shift 1.0 (Ops.scale 3.0 x))
                Expect.equal (bits (model.Apply x)) expected "applied"
                Expect.equal (bits (model.Forward(x, Some generator))) expected "in training"
                Expect.equal (List.ofSeq told) [ false; true ] "inference, then training")

            testCase "layers one after another are one network with their names before the parameters'"
            <| scoped (fun () ->
                let add, times = layer "shift" (fun p x -> x + p), layer "factor" (fun p x -> x * p)
                let both = Network.ofLayers [ "first", add; "second", times ]
                let x = single (draw "layers" [ 7 ])

                Expect.equal (both.Parameters |> Array.map _.Name) [| "first.shift"; "second.factor" |] "the names"

                Expect.equal (bits (both.Apply x)) (bits (times.Apply(add.Apply x))) "the values"

                Expect.equal
                    (bits ((Composable.compose add times).Apply x))
                    (bits (both.Apply x))
                    "the same as their composition")

            testCase "composition is associative and has the identity as unit"
            <| fun () ->
                let f, g, h =
                    Composable.ofFunction (fun x -> x * 3),
                    Composable.ofFunction (fun x -> x - 5),
                    Composable.ofFunction (fun x -> x * x)

                let unit = Composable.ofFunction id

                for x in [ -7; 0; 11 ] do
                    Expect.equal
                        ((Composable.compose (Composable.compose f g) h).Apply x)
                        ((Composable.compose f (Composable.compose g h)).Apply x)
                        "associative"

                    Expect.equal ((Composable.compose unit f).Apply x) (f.Apply x) "left unit"
                    Expect.equal ((Composable.compose f unit).Apply x) (f.Apply x) "right unit"

            testCase "parameters are drawn in order, the same of the same seed, and matrices alone decay"
            <| scoped (fun () ->
                let starts =
                    [
                        "a", Initial.Normal([| 3L; 5L |], 1.0)
                        "b", Initial.Given([| 2L |], [| 0.25; -7.0 |])
                    ]

                let drawn seed =
                    Parameter.draw torch.CPU (Rng.ofSeed seed) starts

                let matrix (parameters: Parameter[]) = bits parameters[0].Value
                let first = drawn 1L
                Expect.equal (matrix first) (matrix (drawn 1L)) "again"
                Expect.notEqual (matrix first) (matrix (drawn 2L)) "another seed"
                Expect.sequenceEqual (Ops.toDoubles first[1].Value) [| 0.25; -7.0 |] "as given"
                Expect.equal (first |> Array.map _.Decays) [| true; false |] "decays")
        ]

let private checking =
    testList
        "checking"
        [
            testCase "an answer of another shape names the axis, what it must be and what it is"
            <| scoped (fun () ->
                match faultOf (linearOf id) with
                | Fault.BadShape("the network's answer", _, "(batch)", _) -> ()
                | other -> failtest $"{Fault.describe other}"

                match faultOf (linearOf (fun product -> (product.squeeze -1L).narrow(0L, 0L, 3L))) with
                | Fault.BadShape("the network's answer", "batch", expected, found) ->
                    Expect.equal (expected, found) ("64", "3 in (3)") "the first validation"
                | other -> failtest $"{Fault.describe other}")

            testCase "no parameters, two of one name, and whole numbers are faults before anything is trained"
            <| scoped (fun () ->
                let weight = torch.ones [| 1L |]

                let network parameters =
                    Network.ofForward parameters (fun _ x -> weight.expand [| x.shape[0] |])

                let rule parameters =
                    match faultOf (network parameters) with
                    | Fault.BadSetting("parameters of the network", rule, found) -> rule, found
                    | other -> failtest $"{Fault.describe other}"

                let whole = torch.ones ([| 1L |], dtype = torch.ScalarType.Int64)
                Expect.equal (rule []) ("must be one or more", "none") "none"

                Expect.equal
                    (rule [ parameter "w" false weight; parameter "w" true (weight.clone ()) ])
                    ("must have unique names", "2 of the name w")
                    "two of one name"

                Expect.equal
                    (rule [ parameter "w" false whole ])
                    ("must be float32 or float64", "w of type Int64")
                    "whole numbers"

                Expect.equal
                    (rule [ parameter "w" false (Ops.cast torch.ScalarType.BFloat16 weight) ])
                    ("must be float32 or float64", "w of type BFloat16")
                    "half precision"

                Expect.equal
                    (rule [ parameter "v" false weight; parameter "w" true weight ])
                    ("must be tensors of their own", "one tensor under the names v and w")
                    "tied weights"

                Expect.equal
                    (fst (
                        rule
                            [
                                parameter "v" false weight
                                parameter "w" true (Ops.cast torch.ScalarType.Float64 weight)
                            ]
                    ))
                    "must be of one element type"
                    "mixed types"

                let leaf = torch.ones([| 1L |]).requires_grad_()

                Expect.equal
                    (rule [ parameter "w" false (leaf * leaf) ])
                    ("must be tensors that nothing computed", "w, the result of an operation")
                    "a result"

                Expect.equal (fst (rule [ parameter "" false weight ])) "must have names" "without a name")

            testCase "an answer that depends on no parameter is a fault"
            <| scoped (fun () ->
                match faultOf (linearOf (fun product -> (product.squeeze -1L).detach())) with
                | Fault.NotComputable("Training", _, _) -> ()
                | other -> failtest $"{Fault.describe other}")

            testCase "a parameter that the answer doesn't read stays as it is"
            <| scoped (fun () ->
                let used = linear ()
                let idle = parameter "idle" false (single (draw "idle" [ 3; 2 ]))
                let before = bits idle.Value

                let network =
                    Network.ofForward [ yield! used.Parameters; idle ] (fun generator x -> used.Forward(x, generator))

                let state, _ = fit quick [] network
                Expect.isLessThan state.BestLoss (List.last state.History).ValidationLoss "the others learn"
                Expect.equal (bits idle.Value) before "the idle one")
        ]

[<Tests>]
let suite = testList "own network" [ making; checking ] |> Needs.tensors
