using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class EvaluationTests
{
    private static readonly double[] Wave =
    [
        .. Enumerable.Range(0, 120).Select(day => 1.5 + Math.Sin(day * day)),
    ];

    private static readonly double[] Better =
    [
        .. Wave.Select((loss, day) => loss - 0.3 - 0.2 * Math.Cos(3 * day)),
    ];

    private static readonly Dictionary<string, double[]> Losses = new()
    {
        ["wave"] = Wave,
        ["better"] = Better,
    };

    [Test]
    public void TestsOfTwoForecastsAreTheCores()
    {
        var core = Core.Compare.dieboldMariano(Core.HacLag.Automatic, 5, Better, Wave).ResultValue;
        var found = ForecastTests.DieboldMariano(Better, Wave, 5);
        Assert.Multiple(() =>
        {
            Assert.That(found.Statistic, Is.EqualTo(core.Statistic));
            Assert.That(found.PValue, Is.EqualTo(core.PValue));
            Assert.That(
                ForecastTests.GiacominiWhite(Better, Wave).PValue,
                Is.EqualTo(
                    Core.ConditionalCompare.giacominiWhite(1, Better, Wave).ResultValue.Test.PValue
                )
            );
            Assert.That(
                ForecastTests
                    .MincerZarnowitz(Wave, Wave.Select(v => 2 * v + Better[0] * Math.Sin(v)))
                    .Slope,
                Is.GreaterThan(1)
            );
            Assert.That(ForecastTests.Encompassing(Wave, Better).Weight, Is.Not.Zero);
        });
    }

    [Test]
    public void ComparisonsOfManyModelsSayWhichIsBetter()
    {
        var bootstrap = new BootstrapOptions { Draws = 300, Block = 5 };
        var set = ModelComparison.ConfidenceSet(Losses, bootstrap: bootstrap);
        var pairs = ModelComparison.ConfidenceSet(Losses, byPairs: true, bootstrap: bootstrap);
        Assert.Multiple(() =>
        {
            Assert.That(set.Select(row => row.Model), Is.EqualTo(new[] { "wave", "better" }));
            Assert.That(set.Select(row => row.Included), Is.EqualTo(new[] { false, true }));
            Assert.That(pairs[^1].PValue, Is.EqualTo(1));
            Assert.That(
                ModelComparison.Superior(Losses, "wave", bootstrap: bootstrap),
                Is.EqualTo(new[] { "better" })
            );
            Assert.That(
                ModelComparison.SuperiorAbility(Losses, "wave", bootstrap).PValue,
                Is.LessThan(0.05)
            );
            Assert.That(
                ModelComparison.SuperiorAbility(Losses, "better", bootstrap).PValue,
                Is.EqualTo(1)
            );
            Assert.That(
                () => ModelComparison.SuperiorAbility(Losses, "none", bootstrap),
                Throws.TypeOf<Core.VolatilityForgeException>()
            );
        });
    }

    [Test]
    public void LossesHaveNamesAndValues()
    {
        Assert.Multiple(() =>
        {
            Assert.That(LossFunction.Parse("qlike"), Is.EqualTo(LossFunction.Qlike));
            Assert.That(LossFunction.Robust(0).Of(1, 3), Is.EqualTo(2).Within(1e-12));
            Assert.That(
                LossFunction.Linex(1).Of(1, 3),
                Is.EqualTo(LossFunction.Qlike.Of(1, 3)).Within(1e-12)
            );
            Assert.That(LossFunction.SquaredVariance.Of(1, 3), Is.EqualTo(4));
            Assert.That(LossFunction.AbsoluteVolatility.Name, Is.EqualTo("mae"));
            Assert.That(
                () => LossFunction.Linex(0),
                Throws.TypeOf<Core.VolatilityForgeException>()
            );
        });
    }

    [Test]
    public void RiskIsBacktested()
    {
        double[] returns = [.. Enumerable.Range(0, 300).Select(day => 0.02 * Math.Sin(day * day))];
        double[] quantiles = [.. returns.Select(_ => -0.0199)];
        var found = RiskBacktest.Run(
            0.05,
            returns,
            quantiles,
            quantiles.Select(q => q - 0.0001),
            draws: 200
        );
        var without = RiskBacktest.Run(0.05, returns, quantiles, draws: 200);
        Assert.Multiple(() =>
        {
            Assert.That(found.Days, Is.EqualTo(300));
            Assert.That(found.Exceedances, Is.EqualTo(returns.Count(r => r < -0.0199)));
            Assert.That(
                found.Kupiec.PValue,
                Is.EqualTo(Core.Coverage.kupiec(0.05, 300, found.Exceedances).ResultValue.PValue)
            );
            Assert.That(found.ShortfallPValue, Is.Not.Null);
            Assert.That(without.ShortfallPValue, Is.Null);
            Assert.That(without.FisslerZiegelLoss, Is.Null);
            Assert.That(
                () => RiskBacktest.Run(0, returns, quantiles),
                Throws.TypeOf<Core.VolatilityForgeException>()
            );
        });
    }

    [Test]
    public void ResidualsAreTested()
    {
        double[] residuals = [.. Enumerable.Range(0, 200).Select(day => Math.Sin(day * day))];
        Assert.Multiple(() =>
        {
            Assert.That(ResidualTests.LjungBox(residuals, 5).Freedom, Is.EqualTo(5));
            Assert.That(ResidualTests.LjungBox(residuals, 5, 2).Freedom, Is.EqualTo(3));
            Assert.That(ResidualTests.ArchLm(residuals, 3).Freedom, Is.EqualTo(3));
            Assert.That(ResidualTests.SignBias(residuals).Freedom, Is.EqualTo(3));
            Assert.That(
                ResidualTests.Berkowitz(residuals.Select(z => 0.5 + 0.49 * z)).Freedom,
                Is.EqualTo(3)
            );
        });
    }

    [Test]
    public void ConformalIntervalsLearnAndStayValues()
    {
        var start = ConformalIntervals.Calibrate(Wave, Better.Select(Math.Abs), 0.8);
        var interval = start.Around(1);
        var next = start.Observe(start.Around(1), 1, 50);
        Assert.Multiple(() =>
        {
            Assert.That(interval.Lower, Is.LessThan(interval.Upper));
            Assert.That(next.Count, Is.EqualTo(start.Count + 1));
            Assert.That(
                next.MissShare,
                Is.EqualTo(0.2 - 0.01 * 0.8).Within(1e-12),
                "after a day outside"
            );
            Assert.That(start.Around(1), Is.EqualTo(interval), "the old state is as it was");
        });
    }

    [Test]
    public void TracksAndFilesAreEvaluated()
    {
        var history = VarianceHistory.FromBars(SampleData.Simulated(420));
        var config = new WalkForwardConfig
        {
            WindowLabels = 250,
            Horizons = [1, 5],
            Embargo = 2,
            RefitEvery = 3,
            Threads = 2,
        };
        var tracks = WalkForward.Run(
            config,
            [Forecasters.Create("ewma"), Forecasters.Create("log-har")],
            history
        );
        var alone = WalkForward.Run(
            config with
            {
                Threads = 1,
            },
            [Forecasters.Create("ewma"), Forecasters.Create("log-har")],
            history
        );
        var rows = ForecastEvaluation.OfTracks(tracks);
        Assert.Multiple(() =>
        {
            foreach (var (many, one) in tracks.Zip(alone))
                Assert.That(many.ForecastDailyVariance, Is.EqualTo(one.ForecastDailyVariance));
            Assert.That(rows, Has.Count.EqualTo(4));
            Assert.That(rows[0].DieboldMariano, Is.Not.Null);
            Assert.That(rows[1].DieboldMariano, Is.Null, "the baseline");
            Assert.That(rows[1].Ratio, Is.EqualTo(1));
            Assert.That(rows.Any(row => row.InConfidenceSet == true));
            Assert.That(
                WalkForward.Compare(tracks)[0].McsPValue,
                Is.EqualTo(rows[0].McsPValue),
                "as in the table"
            );
            Assert.That(rows[0].CumulativeDifference[^1], Is.Not.Zero);
        });

        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "mine.csv");
        var lines = tracks[0]
            .Dates.Select(
                (date, day) =>
                    FormattableString.Invariant(
                        $"{date:O},{tracks[0].RealisedDailyVariance[day]:R},{tracks[0].ForecastDailyVariance[day]:R},{tracks[1].ForecastDailyVariance[day]:R}"
                    )
            );
        File.WriteAllLines(path, lines.Prepend("date,realised,ewma,log-har"));
        var read = ForecastEvaluation.OfFile(path);
        Assert.That(read[0].MeanLoss, Is.EqualTo(rows[0].MeanLoss).Within(1e-12));
    }
}
