/// Everything an experiment depends on but the data: one immutable value, built step by step, checked at once.
namespace VolatilityForge

/// The settings of an experiment. Start from Default, change with the With steps, check with Build.
type ExperimentConfig =
    {
        /// Features per time step of the samples given to ExperimentRunner.Run(train, validation, test). A walk-forward
        /// over bars makes its own features and doesn't read this.
        Features: int
        /// Registered names of the models, in the order of the table.
        Models: string list
        /// The model that others are compared with.
        Baseline: string
        /// Days ahead.
        Horizons: int list
        /// The measure of daily variance taken from bars.
        Measure: string
        Window: WindowRule
        /// Decay of the EWMA model.
        EwmaDecay: float
        Transformer: TransformerConfig
        Mlp: MlpConfig
        HarNet: HarNetConfig
        /// Days in the sequence the network reads.
        SequenceLength: int
        /// Seeds of the networks; the ensemble is the model.
        Seeds: int64 list
        /// The share of the networks' answer added to the base.
        Gain: float
        /// Days between fits of the networks.
        RefitEvery: int
        Epochs: int
        /// Epochs without improvement before training stops.
        Patience: int
        BatchSize: int
        LearningRate: float
        WeightDecay: float
        GradientClip: float
        /// qlike, mse, mae or huber, on log variance.
        Objective: string
        /// True computes in bfloat16, with float32 weights, norms, softmax and loss.
        MixedPrecision: bool
        /// cpu, cuda or cuda:INDEX.
        Device: string
    }

    /// The published protocol: five models, horizons 1, 5 and 22, rolling windows of 1,000 labels, three seeds.
    static member Default(nFeatures: int) : ExperimentConfig =
        {
            Features = nFeatures
            Models = [ "random-walk"; "ewma"; "har"; "log-har"; "transformer" ]
            Baseline = Report.baseline
            Horizons = WalkForwardConfig.defaults.Horizons
            Measure = "garman-klass"
            Window = WalkForwardConfig.defaults.Window
            EwmaDecay = Ewma.defaults.Lambda
            Transformer =
                { TransformerConfig.small with
                    Dim = 16
                    Depth = 1
                    Heads = 2
                    KvHeads = 1
                    Dropout = 0.2
                }
            Mlp = MlpConfig.small
            HarNet = HarNetConfig.small
            SequenceLength = 22
            Seeds = [ 1L; 2L; 3L ]
            Gain = 0.5
            RefitEvery = 500
            Epochs = Loop.standard.Limits.Epochs
            Patience = 3
            BatchSize = Loop.standard.BatchSize
            LearningRate = Loop.standard.PeakRate
            WeightDecay = AdamW.standard.Decay
            GradientClip = 1.0
            Objective = "qlike"
            MixedPrecision = false
            Device = "cpu"
        }

    /// The model to train, beside the baseline: sets Models to the baseline and this one.
    member config.WithModel(name: string) : ExperimentConfig =
        { config with
            Models = List.distinct [ config.Baseline; name ]
        }

    /// The models of the table, in its order.
    member config.WithModels([<System.ParamArray>] names: string[]) : ExperimentConfig =
        { config with
            Models = List.ofArray names
        }

    /// The model that others are compared with.
    member config.WithBaseline(name: string) : ExperimentConfig = { config with Baseline = name }

    /// Days ahead.
    member config.WithHorizons([<System.ParamArray>] days: int[]) : ExperimentConfig =
        { config with
            Horizons = List.ofArray days
        }

    /// The measure of daily variance taken from bars.
    member config.WithMeasure(name: string) : ExperimentConfig = { config with Measure = name }

    /// Fits see the last n labels.
    member config.WithRollingWindow(labels: int) : ExperimentConfig =
        { config with
            Window = WindowRule.Rolling labels
        }

    /// Fits see every label so far, n at first.
    member config.WithExpandingWindow(labels: int) : ExperimentConfig =
        { config with
            Window = WindowRule.Expanding labels
        }

    /// Decay of the EWMA model.
    member config.WithEwmaDecay(decay: float) : ExperimentConfig = { config with EwmaDecay = decay }

    /// The sizes of the Transformer.
    member config.WithTransformer(sizes: TransformerConfig) : ExperimentConfig = { config with Transformer = sizes }

    /// The sizes of the multilayer perceptron.
    member config.WithMlp(sizes: MlpConfig) : ExperimentConfig = { config with Mlp = sizes }

    /// The sizes of the HARNet.
    member config.WithHarNet(sizes: HarNetConfig) : ExperimentConfig = { config with HarNet = sizes }

    /// Days in the sequence the network reads.
    member config.WithSequenceLength(days: int) : ExperimentConfig = { config with SequenceLength = days }

    /// Seeds of the networks.
    member config.WithSeeds([<System.ParamArray>] seeds: int64[]) : ExperimentConfig =
        { config with
            Seeds = List.ofArray seeds
        }

    /// The share of the networks' answer added to the base.
    member config.WithGain(gain: float) : ExperimentConfig = { config with Gain = gain }

    /// Days between fits of the networks.
    member config.WithRefitEvery(days: int) : ExperimentConfig = { config with RefitEvery = days }

    /// Most epochs of a training run.
    member config.WithEpochs(epochs: int) : ExperimentConfig = { config with Epochs = epochs }

    /// Epochs without improvement before training stops.
    member config.WithPatience(epochs: int) : ExperimentConfig = { config with Patience = epochs }

    /// Samples per step.
    member config.WithBatchSize(samples: int) : ExperimentConfig = { config with BatchSize = samples }

    /// The highest learning rate.
    member config.WithLearningRate(rate: float) : ExperimentConfig = { config with LearningRate = rate }

    /// Decoupled decay of the weight matrices.
    member config.WithWeightDecay(decay: float) : ExperimentConfig = { config with WeightDecay = decay }

    /// Largest global norm of the gradient.
    member config.WithGradientClip(norm: float) : ExperimentConfig = { config with GradientClip = norm }

    /// qlike, mse, mae or huber.
    member config.WithObjective(name: string) : ExperimentConfig = { config with Objective = name }

    /// True computes in bfloat16.
    member config.WithMixedPrecision(enabled: bool) : ExperimentConfig =
        { config with MixedPrecision = enabled }

    /// cpu, cuda or cuda:INDEX.
    member config.WithDevice(name: string) : ExperimentConfig = { config with Device = name }
