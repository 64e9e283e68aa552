using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace VolatilityForge.CSharp;

/// <summary>Trains a network on samples, with early stopping by validation loss where a callback asks for it.</summary>
public sealed class Trainer
{
    private readonly Core.IDifferentiable network;
    private readonly Core.TrainingConfig settings;
    private readonly torch.Device device;
    private readonly List<ICallback> callbacks = [];

    /// <summary>A trainer of a network, which stays its owner's.</summary>
    /// <param name="model">The network; its weights are trained in place.</param>
    /// <param name="optimizer">The optimiser, its learning rate and schedule; null is AdamW.</param>
    /// <param name="criterion">qlike, mse, mae or huber, on log variance.</param>
    /// <param name="device">cpu, cuda or cuda:INDEX: where the network is.</param>
    /// <param name="mixedPrecision">
    /// True computes in bfloat16, with float32 weights, norms, softmax and loss. For a
    /// <see cref="VolatilityTransformer"/>; other networks choose their precision themselves.
    /// </param>
    /// <param name="gradientClip">Largest global norm of the gradient; null leaves it alone.</param>
    /// <param name="batchSize">Samples per step.</param>
    /// <param name="seed">Seeds batch order and dropout.</param>
    /// <param name="precision">
    /// float32, bfloat16 or float16, in place of <paramref name="mixedPrecision"/>; null leaves that to decide. float16 trains
    /// with a dynamic loss scale.
    /// </param>
    /// <param name="accumulation">Batches whose gradients make one step.</param>
    /// <param name="weightAverage">Averages the weights over the steps; null averages nothing.</param>
    /// <exception cref="Core.VolatilityForgeException">A setting outside its domain, or no tensor engine.</exception>
    public Trainer(
        IDifferentiable model,
        OptimizerOptions? optimizer = null,
        string criterion = "qlike",
        string device = "cpu",
        bool mixedPrecision = false,
        double? gradientClip = 1.0,
        int batchSize = 64,
        long seed = 0,
        string? precision = null,
        int accumulation = 1,
        WeightAverage? weightAverage = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        Core.Engine.check().OrThrow();
        var chosen = optimizer ?? new AdamWOptions();
        var computing = Core
            .PrecisionModule.ofName(precision ?? (mixedPrecision ? "bfloat16" : "float32"))
            .OrThrow();
        settings = Core
            .Loop.check(
                new(
                    Core.Loop.standard.Limits,
                    batchSize,
                    Core.ObjectiveModule.ofName(criterion).OrThrow(),
                    accumulation,
                    chosen.LearningRate,
                    chosen.Schedule.ToCore(),
                    chosen.ToCore(gradientClip),
                    Core.LossScale.ofPrecision(computing),
                    OptionModule.OfObj(weightAverage?.ToCore()),
                    seed
                )
            )
            .OrThrow();
        this.device = Core.Engine.device(device).OrThrow();
        network = CoreNetwork.Of(model, computing);
        Core.Network.check(network).OrThrow();
        RequireOn(this.device, device, network);
    }

    /// <summary>Adds a callback, told after those before it; returns the trainer.</summary>
    public Trainer RegisterCallback(ICallback callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        callbacks.Add(callback);
        return this;
    }

    /// <summary>
    /// Trains the network in place and returns the last state: completed, stopped early or cancelled. The network then has
    /// the best weights on validation, the untrained ones if nothing was better. Targets are logarithms of variance; see
    /// <see cref="SampleSet.WithLogTargets"/>. Same samples, settings and engine: the same bits on CPU.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">A loss that isn't finite, a callback's error.</exception>
    public TrainingState Fit(
        SampleSet trainSamples,
        SampleSet validationSamples,
        int epochs,
        CancellationToken cancellationToken = default
    ) => TryFit(trainSamples, validationSamples, epochs, cancellationToken).OrThrow();

    /// <summary>As Fit, with the fault in place of the exception.</summary>
    public Either<Core.Fault, TrainingState> TryFit(
        SampleSet trainSamples,
        SampleSet validationSamples,
        int epochs,
        CancellationToken cancellationToken = default
    ) => State(() => Run(null, trainSamples, validationSamples, epochs, cancellationToken));

    /// <summary>
    /// Goes on with an interrupted run from what a <see cref="CheckpointCallback"/> saved: on CPU the network ends with the
    /// bits of a run that was not interrupted. Settings, samples and epochs must be those of that run.
    /// </summary>
    /// <param name="checkpoint">A file, or a folder, whose newest whole file is taken.</param>
    /// <param name="trainSamples">The interrupted run's training samples.</param>
    /// <param name="validationSamples">The interrupted run's validation samples.</param>
    /// <param name="epochs">The interrupted run's epochs.</param>
    /// <param name="cancellationToken">Asks to stop.</param>
    /// <exception cref="Core.VolatilityForgeException">
    /// No whole checkpoint, one of another run, and what Fit raises.
    /// </exception>
    public TrainingState Resume(
        string checkpoint,
        SampleSet trainSamples,
        SampleSet validationSamples,
        int epochs,
        CancellationToken cancellationToken = default
    ) =>
        TryResume(checkpoint, trainSamples, validationSamples, epochs, cancellationToken).OrThrow();

    /// <summary>As Resume, with the fault in place of the exception.</summary>
    public Either<Core.Fault, TrainingState> TryResume(
        string checkpoint,
        SampleSet trainSamples,
        SampleSet validationSamples,
        int epochs,
        CancellationToken cancellationToken = default
    ) =>
        State(() =>
            Run(
                Core.CheckpointFolder.load(checkpoint).OrThrow(),
                trainSamples,
                validationSamples,
                epochs,
                cancellationToken
            )
        );

    private static Either<Core.Fault, TrainingState> State(Func<Core.TrainingState> run) =>
        Outcome
            .Of(run)
            .Select(state => new TrainingState(state))
            .ToEither()
            .Filter(state => state.Fault is null, state => state.Fault!);

    private Core.TrainingState Run(
        Core.FoundSnapshot? start,
        SampleSet train,
        SampleSet validation,
        int epochs,
        CancellationToken cancellationToken
    )
    {
        var config = new Core.TrainingConfig(
            new(epochs, SeqModule.TryHead(EarlyStoppingCallback.Patiences(callbacks))),
            settings.BatchSize,
            settings.Objective,
            settings.Accumulation,
            settings.PeakRate,
            settings.Schedule,
            settings.Optimiser,
            settings.LossScale,
            settings.Average,
            settings.Seed
        );
        var told = ListModule.OfSeq(callbacks.Select(CoreCallback.Of));
        var trainingOn = Core.Batches.load(device, train.Samples);
        var validationOn = Core.Batches.load(device, validation.Samples);
        try
        {
            return start is null
                ? Core.Loop.fit(config, told, cancellationToken, network, trainingOn, validationOn)
                : Core.Loop.resume(
                    start,
                    config,
                    told,
                    cancellationToken,
                    network,
                    trainingOn,
                    validationOn
                );
        }
        finally
        {
            Core.Batches.unload(trainingOn);
            Core.Batches.unload(validationOn);
        }
    }

    // The engine may end the process over operands on different devices, so they are compared here.
    private static void RequireOn(torch.Device device, string name, Core.IDifferentiable network)
    {
        var elsewhere = network
            .Parameters.Select(parameter => parameter.Value.device)
            .FirstOrDefault(at =>
                at.type != device.type || int.Max(at.index, 0) != int.Max(device.index, 0)
            );
        if (elsewhere is not null)
            throw Core
                .Fault.NewBadSetting("device", $"must be where the network is ({elsewhere})", name)
                .ToException();
    }
}
