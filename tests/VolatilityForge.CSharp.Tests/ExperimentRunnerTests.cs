using System.IO;
using System.Linq;
using System.Text.Json;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class ExperimentRunnerTests
{
    private static readonly ExperimentConfig Config = ExperimentConfig
        .Default()
        .WithModels("ewma", "har", "log-har")
        .WithHorizons(1, 5)
        .WithRollingWindow(250)
        .Build();

    private static readonly BarSeries Bars = SampleData.Simulated(400);
    private static readonly ExperimentResult Result = new ExperimentRunner(Config).Run(Bars);

    [Test]
    public void TheTableHasARowPerModelAndHorizon()
    {
        Assert.That(
            Result.Rows.Select(row => (row.Model, row.Horizon)),
            Is.EqualTo(
                new[]
                {
                    ("ewma", 1),
                    ("har", 1),
                    ("log-har", 1),
                    ("ewma", 5),
                    ("har", 5),
                    ("log-har", 5),
                }
            )
        );
        Assert.That((Result.Symbol, Result.Baseline), Is.EqualTo(("SIM", "log-har")));
        Assert.That(Result.Config, Is.EqualTo(Config));
        Assert.That(Result.Training, Is.Empty);
    }

    [Test]
    public void ARowsLossesAreThoseOfItsTrack()
    {
        foreach (var (row, track) in Result.Rows.Zip(Result.Tracks))
        {
            var errors = track
                .ForecastDailyVariance.Zip(track.RealisedDailyVariance, (f, v) => (v - f) * (v - f))
                .ToArray();
            // Sums in another order differ by rounding.
            Assert.That(row.Mse, Is.EqualTo(errors.Average()).Within(1e-9).Percent);
            Assert.That(row.Rmse, Is.EqualTo(double.Sqrt(row.Mse)));
            Assert.That(row.Mae, Is.Positive);
            Assert.That(row.Qlike, Is.Positive);
            Assert.That(row.Metrics.Count, Is.EqualTo(track.Dates.Length));
            Assert.That(row.Metrics.Excluded, Is.Zero);
            Assert.That(row.NextDailyVariance, Is.EqualTo(track.NextDailyVariance));
            Assert.That((row.Clamped, row.Refits), Is.EqualTo((track.Clamped, track.Refits)));
            Assert.That(row.DmStatistic is null, Is.EqualTo(row.Model == "log-har"));
        }
    }

    [Test]
    public void BarsAndTheirHistoryGiveTheSame()
    {
        var fromHistory = new ExperimentRunner(Config).Run(VarianceHistory.FromBars(Bars));
        Assert.That(fromHistory.Rows, Is.EqualTo(Result.Rows));
    }

    [Test]
    public void ARowIsFoundOrTheFaultListsTheRows()
    {
        Assert.That(Result.Row("har", 5), Is.EqualTo(Result.Rows[4]));
        Assert.That(Raised.By(() => Result.Row("har", 7)).Describe(), Does.Contain("har at 5"));
    }

    [Test]
    public void ResultsAreSavedWholeAndNothingIsOverwrittenUnasked()
    {
        using var folder = new TemporaryFolder();
        var target = folder.File("out");
        Result.Save(target);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(target, "result.json")));
        Assert.That(json.RootElement.GetProperty("baseline").GetString(), Is.EqualTo("log-har"));
        Assert.That(
            File.ReadLines(Path.Combine(target, "forecasts.csv")).Count(),
            Is.EqualTo(1 + Result.Tracks.Sum(track => track.Dates.Length))
        );
        Assert.That(Raised.By(() => Result.Save(target)).IsBadFile, Is.True);
        Result.Save(target, replace: true);
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Has.Length.EqualTo(1));
        Assert.That(
            JsonDocument.Parse(Result.ToJson()).RootElement.TryGetProperty("results", out _),
            Is.True
        );
    }

    [Test]
    public void TooFewDaysAreAFault()
    {
        Assert.That(
            Raised.By(() => new ExperimentRunner(Config).Run(Bars[..100])).ExitCode(),
            Is.EqualTo(3)
        );
        Assert.That(new ExperimentRunner(Config).TryRun(Bars[..100]).IsLeft, Is.True);
    }

    [Test]
    public void EarlyStoppingSetsThePatience()
    {
        var runner = new ExperimentRunner(
            Config,
            new EarlyStoppingCallback(patience: 20),
            new EarlyStoppingCallback(patience: 2)
        );
        Assert.That(runner.Config, Is.EqualTo(Config.WithPatience(2)));
        Assert.That(new ExperimentRunner(Config).Config.Patience, Is.EqualTo(Config.Patience));
    }
}
