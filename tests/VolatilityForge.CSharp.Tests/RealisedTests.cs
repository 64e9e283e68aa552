using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using VolatilityForge.CSharp;

namespace VolatilityForge.CSharp.Tests;

/// <summary>Ticks, frames and realised measures from C#: they are the core's.</summary>
public class RealisedTests
{
    private static readonly DateTime Open = new(2020, 1, 6, 9, 30, 0);

    private static TradeSeries Trades()
    {
        var random = new Random(1);
        var level = Math.Log(100.0);
        var prices = new double[781];
        for (var tick = 0; tick < prices.Length; tick++)
        {
            prices[tick] = tick == 5 ? 0.0 : Math.Exp(level);
            level += 0.0004 * (random.NextDouble() - 0.5);
        }
        var times = Enumerable.Range(0, 781).Select(tick => Open.AddSeconds(30 * tick)).ToArray();
        return TradeSeries.FromColumns("ABC", times, prices);
    }

    [Test]
    public void TradesAreCleanedCountedAndMeasured()
    {
        var cleaned = Trades().Clean(TradeCleaningStep.Named("zero-price"));
        Assert.That(cleaned.Counts.Single().Touched, Is.EqualTo(1));
        Assert.That(cleaned.Ticks.Length, Is.EqualTo(780));
        var options = new IntradayOptions
        {
            Calendar = TradingCalendar.Weekdays("09:30-16:00"),
            Sampling = "all",
        };
        var measures = cleaned.Ticks.Measure(options, "rv", "kernel_parzen");
        var levels = cleaned.Ticks.Price.Select(Math.Log).ToArray();
        var returns = levels.Zip(levels.Skip(1), (before, after) => after - before).ToArray();
        Assert.That(measures["rv"][0], Is.EqualTo(RealisedVariance.Realised(returns)));
        Assert.That(measures.Names, Is.EqualTo(new[] { "rv", "kernel_parzen" }));
        Assert.That(measures.Dates.Single(), Is.EqualTo(new DateOnly(2020, 1, 6)));
        Assert.That(
            cleaned.Ticks.Measure().Names,
            Is.EqualTo(DailyMeasures.All),
            "all without names"
        );
    }

    [Test]
    public void AZeroPriceIsAFaultUnlessReturnsAreArithmetic()
    {
        var raised = Raised.By(() => Trades().Measure());
        Assert.That(raised.Describe(), Does.Contain("row 6").And.Contain("positive"));
        var arithmetic = Trades().Measure(new() { Arithmetic = true }, "rv");
        Assert.That(arithmetic["rv"][0], Is.GreaterThan(0));
    }

    [Test]
    public void PricesBelowZeroStayWhereTheyAreAskedFor()
    {
        var times = Enumerable.Range(0, 3).Select(tick => Open.AddMinutes(tick)).ToArray();
        var trades = TradeSeries.FromColumns("CL", times, [2.0, -1.0, -3.0]);
        Assert.That(trades.Clean().Ticks.Length, Is.EqualTo(1));
        var signed = trades
            .CleanSigned()
            .Ticks.Measure(new() { Arithmetic = true, Sampling = "all" }, "rv");
        Assert.That(signed["rv"][0], Is.EqualTo(13.0));
        var quotes = QuoteSeries.FromColumns("CL", times, [1.0, -2.0, -4.0], [3.0, 0.0, -2.0]);
        Assert.That(quotes.CleanSigned().Ticks.Length, Is.EqualTo(3));
    }

    [Test]
    public void ParametersAreChosenAsTheCoreDoes()
    {
        Assert.That(RealisedVariance.ParzenBandwidth(1e-8, 1e-4, 23400), Is.EqualTo(37));
        Assert.That(RealisedVariance.TukeyHanningBandwidth(1e-8, 1e-4, 23400), Is.EqualTo(47));
        Assert.That(RealisedVariance.TwoScaleStride(1e-8, 1e-4, 23400), Is.EqualTo(4));
        Assert.That(RealisedVariance.PreAverageWindow(23400), Is.EqualTo(153));
        Assert.That(RealisedVariance.LeeMyklandWindow(78), Is.EqualTo(141));
        Assert.That(
            RealisedVariance.Jittered(2, [1.0, 3.0, 5.0, 7.0, 9.0]),
            Is.EqualTo(new[] { 2.0, 5.0, 8.0 })
        );
        var levels = new[] { 0.0, 1.0, 0.0, 1.0, 0.0 };
        Assert.That(
            RealisedVariance.DebiasedNoise(1.0, levels),
            Is.EqualTo(0.5 * Math.Exp(-0.25)).Within(1e-15)
        );
    }

    [Test]
    public void SplitsAreDetectedAndTakenOut()
    {
        DateOnly[] dates = [new(2020, 1, 2), new(2020, 1, 3)];
        var bars = BarSeries.FromColumns(
            "S",
            dates,
            [700.0, 100.0],
            [707.0, 101.0],
            [693.0, 99.0],
            [700.0, 100.0]
        );
        var split = bars.DetectedSplits().Single();
        Assert.That(split, Is.EqualTo(new PriceSplit(dates[1], 7.0)));
        Assert.That(bars.AdjustedFor(split).Close, Is.EqualTo(new[] { 100.0, 100.0 }));
    }

    [Test]
    public void EstimatorsOfLevelsAreTheCores()
    {
        var levels = Enumerable
            .Range(0, 40)
            .Select(tick => 0.001 * Math.Sin(tick * tick))
            .ToArray();
        var returns = levels.Zip(levels.Skip(1), (before, after) => after - before).ToArray();
        Assert.That(
            RealisedVariance.ParzenKernel(0, levels),
            Is.EqualTo(RealisedVariance.Realised(returns)).Within(1e-18)
        );
        Assert.That(
            RealisedVariance.Downside(returns) + RealisedVariance.Upside(returns),
            Is.EqualTo(RealisedVariance.Realised(returns)).Within(1e-18)
        );
        Assert.That(
            RealisedVariance.Subsampled(1, levels),
            Is.EqualTo(RealisedVariance.Realised(returns)).Within(1e-18)
        );
        var (statistic, pValue) = RealisedVariance.JumpTest(returns);
        Assert.That(pValue, Is.InRange(0.0, 1.0));
        Assert.That(statistic, Is.LessThan(10.0));
        Assert.That(RealisedVariance.LeeMykland(5, 39, returns).Count(double.IsNaN), Is.EqualTo(4));
    }

    [Test]
    public void QuotesAreFilteredByStepsOfOnesOwn()
    {
        var quotes = QuoteSeries.FromColumns(
            "ABC",
            [Open, Open, Open.AddSeconds(1)],
            [1.0, 3.0, 1.0],
            [2.0, 2.0, 2.0],
            [1.0, 1.0, 0.0]
        );
        var own = QuoteCleaningStep.Of(
            "small",
            "no size",
            series => series.Where(row => series.BidSize!.Value[row] > 0)
        );
        var cleaned = quotes.Clean(QuoteCleaningStep.Named("crossed"), own);
        Assert.That(cleaned.Counts.Select(count => count.Touched), Is.EqualTo(new[] { 1, 1 }));
        Assert.That(cleaned.Ticks.ToFrame()["ask"].Single(), Is.EqualTo(2.0));
    }

    [Test]
    public void FramesGoToFilesAndBack()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "frame.csv.gz");
        var frame = Frame.FromColumns(
            "ABC",
            [Open, Open.AddSeconds(1)],
            [new("a", [1.0, double.NaN]), new("b", [0.1, 0.2])]
        );
        MarketData.SaveFrames(path, [frame]);
        var back = MarketData.LoadFrames(path).Single();
        Assert.That(back.Symbol, Is.EqualTo("ABC"));
        Assert.That(back["b"], Is.EqualTo(frame["b"]));
        Assert.That(back.Mask("a"), Is.EqualTo(new[] { true, false }));
        Assert.That(back.WithMasks().Names, Is.EqualTo(new[] { "a", "b", "a_present" }));
        Assert.That(back.UpTo(Open).Length, Is.EqualTo(1));
        Assert.That(back.Select("b").WithColumn("c", [1, 2]).Names, Has.Count.EqualTo(2));
        Assert.That(back.Select("a").AsOf(back.Select("b").UpTo(Open))["b"][1], Is.EqualTo(0.1));
        Assert.That(MarketData.TryLoadFrames("sqlite:x").IsLeft, Is.True);
    }

    [Test]
    public void CalendarsTellHours()
    {
        var calendar = TradingCalendar
            .Weekdays("09:30-16:00")
            .WithHolidays(new DateOnly(2020, 1, 7))
            .WithHalfDay(new DateOnly(2020, 1, 8), "09:30-13:00")
            .WithHalt(Open.AddHours(1), Open.AddHours(2));
        Assert.That(calendar.IsOpen(Open), Is.True);
        Assert.That(calendar.IsOpen(Open.AddHours(1)), Is.False);
        Assert.That(calendar.IsOpen(Open.AddDays(2).AddHours(4)), Is.False);
        Assert.That(
            calendar.TradingDays(new(2020, 1, 6), new(2020, 1, 12)).Select(day => day.Day),
            Is.EqualTo(new[] { 6, 8, 9, 10 })
        );
    }
}
