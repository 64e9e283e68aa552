using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

/// <summary>Panels from C#: a run, its table, the next forecasts.</summary>
public sealed class PanelTests
{
    internal static VarianceHistory History(string symbol, int seed, int count = 700)
    {
        var random = new Random(seed);
        var level = 0.0;
        var days = Enumerable
            .Range(0, count)
            .Select(day => new DateOnly(2015, 1, 1).AddDays(day))
            .Where(day => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
            .ToArray();
        var variance = days.Select(_ =>
            {
                level = 0.95 * level + 0.3 * (random.NextDouble() - 0.5);
                return Math.Exp(-9 + level + 0.5 * (random.NextDouble() - 0.5));
            })
            .ToArray();
        return VarianceHistory.FromColumns(symbol, days, variance);
    }

    private static readonly VarianceHistory[] Histories =
    [
        History("A", 1),
        History("B", 2),
        History("C", 3),
    ];

    private static PanelRunner Runner() =>
        new(
            new PanelSettings
            {
                Models = ["log-har", "eb-log"],
                Horizons = [1, 5],
                WarmUp = 300,
                Lead = "A",
            }
        );

    [Test]
    public void ARunHasARowPerModelAndHorizonAndTracksOfEverySymbol()
    {
        var result = Runner().Run(Histories);
        Assert.That(result.Rows, Has.Count.EqualTo(4));
        Assert.That(result.Rows.All(row => row.Symbols == 3 && row.Qlike > 0));
        Assert.That(result.Tracks, Has.Count.EqualTo(12));
        Assert.That(
            result.BySymbol.Select(part => part.Part).Distinct(),
            Is.EqualTo(new[] { "A", "B", "C" })
        );
    }

    [Test]
    public void TheNextForecastsLieInsideTheirIntervals()
    {
        var rows = Runner().Forecast(Histories);
        Assert.That(rows, Has.Count.EqualTo(12));
        Assert.That(
            rows.All(row =>
                row.Interval.Lower < row.DailyVariance && row.DailyVariance < row.Interval.Upper
            )
        );
    }

    [Test]
    public void AMeasureIsReadAndTakenOutAsABlock()
    {
        VarianceHistory[] measured =
        [
            .. Histories.Select(history =>
                VarianceHistory.FromColumns(
                    history.Symbol,
                    [.. history.Dates],
                    [.. history.DailyVariance],
                    measures: new Dictionary<string, double[]>
                    {
                        ["flow"] = [.. history.Dates.Select(date => 1.0 + date.Day)],
                    }
                )
            ),
        ];
        var settings = new PanelSettings
        {
            Models = ["eb-log-full", "eb-log-full-without-flow"],
            Baseline = "eb-log-full",
            Horizons = [1],
            WarmUp = 300,
            Measures = ["flow:log"],
        };
        var with = new PanelRunner(settings).Run(measured);
        var without = new PanelRunner(
            settings with
            {
                Models = ["eb-log-full"],
                Measures = [],
            }
        ).Run(measured);
        Assert.That(
            with.Tracks[1].ForecastDailyVariance,
            Is.EqualTo(without.Tracks[0].ForecastDailyVariance)
        );
        Assert.That(
            with.Tracks[0].ForecastDailyVariance,
            Is.Not.EqualTo(without.Tracks[0].ForecastDailyVariance)
        );
    }

    [Test]
    public void ShardsJoinToTheRunAndTellItsFits()
    {
        using var folder = new TemporaryFolder();
        var paths = Enumerable
            .Range(1, 2)
            .Select(number => Path.Combine(folder.Path, $"part{number}"))
            .ToArray();
        foreach (var (index, path) in paths.Index())
            Runner().RunShard(Histories, index + 1, 2, path);
        var joined = PanelRunner.Merge(paths);
        var whole = Runner().Run(Histories);
        Assert.That(joined.Rows, Is.EqualTo(whole.Rows));
        Assert.That(joined.ByRefit, Is.EqualTo(whole.ByRefit));
        Assert.That(
            whole.ByRefit.Sum(part => part.Forecasts),
            Is.EqualTo(whole.Tracks.Sum(track => track.ForecastDailyVariance.Length))
        );
        Assert.Throws<Core.VolatilityForgeException>(() => PanelRunner.Merge(paths[1..]));
    }

    [Test]
    public void AnUnknownModelIsAFaultThatListsTheKnownOnes()
    {
        var runner = new PanelRunner(
            new PanelSettings { Models = ["eb-lgo"], Baseline = "eb-lgo" }
        );
        var fault = runner.TryRun(Histories);
        Assert.That(fault.Match(left => left is Core.Fault.UnknownName, _ => false), Is.True);
        Assert.That(PanelSettings.KnownModels, Does.Contain("panel").And.Contains("panel-mlp"));
    }
}
