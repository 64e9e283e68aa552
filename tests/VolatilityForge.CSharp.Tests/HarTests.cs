using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class HarTests
{
    private static readonly VarianceHistory Bars = VarianceHistory.FromBars(
        SampleData.Simulated(420)
    );

    private static readonly DateOnly[] Dates = [.. Bars.Dates];
    private static readonly double[] Variance = [.. Bars.DailyVariance];
    private static readonly double[] Returns = [.. Bars.Returns];

    // Cubes go their own way, so that no regressor is another's multiple.
    private static readonly double[] Quarticity =
    [
        .. Variance.Select((value, day) => value * value * (1.0 + day % 7)),
    ];

    private static readonly VarianceHistory History = VarianceHistory.FromColumns(
        "SPX",
        Dates,
        Variance,
        Returns,
        new Dictionary<string, double[]> { ["quarticity"] = Quarticity }
    );

    [Test]
    public void AHistoryMadeByHandForecastsAsThatOfItsBars()
    {
        var config = new WalkForwardConfig { WindowLabels = 250, Horizons = [5] };
        Forecaster[] models = [Forecasters.Create("log-har"), Forecasters.Create("qlike-har")];
        var expected = WalkForward.Run(config, models, Bars);
        var found = WalkForward.Run(config, models, History);
        Assert.That(
            found.Select(track => track.ForecastDailyVariance),
            Is.EqualTo(expected.Select(track => track.ForecastDailyVariance))
        );
        Assert.That(found[0].Symbol, Is.EqualTo("SPX"));
    }

    [Test]
    public void AModelIsComposedByItsName()
    {
        var forecaster = Forecasters.Create("equal-weight(log-har+garch)");
        Assert.That(forecaster.Name, Is.EqualTo("equal-weight(log-har+garch)"));
        Assert.That(
            Raised.By(() => Forecasters.Create("equal-weight(log-hra)")).Describe(),
            Does.Contain("log-har")
        );
    }

    [Test]
    public void AHistoryKeepsItsMeasuresAndTakesMore()
    {
        Assert.That(History.MeasureNames, Is.EqualTo(new[] { "quarticity" }));
        Assert.That(History.Measure("quarticity"), Is.EqualTo(Quarticity));
        Assert.That(Bars.MeasureNames, Is.Empty);
        var more = Bars.WithMeasure("quarticity", Quarticity);
        Assert.That(more.Measure("quarticity"), Is.EqualTo(Quarticity));
        Assert.That(
            Raised.By(() => History.Measure("bipower")).Describe(),
            Does.Contain("quarticity")
        );
        Assert.That(
            History.TryWithMeasure("short", [1.0]).Match(fault => fault.IsBadShape, _ => false),
            Is.True
        );
    }

    [Test]
    public void AHistoryThatBreaksRulesIsRefusedWithAllOfThem()
    {
        double[] variance = [.. Variance];
        variance[7] = 0.0;
        DateOnly[] dates = [.. Dates];
        dates[9] = dates[8];
        var fault = Raised.By(() =>
            VarianceHistory.FromColumns("SPX", dates, variance, Returns[..^1])
        );
        Assert.That(fault.Flatten(), Has.Count.EqualTo(3));
        Assert.That(fault.Describe(), Does.Contain("row 8").And.Contain("row 10"));
        Assert.That(VarianceHistory.TryFromColumns("", [], []).IsLeft, Is.True);
    }

    [Test]
    public void AModelOfOnesOwnTermsFitsAndWalks()
    {
        var own = new HarOptions(
            "own",
            [HarTerm.Variance(1), HarTerm.Variance(10), HarTerm.Attenuation(1)]
        )
        {
            Estimator = HarEstimator.Weighted,
        };
        var window = new Window(0, 399);
        var fit = own.Fit(History, window, 5);
        Assert.That((fit.Horizon, fit.Slopes.Length), Is.EqualTo((5, 3)));
        Assert.That(fit.Observations, Is.EqualTo(400 - 9 - 5));
        var forecast = fit.ForecastDailyVariance(History, 399);
        Assert.That(
            forecast,
            Is.EqualTo(
                Forecasters.Har(own).Fit(History, window, 5).ForecastDailyVariance(History, 399)
            )
        );
        var row =
            fit.Intercept
            + fit.Slopes[0] * Variance[399]
            + fit.Slopes[1] * Variance[390..400].Average()
            + fit.Slopes[2] * Variance[399] * Math.Sqrt(Quarticity[399]);
        Assert.That(forecast, Is.EqualTo(row).Within(1e-12).Percent);
        Assert.That(
            new HarOptions("none", [])
                .TryFit(History, window, 5)
                .Match(f => f.IsBadSetting, _ => false),
            Is.True
        );
    }

    [Test]
    public void EveryKnownMemberIsTheCores()
    {
        Assert.That(HarOptions.Known.Select(own => own.ToString()), Is.Unique);
        foreach (var (own, core) in HarOptions.Known.Zip(Core.HarFamily.known))
        {
            Assert.That(own.Name, Is.EqualTo(core.Name));
            Assert.That(own.Estimator.ToString(), Is.EqualTo(core.Estimator.ToString()));
            Assert.That(
                own.Terms.Select(term => term.ToString()),
                Is.EqualTo(core.Terms.Select(Core.HarTermModule.name))
            );
            Assert.That(Forecasters.Har(own).Measures, Is.EqualTo(Core.HarFamily.needs(core)));
        }
        Assert.That(
            new[]
            {
                HarTerm.Variance(5),
                HarTerm.Measure("bipower", 5),
                HarTerm.Jump,
                HarTerm.Attenuation(22, "bipower", "tripower_quarticity"),
                HarTerm.Leverage(5),
            }.Select(term => term.ToString()),
            Is.EqualTo(
                new[]
                {
                    Core.HarTerm.NewVariance(5),
                    Core.HarTerm.NewMeasure("bipower", 5),
                    Core.HarTerm.Jump,
                    Core.HarTerm.NewAttenuation(
                        Microsoft.FSharp.Core.FSharpOption<string>.Some("bipower"),
                        "tripower_quarticity",
                        22
                    ),
                    Core.HarTerm.NewLeverage(5),
                }.Select(Core.HarTermModule.name)
            )
        );
    }

    private sealed class Reader : Forecaster
    {
        public override string Name => "reader";

        public override IReadOnlyList<string> Measures => ["quarticity"];

        public override IFittedForecaster Fit(
            VarianceHistory history,
            Window window,
            int horizon
        ) => throw new InvalidOperationException("fitted without its measure");
    }

    [Test]
    public void AMissingMeasureIsNamedBeforeAnyFit()
    {
        var config = new WalkForwardConfig { WindowLabels = 250, Horizons = [1] };
        foreach (var model in new[] { Forecasters.Create("harq"), new Reader() })
        {
            var fault = Raised.By(() => WalkForward.Run(config, [model], Bars));
            Assert.That(fault.IsUnknownName, Is.True);
            Assert.That(fault.Describe(), Does.Contain("quarticity").And.Contain(model.Name));
        }
    }
}
