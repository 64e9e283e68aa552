/// What holds for every optimiser, and the average of weights against PyTorch.
module VolatilityForge.Tests.OptimiserTests

open System
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs

let private two () : Parameter[] =
    [|
        parameter "matrix" true (torch.ones ([| 2L; 3L |]))
        parameter "gain" false (torch.ones ([| 5L |]))
    |]

/// Every rule's standard config.
let private every: OptimiserConfig list =
    Optimiser.known
    |> List.map (fun (_, rule) -> { Optimiser.standard with Rule = rule })

let private laws =
    testList
        "laws"
        [
            testCase "without a gradient only what decays moves, in the first AdamW step by 1 - rate decay"
            <| scoped (fun () ->
                let parameters = two ()
                let config = { Optimiser.standard with Decay = 0.5 }

                let state =
                    Optimiser.init config parameters
                    |> Optimiser.update config 0.1 (torch.zeros [| 11L |]) parameters

                Expect.equal state.Step 1 "a step"
                near 1e-7 parameters[0].Value [| 2L; 3L |] (Array.create 6 0.95) "decayed"
                near 0.0 parameters[1].Value [| 5L |] (Array.create 5 1.0) "not decayed")

            testCase "the gradient is not changed by a step"
            <| scoped (fun () ->
                for config in every do
                    let parameters = two ()
                    let gradient = single (draw "gradient" [ 11 ])
                    let before = bits gradient
                    let mutable state = Optimiser.init config parameters

                    for _ in 1..3 do
                        state <- Optimiser.update config 0.1 gradient parameters state

                    Expect.equal (bits gradient) before (Optimiser.toName config.Rule))

            testCase "a rate factor of 0 freezes, whatever the decay"
            <| scoped (fun () ->
                for config in every do
                    let parameters = two ()

                    let config =
                        { config with
                            Groups =
                                [
                                    {
                                        Pattern = "mat*"
                                        RateFactor = 0.0
                                        Decay = Some 0.7
                                    }
                                ]
                        }

                    let gradient = single (draw "gradient" [ 11 ])
                    let state = Optimiser.init config parameters
                    Optimiser.update config 0.1 gradient parameters state |> ignore
                    near 0.0 parameters[0].Value [| 2L; 3L |] (Array.create 6 1.0) "frozen"
                    Expect.notEqual (bits parameters[1].Value) (bits (torch.ones ([| 5L |]))) "the other moves")

            testCase "the first group that matches decides"
            <| fun () ->
                let group pattern factor decay =
                    {
                        Pattern = pattern
                        RateFactor = factor
                        Decay = decay
                    }

                let named =
                    Scope.run (fun () ->
                        Optimiser.groups
                            { Optimiser.standard with
                                Decay = 0.3
                                Groups = [ group "gai?" 0.5 (Some 0.1); group "*" 2.0 None ]
                            }
                            (two ()))

                Expect.equal named (Ok [| struct (2.0, 0.3); struct (0.5, 0.1) |]) "rate factor and decay"

            testCase "a pattern that names no parameter is a fault"
            <| scoped (fun () ->
                let config =
                    { Optimiser.standard with
                        Groups =
                            [
                                {
                                    Pattern = "matrx*"
                                    RateFactor = 1.0
                                    Decay = None
                                }
                            ]
                    }

                match Fault.catch (fun () -> Optimiser.init config (two ())) with
                | Error(Fault.UnknownName("parameter", "matrx*", [ "matrix"; "gain" ])) -> ()
                | other -> failtest $"{other}")

            testCase "a state rebuilt from its slots goes on bit for bit"
            <| scoped (fun () ->
                for config in every do
                    let gradients = [| for step in 0..6 -> single (draw $"gradient {step}" [ 11 ]) |]

                    let run (interrupt: int) : int64[][] =
                        let parameters = two ()
                        let mutable state = Optimiser.init config parameters

                        gradients
                        |> Array.iteri (fun step gradient ->
                            if step = interrupt then
                                let saved =
                                    Optimiser.slots state
                                    |> List.map (fun (name, vector) ->
                                        name, Ops.ofArray vector.shape (Ops.toArray vector))

                                Optimiser.dispose state
                                state <- Optimiser.ofSlots config parameters step saved |> Fault.orRaise

                            state <- Optimiser.update config 0.1 gradient parameters state)

                        [| for parameter in parameters -> bits parameter.Value |]

                    Expect.equal (run 4) (run -1) (Optimiser.toName config.Rule))

            testCase "slots of another rule, length or step are refused"
            <| scoped (fun () ->
                let parameters = two ()
                let state = Optimiser.init Optimiser.standard parameters

                let refused step slots =
                    Expect.isError (Optimiser.ofSlots Optimiser.standard parameters step slots) "refused"

                refused 1 []
                refused 1 (List.rev state.Slots)
                refused -1 state.Slots
                refused 1 [ state.Slots[0]; "second_moment", torch.zeros [| 10L |] ]
                Expect.isOk (Optimiser.ofSlots Optimiser.standard parameters 1 state.Slots) "its own")

            testCase "clipping keeps direction, bounds the norm, and leaves small gradients alone"
            <| scoped (fun () ->
                let gradient = Ops.ofDoubles [| 2L |] [| 3.0; 4.0 |]
                let clipped, norm = Gradient.clip (Some 1.0) gradient
                Expect.equal norm 5.0 "the norm before"
                near 1e-6 clipped [| 2L |] [| 0.6; 0.8 |] "scaled"
                Expect.equal (bits (fst (Gradient.clip (Some 5.0) gradient))) (bits gradient) "at the bound"
                Expect.equal (bits (fst (Gradient.clip None gradient))) (bits gradient) "without a bound"
                let _, broken = Gradient.clip (Some 1.0) (Ops.ofDoubles [| 2L |] [| nan; 1.0 |])
                Expect.isTrue (Double.IsNaN broken) "NaN shows")

            testCase "a gradient of another length is refused"
            <| fun () ->
                let operation, axis, expected, found =
                    badShape (fun () ->
                        let parameters = two ()
                        let state = Optimiser.init Optimiser.standard parameters

                        Optimiser.update Optimiser.standard 0.1 (torch.zeros [| 5L |]) parameters state
                        |> ignore

                        parameters[0].Value)

                Expect.equal
                    (operation, axis, expected, found)
                    ("optimiser", "elements of the gradient", "11", "5")
                    "the fault"

            testCase "names go there and back, and every setting outside its domain is named"
            <| fun () ->
                for name, rule in Optimiser.known do
                    Expect.equal (Optimiser.ofName name) (Ok rule) name
                    Expect.equal (Optimiser.toName rule) name name

                Expect.isError (Optimiser.ofName "lion") "unknown"

                let faults rule =
                    let config =
                        {
                            Rule = rule
                            Decay = nan
                            ClipNorm = Some 0.0
                            Groups =
                                [
                                    {
                                        Pattern = "*"
                                        RateFactor = -1.0
                                        Decay = Some -1.0
                                    }
                                ]
                        }

                    match Optimiser.check config with
                    | Error fault -> Fault.flatten fault |> List.length
                    | Ok _ -> 0

                let moments =
                    {
                        Beta1 = 1.0
                        Beta2 = -0.1
                        Epsilon = 0.0
                    }

                Expect.equal (faults (OptimiserRule.AdamW moments)) 7 "adamw"
                Expect.equal (faults (OptimiserRule.Adam moments)) 7 "adam"

                Expect.equal
                    (faults (
                        OptimiserRule.Sgd
                            {
                                Momentum = 1.0
                                Dampening = 1.1
                                Nesterov = true
                            }
                    ))
                    7
                    "sgd"
        ]

/// Steps of the golden file's cases.
let private steps = 23

/// 23 steps of ten or so float64 operations.
let private wideShare = 1e-12

let private averages =
    testList
        "Average"
        [
            for name in [ "average"; "average warm-up" ] do
                testCase $"{name} follows torch.optim.swa_utils.AveragedModel"
                <| scoped (fun () ->
                    let case = goldenOptimisers.Value[name]
                    let weights = case.Tensor "weights"

                    let parameters =
                        [|
                            parameter "matrix" true (torch.zeros ([| 2L; 3L |], dtype = torch.ScalarType.Float64))
                            parameter "bias" false (torch.zeros ([| 2L |], dtype = torch.ScalarType.Float64))
                        |]

                    let set (step: int) =
                        let row = weights.select (0L, int64 step)
                        parameters[0].Value.copy_((row.narrow (0L, 0L, 6L)).view(2L, 3L)) |> ignore
                        parameters[1].Value.copy_(row.narrow (0L, 6L, 2L)) |> ignore

                    let config =
                        {
                            Decay = case.Settings["decay"]
                            WarmUp = case.Settings["warm_up"] = 1.0
                        }

                    set 0
                    let mutable state = Average.init parameters

                    for step in 1..steps do
                        set step
                        state <- Average.update config parameters state

                        nearTensor
                            wideShare
                            state.Values
                            ((case.Tensor "values").select(0L, int64 (step - 1)))
                            $"after step {step}")

            testCase "swapping twice is nothing, bit for bit, also when the body fails"
            <| scoped (fun () ->
                let parameters = two ()
                let state = Average.init parameters

                for parameter in parameters do
                    parameter.Value.mul_ ((1.1).ToScalar()) |> ignore

                let weights () =
                    [| for parameter in parameters -> bits parameter.Value |]

                let moved, average = weights (), bits state.Values

                Average.during parameters state (fun () ->
                    Expect.equal (Array.concat (weights ())) average "the average is in"
                    Expect.equal (bits state.Values) (Array.concat moved) "the weights are kept")

                Expect.equal (weights ()) moved "the weights are back"
                Expect.equal (bits state.Values) average "and the average"

                Expect.throws
                    (fun () -> Average.during parameters state (fun () -> failwith "stop"))
                    "the body's error"

                Expect.equal (weights ()) moved "the weights are back all the same")

            testCase "a decay outside (0, 1) is refused"
            <| fun () ->
                for decay in [ 0.0; 1.0; nan ] do
                    Expect.isError (Average.check { Decay = decay; WarmUp = true }) $"{decay}"

                Expect.equal (Average.check Average.standard) (Ok Average.standard) "the standard"
        ]

[<Tests>]
let suite = testList "Optimiser" [ laws; averages ] |> Needs.tensors
