/// The experiment as an object, for those who think in runners: one config, many data.
namespace VolatilityForge

/// Runs experiments with one config and one monitor.
[<Sealed>]
type ExperimentRunner(config: ExperimentConfig, monitor: ExperimentMonitor) =

    /// A runner that tells nobody and never stops.
    new(config: ExperimentConfig) = ExperimentRunner(config, Experiment.unmonitored)

    /// The settings.
    member _.Config: ExperimentConfig = config

    /// Measures bars and walks the models forward through them.
    member _.Run(bars: Bars) : Result<ExperimentResult, Fault> = Experiment.runBars config monitor bars

    /// Walks the models forward through a history.
    member _.Run(history: History) : Result<ExperimentResult, Fault> = Experiment.run config monitor history

    /// Trains the network on the first samples, stops by the second, scores the third.
    member _.Run(train: Samples, validation: Samples, test: Samples) : Result<SampleResult, Fault> =
        SampleExperiment.run config monitor train validation test
