/// Small training runs: samples, networks, and what is told of them.
module VolatilityForge.Tests.Runs

open System.Threading
open TorchSharp
open VolatilityForge
open VolatilityForge.Tests.TensorChecks

let samplesOf (count: int) (time: int) (features: int) (target: float[] -> float) : Samples =
    let inputs = normals $"samples {count} {time} {features}" (count * time * features)

    {
        Inputs = Array.map float32 inputs
        Count = count
        Time = time
        Features = features
        Targets = inputs |> Array.chunkBySize (time * features) |> Array.map (target >> float32)
    }

let parameter (name: string) (decays: bool) (value: Tensor) : Parameter =
    {
        Name = name
        Value = value
        Decays = decays
    }

let tiny: TransformerConfig =
    { TransformerConfig.small with
        Dim = 8
        Heads = 2
        KvHeads = 1
        Depth = 1
        FfnMultiplier = 0.3
        Dropout = 0.1
    }

let network (config: TransformerConfig) : VolatilityTransformer =
    VolatilityTransformer.Create(2, config, Precision.Float32, torch.CPU, Rng.ofSeed 7L)

/// One weight, the answer for every sample.
let constant () : IDifferentiable =
    let weight = torch.zeros [| 1L |]

    { new IDifferentiable with
        member _.Parameters = [| parameter "weight" false weight |]
        member _.Forward(input, _) = weight.expand [| input.shape[0] |]
    }

/// Linear in the last step's features plus a constant.
let target (sample: float[]) : float =
    0.8 * sample[sample.Length - 2] - 0.5 * sample[sample.Length - 1] + 0.3

let training = samplesOf 96 3 2 target
let validation = samplesOf 64 3 2 target

let quick: TrainingConfig =
    { Loop.standard with
        Limits = { Epochs = 4; Patience = None }
        BatchSize = 16
        Objective = Objective.Mse
        PeakRate = 0.01
        Schedule = ScheduleShape.WarmupCosine(5, 0.0)
        Seed = 3L
    }

let fitOn
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

        // A network that can't be trained can't be evaluated either.
        let loss =
            try
                Loop.evaluate config.Objective network validation
            with _ ->
                nan

        state, loss
    finally
        Batches.unload train
        Batches.unload validation

let fit config callbacks (network: IDifferentiable) =
    fitOn training config callbacks CancellationToken.None network

let weightBits (network: IDifferentiable) : int64[][] =
    network.Parameters |> Array.map (fun parameter -> bits parameter.Value)

/// A callback that keeps the rate of every batch, and the rates it has kept.
let keptRates () : ResizeArray<float> * TrainingCallback =
    let rates = ResizeArray()

    rates,
    fun notice view ->
        match notice with
        | TrainingNotice.BatchEnd _ -> rates.Add view.State.LastRate
        | _ -> ()

/// A line per notice.
let told (notice: TrainingNotice) : string =
    match notice with
    | TrainingNotice.TrainBegin -> "train begin"
    | TrainingNotice.Resumed -> "resumed"
    | TrainingNotice.NotFinite _ -> "not finite"
    | TrainingNotice.Interrupted -> "interrupted"
    | TrainingNotice.EpochBegin epoch -> $"epoch {epoch} begin"
    | TrainingNotice.BatchEnd(step, _) -> $"batch {step}"
    | TrainingNotice.ValidationBegin -> "validation begin"
    | TrainingNotice.ValidationEnd _ -> "validation end"
    | TrainingNotice.EpochEnd metrics -> $"epoch {metrics.Epoch} end"
    | TrainingNotice.TrainEnd -> "train end"
