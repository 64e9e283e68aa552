using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using TorchSharp;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class ResumeTests : EngineFixture
{
    private const int Epochs = 6;

    private static readonly SampleSet Train = Samples(96, 1);
    private static readonly SampleSet Validation = Samples(64, 2);

    private static SampleSet Samples(int count, int seed, float first = 0)
    {
        var random = new Random(seed);
        var features = new float[count, 3, 2];
        var targets = new float[count];
        for (var sample = 0; sample < count; sample++)
        {
            for (var step = 0; step < 3; step++)
            for (var feature = 0; feature < 2; feature++)
                features[sample, step, feature] = random.NextSingle() * 2 - 1;
            targets[sample] = features[sample, 2, 0] + 0.1f * random.NextSingle();
        }
        targets[0] += first;
        return new(features, targets);
    }

    private static VolatilityTransformer Model() =>
        new(
            2,
            new()
            {
                Dim = 8,
                Depth = 1,
                Heads = 2,
                KvHeads = 1,
            },
            pooling: "last",
            seed: 3
        );

    private static Trainer TrainerOf(VolatilityTransformer model, params ICallback[] callbacks)
    {
        var trainer = new Trainer(
            model,
            new AdamWOptions
            {
                LearningRate = 0.01,
                Schedule = new WarmupCosineSchedule { WarmupSteps = 5 },
            },
            criterion: "mse",
            batchSize: 16
        );
        foreach (var callback in callbacks)
            trainer.RegisterCallback(callback);
        return trainer;
    }

    private static float[] Weights(VolatilityTransformer model) =>
        [.. model.Parameters.SelectMany(parameter => parameter.Value.data<float>().ToArray())];

    private sealed class AtStep(int wanted, Action act) : ICallback
    {
        public List<string> Told { get; } = [];

        public void OnBatchEnd(int step, double loss, TrainingState state)
        {
            if (step == wanted)
                act();
        }

        public void OnInterrupted(TrainingState state) =>
            Told.Add($"interrupted at {state.Step}, {state.Phase}");

        public void OnResumed(TrainingState state) => Told.Add($"resumed at {state.Step}");

        public void OnNotFinite(double loss, double gradientNorm, TrainingState state) =>
            Told.Add($"not finite at {state.Step}");
    }

    [TestCase(1)]
    [TestCase(13)]
    [TestCase(36)]
    public void AResumedRunEndsWithTheBitsOfOneThatWasNotInterrupted(int step)
    {
        using var folder = new TemporaryFolder();
        using var whole = Model();
        var expected = TrainerOf(whole).Fit(Train, Validation, Epochs);

        using var source = new CancellationTokenSource();
        using var first = Model();
        var cancelling = new AtStep(step, source.Cancel);
        var saving = new CheckpointCallback(folder.Path);
        TrainerOf(first, cancelling, saving).Fit(Train, Validation, Epochs, source.Token);

        using var second = Model();
        var listening = new AtStep(0, () => { });
        var state = TrainerOf(second, listening).Resume(folder.Path, Train, Validation, Epochs);
        Assert.That(Weights(second), Is.EqualTo(Weights(whole)));
        Assert.That(state.Step, Is.EqualTo(expected.Step));
        Assert.That(state.History, Is.EqualTo(expected.History));
        if (step < expected.Step)
        {
            Assert.That(cancelling.Told, Is.EqualTo(new[] { $"interrupted at {step}, Training" }));
            Assert.That(listening.Told, Is.EqualTo(new[] { $"resumed at {step}" }));
        }
    }

    [Test]
    public void CheckpointsAreKeptByThePolicyAndOtherRunsAreRefused()
    {
        using var folder = new TemporaryFolder();
        using var model = Model();
        TrainerOf(model, new CheckpointCallback(folder.Path, everySteps: 5, keepLast: 2))
            .Fit(Train, Validation, Epochs);
        var names = Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order();
        Assert.That(
            names,
            Is.EqualTo(
                new[]
                {
                    "best.safetensors",
                    "step-000000000035.safetensors",
                    "step-000000000036.safetensors",
                }
            )
        );

        var refused = TrainerOf(model).TryResume(folder.Path, Train, Samples(64, 3), Epochs);
        Assert.That(refused.Match(fault => fault.Describe(), _ => ""), Does.Contain("other data"));
        Assert.That(
            () => TrainerOf(model).Resume(folder.Path, Train, Validation, Epochs + 1),
            Throws.TypeOf<Core.VolatilityForgeException>().With.Message.Contains("other settings")
        );
        Assert.That(
            () => new CheckpointCallback("", keepLast: 0),
            Throws.TypeOf<Core.VolatilityForgeException>()
        );
    }

    [Test]
    public void ABatchThatIsNotFiniteIsSaved()
    {
        using var folder = new TemporaryFolder();
        using var model = Model();
        var listening = new AtStep(0, () => { });
        var broken = Samples(96, 1, first: 1e30f);
        var outcome = TrainerOf(model, new NotFiniteCallback(folder.Path), listening)
            .TryFit(broken, Validation, Epochs);
        Assert.That(outcome.IsLeft);
        Assert.That(listening.Told[0], Does.StartWith("not finite at"));
        var path = Directory.GetFiles(folder.Path).Single();
        var saved = Core.CheckpointModule.load(path).ResultValue;
        Assert.That(saved.Tensors.Select(tensor => tensor.Name), Does.Contain("samples"));
    }

    [Test]
    public void TheLearningRateOfEveryStepIsLogged()
    {
        using var model = Model();
        using var writer = new StringWriter { NewLine = "\n" };
        TrainerOf(model, new LearningRateLogCallback(writer)).Fit(Train, Validation, Epochs);
        var lines = writer.ToString().Trim().Split('\n');
        Assert.That(lines[0], Is.EqualTo("step,learning_rate"));
        Assert.That(lines, Has.Length.EqualTo(37));
        Assert.That(lines[1], Is.EqualTo("1,0.002"));
        Assert.That(lines[5], Is.EqualTo("5,0.01"));
    }

    [Test]
    public void AnExperimentGoesOnFromItsCheckpoints()
    {
        using var folder = new TemporaryFolder();
        var bars = SampleData.Simulated(700);
        var config = ExperimentConfig
            .Default(nFeatures: 5)
            .WithModels("log-har", "transformer")
            .WithHorizons(1)
            .WithRollingWindow(400)
            .WithSeeds(1)
            .Build();
        var expected = new ExperimentRunner(config).Run(bars);

        using var source = new CancellationTokenSource();
        Assert.That(
            () =>
                new ExperimentRunner(config, new AtStep(9, source.Cancel))
                {
                    Checkpoints = folder.Path,
                }.Run(bars, null, source.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
        // One network in training, beside the folder of finished units.
        Assert.That(
            Directory
                .GetDirectories(folder.Path)
                .Count(path => !Path.GetFileName(path).StartsWith("units-")),
            Is.EqualTo(1)
        );

        var listening = new AtStep(0, () => { });
        var resumed = new ExperimentRunner(config, listening) { Checkpoints = folder.Path }.Run(
            bars
        );
        Assert.That(listening.Told[0], Is.EqualTo("resumed at 9"));
        Assert.That(
            resumed.Rows.Select(row => row.Metrics.Qlike),
            Is.EqualTo(expected.Rows.Select(row => row.Metrics.Qlike))
        );
    }
}
