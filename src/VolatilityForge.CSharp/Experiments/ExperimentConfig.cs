using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>
/// Everything an experiment depends on but the data: immutable, changed step by step, checked at once by
/// <see cref="Build()"/>. Two configs are equal when every setting is.
/// </summary>
public sealed record ExperimentConfig
{
    private ExperimentConfig(Core.ExperimentConfig config) => Inner = config;

    internal Core.ExperimentConfig Inner { get; }

    internal static ExperimentConfig Of(Core.ExperimentConfig config) => new(config);

    /// <summary>
    /// The published protocol: five models that run on any history, or those that <see cref="WithBaselines"/> chooses; horizons 1,
    /// 5 and 22, rolling windows of 1,000 labels, three seeds.
    /// </summary>
    /// <param name="nFeatures">
    /// Features per time step of the samples given to the runner. A walk-forward over bars makes its own features.
    /// </param>
    public static ExperimentConfig Default(int nFeatures = 5) =>
        new(Core.ExperimentConfig.Default(nFeatures));

    /// <summary>The settings of a JSON text. Absent fields keep their defaults.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// A setting is unknown or of the wrong type; <see cref="Build()"/> checks the rest.
    /// </exception>
    public static ExperimentConfig FromJson(string json) => TryFromJson(json).OrThrow();

    /// <summary>As <see cref="FromJson"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, ExperimentConfig> TryFromJson(string json) =>
        Core.ConfigJson.ofText(json).Select(Of).ToEither();

    /// <summary>The settings as indented JSON text.</summary>
    public string ToJson() => Core.ConfigJson.toText(Inner);

    /// <summary>The settings, when each is inside its domain.</summary>
    /// <exception cref="Core.VolatilityForgeException">Every setting outside its domain, in one fault.</exception>
    public ExperimentConfig Build() => TryBuild().OrThrow();

    /// <summary>As <see cref="Build()"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, ExperimentConfig> TryBuild() => TryBuild(ModelRegistry.Standard);

    /// <summary>As <see cref="Build()"/>, for models of one's own.</summary>
    /// <exception cref="Core.VolatilityForgeException">Every setting outside its domain, in one fault.</exception>
    public ExperimentConfig Build(ModelRegistry models) => TryBuild(models).OrThrow();

    /// <summary>As <see cref="Build(ModelRegistry)"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, ExperimentConfig> TryBuild(ModelRegistry models) =>
        Core.Experiment.checkWith(models.Inner, Inner).Select(Of).ToEither();

    /// <summary>Features per time step of the samples given to the runner.</summary>
    public int Features => Inner.Features;

    /// <summary>Registered names of the models, in the order of the table.</summary>
    public IReadOnlyList<string> Models => [.. Inner.Models];

    /// <summary>The model that others are compared with.</summary>
    public string Baseline => Inner.Baseline;

    /// <summary>Days ahead.</summary>
    public IReadOnlyList<int> Horizons => [.. Inner.Horizons];

    /// <summary>The measure of daily variance taken from bars.</summary>
    public string Measure => Inner.Measure;

    /// <summary>Labels a fit sees; the first fit's when the window expands.</summary>
    public int WindowLabels =>
        Inner.Window switch
        {
            Core.WindowRule.Expanding expanding => expanding.labels,
            var rolling => ((Core.WindowRule.Rolling)rolling).labels,
        };

    /// <summary>True when fits see every label so far.</summary>
    public bool ExpandingWindow => Inner.Window.IsExpanding;

    /// <summary>Decay of the EWMA model.</summary>
    public double EwmaDecay => Inner.EwmaDecay;

    /// <summary>The sizes of the Transformer.</summary>
    public TransformerConfig Transformer => TransformerConfig.Of(Inner.Transformer);

    /// <summary>The sizes of the multilayer perceptron.</summary>
    public MlpConfig Mlp => MlpConfig.Of(Inner.Mlp);

    /// <summary>The sizes of the HARNet.</summary>
    public HarNetConfig HarNet => HarNetConfig.Of(Inner.HarNet);

    /// <summary>Days in the sequence the network reads.</summary>
    public int SequenceLength => Inner.SequenceLength;

    /// <summary>Seeds of the networks; the ensemble is the model.</summary>
    public IReadOnlyList<long> Seeds => [.. Inner.Seeds];

    /// <summary>The share of the networks' answer added to the base.</summary>
    public double Gain => Inner.Gain;

    /// <summary>Days between fits of the networks.</summary>
    public int RefitEvery => Inner.RefitEvery;

    /// <summary>Most epochs of a training run.</summary>
    public int Epochs => Inner.Epochs;

    /// <summary>Epochs without improvement before training stops.</summary>
    public int Patience => Inner.Patience;

    /// <summary>Samples per step.</summary>
    public int BatchSize => Inner.BatchSize;

    /// <summary>The highest learning rate.</summary>
    public double LearningRate => Inner.LearningRate;

    /// <summary>Share of days that intervals around the forecasts are to hold; 0 makes none.</summary>
    public double Intervals => Inner.Intervals;

    /// <summary>adaptive or split.</summary>
    public string IntervalMethod => Inner.IntervalMethod;

    /// <summary>Probabilities of Value at Risk and expected shortfall of the next day.</summary>
    public IReadOnlyList<double> VarLevels => [.. Inner.VarLevels];

    /// <summary>Days that fits leave out before the day of the forecast, beyond purging.</summary>
    public int Embargo => Inner.Embargo;

    /// <summary>range, labels, mean or none: what happens to forecasts far from the labels of their window.</summary>
    public string Clamp => Inner.Clamp;

    /// <summary>Days between fits of every model; 0 for each model's own.</summary>
    public int RefitAllEvery => Inner.RefitAllEvery;

    /// <summary>historical, normal or student-t.</summary>
    public string VarTail => Inner.VarTail;

    /// <summary>Decoupled decay of the weight matrices.</summary>
    public double WeightDecay => Inner.WeightDecay;

    /// <summary>Largest global norm of the gradient.</summary>
    public double GradientClip => Inner.GradientClip;

    /// <summary>qlike, mse, mae or huber, on log variance.</summary>
    public string Objective => Inner.Objective;

    /// <summary>adamw, adam or sgd.</summary>
    public string Optimiser => Inner.Optimiser;

    /// <summary>warmup-cosine, constant, one-cycle or plateau.</summary>
    public string Schedule => Inner.Schedule;

    /// <summary>Batches whose gradients make one step.</summary>
    public int Accumulation => Inner.Accumulation;

    /// <summary>Decay of the weights' moving average, which is then what is validated and kept; 0 averages nothing.</summary>
    public double EmaDecay => Inner.EmaDecay;

    /// <summary>
    /// What networks compute in: float32, bfloat16 or float16. Weights, norms, softmax and loss are float32.
    /// </summary>
    public string Precision => Inner.Precision;

    /// <summary>True where networks compute in another precision than float32.</summary>
    public bool MixedPrecision => Inner.MixedPrecision;

    /// <summary>cpu, cuda or cuda:INDEX.</summary>
    public string Device => Inner.Device;

    /// <summary>The model to train, beside the baseline: sets Models to the baseline and this one.</summary>
    public ExperimentConfig WithModel(string name) => new(Inner.WithModel(name));

    /// <summary>The models of the table, in its order.</summary>
    public ExperimentConfig WithModels(params string[] names) => new(Inner.WithModels(names));

    /// <summary>
    /// The models of the usual comparison that a history allows, as <see cref="Baselines.Of"/> chooses them; call it last.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// A setting that no walk-forward has, or an unknown baseline.
    /// </exception>
    public ExperimentConfig WithBaselines(VarianceHistory history) =>
        WithModels([.. Baselines.Of(this, history).Models]);

    /// <summary>The model that others are compared with.</summary>
    public ExperimentConfig WithBaseline(string name) => new(Inner.WithBaseline(name));

    /// <summary>Days ahead.</summary>
    public ExperimentConfig WithHorizons(params int[] days) => new(Inner.WithHorizons(days));

    /// <summary>The measure of daily variance taken from bars, one of <see cref="Measures.Names"/>.</summary>
    public ExperimentConfig WithMeasure(string name) => new(Inner.WithMeasure(name));

    /// <summary>Fits see the last labels, as many as given.</summary>
    public ExperimentConfig WithRollingWindow(int labels) => new(Inner.WithRollingWindow(labels));

    /// <summary>Fits see every label so far, as many as given at first.</summary>
    public ExperimentConfig WithExpandingWindow(int labels) =>
        new(Inner.WithExpandingWindow(labels));

    /// <summary>Decay of the EWMA model.</summary>
    public ExperimentConfig WithEwmaDecay(double decay) => new(Inner.WithEwmaDecay(decay));

    /// <summary>The sizes of the Transformer.</summary>
    /// <exception cref="Core.VolatilityForgeException">The pooling is unknown.</exception>
    public ExperimentConfig WithTransformer(TransformerConfig sizes) =>
        new(Inner.WithTransformer(sizes.ToCore()));

    /// <summary>The sizes of the multilayer perceptron.</summary>
    public ExperimentConfig WithMlp(MlpConfig sizes) => new(Inner.WithMlp(sizes.ToCore()));

    /// <summary>The sizes of the HARNet.</summary>
    public ExperimentConfig WithHarNet(HarNetConfig sizes) => new(Inner.WithHarNet(sizes.ToCore()));

    /// <summary>Days in the sequence the network reads.</summary>
    public ExperimentConfig WithSequenceLength(int days) => new(Inner.WithSequenceLength(days));

    /// <summary>Seeds of the networks.</summary>
    public ExperimentConfig WithSeeds(params long[] seeds) => new(Inner.WithSeeds(seeds));

    /// <summary>The share of the networks' answer added to the base, in (0, 1].</summary>
    public ExperimentConfig WithGain(double gain) => new(Inner.WithGain(gain));

    /// <summary>Days between fits of the networks.</summary>
    public ExperimentConfig WithRefitEvery(int days) => new(Inner.WithRefitEvery(days));

    /// <summary>Most epochs of a training run.</summary>
    public ExperimentConfig WithEpochs(int epochs) => new(Inner.WithEpochs(epochs));

    /// <summary>Epochs without improvement before training stops.</summary>
    public ExperimentConfig WithPatience(int epochs) => new(Inner.WithPatience(epochs));

    /// <summary>Samples per step.</summary>
    public ExperimentConfig WithBatchSize(int samples) => new(Inner.WithBatchSize(samples));

    /// <summary>The highest learning rate.</summary>
    public ExperimentConfig WithLearningRate(double rate) => new(Inner.WithLearningRate(rate));

    /// <summary>Decoupled decay of the weight matrices.</summary>
    public ExperimentConfig WithWeightDecay(double decay) => new(Inner.WithWeightDecay(decay));

    /// <summary>Largest global norm of the gradient.</summary>
    public ExperimentConfig WithGradientClip(double norm) => new(Inner.WithGradientClip(norm));

    /// <summary>qlike, mse, mae or huber.</summary>
    public ExperimentConfig WithObjective(string name) => new(Inner.WithObjective(name));

    /// <summary>adamw, adam or sgd.</summary>
    public ExperimentConfig WithOptimiser(string name) => new(Inner.WithOptimiser(name));

    /// <summary>warmup-cosine, constant, one-cycle or plateau.</summary>
    public ExperimentConfig WithSchedule(string name) => new(Inner.WithSchedule(name));

    /// <summary>Batches whose gradients make one step.</summary>
    public ExperimentConfig WithAccumulation(int batches) => new(Inner.WithAccumulation(batches));

    /// <summary>Decay of the weights' moving average; 0 averages nothing.</summary>
    public ExperimentConfig WithEmaDecay(double decay) => new(Inner.WithEmaDecay(decay));

    /// <summary>float32, bfloat16 or float16.</summary>
    public ExperimentConfig WithPrecision(string name) => new(Inner.WithPrecision(name));

    /// <summary>True computes in bfloat16, false in float32.</summary>
    public ExperimentConfig WithMixedPrecision(bool enabled) =>
        new(Inner.WithMixedPrecision(enabled));

    /// <summary>cpu, cuda or cuda:INDEX.</summary>
    public ExperimentConfig WithDevice(string name) => new(Inner.WithDevice(name));

    /// <summary>Intervals around the forecasts that hold this share of days; 0 makes none.</summary>
    public ExperimentConfig WithIntervals(double coverage) => new(Inner.WithIntervals(coverage));

    /// <summary>adaptive or split.</summary>
    public ExperimentConfig WithIntervalMethod(string name) => new(Inner.WithIntervalMethod(name));

    /// <summary>Probabilities of Value at Risk and expected shortfall of the next day.</summary>
    public ExperimentConfig WithVarLevels(params double[] levels) =>
        new(Inner.WithVarLevels(levels));

    /// <summary>Days that fits leave out before the day of the forecast, beyond purging.</summary>
    public ExperimentConfig WithEmbargo(int days) => new(Inner.WithEmbargo(days));

    /// <summary>
    /// range (half the smallest to twice the largest label of the window), labels (the smallest to the largest), mean (that of
    /// the labels, where a forecast lies outside them) or none.
    /// </summary>
    public ExperimentConfig WithClamp(string name) => new(Inner.WithClamp(name));

    /// <summary>Days between fits of every model; 0 for each model's own.</summary>
    public ExperimentConfig WithRefitAllEvery(int days) => new(Inner.WithRefitAllEvery(days));

    /// <summary>historical, normal or student-t: the tail of returns over forecast volatilities.</summary>
    public ExperimentConfig WithVarTail(string name) => new(Inner.WithVarTail(name));
}
