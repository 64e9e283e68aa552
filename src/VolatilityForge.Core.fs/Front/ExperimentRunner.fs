/// The experiment as an object, for those who think in runners: one config, many data.
namespace VolatilityForge

/// Runs experiments with one config, one monitor and one registry of models.
[<Sealed>]
type ExperimentRunner(config: ExperimentConfig, monitor: ExperimentMonitor, models: ModelRegistry) =

    /// A runner of the models that come with the library.
    new(config: ExperimentConfig, monitor: ExperimentMonitor) = ExperimentRunner(config, monitor, Models.registry)

    /// A runner of the models of a registry that tells nobody and never stops.
    new(config: ExperimentConfig, models: ModelRegistry) = ExperimentRunner(config, Experiment.unmonitored, models)

    /// A runner of the models that come with the library that tells nobody and never stops.
    new(config: ExperimentConfig) = ExperimentRunner(config, Experiment.unmonitored, Models.registry)

    /// The settings.
    member _.Config: ExperimentConfig = config

    /// The models that the settings may name.
    member _.Models: ModelRegistry = models

    /// Measures bars and walks the models forward through them.
    member _.Run(bars: Bars) : Result<ExperimentResult, Fault> =
        Experiment.runBarsWith models config monitor bars

    /// Walks the models forward through a history.
    member _.Run(history: History) : Result<ExperimentResult, Fault> =
        Experiment.runWith models config monitor history

    /// Trains the first network among the models on the first samples, stops by the second, scores the third.
    member _.Run(train: Samples, validation: Samples, test: Samples) : Result<SampleResult, Fault> =
        SampleExperiment.runWith models config monitor train validation test
