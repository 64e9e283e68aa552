using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using NUnit.Framework;
using TorchSharp;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class TrainerTests : TrainingFixture
{
    [Test]
    public void TrainingLearnsAndFinishes()
    {
        using var model = Model();
        var trainer = new Trainer(
            model,
            new AdamWOptions
            {
                LearningRate = 0.01,
                Schedule = new WarmupCosineSchedule { WarmupSteps = 5 },
            },
            criterion: "mse",
            device: "cpu",
            gradientClip: 1.0
        );
        trainer.RegisterCallback(new EarlyStoppingCallback(patience: 20));
        var state = trainer.Fit(Train, Validation, epochs: 15);
        Assert.That(state.Phase, Is.EqualTo(TrainingPhase.Finished));
        Assert.That(state.StopReason, Is.EqualTo(StopReason.Completed));
        Assert.That(state.Fault, Is.Null);
        Assert.That(state.BestValidationLoss, Is.LessThan(0.2 * state.History[0].ValidationLoss));
        Assert.That(
            state.History.Select(metrics => metrics.Epoch),
            Is.EqualTo(Enumerable.Range(0, 16))
        );
        Assert.That(
            state.History[state.BestEpoch].ValidationLoss,
            Is.EqualTo(state.BestValidationLoss)
        );
        Assert.That(state.Step, Is.EqualTo(15 * 4));
        Assert.That(state.Epoch, Is.EqualTo(15));
        Assert.That(state.EpochsSinceBest, Is.EqualTo(15 - state.BestEpoch));
        Assert.That(state.History[1].GradientNorm, Is.Positive);
        Assert.That(state.History[1].LearningRate, Is.Positive);
        Assert.That(state.History[1].TrainLoss, Is.Positive);
    }

    private static readonly object[] Numerics =
    [
        new object[]
        {
            new SgdOptions { LearningRate = 0.05, Nesterov = true },
        },
        new object[]
        {
            new AdamOptions { LearningRate = 0.02, WeightDecay = 0 },
        },
        new object[]
        {
            new AdamWOptions { LearningRate = 0.01, Schedule = new ConstantSchedule() },
        },
        new object[]
        {
            new AdamWOptions { LearningRate = 0.02, Schedule = new OneCycleSchedule() },
        },
        new object[]
        {
            new AdamWOptions { LearningRate = 0.01, Schedule = new PlateauSchedule() },
        },
        new object[]
        {
            new AdamWOptions
            {
                LearningRate = 0.01,
                Groups = [new("head.*", RateFactor: 2), new("*norm", WeightDecay: 0.01)],
            },
        },
    ];

    [TestCaseSource(nameof(Numerics))]
    public void EveryOptimiserAndScheduleLearns(OptimizerOptions options)
    {
        using var model = Model();
        var trainer = new Trainer(
            model,
            options,
            criterion: "mse",
            batchSize: 10,
            accumulation: 2,
            weightAverage: new WeightAverage { Decay = 0.8 }
        );
        var state = trainer.Fit(Train, Validation, epochs: 10);
        Assert.That(state.Step, Is.EqualTo(10 * 10), "two batches make a step");
        Assert.That(state.BestValidationLoss, Is.LessThan(0.5 * state.History[0].ValidationLoss));
    }

    [Test]
    public void TheScheduleSetsTheRate()
    {
        double LastRate(ScheduleOptions schedule)
        {
            using var model = Model();
            var options = new AdamWOptions { LearningRate = 0.01, Schedule = schedule };
            return new Trainer(model, options)
                .Fit(Train, Validation, epochs: 1)
                .History[^1]
                .LearningRate;
        }

        Assert.That(LastRate(new ConstantSchedule()), Is.EqualTo(0.01));
        Assert.That(LastRate(new PlateauSchedule()), Is.EqualTo(0.01));
        Assert.That(
            LastRate(
                new OneCycleSchedule
                {
                    StartDivisor = 4,
                    FinalDivisor = 5,
                    Linear = true,
                }
            ),
            Is.EqualTo(0.01 / 20).Within(1e-15)
        );
        Assert.That(
            LastRate(new WarmupCosineSchedule { WarmupSteps = 2, Floor = 0.002 }),
            Is.EqualTo(0.006).Within(1e-15),
            "half way down"
        );
    }

    [Test]
    public void SettingsAsTheDocumentationShowsThemTrain()
    {
        using var model = Model();
        var options = new SgdOptions
        {
            LearningRate = 0.05,
            Schedule = new OneCycleSchedule(),
            Groups = [new("head.*", RateFactor: 0.5)],
        };
        var trainer = new Trainer(
            model,
            options,
            accumulation: 2,
            weightAverage: new WeightAverage(),
            precision: "bfloat16"
        );
        Assert.That(
            trainer.Fit(Train, Validation, epochs: 1).StopReason,
            Is.EqualTo(StopReason.Completed)
        );
    }

    [Test]
    public void APrecisionIsChosenByName()
    {
        using var model = Model();
        Assert.That(
            Raised.By(() => _ = new Trainer(model, precision: "half")).IsUnknownName,
            Is.True
        );
        new Trainer(model, precision: "bfloat16").Fit(Train, Validation, epochs: 1);
        var engine = Core.PrecisionModule.check(Core.Precision.Float16, torch.CPU);
        if (engine.IsError)
            Assert.That(
                Raised.By(() => _ = new Trainer(model, precision: "float16")),
                Is.EqualTo(engine.ErrorValue)
            );
        else
            new Trainer(model, precision: "float16").Fit(Train, Validation, epochs: 1);
    }

    [Test]
    public void AGroupThatNamesNothingIsAFault()
    {
        using var model = Model();
        var options = new AdamWOptions { Groups = [new("heads.*")] };
        Assert.That(
            Raised
                .By(() => new Trainer(model, options).Fit(Train, Validation, epochs: 1))
                .Describe(),
            Does.Contain("heads.*")
        );
    }

    private static float[] TrainedBits(bool mixedPrecision)
    {
        using var model = Model();
        new Trainer(model, mixedPrecision: mixedPrecision, seed: 9).Fit(
            Train,
            Validation,
            epochs: 2
        );
        return [.. model.Parameters.SelectMany(parameter => Core.Ops.toArray(parameter.Value))];
    }

    [Test]
    public void TheSameSeedGivesTheSameBits()
    {
        var bits = TrainedBits(mixedPrecision: false);
        Assert.That(TrainedBits(mixedPrecision: false), Is.EqualTo(bits));
        Assert.That(TrainedBits(mixedPrecision: true), Is.Not.EqualTo(bits));
    }

    [Test]
    public void TrainingThatNeverImprovesStopsEarlyAndKeepsTheUntrainedWeights()
    {
        using var model = Model();
        var untrained = model.Parameters.SelectMany(p => Core.Ops.toArray(p.Value)).ToArray();
        var flipped = new SampleSet(new float[50, 3, 2], new float[50]);
        var state = new Trainer(model, criterion: "mse")
            .RegisterCallback(new EarlyStoppingCallback(patience: 2))
            .Fit(Train, flipped, epochs: 50);
        Assert.That(state.StopReason, Is.EqualTo(StopReason.EarlyStopped));
        Assert.That((state.Epoch, state.BestEpoch), Is.EqualTo((2, 0)));
        Assert.That(
            model.Parameters.SelectMany(p => Core.Ops.toArray(p.Value)),
            Is.EqualTo(untrained)
        );
    }

    /// <summary>A straight line over the last step, written in C#.</summary>
    private sealed class Line : IDifferentiable, IDisposable
    {
        private readonly torch.Tensor weight = torch.zeros(2, 1);

        public IReadOnlyList<Parameter> Parameters => [new("weight", weight, true)];

        public torch.Tensor Forward(torch.Tensor input, torch.Generator? generator = null) =>
            input.select(1, -1).matmul(weight).squeeze(-1);

        public void Dispose() => weight.Dispose();
    }

    [Test]
    public void ANetworkWrittenInCSharpIsTrained()
    {
        using var line = new Line();
        var options = new AdamWOptions
        {
            LearningRate = 0.05,
            Schedule = new WarmupCosineSchedule { WarmupSteps = 0 },
            WeightDecay = 0,
        };
        new Trainer(line, options, criterion: "mse").Fit(Train, Validation, epochs: 30);
        // The samples' line has slopes of one; their noise moves them by a few hundredths.
        Assert.That(Core.Ops.toArray(line.Parameters[0].Value), Is.All.EqualTo(1).Within(0.1));
        Assert.That(
            Raised.By(() => _ = new Trainer(line, mixedPrecision: true)).Describe(),
            Does.Contain("precision")
        );
    }

    [Test]
    public void SettingsOutsideTheirDomainAreFaults()
    {
        using var model = Model();
        Assert.That(
            Raised.By(() => _ = new Trainer(model, criterion: "qlik")).IsUnknownName,
            Is.True
        );
        Assert.That(Raised.By(() => _ = new Trainer(model, device: "tpu")).IsBadSetting, Is.True);
        Assert.That(
            Raised
                .By(() =>
                    _ = new Trainer(
                        model,
                        new AdamWOptions { LearningRate = 0, WeightDecay = -1 },
                        gradientClip: 0
                    )
                )
                .Flatten(),
            Has.Count.EqualTo(3)
        );
        Assert.That(
            Raised.By(() => new Trainer(model).Fit(Train, Validation, epochs: 0)).Describe(),
            Does.Contain("epochs")
        );
    }

    [Test]
    public void TrainingLeavesNoTensorBehind()
    {
        using var model = Model();
        var trainer = new Trainer(model);
        var before = Core.Scope.liveCount();
        trainer.Fit(Train, Validation, epochs: 1);
        Assert.That(Core.Scope.liveCount(), Is.EqualTo(before));
    }
}
