using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Threading;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class CallbackTests : TrainingFixture
{
    private sealed class Recorder : ICallback
    {
        public List<string> Told { get; } = [];

        public List<TrainingPhase> Phases { get; } = [];

        private void Tell(string what, TrainingState state)
        {
            Told.Add(what);
            Phases.Add(state.Phase);
        }

        public void OnTrainBegin(TrainingState state) => Tell("train begins", state);

        public void OnTrainEnd(TrainingState state) => Tell("train ends", state);

        public void OnEpochBegin(int epoch, TrainingState state) =>
            Tell($"epoch {epoch} begins", state);

        public void OnEpochEnd(int epoch, TrainingMetrics metrics, TrainingState state) =>
            Tell($"epoch {metrics.Epoch} ends", state);

        public void OnBatchEnd(int step, double loss, TrainingState state) =>
            Tell($"step {step}", state);

        public void OnValidationBegin(TrainingState state) => Tell("validation begins", state);

        public void OnValidationEnd(double loss, TrainingState state) =>
            Tell("validation ends", state);
    }

    private sealed class OnStep(int wanted, Action act) : ICallback
    {
        public void OnBatchEnd(int step, double loss, TrainingState state)
        {
            if (step == wanted)
                act();
        }
    }

    private sealed class Shares : IProgress<double>
    {
        public List<double> Seen { get; } = [];

        public void Report(double value) => Seen.Add(value);
    }

    [Test]
    public void CallbacksAreToldInOrder()
    {
        using var model = Model();
        var recorder = new Recorder();
        new Trainer(model, batchSize: 100)
            .RegisterCallback(recorder)
            .Fit(Train, Validation, epochs: 2);
        Assert.That(
            recorder.Told,
            Is.EqualTo(
                new[]
                {
                    "train begins",
                    "validation begins",
                    "validation ends",
                    "epoch 1 begins",
                    "step 1",
                    "step 2",
                    "validation begins",
                    "validation ends",
                    "epoch 1 ends",
                    "epoch 2 begins",
                    "step 3",
                    "step 4",
                    "validation begins",
                    "validation ends",
                    "epoch 2 ends",
                    "train ends",
                }
            )
        );
        Assert.That(recorder.Phases[^1], Is.EqualTo(TrainingPhase.Finished));
        Assert.That(recorder.Phases[4], Is.EqualTo(TrainingPhase.Training));
        Assert.That(recorder.Phases[0], Is.EqualTo(TrainingPhase.Validating));
    }

    [Test]
    public void ACallbackThatThrowsEndsTrainingWithItsMessage()
    {
        using var model = Model();
        var recorder = new Recorder();
        var trainer = new Trainer(model, batchSize: 100)
            .RegisterCallback(new OnStep(3, () => throw new FormatException("the disk is full")))
            .RegisterCallback(recorder);
        Assert.That(
            Raised.By(() => trainer.Fit(Train, Validation, epochs: 5)).Describe(),
            Does.Contain("the disk is full")
        );
        Assert.That(recorder.Told[^1], Is.EqualTo("train ends"));
        Assert.That(recorder.Told, Has.No.Member("step 4"));
        Assert.That(trainer.TryFit(Train, Validation, epochs: 5).IsLeft, Is.True);
    }

    [Test]
    public void ACancelledRunSaysSo()
    {
        using var model = Model();
        using var source = new CancellationTokenSource();
        var state = new Trainer(model, batchSize: 50)
            .RegisterCallback(new OnStep(2, source.Cancel))
            .Fit(Train, Validation, epochs: 5, source.Token);
        Assert.That(state.StopReason, Is.EqualTo(StopReason.Cancelled));
        Assert.That(state.Step, Is.EqualTo(2));
    }

    [Test]
    public void HistoriesAreWritten()
    {
        using var model = Model();
        var (csv, json, shares) = (new StringWriter(), new StringWriter(), new Shares());
        var state = new Trainer(model)
            .RegisterCallback(new CsvHistoryCallback(csv))
            .RegisterCallback(new JsonLinesHistoryCallback(json))
            .RegisterCallback(new ProgressCallback(4, shares))
            .Fit(Train, Validation, epochs: 4);
        var lines = csv.ToString()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.That(
            lines[0],
            Is.EqualTo("epoch,train_loss,validation_loss,learning_rate,gradient_norm")
        );
        Assert.That(lines, Has.Length.EqualTo(5));
        Assert.That(
            double.Parse(lines[2].Split(',')[2]),
            Is.EqualTo(state.History[2].ValidationLoss)
        );
        var objects = json.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(objects, Has.Length.EqualTo(4));
        Assert.That(
            JsonDocument.Parse(objects[3]).RootElement.GetProperty("train_loss").GetDouble(),
            Is.EqualTo(state.History[4].TrainLoss)
        );
        Assert.That(shares.Seen, Is.EqualTo(new[] { 0.25, 0.5, 0.75, 1, 1 }));
    }
}
