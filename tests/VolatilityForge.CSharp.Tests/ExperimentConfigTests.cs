using System.Linq;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class ExperimentConfigTests
{
    [Test]
    public void TheBuilderBuildsWhatItWasTold()
    {
        var config = ExperimentConfig
            .Default(nFeatures: 50)
            .WithModel("transformer")
            .WithBatchSize(512)
            .WithMixedPrecision(true)
            .Build();
        Assert.That(config.Features, Is.EqualTo(50));
        Assert.That(config.Models, Is.EqualTo(new[] { "log-har", "transformer" }));
        Assert.That(config.BatchSize, Is.EqualTo(512));
        Assert.That(config.MixedPrecision, Is.True);
    }

    private static ExperimentConfig Everything() =>
        ExperimentConfig
            .Default(nFeatures: 7)
            .WithModels("har", "ewma", "transformer")
            .WithBaseline("har")
            .WithHorizons(1, 10)
            .WithMeasure("parkinson")
            .WithExpandingWindow(600)
            .WithEwmaDecay(0.9)
            .WithTransformer(
                new TransformerConfig
                {
                    Dim = 24,
                    Depth = 3,
                    Heads = 6,
                    KvHeads = 3,
                    FfnDimMultiplier = 0.5,
                    NormEps = 1e-5,
                    MaxSequenceLength = 64,
                    Dropout = 0.25,
                    Pooling = "last",
                    Causal = true,
                    AttentionPath = "flash",
                    Checkpointing = true,
                }
            )
            .WithSequenceLength(11)
            .WithSeeds(4, 5)
            .WithGain(0.75)
            .WithRefitEvery(100)
            .WithEpochs(9)
            .WithPatience(2)
            .WithLearningRate(0.01)
            .WithWeightDecay(0.2)
            .WithGradientClip(2)
            .WithObjective("huber")
            .WithOptimiser("sgd")
            .WithSchedule("plateau")
            .WithAccumulation(2)
            .WithEmaDecay(0.9)
            .WithPrecision("bfloat16");

    [Test]
    public void EveryStepIsReadBack()
    {
        var config = Everything().Build();
        Assert.That(config.Baseline, Is.EqualTo("har"));
        Assert.That(config.Horizons, Is.EqualTo(new[] { 1, 10 }));
        Assert.That(config.Measure, Is.EqualTo("parkinson"));
        Assert.That((config.ExpandingWindow, config.WindowLabels), Is.EqualTo((true, 600)));
        Assert.That(config.EwmaDecay, Is.EqualTo(0.9));
        Assert.That(config.Transformer.Pooling, Is.EqualTo("last"));
        Assert.That(
            config.Transformer with
            {
                Pooling = "mean",
            },
            Is.Not.EqualTo(config.Transformer)
        );
        Assert.That(config.SequenceLength, Is.EqualTo(11));
        Assert.That(config.Seeds, Is.EqualTo(new long[] { 4, 5 }));
        Assert.That(config.Gain, Is.EqualTo(0.75));
        Assert.That((config.RefitEvery, config.Epochs, config.Patience), Is.EqualTo((100, 9, 2)));
        Assert.That(
            (config.LearningRate, config.WeightDecay, config.GradientClip),
            Is.EqualTo((0.01, 0.2, 2.0))
        );
        Assert.That((config.Objective, config.Device), Is.EqualTo(("huber", "cpu")));
        Assert.That((config.Optimiser, config.Schedule), Is.EqualTo(("sgd", "plateau")));
        Assert.That((config.Accumulation, config.EmaDecay), Is.EqualTo((2, 0.9)));
        Assert.That((config.Precision, config.MixedPrecision), Is.EqualTo(("bfloat16", true)));
        Assert.That(config.WithMixedPrecision(false).Precision, Is.EqualTo("float32"));
        Assert.That(config.WithRollingWindow(5).ExpandingWindow, Is.False);
        Assert.That(config.WithDevice("cuda").Device, Is.EqualTo("cuda"));
    }

    [Test]
    public void TheDataChooseTheBaselines()
    {
        var history = VarianceHistory.FromBars(SampleData.Simulated(420));
        var config = ExperimentConfig.Default().WithRollingWindow(300).WithHorizons(1);
        var chosen = config.WithBaselines(history).Build();
        var baselines = Baselines.Of(config, history);
        Assert.That(chosen.Models, Is.EqualTo(baselines.Models));
        Assert.That(chosen.Models, Is.SupersetOf(new[] { "log-har-leverage", "gjr", "heavy" }));
        Assert.That(baselines.LeftOut["harq"], Is.EqualTo(new[] { "quarticity" }));
        Assert.That(baselines.LeftOut.Keys.Intersect(chosen.Models), Is.Empty);
    }

    [Test]
    public void AStepLeavesTheConfigBeforeItAlone()
    {
        var before = ExperimentConfig.Default();
        _ = before.WithEpochs(99);
        Assert.That(before, Is.EqualTo(ExperimentConfig.Default()));
        Assert.That(before.WithEpochs(99), Is.Not.EqualTo(before));
    }

    [Test]
    public void AllFaultsAreReportedAtOnce()
    {
        var broken = ExperimentConfig
            .Default(nFeatures: 0)
            .WithModels("log-har", "transfomer")
            .WithHorizons(0)
            .WithBatchSize(-1)
            .WithObjective("qlik");
        var faults = Raised
            .By(() => broken.Build())
            .Flatten()
            .Select(fault => fault.Describe())
            .ToArray();
        foreach (var part in new[] { "features", "transfomer", "horizons", "batch size", "qlik" })
            Assert.That(faults, Has.Some.Contains(part));
        Assert.That(
            broken.TryBuild().Match(fault => fault.Flatten().Count, _ => 0),
            Is.EqualTo(faults.Length)
        );
    }

    [Test]
    public void JsonRoundTripIsTheIdentity()
    {
        var config = Everything().WithMixedPrecision(true).WithBatchSize(32);
        Assert.That(ExperimentConfig.FromJson(config.ToJson()), Is.EqualTo(config));
    }

    [TestCase("""{ "epoch": 3 }""", "Did you mean 'epochs'?")]
    [TestCase("""{ "epochs": "three" }""", "epochs: has the wrong type")]
    [TestCase("epochs = 3", "must be JSON")]
    public void AWrongJsonTextIsAFault(string json, string message)
    {
        Assert.That(
            Raised.By(() => ExperimentConfig.FromJson(json)).Describe(),
            Does.Contain(message)
        );
        Assert.That(ExperimentConfig.TryFromJson(json).IsLeft, Is.True);
    }
}
