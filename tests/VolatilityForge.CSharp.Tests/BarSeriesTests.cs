using System;
using System.Linq;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class BarSeriesTests
{
    private static readonly DateOnly[] Days = [new(2024, 1, 2), new(2024, 1, 3), new(2024, 1, 4)];

    private static BarSeries Three(double[]? adjusted = null) =>
        BarSeries.FromColumns(
            "X",
            Days,
            [10, 11, 12],
            [12, 13, 14],
            [9, 10, 11],
            [11, 12, 13],
            adjusted
        );

    [Test]
    public void ColumnsComeBackAsGiven()
    {
        var bars = Three();
        Assert.That(bars.Symbol, Is.EqualTo("X"));
        Assert.That(bars.Length, Is.EqualTo(3));
        Assert.That(bars.Dates, Is.EqualTo(Days));
        Assert.That(bars.Open, Is.EqualTo(new double[] { 10, 11, 12 }));
        Assert.That(bars.High, Is.EqualTo(new double[] { 12, 13, 14 }));
        Assert.That(bars.Low, Is.EqualTo(new double[] { 9, 10, 11 }));
        Assert.That(bars.Close, Is.EqualTo(new double[] { 11, 12, 13 }));
        Assert.That(bars.AdjustedClose, Is.Null);
        Assert.That(bars.Volume, Is.Null);
        Assert.That(Three([1, 2, 4]).AdjustedClose!.Value, Is.EqualTo(new double[] { 1, 2, 4 }));
    }

    [Test]
    public void ReturnsComeFromAdjustedClosesWhereThereAreAny()
    {
        Assert.That(
            Three().Returns(),
            Is.EqualTo(new[] { 0, Math.Log(12.0 / 11), Math.Log(13.0 / 12) })
        );
        Assert.That(Three([1, 2, 4]).Returns(), Is.EqualTo(new[] { 0, Math.Log(2), Math.Log(2) }));
    }

    [Test]
    public void WritingToTheArraysGivenChangesNothing()
    {
        double[] open = [10, 11, 12];
        var bars = BarSeries.FromColumns("X", Days, open, [12, 13, 14], [9, 10, 11], [11, 12, 13]);
        open[0] = double.NaN;
        Assert.That(bars.Open[0], Is.EqualTo(10));
    }

    [Test]
    public void RangesCutDays()
    {
        Assert.That(Three()[1..].Dates, Is.EqualTo(Days[1..]));
        Assert.That(Three()[..^1].Close, Is.EqualTo(new double[] { 11, 12 }));
    }

    [TestCase(-1, 2)]
    [TestCase(0, 4)]
    [TestCase(3, 1)]
    [TestCase(1, 0)]
    public void ACutOutsideTheSeriesIsAnError(int start, int length) =>
        Assert.That(
            () => Three().Slice(start, length),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
        );

    [Test]
    public void EveryBrokenRuleIsNamed()
    {
        var faults = BarSeries
            .TryFromColumns("X", Days, [10, -1, 12], [12, 13, 14], [9, 10, 13], [11, 12, 13])
            .Match(fault => fault.Flatten().Select(one => one.Describe()).ToArray(), _ => []);
        Assert.That(faults, Has.Length.EqualTo(2));
        Assert.That(faults[0], Does.Contain("row 2, column open"));
        Assert.That(faults[1], Does.Contain("row 3, column low"));
    }

    [Test]
    public void ColumnsOfDifferentLengthsAreAFault() =>
        Assert.That(
            Raised.By(() => BarSeries.FromColumns("X", Days, [10], [12], [9], [11])).Flatten(),
            Has.Count.EqualTo(4)
        );
}
