/// Every model by name: the registry that the command line, F# and C# draw from. Knows no data.
namespace VolatilityForge

open TorchSharp

/// What a model may be made of: the settings, and who watches training.
type ModelContext =
    {
        Config: ExperimentConfig
        Monitor: TrainingMonitor
    }

/// Making models by name.
[<RequireQualifiedAccess>]
module Models =

    /// The training settings of a config. Raises the fault of an unknown name.
    let training (config: ExperimentConfig) : TrainingConfig =
        { Loop.standard with
            Limits =
                {
                    Epochs = config.Epochs
                    Patience = Some config.Patience
                }
            BatchSize = config.BatchSize
            Accumulation = config.Accumulation
            Objective = Objective.ofName config.Objective |> Fault.orRaise
            PeakRate = config.LearningRate
            Schedule = ScheduleShape.ofName config.Schedule |> Fault.orRaise
            Optimiser =
                { Optimiser.standard with
                    Rule = Optimiser.ofName config.Optimiser |> Fault.orRaise
                    Decay = config.WeightDecay
                    ClipNorm = Some config.GradientClip
                }
            LossScale = Precision.ofName config.Precision |> Fault.orRaise |> LossScale.ofPrecision
            Average =
                if config.EmaDecay = 0.0 then
                    None
                else
                    Some
                        { Average.standard with
                            Decay = config.EmaDecay
                        }
        }

    /// Makes the config's Transformer for a number of features.
    let transformerRecipe (config: ExperimentConfig) : NetworkRecipe =
        fun features rng ->
            let precision = Precision.ofName config.Precision |> Fault.orRaise
            let device = Engine.device config.Device |> Fault.orRaise
            VolatilityTransformer.Create(features, config.Transformer, precision, device, rng)

    /// How a config uses a network as a forecaster.
    let neuralOptions (name: string) (recipe: NetworkRecipe) (config: ExperimentConfig) : NeuralOptions =
        { NeuralForecaster.options name recipe with
            Device = config.Device
            Training = training config
            Time = config.SequenceLength
            Seeds = config.Seeds
            Gain = config.Gain
            RefitEvery = config.RefitEvery
        }

    let private neural
        (name: string)
        (recipe: ExperimentConfig -> NetworkRecipe)
        (context: ModelContext)
        : IForecaster =
        neuralOptions name (recipe context.Config) context.Config
        |> NeuralForecaster.forecaster context.Monitor

    /// The models that come with the library. Add one's own with Registry.add.
    let registry: Registry<ModelContext, IForecaster> =
        Registry.ofList
            "model"
            [
                "random-walk", (fun _ -> RandomWalk.forecaster RandomWalk.defaults)
                "ewma",
                (fun context ->
                    Ewma.forecaster
                        { Ewma.defaults with
                            Lambda = context.Config.EwmaDecay
                        })
                "har", (fun _ -> Har.forecaster Har.defaults)
                "log-har", (fun _ -> LogHar.forecaster LogHar.defaults)
                "transformer", neural "transformer" transformerRecipe
            ]
