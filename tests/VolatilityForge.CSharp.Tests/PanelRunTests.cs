using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class PanelRunTests
{
    private static readonly ExperimentConfig Config = ExperimentConfig
        .Default()
        .WithModels("har", "log-har", "gjr")
        .WithHorizons(1, 5)
        .WithRollingWindow(300)
        .WithIntervals(0.8)
        .WithVarLevels(0.05)
        .Build();

    private static VarianceHistory Renamed(string symbol, VarianceHistory history, int from) =>
        VarianceHistory.FromColumns(
            symbol,
            [.. history.Dates.Skip(from)],
            [.. history.DailyVariance.Skip(from)],
            [.. history.Returns.Skip(from)]
        );

    private static readonly IReadOnlyList<VarianceHistory> Histories =
    [
        Renamed("A", VarianceHistory.FromBars(SampleData.Simulated(700), "garman-klass"), 0),
        Renamed("B", VarianceHistory.FromBars(SampleData.Simulated(650), "garman-klass"), 100),
    ];

    [Test]
    public void ShardsOfAPanelJoinToTheRunAndItsFiles()
    {
        using var folder = new TemporaryFolder();
        var runner = new ExperimentRunner(Config) { Threads = 3 };
        var whole = runner.RunPanel(Histories);
        var paths = Enumerable
            .Range(1, 3)
            .Select(number => Path.Combine(folder.Path, $"part{number}"))
            .ToArray();
        foreach (var (number, path) in paths.Index())
            runner.RunShard(Histories, number + 1, 3, path);
        var joined = Shards.Merge(paths);
        Shards.Save(whole, Path.Combine(folder.Path, "whole"));
        Shards.Save(joined, Path.Combine(folder.Path, "joined"));
        foreach (var file in Directory.GetFiles(Path.Combine(folder.Path, "whole")))
            Assert.That(
                File.ReadAllBytes(Path.Combine(folder.Path, "joined", Path.GetFileName(file))),
                Is.EqualTo(File.ReadAllBytes(file)),
                file
            );
        var missing = Assert.Throws<Core.VolatilityForgeException>(() => Shards.Merge(paths[1..]));
        Assert.That(missing!.Message, Does.Contain("1/3"));

        var pooled = Shards.Pool(joined);
        Assert.That(pooled, Has.Count.EqualTo(6));
        foreach (var row in pooled)
        {
            var own = joined.Select(result => result.Row(row.Model, row.Horizon).Qlike).ToArray();
            var baseline = joined
                .Select(result => result.Row("log-har", row.Horizon).Qlike)
                .ToArray();
            Assert.That(row.Qlike, Is.EqualTo(own.Average()).Within(1e-12));
            Assert.That(
                row.QlikeRatio,
                Is.EqualTo(own.Average() / baseline.Average()).Within(1e-12)
            );
            Assert.That(row.Wins, Is.EqualTo(own.Zip(baseline, (a, b) => a < b).Count(won => won)));
            Assert.That(
                (row.Symbols, row.DmPValue is null),
                Is.EqualTo((2, row.Model == "log-har"))
            );
        }
        Assert.That(
            pooled.GroupBy(row => row.Horizon).Select(group => group.Sum(row => row.Best)),
            Is.All.EqualTo(2)
        );
        Assert.That(Shards.Pool([joined[0]]), Is.Empty);
    }

    [Test]
    public void ARunTellsCoefficientsNewsImpactIntervalsAndQuantiles()
    {
        using var folder = new TemporaryFolder();
        var result = new ExperimentRunner(Config).Run(Histories[0]);
        Assert.That(
            result.Parameters.Select(path => path.Model),
            Is.EqualTo(["har", "log-har", "gjr", "har", "log-har", "gjr"])
        );
        var path = result.Parameters[2];
        Assert.That(path.Names, Is.EqualTo(["mu", "omega", "alpha[1]", "gamma[1]", "beta[1]"]));
        Assert.That(path.Values, Has.Count.EqualTo(path.Dates.Length));
        Assert.That(path.Values, Has.All.Length.EqualTo(5));

        var news = result.NewsImpact[0];
        Assert.That(
            (news.Model, news.Shocks.Length),
            Is.EqualTo(("gjr", news.DailyVariance.Length))
        );
        // Of GJR: the last fit's rise from calm to a fall of three volatilities over that to a rise of three.
        var (alpha, gamma) = (path.Values[^1][2], path.Values[^1][3]);
        var rise = news.DailyVariance[^1] - news.DailyVariance[30];
        var fall = news.DailyVariance[0] - news.DailyVariance[30];
        Assert.That(alpha * fall, Is.EqualTo((alpha + gamma) * rise).Within(1e-12));

        Assert.That(result.Risk, Has.Count.EqualTo(6));
        var risk = result.Risk[1];
        Assert.That(risk.Intervals, Has.Count.EqualTo(result.Tracks[1].Dates.Length));
        Assert.That(risk.Tails.Single().Level, Is.EqualTo(0.05));
        Assert.That(
            risk.Tails.Single().NextExpectedShortfall,
            Is.LessThan(risk.Tails.Single().NextValueAtRisk)
        );

        var target = Path.Combine(folder.Path, "out");
        result.Save(target);
        var next = TrainedModels
            .Load(Path.Combine(target, "checkpoint.safetensors"))
            .Forecast(Histories[0]);
        foreach (var (row, track) in next.Zip(result.Risk).Where(pair => pair.First.Model != "gjr"))
            Assert.That(row.Interval, Is.EqualTo(track.NextInterval));
        // The walk-forward refits GJR every 22 days, a forecast fits it on the last window.
        foreach (
            var (row, track) in next.Zip(result.Tracks).Where(pair => pair.First.Model != "gjr")
        )
            Assert.That(row.DailyVariance, Is.EqualTo(track.NextDailyVariance));
        Assert.That(next.Select(row => row.Interval), Has.All.Not.Null);
    }

    [Test]
    public void MeasuresAreReadFromFiles()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "measures.csv");
        File.WriteAllLines(
            path,
            Enumerable
                .Range(0, 40)
                .Select(day =>
                    $"{new DateOnly(2001, 1, 1).AddDays(day):yyyy-MM-dd},{(day == 5 ? 0 : 1 + day % 3)},{day % 5},{day}"
                )
                .Prepend("date,rk,r,other")
        );
        var options = new MeasureFileOptions
        {
            Variance = "rk",
            Return = "r",
            Measures = new Dictionary<string, string> { ["quarticity"] = "other" },
        };
        var history = MarketData.LoadMeasures(path, options).Single();
        Assert.That((history.Length, history.Symbol), Is.EqualTo((39, "measures")));
        Assert.That(history.DailyVariance.Take(3), Is.EqualTo([1.0, 2.0, 3.0]));
        Assert.That(history.Returns[5], Is.EqualTo(1.0));
        Assert.That(history.Measure("quarticity")[5], Is.EqualTo(6.0));
        var floored = MarketData.LoadMeasures(path, options with { FloorMissing = true }).Single();
        Assert.That((floored.Length, floored.Scored[5]), Is.EqualTo((40, false)));
        Assert.That(
            MarketData
                .TryLoadMeasures(path, options with { Variance = "x" })
                .Match(fault => fault.Describe(), _ => ""),
            Does.Contain("rk")
        );
    }
}
