using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class GarchTests
{
    private static readonly GarchModel Gjr = new("gjr") { Innovation = "student-t" };

    private static double[] Returns(int count = 1200) =>
        [.. Gjr.Simulate([0.03, 0.02, 0.02, 0.12, 0.90, 7.0], count, seed: 3)];

    [Test]
    public void AFitIsTheCores()
    {
        var returns = Returns();
        var model = new GarchModel("gjr") { Innovation = "student-t" };
        var fit = model.Fit(returns);
        var standardErrors = fit.StandardErrors(GarchErrorKind.Robust);
        var tomorrow = fit.Next().Variance;
        var week = fit.ForecastVariances(5);
        var risk = fit.Simulate(5, bootstrap: true).SumQuantiles(0.01);

        var text = fit.Append(-1.3).ToJson();

        Assert.That(GarchFit.FromJson(text).Parameters, Is.EqualTo(fit.Parameters));
        Assert.That(
            fit.Names,
            Is.EqualTo(new[] { "mu", "omega", "alpha[1]", "gamma[1]", "beta[1]", "nu" })
        );
        Assert.That(fit.Converged, Is.True);
        Assert.That(fit["beta[1]"], Is.EqualTo(fit.Parameters[4]));
        Assert.That(fit.Persistence, Is.InRange(0.8, 1.0));
        Assert.That(fit.Observations, Is.EqualTo(1200));
        Assert.That(fit.Variances, Has.Length.EqualTo(1200).And.All.GreaterThan(0.0));
        Assert.That(fit.Aic, Is.EqualTo(12 - 2 * fit.LogLikelihood));
        Assert.That(fit.Bic, Is.GreaterThan(fit.Aic));
        Assert.That(standardErrors, Has.Length.EqualTo(6));
        Assert.That(
            standardErrors[0],
            Is.Not.EqualTo(fit.StandardErrors(GarchErrorKind.Hessian)[0])
        );
        Assert.That(week[0], Is.EqualTo(tomorrow));
        Assert.That(risk[4], Is.LessThan(risk[0]).And.LessThan(0.0));
        Assert.That(() => fit["gamma"], Throws.InstanceOf<KeyNotFoundException>());
    }

    [Test]
    public void AStoredFitGoesOnAsTheFitDoes()
    {
        var returns = Returns();
        var fit = new GarchModel("garch") { Start = "backcast" }.Fit(returns[..1000]);
        var stored = GarchFit.FromJson(fit.ToJson());
        Assert.That(stored.Parameters, Is.EqualTo(fit.Parameters));
        Assert.That(
            stored.Append(returns[1000]).Next(),
            Is.EqualTo(fit.Append(returns[1000]).Next())
        );
        Assert.That(() => stored.StandardErrors(), Throws.InvalidOperationException);
        Assert.That(GarchFit.TryFromJson("{}").IsRight, Is.False);

        var appended = returns[1000..].Aggregate(fit, (carried, value) => carried.Append(value));
        // The backcast sees the first 75 returns only, so both start alike.
        var filtered = fit.Filter(returns);
        Assert.That(
            appended.Next().Variance,
            Is.EqualTo(filtered.Next().Variance).Within(1e-12).Percent
        );
        Assert.That(
            fit.Refit(returns).LogLikelihood,
            Is.GreaterThanOrEqualTo(filtered.LogLikelihood)
        );
    }

    [Test]
    public void RegressorsReachTheModel()
    {
        var returns = Returns();
        var signal = returns.Select((_, day) => Math.Sin(day)).ToArray();
        var fit = new GarchModel().Fit(returns, [signal], [signal.Select(Math.Abs)]);
        Assert.That(fit.Names, Has.Member("x[1]").And.Member("pi[1]"));
        Assert.That(fit.Next([0.5]).Variance, Is.GreaterThan(0.0));
        Assert.That(Raised.By(() => fit.Next()).IsBadShape, Is.True);
        Assert.That(Raised.By(() => fit.Append(0.1)).IsBadShape, Is.True);
        Assert.That(Raised.By(() => fit.Simulate(3)).IsBadShape, Is.True);

        // A row per day ahead; the variance of a day after the first moves with the row before it.
        double[] mean = [0.1, 0.2, 0.3];
        double[] calm = [0.0, 0.0];
        double[] wild = [9.0, 9.0];
        var path = fit.Simulate(3, 1, meanRegressors: [mean], varianceRegressors: [wild]);
        var carried = fit.Append(path.Returns[0][0], [mean[0]], [wild[0]]);
        Assert.That(
            path.Variances[0][1],
            Is.EqualTo(carried.Next([mean[1]]).Variance).Within(1e-10).Percent
        );
        var quiet = fit.ForecastVariances(3, varianceRegressors: [calm]);
        var loud = fit.ForecastVariances(3, varianceRegressors: [wild]);
        Assert.That(loud[0], Is.EqualTo(quiet[0]));
        Assert.That(loud[2] - quiet[2], Is.GreaterThan(fit["pi[1]"] * 9.0 - 1e-12));
    }

    [Test]
    public void ASeriesLeavesOutAsManyDaysAsItsModelRemembers()
    {
        double[] parameters = [0.0, 0.05, 0.2, 0.4, 0.5];
        var model = new GarchModel("figarch(600)");
        Assert.That(
            model.Simulate(parameters, 50),
            Is.EqualTo(model.Simulate(parameters, 50, leftOut: 1200))
        );
        double[] plain = [0.0, 0.05, 0.05, 0.9];
        Assert.That(
            new GarchModel().Simulate(plain, 50),
            Is.EqualTo(new GarchModel().Simulate(plain, 50, leftOut: 500))
        );
    }

    [Test]
    public void FaultsAreTheCores()
    {
        Assert.That(Raised.By(() => new GarchModel("garhc").Fit(Returns())).IsUnknownName, Is.True);
        Assert.That(Raised.By(() => new GarchModel().Fit(new double[10])).IsTooShort, Is.True);
        Assert.That(
            new GarchModel { Mean = "median" }
                .TryFit(Returns())
                .IsRight,
            Is.False
        );
        Assert.That(GarchModel.Names, Has.Member("figarch"));
    }

    [Test]
    public void AModelIsAForecaster()
    {
        Assert.That(new GarchModel("gjr").ToForecaster(5).RefitEvery, Is.EqualTo(5));
        Assert.That(Forecasters.Names, Has.Member("gjr").And.Member("egarch"));
        Assert.That(Forecasters.Create("garch").Name, Is.EqualTo("garch"));
        var returns = Returns();
        var dates = Enumerable
            .Range(0, returns.Length)
            .Select(new DateOnly(2001, 1, 1).AddDays)
            .ToArray();
        var history = VarianceHistory.FromColumns(
            "X",
            dates,
            returns.Select(r => r * r + 0.1).ToArray(),
            returns
        );
        var window = new Window(1, 800);
        var byName = Forecasters.Create("gjr(x(variance))").Fit(history, window, 1);
        var byOption = new GarchModel("gjr")
            .ToForecaster(regressors: ["variance"])
            .Fit(history, window, 1);
        var without = Forecasters.Create("gjr").Fit(history, window, 1);
        var expected = byName.ForecastDailyVariance(history, 900);
        Assert.That(byOption.ForecastDailyVariance(history, 900), Is.EqualTo(expected));
        Assert.That(without.ForecastDailyVariance(history, 900), Is.Not.EqualTo(expected));
    }
}
