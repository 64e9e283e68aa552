using System;
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
