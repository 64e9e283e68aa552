/// Every model by name: the registry that the command line, F# and C# draw from. Knows no data.
namespace VolatilityForge

/// What a registered name stands for.
[<RequireQualifiedAccess>]
type Model =
    /// A forecaster that is fitted by itself.
    | Forecaster of IForecaster
    /// A network, trained by NeuralForecaster with the training settings of the experiment.
    | Network of NetworkRecipe

/// Makers of models by name, from the settings of an experiment. Makers raise the faults of those settings.
type ModelRegistry = Registry<ExperimentConfig, Model>

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

    /// The models that come with the library. Add one's own with Registry.add, Models.addNetwork and Models.addForecaster.
    let registry: ModelRegistry =
        let forecaster make config = Model.Forecaster(make config)
        let network recipe config = Model.Network(recipe config)

        let family =
            [
                for options in HarFamily.known -> options.Name, forecaster (fun _ -> HarFamily.forecaster options)
            ]

        Registry.ofList
            "model"
            [
                "random-walk", forecaster (fun _ -> RandomWalk.forecaster RandomWalk.defaults)
                "ewma",
                forecaster (fun config ->
                    Ewma.forecaster
                        { Ewma.defaults with
                            Lambda = config.EwmaDecay
                        })
                "har", forecaster (fun _ -> Har.forecaster Har.defaults)
                "log-har", forecaster (fun _ -> LogHar.forecaster LogHar.defaults)
                yield! family
                for name in GarchSpec.names do
                    name, forecaster (fun _ -> GarchForecaster.ofName name |> Fault.orRaise)
                "realized-garch",
                forecaster (fun _ ->
                    RealizedForecaster.ofSpec RealizedGarchSpec.defaults
                    |> RealizedForecaster.realizedGarch "realized-garch")
                "heavy",
                forecaster (fun _ -> RealizedForecaster.ofSpec Heavy.defaults |> RealizedForecaster.heavy "heavy")
                "transformer", network Networks.transformer
                "mlp", network Networks.mlp
                "harnet", network Networks.harNet
            ]

    /// The registry with one more network.
    let addNetwork (name: string) (recipe: ExperimentConfig -> NetworkRecipe) (models: ModelRegistry) : ModelRegistry =
        models |> Registry.add name (recipe >> Model.Network)

    /// The registry with one more forecaster. The forecaster's own name should be the registered one.
    let addForecaster (name: string) (make: ExperimentConfig -> IForecaster) (models: ModelRegistry) : ModelRegistry =
        models |> Registry.add name (make >> Model.Forecaster)

    /// The model of a name, or Fault.UnknownName with the known names, or the faults of the settings that it is made of.
    let create (models: ModelRegistry) (config: ExperimentConfig) (name: string) : Result<Model, Fault> =
        Fault.catch (fun () -> Registry.create name config models |> Fault.orRaise)

    /// The model of a name as a forecaster; faults as `create`.
    let forecaster
        (models: ModelRegistry)
        (monitor: TrainingMonitor)
        (config: ExperimentConfig)
        (name: string)
        : Result<IForecaster, Fault> =
        create models config name
        |> Result.map (fun model ->
            match model with
            | Model.Forecaster forecaster -> forecaster
            | Model.Network recipe -> neuralOptions name recipe config |> NeuralForecaster.forecaster monitor)

    /// The config's models that are networks, in its order; models that can't be made are left out.
    let networks (models: ModelRegistry) (config: ExperimentConfig) : (string * NetworkRecipe) list =
        [
            for name in config.Models do
                match create models config name with
                | Ok(Model.Network recipe) -> name, recipe
                | _ -> ()
        ]
