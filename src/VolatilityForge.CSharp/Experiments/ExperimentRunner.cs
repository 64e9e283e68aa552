using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Runs experiments: one config, many data.</summary>
public sealed class ExperimentRunner
{
    private readonly ICallback[] callbacks;

    /// <summary>A runner of a config whose networks' training the callbacks are told of.</summary>
    /// <param name="config">The settings; an <see cref="EarlyStoppingCallback"/> overrides its patience.</param>
    /// <param name="callbacks">Told of every training run, in this order.</param>
    public ExperimentRunner(ExperimentConfig config, params ICallback[] callbacks)
        : this(config, ModelRegistry.Standard, callbacks) { }

    /// <summary>A runner of models of one's own.</summary>
    /// <param name="config">The settings; an <see cref="EarlyStoppingCallback"/> overrides its patience.</param>
    /// <param name="models">The models that the settings may name.</param>
    /// <param name="callbacks">Told of every training run, in this order.</param>
    public ExperimentRunner(
        ExperimentConfig config,
        ModelRegistry models,
        params ICallback[] callbacks
    )
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(models);
        foreach (var callback in callbacks)
            ArgumentNullException.ThrowIfNull(callback, nameof(callbacks));
        this.callbacks = [.. callbacks];
        Models = models;
        Config = EarlyStoppingCallback
            .Patiences(callbacks)
            .Aggregate(config, (reached, patience) => reached.WithPatience(patience));
    }

    /// <summary>Told of what was passed over, such as a damaged checkpoint.</summary>
    public Action<string>? Notes { get; init; }

    /// <summary>The settings.</summary>
    public ExperimentConfig Config { get; }

    /// <summary>The models that the settings may name.</summary>
    public ModelRegistry Models { get; }

    /// <summary>
    /// Units of the walk-forward done at the same time, networks apart; results are the same for any number. Models of one's own
    /// are then asked from many threads.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// The folder in which a run keeps its done units and networks in training keep checkpoints; null keeps none. A later run
    /// with the same settings and data goes on from them, and gives on CPU the bits of a run that was not interrupted.
    /// </summary>
    public string? Checkpoints { get; init; }

    /// <summary>Measures bars and walks the models forward through them.</summary>
    /// <exception cref="Core.VolatilityForgeException">The faults of the settings, the data and the models.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public ExperimentResult Run(
        BarSeries bars,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) => TryRun(bars, progress, cancellationToken).Result.OrThrow(cancellationToken);

    /// <summary>As Run, with the fault in place of the exception.</summary>
    public Either<Core.Fault, ExperimentResult> TryRun(
        BarSeries bars,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        Core
            .Experiment.runBarsWith(
                Models.Inner,
                Config.Inner,
                Monitor(progress, cancellationToken),
                bars.Bars
            )
            .Select(result => new ExperimentResult(result))
            .ToEither();

    /// <summary>Walks the models forward through a history.</summary>
    /// <exception cref="Core.VolatilityForgeException">The faults of the settings, the data and the models.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public ExperimentResult Run(
        VarianceHistory history,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) => TryRun(history, progress, cancellationToken).Result.OrThrow(cancellationToken);

    /// <summary>As Run, with the fault in place of the exception.</summary>
    public Either<Core.Fault, ExperimentResult> TryRun(
        VarianceHistory history,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        Core
            .Experiment.runWith(
                Models.Inner,
                Config.Inner,
                Monitor(progress, cancellationToken),
                history.History
            )
            .Select(result => new ExperimentResult(result))
            .ToEither();

    /// <summary>
    /// Walks the models forward through the histories of many symbols, which may begin and end when they like; results in their
    /// order, each that of the symbol alone.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The faults of the settings, the data and the models.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public IReadOnlyList<ExperimentResult> RunPanel(
        IEnumerable<VarianceHistory> histories,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) => TryRunPanel(histories, progress, cancellationToken).Result.OrThrow(cancellationToken);

    /// <summary>As RunPanel, with the fault in place of the exception.</summary>
    public Either<Core.Fault, IReadOnlyList<ExperimentResult>> TryRunPanel(
        IEnumerable<VarianceHistory> histories,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        Core
            .Experiment.runPanelWith(
                Models.Inner,
                Config.Inner,
                Monitor(progress, cancellationToken),
                ListModule.OfSeq(histories.Select(history => history.History))
            )
            .Select(ExperimentResult.All)
            .ToEither();

    /// <summary>
    /// Does one shard of the run of RunPanel and writes its file; <see cref="Shards.Merge"/> joins the files of all shards to the
    /// results of one run, bit for bit.
    /// </summary>
    /// <param name="histories">The same on every machine.</param>
    /// <param name="number">Which shard, from 1.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="path">The file, written whole or not at all.</param>
    /// <param name="progress">Told of forecasts made.</param>
    /// <param name="cancellationToken">Asks to stop.</param>
    /// <exception cref="Core.VolatilityForgeException">The faults of the settings, the data, the models and the path.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public void RunShard(
        IEnumerable<VarianceHistory> histories,
        int number,
        int count,
        string path,
        IProgress<ExperimentProgress>? progress = null,
        CancellationToken cancellationToken = default
    ) =>
        Core
            .ShardModule.parse($"{number}/{count}")
            .Then(shard =>
                Core.ShardSet.runWith(
                    Models.Inner,
                    Config.Inner,
                    Monitor(progress, cancellationToken),
                    shard,
                    path,
                    ListModule.OfSeq(histories.Select(history => history.History))
                )
            )
            .OrThrow(cancellationToken);

    /// <summary>
    /// Trains the first network among the models on the first samples, stops by the second, scores the third. Targets are daily variances;
    /// inputs are standardised by the training samples.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The faults of the settings and the samples; no tensor engine.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public SampleResult Run(
        SampleSet train,
        SampleSet validation,
        SampleSet test,
        CancellationToken cancellationToken = default
    ) => TryRun(train, validation, test, cancellationToken).Result.OrThrow(cancellationToken);

    /// <summary>As Run, with the fault in place of the exception.</summary>
    public Either<Core.Fault, SampleResult> TryRun(
        SampleSet train,
        SampleSet validation,
        SampleSet test,
        CancellationToken cancellationToken = default
    ) =>
        Core
            .SampleExperiment.runWith(
                Models.Inner,
                Config.Inner,
                Monitor(null, cancellationToken),
                train.Samples,
                validation.Samples,
                test.Samples
            )
            .Select(result => new SampleResult(result))
            .ToEither();

    private Core.ExperimentMonitor Monitor(
        IProgress<ExperimentProgress>? progress,
        CancellationToken cancellationToken
    ) =>
        new(
            ExperimentProgress.Listener(progress),
            ListModule.OfSeq(callbacks.Select(CoreCallback.Of)),
            cancellationToken,
            OptionModule.OfObj(Checkpoints),
            FuncConvert.FromAction<string>(note => Notes?.Invoke(note)),
            Threads
        );
}
