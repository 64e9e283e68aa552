using System;
using System.Linq;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

/// <summary>Networks on panels from C#: what they were worth to their base.</summary>
public sealed class PanelNetworkTests : EngineFixture
{
    [Test]
    public void ANetworkTellsWhatItWasWorthToItsBase()
    {
        var result = new PanelRunner(
            new PanelSettings
            {
                Models = ["eb-log", "panel-mlp"],
                Baseline = "eb-log",
                Horizons = [1],
                WarmUp = 700,
                NetworkBase = "eb-log",
                NetworkSeeds = [5, 6],
                NetworkGain = null,
            }
        ).Run([PanelTests.History("A", 1, 1500), PanelTests.History("B", 2, 1500)]);
        var network = result.Networks.Single();
        Assert.That(
            (network.Model, network.Base, network.Horizon),
            Is.EqualTo(("panel-mlp", "eb-log", 1))
        );
        Assert.That(network.Seeds.Keys, Is.EqualTo(new long[] { 5, 6 }));
        Assert.That(
            network.Fits.Select(fit => (fit.FittedOn, fit.Members)),
            Is.EqualTo(new[] { (new DateOnly(2018, 1, 1), 2) })
        );
        var row = result.Rows.Single(row => row.Model == "panel-mlp");
        Assert.That(network.Row.Qlike, Is.EqualTo(row.Qlike));
        Assert.That(
            network.Years.Select(year => year.Network),
            Is.EqualTo(
                result.ByYear.Where(part => part.Model == "panel-mlp").Select(part => part.Qlike)
            )
        );
    }
}
