/// Optimisers and gathered gradients against PyTorch, step by step.
module VolatilityForge.Tests.OptimiserGoldenTests

open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks
open VolatilityForge.Tests.Runs

/// The least squares of the golden file: its parameters, fresh, and the gradient of the mean loss over some rows.
let private problem (cast: Tensor -> Tensor) (case: GoldenCase) =
    let read name = (cast (case.Tensor name)).clone()
    let x, y, weight, bias = read "x", read "y", read "weight", read "bias"

    let gradient (first: int64) (count: int64) : Tensor =
        for each in [ weight; bias ] do
            each.requires_grad <- true

        let error =
            (x.narrow (0L, first, count)).matmul weight + bias - y.narrow (0L, first, count)

        let found = Gradient.ofLoss [| weight; bias |] ((error * error).mean())

        for each in [ weight; bias ] do
            each.requires_grad <- false

        found

    [| parameter "weight" true weight; parameter "bias" false bias |], gradient

/// Steps of the golden file's cases.
let private steps = 23

/// As many steps as the golden file has, each compared with it.
let private follow (share: float) (cast: Tensor -> Tensor) (name: string) (config: OptimiserConfig) (rate: float) =
    let case = goldenOptimisers.Value[name]
    let parameters, gradient = problem cast case
    let mutable state = Optimiser.init config parameters

    for step in 0 .. steps - 1 do
        state <- Optimiser.update config rate (gradient 0L 11L) parameters state

        let at (name: string) =
            (case.Tensor name).select(0L, int64 step)

        nearTensor share parameters[0].Value (at "weights") $"{name}: weight after step {step + 1}"
        nearTensor share parameters[1].Value (at "biases") $"{name}: bias after step {step + 1}"

    Expect.equal state.Step steps "steps"

/// 23 steps of ten or so float64 operations.
let private wideShare = 1e-12

/// The same in float32.
let private narrowShare = 1e-6

let private config (rule: OptimiserRule) (decay: float) : OptimiserConfig =
    {
        Rule = rule
        Decay = decay
        ClipNorm = None
        Groups = []
    }

let private sgd (case: string) : OptimiserConfig * float =
    let setting name =
        goldenOptimisers.Value[case].Settings[name]

    config
        (OptimiserRule.Sgd
            {
                Momentum = setting "momentum"
                Dampening = setting "dampening"
                Nesterov = setting "nesterov" = 1.0
            })
        (setting "decay"),
    setting "rate"

let private adam (case: string) : AdamConfig * float * float =
    let setting name =
        goldenOptimisers.Value[case].Settings[name]

    {
        Beta1 = setting "beta1"
        Beta2 = setting "beta2"
        Epsilon = setting "epsilon"
    },
    setting "decay",
    setting "rate"

let private golden =
    testList
        "step by step"
        [
            for name in [ "sgd plain"; "sgd damped"; "sgd nesterov" ] do
                testCase $"{name} follows torch.optim.SGD"
                <| scoped (fun () -> sgd name ||> follow wideShare id name)

            testCase "Adam follows torch.optim.Adam"
            <| scoped (fun () ->
                let moments, decay, rate = adam "adam"
                follow wideShare id "adam" (config (OptimiserRule.Adam moments) decay) rate)

            testCase "AdamW follows torch.optim.AdamW"
            <| scoped (fun () ->
                let moments, decay, rate = adam "adamw"
                follow wideShare id "adamw" (config (OptimiserRule.AdamW moments) decay) rate)

            testCase "in float32 too"
            <| scoped (fun () ->
                sgd "sgd float32" ||> follow narrowShare single "sgd float32"
                let moments, decay, rate = adam "adam float32"
                follow narrowShare single "adam float32" (config (OptimiserRule.Adam moments) decay) rate
                follow narrowShare single "adamw float32" (config (OptimiserRule.AdamW moments) decay) rate)

            testCase "groups have their own rate and decay, as torch.optim's"
            <| scoped (fun () ->
                let case = goldenOptimisers.Value["adamw groups"]

                let grouped =
                    { Optimiser.standard with
                        Decay = case.Settings["decay"]
                        ClipNorm = None
                        Groups =
                            [
                                {
                                    Pattern = "b?as"
                                    RateFactor = case.Settings["bias_factor"]
                                    Decay = Some case.Settings["bias_decay"]
                                }
                                {
                                    Pattern = "*"
                                    RateFactor = 1.0
                                    Decay = None
                                }
                            ]
                    }

                follow wideShare id "adamw groups" grouped 0.03)

            testCase "AdamW with clipping and warm-up follows torch.optim.AdamW and clip_grad_norm_"
            <| scoped (fun () ->
                let case = goldenKernels.Value["adamw"]
                let setting name = case.Settings[name]
                let parameters, gradient = problem id case

                let config =
                    { Optimiser.standard with
                        Decay = setting "decay"
                        ClipNorm = Some(setting "clip")
                    }

                let plan =
                    {
                        Shape = ScheduleShape.WarmupCosine(int (setting "warmup"), setting "floor")
                        Peak = setting "peak"
                        Steps = int (setting "total")
                    }

                let mutable state = Optimiser.init config parameters
                let norms = ResizeArray()

                let rates =
                    [| for step in 0 .. plan.Steps - 1 -> Schedule.rate plan Schedule.start step |]

                for step in 0 .. plan.Steps - 1 do
                    let clipped, norm = gradient 0L 11L |> Gradient.clip config.ClipNorm
                    norms.Add norm
                    state <- Optimiser.update config rates[step] clipped parameters state

                    let at (name: string) =
                        (case.Tensor name).select(0L, int64 step)

                    nearTensor 1e-10 parameters[0].Value (at "weights") $"weight after step {step + 1}"
                    nearTensor 1e-10 parameters[1].Value (at "biases") $"bias after step {step + 1}"

                let compare name (found: float[]) =
                    near
                        1e-10
                        (Ops.ofDoubles [| found.LongLength |] found)
                        [| found.LongLength |]
                        case.Tensors[name].Values
                        name

                compare "rates" rates
                compare "norms" (norms.ToArray())
                Expect.exists norms (fun norm -> norm > setting "clip") "some steps are clipped"
                Expect.exists norms (fun norm -> norm < setting "clip") "and some are not")
        ]

let private gathering =
    testList
        "gathered gradients"
        [
            testCase "of unequal parts are the gradient of the whole, as PyTorch's sum of weighed losses"
            <| scoped (fun () ->
                let case = goldenOptimisers.Value["gathered"]
                let _, gradient = problem id case
                let mutable first = 0L
                let mutable gathered = None

                for part in case.Tensors["parts"].Values do
                    gathered <- Some(Gradient.gather (int part) (gradient first (int64 part)) gathered)
                    first <- first + int64 part

                Expect.equal gathered.Value.Samples 11 "samples"
                nearTensor roundingShare gathered.Value.Mean (case.Tensor "gradient") "PyTorch's"
                nearTensor roundingShare gathered.Value.Mean (case.Tensor "whole") "the whole's")

            testCase "of one part are its gradient, bit for bit"
            <| scoped (fun () ->
                let gradient = draw "gradient" [ 7 ]
                let before = bits gradient
                Expect.equal (bits (Gradient.gather 5 gradient None).Mean) before "the same bits")

            testCase "of another length are refused"
            <| fun () ->
                badShape (fun () ->
                    let first = Gradient.gather 5 (draw "a" [ 7 ]) None
                    (Gradient.gather 5 (draw "b" [ 5 ]) (Some first)).Mean)
                |> ignore
        ]

[<Tests>]
let suite = testList "Optimiser" [ golden; gathering ] |> Needs.tensors
