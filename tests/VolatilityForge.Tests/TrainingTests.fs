/// Objectives, schedule, batches and optimiser against closed forms and PyTorch; training runs by what they promise.
module VolatilityForge.Tests.TrainingTests

open System
open System.Diagnostics
open System.IO
open System.Threading
open Expecto
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

// ---------------------------------------------------------------- objectives

/// Mean loss and the gradient by each prediction, times the batch, at u = target - predicted.
let private lossAt (objective: Objective) (errors: float[]) : float * float[] =
    Scope.run (fun () ->
        let count = int64 errors.Length
        let predicted = (draw "predicted" [ errors.Length ]).requires_grad_()
        let target = (predicted.detach ()) + Ops.ofDoubles [| count |] errors
        let loss = Objective.loss objective predicted target
        let gradient = torch.autograd.grad([| loss |], [| predicted |])[0]
        Ops.toFloat loss, Ops.toDoubles (Ops.scale (float count) gradient))

/// Value and derivative by u of an objective, written out.
let private closedForm (objective: Objective) (u: float) : float * float =
    match objective with
    | Objective.Qlike clip when u > clip -> exp clip - clip - 1.0 + (exp clip - 1.0) * (u - clip), exp clip - 1.0
    | Objective.Qlike _ -> exp u - u - 1.0, exp u - 1.0
    | Objective.Mse -> u * u, 2.0 * u
    | Objective.Mae -> abs u, float (sign u)
    | Objective.Huber delta when abs u > delta -> delta * (abs u - delta / 2.0), delta * float (sign u)
    | Objective.Huber _ -> u * u / 2.0, u

let private objectives =
    [
        Objective.Qlike 2.0
        Objective.Qlike 0.5
        Objective.Mse
        Objective.Mae
        Objective.Huber 1.0
        Objective.Huber 0.3
    ]

let private objective =
    testList
        "Objective"
        [
            for objective in objectives do
                testCase $"{objective} has its closed form's value and gradient"
                <| fun () ->
                    let errors =
                        [|
                            -7.0
                            -2.5
                            -1.0
                            -0.2
                            -1e-3
                            1e-3
                            0.1
                            0.4
                            0.7
                            1.3
                            1.9
                            2.1
                            3.0
                            8.0
                        |]

                    let loss, gradient = lossAt objective errors
                    let values, slopes = errors |> Array.map (closedForm objective) |> Array.unzip
                    Expect.isLessThan (abs (loss / Array.average values - 1.0)) 1e-12 "the mean"

                    for found, slope in Array.zip gradient slopes do
                        // u falls as the prediction rises.
                        Expect.isLessThan (abs (found + slope)) (1e-10 * (1.0 + abs slope)) $"the slope {slope}"

            for objective, bound in
                [
                    Objective.Qlike 2.0, 2.0
                    Objective.Huber 0.3, 0.3
                    Objective.Huber 0.3, -0.3
                ] do
                testCase $"{objective} is continuous at {bound}, and so is its slope"
                <| fun () ->
                    let step = 1e-9
                    let below, slopeBelow = lossAt objective [| bound - step |]
                    let above, slopeAbove = lossAt objective [| bound + step |]
                    // Both change by at most the slope, or the curvature, times the step.
                    Expect.isLessThan (abs (above - below)) (2.0 * 8.0 * step) "value"
                    Expect.isLessThan (abs (slopeAbove[0] - slopeBelow[0])) (2.0 * 8.0 * step) "slope"

            testCase "every objective is least, and 0, at the truth"
            <| fun () ->
                for objective in objectives do
                    Expect.isLessThan (abs (fst (lossAt objective [| 0.0 |]))) 1e-15 $"{objective}"

                    for error in [ -0.1; 0.1; -3.0; 3.0 ] do
                        Expect.isGreaterThan (fst (lossAt objective [| error |])) 0.0 $"{objective} at {error}"

            testCase "a spike far beyond the clip is finite, in float32 too"
            <| scoped (fun () ->
                let predicted, target =
                    torch.zeros [| 1L |], torch.full ([| 1L |], (200.0).ToScalar())

                let loss = Objective.loss Objective.standard predicted target |> Ops.toFloat
                Expect.isTrue (Double.IsFinite loss && loss > 1e3) "finite and large")

            testCase "answers of another shape are refused, (batch, 1) too"
            <| fun () ->
                for predicted in [ [| 3L |]; [| 5L; 1L |]; [| 1L |]; [||] ] do
                    let operation, _, _, _ =
                        badShape (fun () -> Objective.loss Objective.Mse (torch.zeros predicted) (torch.zeros [| 5L |]))

                    Expect.equal operation "loss" "the operation"

            testCase "names go there and back"
            <| fun () ->
                for name, objective in Objective.known do
                    Expect.equal (Objective.ofName name) (Ok objective) name
                    Expect.equal (Objective.toName objective) name name

                Expect.isError (Objective.ofName "sharpe") "unknown"
        ]

// ---------------------------------------------------------------- schedule, batches

let private schedule =
    testList
        "Schedule"
        [
            testCase "warms up linearly, falls by half a cosine, and keeps the floor"
            <| fun () ->
                let rate = Schedule.rate (Schedule.WarmupCosine(0.1, 0.02, 4, 24))

                for step, expected in
                    [
                        0, 0.025
                        1, 0.05
                        3, 0.1
                        4, 0.1
                        9, 0.02 + 0.04 * (1.0 + sqrt 0.5)
                        14, 0.06
                        24, 0.02
                        1000, 0.02
                    ] do
                    Expect.isLessThan (abs (rate step - expected)) 1e-15 $"step {step}"

            testCase "never rises after the warm-up and never leaves [0, peak]"
            <| fun () ->
                for warmup, total in [ 0, 10; 3, 10; 10, 10; 0, 1; 0, 0 ] do
                    let rates =
                        [
                            for step in 0..12 -> Schedule.rate (Schedule.WarmupCosine(0.1, 0.0, warmup, total)) step
                        ]
                    // One rounding of the warm-up's division.
                    Expect.all rates (fun rate -> rate >= 0.0 && rate <= 0.1 + 1e-16) "in [0, peak]"
                    Expect.isDescending rates[warmup..] "falling"

            testCase "a constant is constant"
            <| fun () ->
                for step in [ 0; 1; 1000 ] do
                    Expect.equal (Schedule.rate (Schedule.Constant 0.3) step) 0.3 $"step {step}"
        ]

let private samplesOf (count: int) (time: int) (features: int) (target: float[] -> float) : Samples =
    let inputs = normals $"samples {count} {time} {features}" (count * time * features)

    {
        Inputs = Array.map float32 inputs
        Count = count
        Time = time
        Features = features
        Targets = inputs |> Array.chunkBySize (time * features) |> Array.map (target >> float32)
    }

let private batches =
    testList
        "Batches"
        [
            testProperty "an epoch reads every sample once" (fun (seed: int64) (epoch: int) (size: int) (count: int) ->
                let size, count = 1 + abs size % 20, 1 + abs count % 100
                let order = Batches.order (Rng.ofSeed seed) (abs (epoch % 1000)) size count
                let lengths = order |> Array.map Array.length

                Array.sort (Array.concat order) = [| 0L .. int64 count - 1L |]
                && Array.forall ((=) size) lengths[.. lengths.Length - 2]
                && lengths |> Array.last <= size)

            testCase "the order depends on seed and epoch alone"
            <| fun () ->
                let order seed epoch =
                    Batches.order (Rng.ofSeed seed) epoch 7 50

                Expect.equal (order 1L 3) (order 1L 3) "same"
                Expect.notEqual (order 1L 3) (order 1L 4) "another epoch"
                Expect.notEqual (order 1L 3) (order 2L 3) "another seed"

            testCase "a batch holds the samples asked for, in their order"
            <| scoped (fun () ->
                let samples = samplesOf 5 2 3 Array.sum
                let loaded = Batches.load torch.CPU samples
                Expect.equal loaded.Input.shape [| 5L; 2L; 3L |] "(samples, time, features)"
                let batch = Batches.take loaded [| 3L; 0L |]
                let rows = samples.Inputs |> Array.chunkBySize 6
                Expect.equal (Ops.toArray batch.Input) (Array.append rows[3] rows[0]) "inputs"
                Expect.equal (Ops.toArray batch.Target) [| samples.Targets[3]; samples.Targets[0] |] "targets")

            testCase "samples that don't fit or are not finite are refused, all faults at once"
            <| fun () ->
                let sound = samplesOf 5 2 3 Array.sum
                Expect.equal (Batches.check sound) (Ok sound) "sound"

                let spoilt index value (values: float32[]) =
                    values |> Array.mapi (fun at before -> if at = index then value else before)

                match
                    Batches.check
                        { sound with
                            Inputs = spoilt 13 nanf sound.Inputs
                            Targets = spoilt 4 infinityf sound.Targets
                        }
                with
                | Error(Fault.Several [ Fault.BadData(first, _, _, _); Fault.BadData(second, _, _, _) ]) ->
                    Expect.equal (first.Row, first.Column) (3, "input 1") "the input's place"
                    Expect.equal (second.Row, second.Column) (5, "target") "the target's place"
                | other -> failtest $"{other}"

                Expect.isError (Batches.check { sound with Count = 4 }) "another count"
                Expect.isError (Batches.check { sound with Targets = [||] }) "no targets"

                Expect.isError
                    (Batches.check
                        { sound with
                            Count = 0
                            Inputs = [||]
                            Targets = [||]
                        })
                    "no samples"
        ]

// ---------------------------------------------------------------- optimiser

let private parameter (name: string) (decays: bool) (value: Tensor) : Parameter =
    {
        Name = name
        Value = value
        Decays = decays
    }

let private optimiser =
    testList
        "AdamW"
        [
            testCase "follows torch.optim.AdamW with clipping and warm-up, step by step"
            <| scoped (fun () ->
                let case = goldenKernels.Value["adamw"]
                let setting name = case.Settings[name]
                let x, y = case.Tensor "x", case.Tensor "y"
                let weight, bias = case.Tensor "weight", case.Tensor "bias"
                let parameters = [| parameter "weight" true weight; parameter "bias" false bias |]

                let config =
                    { AdamW.standard with
                        Decay = setting "decay"
                        ClipNorm = Some(setting "clip")
                    }

                let steps = int (setting "total")

                let plan =
                    Schedule.WarmupCosine(setting "peak", setting "floor", int (setting "warmup"), steps)

                let mutable state = AdamW.init parameters
                let losses, norms = ResizeArray(), ResizeArray()
                let rates = [| for step in 0 .. steps - 1 -> Schedule.rate plan step |]

                for step in 0 .. steps - 1 do
                    for each in [ weight; bias ] do
                        each.requires_grad <- true

                    let error = x.matmul weight + bias - y
                    let loss = (error * error).mean()

                    let gradient, norm =
                        torch.autograd.grad ([| loss |], [| weight; bias |])
                        |> AdamW.flatten
                        |> AdamW.clip config.ClipNorm

                    for each in [ weight; bias ] do
                        each.requires_grad <- false

                    losses.Add(Ops.toFloat loss)
                    norms.Add norm
                    state <- AdamW.update config rates[step] gradient parameters state

                    let at (name: string) =
                        (case.Tensor name).select(0L, int64 step)

                    nearTensor 1e-10 weight (at "weights") $"weight after step {step + 1}"
                    nearTensor 1e-10 bias (at "biases") $"bias after step {step + 1}"

                let compare name (found: float seq) =
                    near
                        1e-10
                        (Ops.ofDoubles [| int64 steps |] (Array.ofSeq found))
                        [| int64 steps |]
                        case.Tensors[name].Values
                        name

                compare "rates" rates
                compare "norms" norms
                compare "losses" losses
                Expect.exists norms (fun norm -> norm > setting "clip") "some steps are clipped"
                Expect.exists norms (fun norm -> norm < setting "clip") "and some are not"
                Expect.equal state.Step steps "steps")

            testCase "clipping keeps direction, bounds the norm, and leaves small gradients alone"
            <| scoped (fun () ->
                let gradient = Ops.ofDoubles [| 2L |] [| 3.0; 4.0 |]
                let clipped, norm = AdamW.clip (Some 1.0) gradient
                Expect.equal norm 5.0 "the norm before"
                near 1e-6 clipped [| 2L |] [| 0.6; 0.8 |] "scaled"
                Expect.equal (bits (fst (AdamW.clip (Some 5.0) gradient))) (bits gradient) "at the bound"
                Expect.equal (bits (fst (AdamW.clip None gradient))) (bits gradient) "without a bound"
                let _, broken = AdamW.clip (Some 1.0) (Ops.ofDoubles [| 2L |] [| nan; 1.0 |])
                Expect.isTrue (Double.IsNaN broken) "NaN shows")

            testCase "with no gradient only weights that decay move, by 1 - rate decay"
            <| scoped (fun () ->
                let matrix, gain = torch.ones ([| 2L; 2L |]), torch.ones ([| 2L |])
                let parameters = [| parameter "matrix" true matrix; parameter "gain" false gain |]

                let state =
                    AdamW.update
                        { AdamW.standard with Decay = 0.5 }
                        0.1
                        (torch.zeros [| 6L |])
                        parameters
                        (AdamW.init parameters)

                Expect.equal state.Step 1 "a step"
                near 1e-7 matrix [| 2L; 2L |] (Array.create 4 0.95) "decayed"
                near 0.0 gain [| 2L |] [| 1.0; 1.0 |] "not decayed")

            testCase "a gradient of another length is refused"
            <| fun () ->
                let operation, axis, expected, found =
                    badShape (fun () ->
                        let parameters = [| parameter "matrix" true (torch.ones [| 2L; 2L |]) |]

                        let state =
                            AdamW.update AdamW.standard 0.1 (torch.zeros [| 5L |]) parameters (AdamW.init parameters)

                        state.First)

                Expect.equal
                    (operation, axis, expected, found)
                    ("adamw", "elements of the gradient", "4", "5")
                    "the fault"
        ]

// ---------------------------------------------------------------- training runs

let private tiny: TransformerConfig =
    { TransformerConfig.small with
        Dim = 8
        Heads = 2
        KvHeads = 1
        Depth = 1
        FfnMultiplier = 0.3
        Dropout = 0.1
    }

let private network (config: TransformerConfig) : VolatilityTransformer =
    VolatilityTransformer.Create(2, config, Precision.Float32, torch.CPU, Rng.ofSeed 7L)

/// One weight, the answer for every sample.
let private constant () : IDifferentiable =
    let weight = torch.zeros [| 1L |]

    { new IDifferentiable with
        member _.Parameters = [| parameter "weight" false weight |]
        member _.Forward(input, _) = weight.expand [| input.shape[0] |]
    }

/// Linear in the last step's features plus a constant.
let private target (sample: float[]) : float =
    0.8 * sample[sample.Length - 2] - 0.5 * sample[sample.Length - 1] + 0.3

let private training = samplesOf 96 3 2 target
let private validation = samplesOf 64 3 2 target

let private quick: TrainingConfig =
    { Loop.standard with
        Limits = { Epochs = 4; Patience = None }
        BatchSize = 16
        Objective = Objective.Mse
        PeakRate = 0.01
        WarmupSteps = 5
        Seed = 3L
    }

let private fitOn
    (train: Samples)
    (config: TrainingConfig)
    (callbacks: TrainingCallback list)
    (cancellation: CancellationToken)
    (network: IDifferentiable)
    : TrainingState * float =
    let train, validation =
        Batches.load torch.CPU train, Batches.load torch.CPU validation

    try
        let state = Loop.fit config callbacks cancellation network train validation
        state, Loop.evaluate config.Objective network validation
    finally
        Batches.unload train
        Batches.unload validation

let private fit config callbacks (network: IDifferentiable) =
    fitOn training config callbacks CancellationToken.None network

let private weightBits (network: IDifferentiable) : int64[][] =
    network.Parameters |> Array.map (fun parameter -> bits parameter.Value)

/// A line per notice.
let private told (notice: TrainingNotice) : string =
    match notice with
    | TrainingNotice.TrainBegin -> "train begin"
    | TrainingNotice.EpochBegin epoch -> $"epoch {epoch} begin"
    | TrainingNotice.BatchEnd(step, _) -> $"batch {step}"
    | TrainingNotice.ValidationBegin -> "validation begin"
    | TrainingNotice.ValidationEnd _ -> "validation end"
    | TrainingNotice.EpochEnd metrics -> $"epoch {metrics.Epoch} end"
    | TrainingNotice.TrainEnd -> "train end"

let private learning =
    testList
        "Learning"
        [
            for pooling in [ Pooling.Attention; Pooling.Mean; Pooling.Last ] do
                testCase $"a simple function is learned (pooling {pooling})"
                <| scoped (fun () ->
                    let network =
                        network
                            { tiny with
                                Dropout = 0.0
                                Pooling = pooling
                            }

                    // The other poolings must first find the last step: half the loss is enough there.
                    let share = if pooling = Pooling.Last then 0.1 else 0.5

                    let state, loss =
                        fit
                            { quick with
                                Limits = { Epochs = 30; Patience = None }
                            }
                            []
                            network

                    let untrained = (List.last state.History).ValidationLoss
                    Expect.isLessThan loss (share * untrained) "well below the untrained network")

            testCase "bfloat16 learns too"
            <| scoped (fun () ->
                let network =
                    VolatilityTransformer.Create(2, tiny, Precision.BFloat16, torch.CPU, Rng.ofSeed 7L)

                let state, loss =
                    fit
                        { quick with
                            Limits = { Epochs = 20; Patience = None }
                        }
                        []
                        network

                Expect.isLessThan loss (0.6 * (List.last state.History).ValidationLoss) "well below"
                Expect.equal network.Weights.Embed.Weight.dtype torch.ScalarType.Float32 "weights stay float32")

            testCase "the network has the best weights after training, bit for bit"
            <| scoped (fun () ->
                // Training pulls the one weight up to 10 by at most the rate a step; validation is best at 1.
                let network = constant ()

                let all (value: float32) (samples: Samples) =
                    { samples with
                        Targets = Array.create samples.Count value
                    }

                let config =
                    { quick with
                        PeakRate = 0.1
                        Limits = { Epochs = 12; Patience = Some 3 }
                    }

                let train, validation =
                    Batches.load torch.CPU (all 10.0f training), Batches.load torch.CPU (all 1.0f validation)

                let state = Loop.fit config [] CancellationToken.None network train validation
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.EarlyStopped) "stopped early"
                Expect.isGreaterThan state.BestEpoch 0 "training helped"
                Expect.equal state.Epoch (state.BestEpoch + 3) "and then went wrong"
                Expect.equal (Loop.evaluate config.Objective network validation) state.BestLoss "the best loss again"
                let weight = Ops.toFloat network.Parameters[0].Value
                Expect.isLessThan (abs (weight - 1.0)) 0.35 "within half an epoch's way of the best")

            testCase "when nothing is better than the untrained network, it is what stays"
            <| scoped (fun () ->
                // Training targets of the opposite sign make every epoch worse.
                let misleading =
                    { training with
                        Targets = training.Targets |> Array.map (fun value -> -3.0f * value)
                    }

                let network = network tiny
                let before = weightBits network
                let state, loss = fitOn misleading quick [] CancellationToken.None network
                Expect.equal (state.BestEpoch, loss) (0, state.BestLoss) "epoch 0"
                Expect.equal (weightBits network) before "the same weights")

            testCase "the same seed gives the same bits; another seed others"
            <| scoped (fun () ->
                let run seed =
                    let network = network tiny
                    let state, _ = fit { quick with Seed = seed } [] network

                    weightBits network,
                    state.History
                    |> List.map (fun metrics -> BitConverter.DoubleToInt64Bits metrics.TrainLoss)

                let first = run 3L
                Expect.equal (run 3L) first "same"
                Expect.notEqual (run 4L) first "different")

            testCase "evaluating is a mean over samples, whatever the chunks, and changes nothing"
            <| scoped (fun () ->
                // 2,500 samples are three chunks, the last a short one.
                let loaded = Batches.load torch.CPU (samplesOf 2500 3 2 target)
                let network = network tiny
                let before = weightBits network
                let loss = Loop.evaluate Objective.Mse network loaded
                let predicted = Loop.predict network loaded.Input |> Array.map float
                let targets = Ops.toDoubles loaded.Target

                let expected =
                    Array.map2 (fun p y -> (p - y) ** 2.0) predicted targets |> Array.average

                Expect.isLessThan (abs (loss / expected - 1.0)) 1e-6 "the mean"
                Expect.equal (weightBits network) before "unchanged")

            testCase "afterwards no weight asks for a gradient, also when training fails"
            <| scoped (fun () ->
                let network = network tiny
                fit quick [] network |> ignore

                let wrong =
                    { samplesOf 8 3 5 target with
                        Features = 5
                    }

                Expect.throwsT<VolatilityForgeException>
                    (fun () -> fitOn wrong quick [] CancellationToken.None network |> ignore)
                    "features"

                Expect.all
                    (network :> IDifferentiable).Parameters
                    (fun parameter -> not parameter.Value.requires_grad)
                    "none")

            testCase "a loss that is not finite fails and keeps the best weights"
            <| scoped (fun () ->
                let broken =
                    { training with
                        Targets = training.Targets |> Array.map (fun _ -> 1e30f)
                    }

                let network = network tiny
                let before = weightBits network
                let state, loss = fitOn broken quick [] CancellationToken.None network

                match state.Phase with
                | TrainingPhase.Finished(StopReason.Failed(Fault.NotComputable("training", _, _))) -> ()
                | other -> failtest $"{other}"

                Expect.equal (weightBits network) before "the untrained weights"
                Expect.equal loss state.BestLoss "finite")

            testCase "a config outside its domain is refused with every fault"
            <| fun () ->
                let bad =
                    { quick with
                        Limits = { Epochs = 0; Patience = Some 0 }
                        BatchSize = 0
                        PeakRate = nan
                        WarmupSteps = -1
                        Optimiser =
                            { AdamW.standard with
                                Decay = -1.0
                                ClipNorm = Some 0.0
                            }
                    }

                match Loop.check bad with
                | Error(Fault.Several faults) -> Expect.hasLength faults 7 "all seven"
                | other -> failtest $"{other}"

                Expect.equal (Loop.check Loop.standard) (Ok Loop.standard) "the standard passes"
        ]

let private listening =
    testList
        "Callbacks"
        [
            testCase "notices come in order, with the state after them"
            <| scoped (fun () ->
                let notices = ResizeArray()
                let steps = ResizeArray()

                let listen notice (state: TrainingState) =
                    notices.Add(told notice)
                    steps.Add state.Step

                fit
                    { quick with
                        Limits = { Epochs = 2; Patience = None }
                    }
                    [ listen ]
                    (network tiny)
                |> ignore

                let epoch number = [ $"epoch {number} begin" ]
                let checking = [ "validation begin"; "validation end" ]

                let expected =
                    [ "train begin" ]
                    @ checking
                    @ epoch 1
                    @ [ for step in 1..6 -> $"batch {step}" ]
                    @ checking
                    @ [ "epoch 1 end" ]
                    @ epoch 2
                    @ [ for step in 7..12 -> $"batch {step}" ]
                    @ checking
                    @ [ "epoch 2 end"; "train end" ]

                Expect.equal (List.ofSeq notices) expected "the notices"
                Expect.isAscending steps "steps")

            for breaking in
                [
                    "train begin"
                    "validation end"
                    "epoch 1 begin"
                    "batch 4"
                    "epoch 1 end"
                    "epoch 4 end"
                    "train end"
                ] do
                testCase $"a callback that throws at '{breaking}' ends training with its message, the best weights kept"
                <| scoped (fun () ->
                    let notices = ResizeArray()
                    let mutable thrown = false

                    let listen notice _ =
                        if told notice = breaking && not thrown then
                            thrown <- true
                            failwith "the disk is full"

                    let network = network tiny

                    let state, loss =
                        fit quick [ listen; (fun notice _ -> notices.Add(told notice)) ] network

                    match state.Phase with
                    | TrainingPhase.Finished(StopReason.Failed(Fault.NotComputable(_, reason, _))) ->
                        Expect.stringContains reason "the disk is full" "the message"
                    | other -> failtest $"{other}"

                    if not state.History.IsEmpty then
                        Expect.equal loss state.BestLoss "the best weights"

                    let after = notices |> Seq.skipWhile ((<>) breaking) |> List.ofSeq
                    Expect.equal (List.head after) breaking "the next callback is told all the same"
                    Expect.equal (List.last after) "train end" "the end is told"
                    Expect.equal (notices |> Seq.filter ((=) "train end") |> Seq.length) 1 "once"

                    if breaking.StartsWith "epoch 1" || breaking.StartsWith "batch" then
                        Expect.equal after [ breaking; "train end" ] "nothing between")

            testCase "cancelling stops before the next batch and keeps the best weights"
            <| scoped (fun () ->
                use source = new CancellationTokenSource()

                let listen notice _ =
                    if told notice = "batch 9" then
                        source.Cancel()

                let network = network tiny
                let state, loss = fitOn training quick [ listen ] source.Token network
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Cancelled) "cancelled"
                Expect.equal (state.Step, state.Epoch) (9, 2) "after nine steps"
                Expect.equal loss state.BestLoss "the best weights")

            testCase "cancelled before the start, nothing is trained"
            <| scoped (fun () ->
                let network = network tiny
                let before = weightBits network
                let state, _ = fitOn training quick [] (CancellationToken true) network
                Expect.equal state.Phase (TrainingPhase.Finished StopReason.Cancelled) "cancelled"
                Expect.equal state.Step 0 "no step"
                Expect.equal (weightBits network) before "the same weights")

            testCase "the history is written as CSV and as JSON lines, a row per epoch"
            <| scoped (fun () ->
                use csv = new StringWriter()
                use json = new StringWriter()

                let state, _ =
                    fit quick [ Callback.historyCsv csv; Callback.historyJsonLines json ] (network tiny)

                let lines (writer: StringWriter) =
                    writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)

                let table = lines csv
                Expect.equal (table[0].Trim()) "epoch,train_loss,validation_loss,learning_rate,gradient_norm" "header"
                let metrics = state.History |> List.rev |> List.tail

                for row, text, expected in Seq.zip3 table[1..] (lines json) metrics do
                    let cells = row.Trim().Split ','
                    Expect.equal (int cells[0]) expected.Epoch "epoch"
                    Expect.equal (Histories.number cells[2]) expected.ValidationLoss "to the last bit"
                    use document = Text.Json.JsonDocument.Parse text
                    Expect.equal (document.RootElement.GetProperty("train_loss").GetDouble()) expected.TrainLoss "JSON")

            testCase "progress goes from the first epoch's share to 1"
            <| scoped (fun () ->
                let shares = ResizeArray<float>()

                let listener =
                    { new IProgress<float> with
                        member _.Report share = shares.Add share
                    }

                fit quick [ Callback.progress quick.Limits listener ] (network tiny) |> ignore
                Expect.equal (List.ofSeq shares) [ 0.25; 0.5; 0.75; 1.0; 1.0 ] "shares")
        ]

/// Steps before memory is compared: allocators and the runtime have found their sizes.
let private warmUpSteps = 300

/// Steps over which memory must not grow.
let private watchedSteps = 2000

/// Growth that the runtime's own work explains; one leaked tensor a step would be about as much, a leaked step far more.
let private growthAllowed = 6L * 1024L * 1024L

let private lasting =
    testList
        "Memory"
        [
            testCase "live tensors after 50 steps are those after 5, and none is left after training"
            <| scoped (fun () ->
                let counts = ResizeArray()

                let listen notice _ =
                    match notice with
                    | TrainingNotice.BatchEnd((5 | 50), _) -> counts.Add(Scope.liveCount ())
                    | _ -> ()

                let network = network tiny
                let before = Scope.liveCount ()

                fit
                    { quick with
                        Limits = { Epochs = 9; Patience = None }
                    }
                    [ listen ]
                    network
                |> ignore

                Expect.hasLength counts 2 "both were seen"
                Expect.equal counts[1] counts[0] "flat"
                Expect.equal (Scope.liveCount ()) before "all freed")

            testCase "a run that fails or is broken off leaves no tensor"
            <| scoped (fun () ->
                let network = network tiny
                let before = Scope.liveCount ()

                fit
                    quick
                    [
                        (fun notice _ ->
                            if told notice = "batch 3" then
                                failwith "stop")
                    ]
                    network
                |> ignore

                let wrong =
                    { samplesOf 8 3 5 target with
                        Features = 5
                    }

                Expect.throws (fun () -> fitOn wrong quick [] CancellationToken.None network |> ignore) "features"
                Expect.equal (Scope.liveCount ()) before "all freed")

            testCase "resident memory is flat over 2,000 steps"
            <| scoped (fun () ->
                let resident () =
                    GC.Collect()
                    GC.WaitForPendingFinalizers()
                    GC.Collect()
                    use self = Process.GetCurrentProcess()
                    self.WorkingSet64

                let sizes = ResizeArray()

                let listen notice _ =
                    match notice with
                    | TrainingNotice.BatchEnd(step, _) when step = warmUpSteps || step = warmUpSteps + watchedSteps ->
                        sizes.Add(resident ())
                    | _ -> ()

                let perEpoch = 24
                let epochs = (warmUpSteps + watchedSteps) / perEpoch + 1

                let config =
                    { quick with
                        BatchSize = training.Count / perEpoch
                        Limits = { Epochs = epochs; Patience = None }
                    }

                fit config [ listen ] (network tiny) |> ignore
                Expect.hasLength sizes 2 "both were seen"
                Expect.isLessThan (sizes[1] - sizes[0]) growthAllowed "growth in bytes")
        ]

[<Tests>]
let suite =
    testList "Training" [ objective; schedule; batches; optimiser; learning; listening; lasting ]
