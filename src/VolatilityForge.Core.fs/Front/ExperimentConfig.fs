/// Everything an experiment depends on but the data: one immutable value, built step by step, checked at once.
namespace VolatilityForge

open System

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
        /// The measure of daily variance taken from bars, or column:NAME of a file of daily measures.
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
        /// adamw, adam or sgd.
        Optimiser: string
        /// warmup-cosine, constant, one-cycle or plateau.
        Schedule: string
        /// Batches whose gradients make one step.
        Accumulation: int
        /// Decay of the weights' moving average, which is then what is validated and kept; 0 averages nothing.
        EmaDecay: float
        /// What networks compute in: float32, bfloat16 or float16. Weights, norms, softmax and loss are float32.
        Precision: string
        /// cpu, cuda or cuda:INDEX.
        Device: string
        /// Share of days that intervals around the forecasts are to hold, such as 0.9; 0 makes none.
        Intervals: float
        /// adaptive or split.
        IntervalMethod: string
        /// Probabilities at which Value at Risk and expected shortfall of the next day are forecast; empty for none.
        VarLevels: float list
        /// historical, normal or student-t: the tail of standardised returns.
        VarTail: string
        /// Days between the last label that a fit sees and the day of the forecast, beyond those that purging takes.
        Embargo: int
        /// range, labels, mean or none: what happens to forecasts far from the labels of their window, as ClampRule.ofName has it.
        Clamp: string
        /// Days between fits of every model, networks included; 0 for each model's own.
        RefitAllEvery: int
    }

    /// The intervals and quantiles that a walk-forward is given, or the faults in these settings.
    member config.Risk: Result<RiskConfig, Fault> =
        either {
            let! tail = TailShape.ofName config.VarTail

            let! rate =
                match config.IntervalMethod with
                | "adaptive" -> Ok Conformal.defaults.Rate
                | "split" -> Ok 0.0
                | other -> Error(Fault.UnknownName("method of intervals", other, [ "adaptive"; "split" ]))

            if not config.VarLevels.IsEmpty && not (List.contains 1 config.Horizons) then
                let rule = "are of the next day, so that 1 must be among the horizons"
                let found = String.Join(", ", config.Horizons)
                return! Error(Fault.BadSetting("var levels", rule, found))

            return!
                RiskTrack.check
                    {
                        Intervals =
                            if config.Intervals = 0.0 then
                                None
                            else
                                Some
                                    { Conformal.defaults with
                                        Coverage = config.Intervals
                                        Rate = rate
                                    }
                        Levels = config.VarLevels
                        Tail = tail
                    }
        }

    /// True where forecasts are given intervals or quantiles.
    member config.HasRisk: bool = config.Intervals <> 0.0 || not config.VarLevels.IsEmpty

    /// True where networks compute in another precision than float32.
    member config.MixedPrecision: bool =
        config.Precision <> Precision.toName Precision.Float32

    /// The published protocol: five models that run on any history, or those that WithBaselines chooses; horizons 1, 5 and 22, rolling windows of 1,000 labels, three seeds.
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
            WeightDecay = Optimiser.standard.Decay
            GradientClip = 1.0
            Objective = "qlike"
            Optimiser = Optimiser.toName Optimiser.standard.Rule
            Schedule = ScheduleShape.toName ScheduleShape.standard
            Accumulation = 1
            EmaDecay = 0.0
            Precision = Precision.toName Precision.Float32
            Device = "cpu"
            Intervals = 0.0
            IntervalMethod = "adaptive"
            VarLevels = []
            VarTail = TailShape.toName TailShape.Historical
            Embargo = 0
            Clamp = "range"
            RefitAllEvery = 0
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

    /// adamw, adam or sgd.
    member config.WithOptimiser(name: string) : ExperimentConfig = { config with Optimiser = name }

    /// warmup-cosine, constant, one-cycle or plateau.
    member config.WithSchedule(name: string) : ExperimentConfig = { config with Schedule = name }

    /// Batches whose gradients make one step.
    member config.WithAccumulation(batches: int) : ExperimentConfig = { config with Accumulation = batches }

    /// Decay of the weights' moving average; 0 averages nothing.
    member config.WithEmaDecay(decay: float) : ExperimentConfig = { config with EmaDecay = decay }

    /// float32, bfloat16 or float16.
    member config.WithPrecision(name: string) : ExperimentConfig = { config with Precision = name }

    /// True computes in bfloat16, false in float32.
    member config.WithMixedPrecision(enabled: bool) : ExperimentConfig =
        config.WithPrecision(Precision.toName (if enabled then Precision.BFloat16 else Precision.Float32))

    /// cpu, cuda or cuda:INDEX.
    member config.WithDevice(name: string) : ExperimentConfig = { config with Device = name }

    /// Intervals around the forecasts that hold this share of days; 0 makes none.
    member config.WithIntervals(coverage: float) : ExperimentConfig = { config with Intervals = coverage }

    /// adaptive or split.
    member config.WithIntervalMethod(name: string) : ExperimentConfig = { config with IntervalMethod = name }

    /// Probabilities of Value at Risk and expected shortfall.
    member config.WithVarLevels([<System.ParamArray>] levels: float[]) : ExperimentConfig =
        { config with
            VarLevels = List.ofArray levels
        }

    /// historical, normal or student-t.
    member config.WithVarTail(name: string) : ExperimentConfig = { config with VarTail = name }

    /// Days that fits leave out before the day of the forecast, beyond purging.
    member config.WithEmbargo(days: int) : ExperimentConfig = { config with Embargo = days }

    /// range (half the smallest to twice the largest label of the window), mean (that of the labels, where a forecast lies outside
    /// them) or none.
    member config.WithClamp(name: string) : ExperimentConfig = { config with Clamp = name }

    /// Days between fits of every model; 0 for each model's own.
    member config.WithRefitAllEvery(days: int) : ExperimentConfig = { config with RefitAllEvery = days }
