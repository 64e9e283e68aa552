using System;
using System.Linq;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class MeasuresTests
{
    // A few rounding errors of double arithmetic.
    private const double Rounding = 1e-15;

    [Test]
    public void GarmanKlassIsItsFormula()
    {
        var bars = SampleData.Simulated(30);
        var measured = Measures.DailyVariance(bars, "garman-klass");
        Assert.That(measured.Dates, Is.EqualTo(bars.Dates));
        Assert.That(measured.Length, Is.EqualTo(30));
        for (var day = 0; day < bars.Length; day++)
        {
            var range = Math.Log(bars.High[day] / bars.Low[day]);
            var move = Math.Log(bars.Close[day] / bars.Open[day]);
            var expected = range * range / 2 - (2 * Math.Log(2) - 1) * move * move;
            Assert.That(measured.DailyVariance[day], Is.EqualTo(expected).Within(Rounding));
        }
    }

    [Test]
    public void EveryNamedMeasureMeasures()
    {
        var bars = SampleData.Simulated(60);
        Assert.That(Measures.Names, Has.Member("parkinson").And.Member("yang-zhang:22"));
        foreach (var name in Measures.Names)
            Assert.That(
                Measures.DailyVariance(bars, name).DailyVariance,
                Is.All.GreaterThanOrEqualTo(0.0),
                name
            );
    }

    [Test]
    public void AnnualisedVolatilityIsTheRootOf252DailyVariances()
    {
        Assert.That(Measures.DailyVolatility(1e-4), Is.EqualTo(0.01).Within(Rounding));
        Assert.That(Measures.AnnualisedVariance(1e-4), Is.EqualTo(0.0252).Within(Rounding));
        Assert.That(
            Measures.AnnualisedVolatility(1e-4),
            Is.EqualTo(Math.Sqrt(0.0252)).Within(Rounding)
        );
        var measured = Measures.DailyVariance(SampleData.Simulated(5), "parkinson");
        Assert.That(
            measured.AnnualisedVolatility(),
            Is.EqualTo(measured.DailyVariance.Select(Measures.AnnualisedVolatility))
        );
    }

    [Test]
    public void AnUnknownMeasureIsAFault()
    {
        var bars = SampleData.Simulated(5);
        Assert.That(
            Measures.TryDailyVariance(bars, "garman").Match(fault => fault.Describe(), _ => ""),
            Does.Contain("parkinson")
        );
        Assert.That(
            Raised.By(() => Measures.DailyVariance(bars, "yang-zhang:9")).IsTooShort,
            Is.True
        );
    }

    [Test]
    public void AHistoryHoldsTheMeasuredDays()
    {
        var bars = SampleData.Simulated(60);
        var history = VarianceHistory.FromBars(bars, "parkinson");
        Assert.That(history.Symbol, Is.EqualTo("SIM"));
        Assert.That(history.Dates, Is.EqualTo(bars.Dates));
        Assert.That(
            history.DailyVariance,
            Is.EqualTo(Measures.DailyVariance(bars, "parkinson").DailyVariance)
        );
        Assert.That(history.Returns, Is.EqualTo(bars.Returns()));
        Assert.That(history.Scored, Is.All.True);
        Assert.That(
            history.TargetDailyVariance(2, 9),
            Is.EqualTo((history.DailyVariance[10] + history.DailyVariance[11]) / 2)
        );
        Assert.That(history.UpTo(9).Length, Is.EqualTo(10));
        Assert.That(() => history.UpTo(60), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            Raised.By(() => VarianceHistory.FromBars(bars, floorDailyVariance: 0)).IsBadSetting,
            Is.True
        );
    }
}
