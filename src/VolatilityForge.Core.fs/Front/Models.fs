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

    /// The training settings of a config.
    let training (config: ExperimentConfig) : TrainingConfig =
        { Loop.standard with
            Limits =
                {
                    Epochs = config.Epochs
                    Patience = Some config.Patience
                }
            BatchSize = config.BatchSize
            Objective = Objective.ofName config.Objective |> Fault.orRaise
            PeakRate = config.LearningRate
            Optimiser =
                { AdamW.standard with
                    Decay = config.WeightDecay
                    ClipNorm = Some config.GradientClip
                }
        }

    /// Makes the config's Transformer for a number of features.
    let transformerRecipe (config: ExperimentConfig) : NetworkRecipe =
        let precision =
            if config.MixedPrecision then
                Precision.BFloat16
            else
                Precision.Float32

        fun features rng ->
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
