using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class WalkForwardTests
{
    private static readonly BarSeries Bars = SampleData.Simulated(420);
    private static readonly VarianceHistory History = VarianceHistory.FromBars(Bars);
    private static readonly WalkForwardConfig Config = new()
    {
        WindowLabels = 250,
        Horizons = [1, 5],
    };

    /// <summary>Yesterday's variance, written in C#.</summary>
    private sealed class Yesterday : Forecaster, IFittedForecaster
    {
        public override string Name => "yesterday";

        public override IFittedForecaster Fit(
            VarianceHistory history,
            Window window,
            int horizon
        ) => this;

        public double ForecastDailyVariance(VarianceHistory history, int origin) =>
            history.DailyVariance[origin];
    }

    /// <summary>The mean over the window, renewed each day without a fit.</summary>
    private sealed class WindowMean : Forecaster
    {
        public override string Name => "window-mean";

        public override int RefitEvery => 1000;

        public override IFittedForecaster Fit(
            VarianceHistory history,
            Window window,
            int horizon
        ) =>
            new Fitted(
                history.DailyVariance.AsSpan(window.First, window.Length).ToArray().Average()
            );

        private sealed record Fitted(double Mean) : IUpdatableForecaster
        {
            public double ForecastDailyVariance(VarianceHistory history, int origin) => Mean;

            public IFittedForecaster Update(VarianceHistory history, Window window) =>
                new WindowMean().Fit(history, window, 1);
        }
    }

    private sealed class Failing(Exception error) : Forecaster
    {
        public override string Name => "failing";

        public override IFittedForecaster Fit(
            VarianceHistory history,
            Window window,
            int horizon
        ) => throw error;
    }

    private sealed class Recorder : IProgress<ExperimentProgress>
    {
        public List<ExperimentProgress> Seen { get; } = [];

        public Action Then { get; init; } = () => { };

        public void Report(ExperimentProgress value)
        {
            Seen.Add(value);
            Then();
        }
    }

    [Test]
    public void ResultsAreTheCoresToTheLastBit()
    {
        string[] names = ["random-walk", "ewma", "har", "log-har"];
        var defaults = Core.WalkForwardConfigModule.defaults;
        var core = Core.FaultModule.orRaise(
            Core.WalkForward.run(
                new(
                    Core.WindowRule.NewRolling(250),
                    ListModule.OfSeq([1, 5]),
                    defaults.LookBack,
                    defaults.FirstOrigin,
                    defaults.Clamp,
                    defaults.Embargo,
                    defaults.RefitEvery,
                    defaults.Threads
                ),
                FuncConvert.FromAction<Tuple<int, int>>(_ => { }),
                CancellationToken.None,
                ListModule.OfSeq(
                    names.Select(name =>
                        Core.FaultModule.orRaise(
                            Core.Models.forecaster(
                                Core.Models.registry,
                                Core.NeuralForecaster.unmonitored,
                                Core.ExperimentConfig.Default(5),
                                name
                            )
                        )
                    )
                ),
                Core.FaultModule.orRaise(
                    Core.Measured.history(
                        Core.VarianceFloor.SmallestSoFar,
                        Core.VarianceMeasure.GarmanKlass,
                        Core.FaultModule.orRaise(
                            Core.BarsModule.check(
                                new(
                                    Bars.Symbol,
                                    [.. Bars.Dates],
                                    [.. Bars.Open],
                                    [.. Bars.High],
                                    [.. Bars.Low],
                                    [.. Bars.Close],
                                    null,
                                    null
                                )
                            )
                        )
                    )
                )
            )
        );
        var tracks = WalkForward.Run(
            Config,
            names.Select(name => Forecasters.Create(name)),
            History
        );
        Assert.That(tracks, Has.Count.EqualTo(8));
        foreach (var (expected, found) in core.Zip(tracks))
        {
            Assert.That(
                (found.Model, found.Horizon),
                Is.EqualTo((expected.Model, expected.Horizon))
            );
            Assert.That(found.Dates, Is.EqualTo(expected.Dates));
            Assert.That(found.ForecastDailyVariance, Is.EqualTo(expected.Forecast));
            Assert.That(found.RealisedDailyVariance, Is.EqualTo(expected.Realised));
            Assert.That(found.Scored, Is.EqualTo(expected.Scored));
            Assert.That(found.NextDailyVariance, Is.EqualTo(expected.Next));
            Assert.That(
                (found.Clamped, found.Refits),
                Is.EqualTo((expected.Clamped, expected.Refits))
            );
        }
    }

    [Test]
    public void AForecasterWrittenInCSharpWalksBesideTheOthers()
    {
        var tracks = WalkForward.Run(
            Config with
            {
                Clamp = null,
            },
            [new Yesterday(), Forecasters.Create("log-har")],
            History
        );
        var own = tracks.Single(track => track is { Model: "yesterday", Horizon: 1 });
        Assert.That(own.ForecastDailyVariance[1..], Is.EqualTo(own.RealisedDailyVariance[..^1]));
        Assert.That(own.NextDailyVariance, Is.EqualTo(History.DailyVariance[^1]));
        Assert.That(own.Refits, Is.EqualTo(own.Dates.Length + 1));

        var rows = WalkForward.Compare(tracks);
        Assert.That(
            rows.Select(row => row.Model),
            Is.EqualTo(new[] { "yesterday", "log-har", "yesterday", "log-har" })
        );
        Assert.That(rows[0].QlikeRatio, Is.EqualTo(rows[0].Qlike / rows[1].Qlike));
        Assert.That(rows[0].DmPValue, Is.InRange(0.0, 1.0));
        Assert.That(rows[1].DmPValue, Is.Null);
        Assert.That(WalkForward.TryCompare(tracks, "garch").IsLeft, Is.True);
    }

    [Test]
    public void AnUpdatableForecasterIsRenewedBetweenFits()
    {
        var track = WalkForward
            .Run(Config with { Horizons = [1], Clamp = null }, [new WindowMean()], History)
            .Single();
        Assert.That(track.Refits, Is.EqualTo(1));
        Assert.That(track.ForecastDailyVariance.Distinct().Count(), Is.EqualTo(track.Dates.Length));
    }

    [Test]
    public void AForecasterOfTheLibraryIsUsableByItself()
    {
        var model = Forecasters.Create("LOG-HAR");
        var window = new Window(21, 299);
        Assert.That((model.Name, model.RefitEvery), Is.EqualTo(("log-har", 1)));
        Assert.That(window.Length, Is.EqualTo(279));
        Assert.That(model.MinimumDays(1), Is.LessThan(window.Length));
        var fitted = model.Fit(History, window, 1);
        Assert.That(fitted.ForecastDailyVariance(History, 300), Is.Positive);
        Assert.That(
            fitted.ForecastDailyVariance(History.UpTo(300), 300),
            Is.EqualTo(fitted.ForecastDailyVariance(History, 300)),
            "the future changes nothing"
        );
        Assert.That(Raised.By(() => model.Fit(History, new Window(0, 3), 1)).IsTooShort, Is.True);
    }

    [Test]
    public void ModelsAreKnownByName()
    {
        Assert.That(
            Forecasters.Names,
            Is.EqualTo(
                new[] { "random-walk", "ewma", "har", "log-har", "log-har-smearing" }
                    .Concat(HarOptions.Known.Select(options => options.Name))
                    .Concat([
                        "ridge",
                        "lasso",
                        "elastic-net",
                        "riskmetrics2006",
                        "rfsv",
                        "garch",
                        "gjr",
                        "tarch",
                        "egarch",
                        "aparch",
                        "figarch",
                        "component",
                        "realized-garch",
                        "heavy",
                        "equal-weight",
                        "qlike-weight",
                        "transformer",
                        "mlp",
                        "harnet",
                    ])
            )
        );
        Assert.That(
            Forecasters.TryCreate("log-hra").Match(fault => fault.Describe(), _ => ""),
            Does.Contain("log-har")
        );
        var more = Forecasters.Registry.Register("yesterday", _ => new Yesterday());
        Assert.That(
            more.Create("yesterday", ExperimentConfig.Default()).Name,
            Is.EqualTo("yesterday")
        );
    }

    [Test]
    public void AFaultRaisedInCSharpComesBackAsItself()
    {
        var fault = Core.Fault.NewNotComputable("The model", "it was asked to fail", "");
        var result = WalkForward.TryRun(Config, [new Failing(fault.ToException())], History);
        Assert.That(result.Match(found => found, _ => null!), Is.SameAs(fault));
    }

    [Test]
    public void AnotherExceptionIsNotDisguised() =>
        Assert.That(
            () => WalkForward.Run(Config, [new Failing(new FormatException("own"))], History),
            Throws.TypeOf<FormatException>().With.Message.EqualTo("own")
        );

    [Test]
    public void ProgressCountsEveryForecast()
    {
        var recorder = new Recorder();
        var tracks = WalkForward.Run(Config, [Forecasters.Create("ewma")], History, recorder);
        var total = tracks.Sum(track => track.Dates.Length);
        Assert.That(
            recorder.Seen,
            Is.EqualTo(
                Enumerable.Range(1, total).Select(done => new ExperimentProgress(done, total))
            )
        );
    }

    [Test]
    public void CancellationIsDotNetsOwn()
    {
        using var source = new CancellationTokenSource();
        var recorder = new Recorder { Then = source.Cancel };
        var error = Assert.Throws<OperationCanceledException>(() =>
            WalkForward.Run(Config, [Forecasters.Create("ewma")], History, recorder, source.Token)
        );
        Assert.That(error!.CancellationToken, Is.EqualTo(source.Token));
        Assert.That(error.InnerException, Is.InstanceOf<Core.VolatilityForgeException>());
        Assert.That(recorder.Seen, Has.Count.EqualTo(1));
        Assert.That(
            WalkForward
                .TryRun(Config, [Forecasters.Create("ewma")], History, null, source.Token)
                .Match(fault => fault.IsCancelled, _ => false),
            Is.True
        );
    }

    [Test]
    public void SettingsOutsideTheirDomainAreFaults()
    {
        var broken = Config with { WindowLabels = 1, LookBack = -1, Clamp = (2.0, 1.0) };
        Assert.That(
            Raised.By(() => WalkForward.Run(broken, [new Yesterday()], History)).Flatten(),
            Has.Count.EqualTo(3)
        );
        Assert.That(
            WalkForward
                .Run(
                    Config with
                    {
                        FirstOrigin = 400,
                        ExpandingWindow = true,
                    },
                    [new Yesterday()],
                    History
                )[0]
                .Dates[0],
            Is.EqualTo(History.Dates[400])
        );
    }
}
