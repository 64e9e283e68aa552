using System;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class SampleSetTests
{
    [Test]
    public void ExtentsAreThoseOfTheArrays()
    {
        var sequences = new SampleSet(new float[5, 3, 2], new float[5]);
        Assert.That((sequences.Count, sequences.Time, sequences.Features), Is.EqualTo((5, 3, 2)));
        var rows = new SampleSet(new float[5, 7], new float[5]);
        Assert.That((rows.Count, rows.Time, rows.Features), Is.EqualTo((5, 1, 7)));
    }

    [Test]
    public void WhatDoesNotFitIsAFault()
    {
        Assert.That(
            Raised.By(() => _ = new SampleSet(new float[5, 7], new float[4])).Describe(),
            Does.Contain("targets must be 5")
        );
        Assert.That(
            Raised
                .By(() =>
                    _ = new SampleSet(
                        new float[,]
                        {
                            { 1 },
                            { float.NaN },
                        },
                        [1, 2]
                    )
                )
                .Describe(),
            Does.Contain("row 2")
        );
        Assert.That(Raised.By(() => _ = new SampleSet(new float[0, 7], [])).IsTooShort, Is.True);
    }

    [Test]
    public void LogarithmsNeedPositiveTargets()
    {
        var samples = new SampleSet(new float[2, 1], [1e-4f, 2e-4f]);
        Assert.That(samples.WithLogTargets(Math.Log(1e-4)).Count, Is.EqualTo(2));
        var zero = new SampleSet(new float[2, 1], [1e-4f, 0]);
        Assert.That(
            Raised.By(() => zero.WithLogTargets()).Describe(),
            Does.Contain("row 2, column target")
        );
    }
}
