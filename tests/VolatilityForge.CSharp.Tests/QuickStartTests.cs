using System;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class QuickStartTests : EngineFixture
{
    private static readonly BarSeries Bars = MarketData.LoadBars(SampleData.Sp500Path).Single()[
        ..900
    ];

    private static ExperimentConfig Config(int nFeatures) =>
        ExperimentConfig
            .Default(nFeatures)
            .WithModels("log-har", "transformer")
            .WithHorizons(1)
            .WithRollingWindow(800)
            .WithSeeds(1)
            .WithEpochs(2)
            .WithRefitEvery(1000)
            .Build();

    private static (SampleSet Train, SampleSet Validation, SampleSet Test) Split()
    {
        var variance = Measures.DailyVariance(Bars, "garman-klass").DailyVariance;
        SampleSet Of(int first, int count)
        {
            var features = new float[count, 10, 1];
            for (var sample = 0; sample < count; sample++)
            for (var step = 0; step < 10; step++)
                features[sample, step, 0] = (float)Math.Log(variance[first + sample - 9 + step]);
            return new(
                features,
                [.. Enumerable.Range(first + 1, count).Select(day => (float)variance[day])]
            );
        }
        return (Of(10, 600), Of(610, 140), Of(750, 140));
    }

    [Test]
    public void BarsAreWalkedForward()
    {
        var callbacks = new StringWriter();
        var results = new ExperimentRunner(Config(5), new CsvHistoryCallback(callbacks)).Run(Bars);
        Assert.That(
            results.Rows.Select(row => row.Model),
            Is.EqualTo(new[] { "log-har", "transformer" })
        );
        var transformer = results.Row("transformer", 1);
        Assert.That(transformer.QlikeRatio, Is.InRange(0.8, 1.2));
        Assert.That(transformer.NextDailyVariance, Is.InRange(1e-6, 1e-2));
        Assert.That(transformer.DmPValue, Is.InRange(0.0, 1.0));
        var run = results.Training.Single();
        Assert.That((run.Model, run.Horizon, run.Seed), Is.EqualTo(("transformer", 1, 1L)));
        Assert.That(run.FittedOn, Is.LessThan(Bars.Dates[^1]));
        Assert.That(run.State.History, Has.Count.EqualTo(3));
        Assert.That(
            callbacks.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries),
            Has.Length.EqualTo(3)
        );

        using var folder = new TemporaryFolder();
        results.Save(folder.File("out"));
        var trained = TrainedModels.Load(
            Path.Combine(folder.File("out"), "checkpoint.safetensors")
        );
        Assert.That(trained.Config, Is.EqualTo(results.Config));
        var next = trained.Forecast(Bars);
        Assert.That(
            next.Select(row => (row.Model, row.Horizon)),
            Is.EqualTo(new[] { ("log-har", 1), ("transformer", 1) })
        );
        Assert.That(next.Select(row => row.Origin), Is.All.EqualTo(Bars.Dates[^1]));
        Assert.That(
            next[1].DailyVariance,
            Is.EqualTo(transformer.NextDailyVariance),
            "no day was refitted since"
        );
        Assert.That(trained.TryForecast(Bars[..300]).IsLeft, Is.True);
    }

    [Test]
    public void ANetworkIsAForecasterLikeAnyOther()
    {
        var history = VarianceHistory.FromBars(Bars);
        var model = Forecasters.Create("transformer", Config(5));
        var fitted = (IUpdatableForecaster)model.Fit(history, new Window(30, 849), 1);
        var renewed = fitted.Update(history, new Window(80, 898));
        Assert.That(fitted.ForecastDailyVariance(history, 899), Is.Positive);
        Assert.That(
            renewed.ForecastDailyVariance(history, 899),
            Is.Not.EqualTo(fitted.ForecastDailyVariance(history, 899)),
            "the base is fitted anew"
        );
    }

    [Test]
    public void ADamagedCheckpointIsAFault()
    {
        using var folder = new TemporaryFolder();
        var fault = Raised.By(() =>
            TrainedModels.Load(folder.Written("x.safetensors", "nonsense"))
        );
        Assert.That(fault.IsBadFile, Is.True);
        Assert.That(TrainedModels.TryLoad(folder.File("none")).IsLeft, Is.True);
    }

    [Test]
    public void TheFacadesResultIsTheCoresToTheLastBit()
    {
        var facade = new ExperimentRunner(Config(5)).Run(Bars);
        var config = Core
            .ExperimentConfig.Default(5)
            .WithModels("log-har", "transformer")
            .WithHorizons(1)
            .WithRollingWindow(800)
            .WithSeeds(1)
            .WithEpochs(2)
            .WithRefitEvery(1000);
        var ingested = Core.FaultModule.orRaise(
            Core.Ingest.bars(Core.Ingest.defaults, SampleData.Sp500Path)
        );
        var core = Core.FaultModule.orRaise(
            Core.Experiment.runBars(
                config,
                Core.Experiment.unmonitored,
                Core.BarsModule.slice(0, 899, ingested.Panel.Single())
            )
        );
        foreach (var (expected, found) in core.Tracks.Zip(facade.Tracks))
            Assert.That(found.ForecastDailyVariance, Is.EqualTo(expected.Forecast));
    }

    [Test]
    public void SamplesAreTrainedValidatedAndTested()
    {
        var config = Config(nFeatures: 1).WithEpochs(12).WithSeeds(1, 2);
        var (train, validation, test) = Split();
        var results = new ExperimentRunner(config).Run(train, validation, test);
        Assert.That(results.TestMetrics.Rmse, Is.Positive);
        Assert.That(results.TestMetrics.Qlike, Is.LessThan(results.BaselineMetrics.Qlike));
        Assert.That(results.TestMetrics.Count, Is.EqualTo(140));
        Assert.That(results.ForecastDailyVariance, Has.Length.EqualTo(140));
        Assert.That(results.Training.Select(run => run.Seed), Is.EqualTo(new long[] { 1, 2 }));
        Assert.That(results.Training[0].Model, Is.Null);
        Assert.That(results.Config, Is.EqualTo(config));
    }

    [Test]
    public void SamplesOfAnotherWidthAreAFault()
    {
        var (train, validation, test) = Split();
        Assert.That(
            Raised
                .By(() => new ExperimentRunner(Config(nFeatures: 3)).Run(train, validation, test))
                .Describe(),
            Does.Contain("features must be 3; it is 1")
        );
    }

    [Test]
    public void TrainingOnSamplesIsCancelled()
    {
        var (train, validation, test) = Split();
        using var source = new CancellationTokenSource();
        source.Cancel();
        var runner = new ExperimentRunner(Config(nFeatures: 1));
        Assert.That(
            () => runner.Run(train, validation, test, source.Token),
            Throws.TypeOf<OperationCanceledException>()
        );
        Assert.That(
            runner
                .TryRun(train, validation, test, source.Token)
                .Match(fault => fault.IsCancelled, _ => false),
            Is.True
        );
    }
}
