using System;
using System.Linq;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class RealizedGarchTests
{
    private static readonly double[] Truth = [0.04, 0.3, 0.65, -0.2, 1.02, -0.07, 0.07, 0.15];

    [Test]
    public void ARealizedGarchFitsForecastsAppendsAndIsStored()
    {
        var model = new RealizedGarchModel();
        var (returns, measure) = model.Simulate(Truth, 1000);
        var fit = model.Fit(returns, measure);
        Assert.That(fit.Converged, Is.True);
        Assert.That(fit.Names, Has.Count.EqualTo(8));
        Assert.That(fit.LogLikelihood, Is.LessThan(fit.PartialLogLikelihood));

        foreach (
            var kind in new[]
            {
                GarchErrorKind.Hessian,
                GarchErrorKind.OuterProduct,
                GarchErrorKind.Robust,
            }
        )
        {
            Assert.That(fit.StandardErrors(kind), Has.All.GreaterThan(0.0));
        }

        var week = fit.Forecast(5);
        Assert.That(week.Variances[0], Is.EqualTo(fit.NextVariance()).Within(1e-12));
        var paths = fit.Simulate(5, 4000);
        Assert.That(
            paths.Returns.MeanVariances()[4],
            Is.EqualTo(week.Variances[4]).Within(0.1 * week.Variances[4])
        );
        Assert.That(paths.Measures.Length, Is.EqualTo(4000));

        var appended = fit.Append(2.0);
        Assert.That(() => appended.StandardErrors(), Throws.InvalidOperationException);
        Assert.That(
            RealizedGarchFit.FromJson(appended.ToJson()).NextVariance(),
            Is.EqualTo(appended.NextVariance())
        );
        Assert.That(
            fit.Refit(returns, measure).LogLikelihood,
            Is.EqualTo(fit.LogLikelihood).Within(1e-6)
        );
        Assert.That(
            fit.Filter(returns, measure).Variances[9],
            Is.EqualTo(fit.Variances[9]).Within(1e-12)
        );
        Assert.That(RealizedGarchFit.TryFromJson("{}").IsLeft, Is.True);
        Assert.That(model.TryFit(returns, [1.0]).IsLeft, Is.True);
        Assert.That(new RealizedGarchModel("garch").TryFit(returns, measure).IsLeft, Is.True);
    }

    [Test]
    public void AHeavyFitsForecastsAppendsAndIsStored()
    {
        var (returns, measure) = new RealizedGarchModel().Simulate(Truth, 1000);
        var fit = new HeavyModel().Fit(returns, measure);
        Assert.That(fit.Converged, Is.True);
        Assert.That(fit.StandardErrors(), Has.All.GreaterThan(0.0));
        var (variance, mean) = fit.Next();
        var week = fit.Forecast(5);
        Assert.That((week.Variances[0], week.Measures[0]), Is.EqualTo((variance, mean)));
        Assert.That(fit.Simulate(5).Returns.SumQuantiles(0.01)[4], Is.LessThan(0.0));
        var appended = fit.Append(3.0);
        Assert.That(HeavyFit.FromJson(appended.ToJson()).Next(), Is.EqualTo(appended.Next()));
        var targeted = new HeavyModel(Targeting: true).Fit(returns, measure);
        Assert.That(
            targeted.Parameters[3] / (1.0 - targeted.Persistence),
            Is.EqualTo(measure.Average()).Within(1e-9)
        );
        Assert.That(new HeavyModel().TryFit(returns[..10], measure[..10]).IsLeft, Is.True);
    }

    [Test]
    public void BothAreForecastersOfAMeasure()
    {
        var (returns, measure) = new RealizedGarchModel().Simulate(Truth, 400);
        var dates = Enumerable.Range(0, 400).Select(new DateOnly(2020, 1, 1).AddDays).ToArray();
        var history = VarianceHistory.FromColumns("X", dates, measure, returns);

        foreach (
            var forecaster in new[]
            {
                new RealizedGarchModel().ToForecaster(),
                new HeavyModel().ToForecaster(),
            }
        )
        {
            var fit = forecaster.Fit(history, new Window(10, 380), 5);
            Assert.That(fit.ForecastDailyVariance(history, 399), Is.GreaterThan(0.0));
        }
    }

    [Test]
    public void ModelsWithSettingsAreThoseOfTheirNamesUnlessTold()
    {
        var (returns, measure) = new RealizedGarchModel().Simulate(Truth, 700);
        var dates = Enumerable.Range(0, 700).Select(new DateOnly(2020, 1, 1).AddDays).ToArray();
        var history = VarianceHistory.FromColumns("X", dates, measure, returns);
        var window = new Window(10, 620);

        double Forecast(Forecaster forecaster) =>
            forecaster.Fit(history, window, 1).ForecastDailyVariance(history, 650);

        Forecaster[] members = [Forecasters.Create("ewma"), Forecasters.Create("log-har")];

        foreach (
            var (own, name) in new[]
            {
                (Forecasters.PenalisedHar("own", 1.0), "lasso"),
                (Forecasters.PenalisedHar("own", 0.0, folds: 5), "ridge"),
                (Forecasters.RiskMetrics2006(), "riskmetrics2006"),
                (Forecasters.RoughVolatility(), "rfsv"),
                (Forecasters.Combination("own", members), "equal-weight(ewma+log-har)"),
                (Forecasters.Combination("own", members, 250), "qlike-weight(ewma+log-har)"),
            }
        )
        {
            Assert.That(Forecast(own), Is.EqualTo(Forecast(Forecasters.Create(name))), name);
        }

        Assert.That(
            Forecast(Forecasters.PenalisedHar("own", 1.0, lambda: 0.5)),
            Is.Not.EqualTo(Forecast(Forecasters.Create("lasso")))
        );
        Assert.That(
            Forecast(Forecasters.RiskMetrics2006(longest: 64)),
            Is.Not.EqualTo(Forecast(Forecasters.Create("riskmetrics2006")))
        );
        Assert.That(
            Forecast(Forecasters.RoughVolatility(memory: 100)),
            Is.Not.EqualTo(Forecast(Forecasters.Create("rfsv")))
        );
        Assert.That(
            () => Forecast(Forecasters.PenalisedHar("own", 2.0)),
            Throws.InstanceOf<VolatilityForgeException>()
        );
    }

    [Test]
    public void ComposedNamesMakeForecasters()
    {
        foreach (
            var name in new[]
            {
                "equal-weight(har+garch)",
                "log-har-x(vix)",
                "rfsv",
                "lasso",
                "riskmetrics2006",
            }
        )
        {
            Assert.That(Forecasters.Create(name).Name, Is.EqualTo(name));
        }

        var forecaster = Forecasters.Create("equal-weight(log-har+garch)");
        Assert.That(forecaster.Name, Is.EqualTo("equal-weight(log-har+garch)"));
        Assert.That(Forecasters.Create("log-har-x(vix)").Measures, Is.EqualTo(new[] { "vix" }));
        Assert.That(Forecasters.TryCreate("equal-weight(nothing)").IsLeft, Is.True);
        Assert.That(HarTerm.Factor("slope", 5).ToString(), Does.Contain("slope"));
    }
}
