using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class FeatureTests
{
    private const int Rows = 300;

    private static readonly double[] Bid =
    [
        .. Enumerable.Range(0, Rows).Select(row => 100.0 + Math.Round(Math.Sin(0.3 * row), 2)),
    ];

    private static readonly double[] Ask =
    [
        .. Bid.Select((bid, row) => bid + 0.01 * (1 + row % 23)),
    ];

    private static readonly double[] BidSize =
    [
        .. Enumerable.Range(0, Rows).Select(row => (double)(row * 7 % 11)),
    ];

    private static readonly double[] AskSize =
    [
        .. Enumerable.Range(0, Rows).Select(row => (double)(row * 5 % 13)),
    ];

    private static readonly Frame Quotes = Frame.FromColumns(
        "XYZ",
        [.. Enumerable.Range(0, Rows).Select(row => new DateTime(2024, 1, 2).AddSeconds(row))],
        new Dictionary<string, double[]>
        {
            ["bid"] = Bid,
            ["ask"] = Ask,
            ["bid_size"] = BidSize,
            ["ask_size"] = AskSize,
        }
    );

    private static readonly OwnFeature Range = OwnFeature.Rowwise(
        "range",
        ["bid", "ask"],
        row => row[1] - row[0]
    );

    private static FeaturePipeline Pipeline() =>
        new FeaturePipeline()
            .AddMicrostructure()
            .AddNonlinearTransforms(
                new()
                {
                    Columns = ["spread"],
                    Apply = [new FeatureSpec("z-score").With("window", 9), new("spline")],
                }
            )
            .AddInteractions(
                InteractionOptions.Polynomial(2) with
                {
                    Columns = ["spread", "queue_imbalance"],
                }
            )
            .Add(new FeatureSpec("ewma").Of("spread").With("decay", 0.5))
            .Add(Range);

    [Test]
    public void ColumnsWrittenAgainHoldTheFeaturesOfTheLastFrame()
    {
        var fitted = new FeaturePipeline().AddMicrostructure().Fit(Quotes);
        var columns = new FeatureColumns();
        var first = fitted.TransformInto(columns, Quotes);
        var other = Quotes.WithColumn("bid_size", [.. AskSize]);
        var second = fitted.TransformInto(columns, other, threads: 2);
        var expected = fitted.Transform(other);

        foreach (var name in fitted.Names)
        {
            Assert.That(second[name], Is.EqualTo(expected[name]), name);
            Assert.That(first[name], Is.EqualTo(expected[name]), name);
        }
    }

    [Test]
    public void AFittedPipelineGivesItsColumnsAndWhatTheyAre()
    {
        var fitted = Pipeline().Fit(Quotes, Quotes.Index[199]);
        var features = fitted.Transform(Quotes, threads: 2);
        Assert.That(features.Names, Is.EqualTo(fitted.Names));
        Assert.That(features["range"], Is.EqualTo(features["spread"]).Within(1e-12));
        Assert.That(
            fitted.Explain().Single(line => line.Name == "spread^2").Unit,
            Is.EqualTo("price^2")
        );
        Assert.That(fitted.Inputs, Is.EqualTo(Quotes.Names));
        Assert.That(fitted.Memory, Is.EqualTo(100));
    }

    [Test]
    public void RowByRowIsTheBatch()
    {
        var fitted = Pipeline().Fit(Quotes);
        var features = fitted.Transform(Quotes);
        var stream = fitted.Stream();
        for (var row = 0; row < Rows; row++)
        {
            var values = stream.Update(
                Quotes.Index[row],
                Bid[row],
                Ask[row],
                BidSize[row],
                AskSize[row]
            );
            Assert.That(values, Is.EqualTo(fitted.Names.Select(name => features[name][row])));
        }
        Assert.That(stream.Rows, Is.EqualTo(Rows));
        Assert.That(
            stream.TryUpdate(Quotes.Index[0], 1.0, 1.0, 1.0, 1.0).IsLeft,
            "a time that goes back"
        );
    }

    [Test]
    public void RecipesAndFitsGoThroughJson()
    {
        var pipeline = FeaturePipeline.FromJson(Pipeline().ToJson(), Range);
        Assert.That(pipeline.ToJson(), Is.EqualTo(Pipeline().ToJson()));
        var fitted = pipeline.Fit(Quotes);
        var again = FittedPipeline.FromJson(fitted.ToJson(), Range);
        Assert.That(
            again.Transform(Quotes)["spline_1(spread)"],
            Is.EqualTo(fitted.Transform(Quotes)["spline_1(spread)"])
        );
        Assert.That(
            Raised.By(() => FittedPipeline.FromJson(fitted.ToJson())).Describe(),
            Does.Contain("range")
        );
    }

    [Test]
    public void WhatIsMissingIsSaid()
    {
        var misspelt = new FeaturePipeline().Add(new FeatureSpec("spred"));
        Assert.That(Raised.By(() => misspelt.Fit(Quotes)).Describe(), Does.Contain("'spread'"));
        Assert.That(new FeaturePipeline().AddOptionCharacteristics().TryFit(Quotes).IsLeft);
        Assert.That(FeaturePipeline.FeatureNames, Does.Contain("order-flow-imbalance"));
    }

    [Test]
    public void MicrostructureOfArraysIsThatOfThePipeline()
    {
        var features = new FeaturePipeline().AddMicrostructure().FitTransform(Quotes);
        var book = new MarketMicrostructure(Bid, Ask, BidSize, AskSize);
        Assert.That(book.Length, Is.EqualTo(Rows));
        Assert.That(book.OrderFlowImbalance, Is.EqualTo(features["order_flow_event"]));
        Assert.That(book.OrderFlowWindow(100), Is.EqualTo(features["order_flow_window_100"]));
        Assert.That(book.LiquidityScore, Is.EqualTo(features["liquidity_score"]));
        Assert.That(book.Microprice, Is.EqualTo(features["microprice"]));
        Assert.That(book.QueueImbalance, Is.EqualTo(features["queue_imbalance"]));
        Assert.That(
            Liquidity.EffectiveSpread(Ask, Bid, Ask),
            Is.EqualTo(book.Spread).Within(1e-12)
        );
        Assert.That(
            () => new MarketMicrostructure(Bid, Ask, BidSize, []),
            Throws.TypeOf<Core.VolatilityForgeException>()
        );
    }

    [Test]
    public void AnOptionsPriceGivesItsVolatilityBack()
    {
        var option = new OptionContract(false, 100, 80, 0.1, 0.04, 0.01);
        var price = option.Price(0.35);
        Assert.That(option.ImpliedVolatility(price), Is.EqualTo(0.35).Within(1e-13));
        Assert.That(option.TryImpliedVolatility(200).IsLeft);
        Assert.That(option.Greeks(0.35).Delta, Is.Negative);
        Assert.That(option.Greeks(0.35).Price, Is.EqualTo(price));
    }

    [Test]
    public void ASmileHasLevelShapeAndVariance()
    {
        double[] strikes = [.. Enumerable.Range(30, 71).Select(step => 2.0 * step)];
        var smile = new VolatilitySmile(100, 0.5, strikes, [.. strikes.Select(_ => 0.25)]);
        Assert.That(smile.AtTheMoney, Is.EqualTo(0.25));
        Assert.That(smile.Skew, Is.Zero.Within(1e-12));
        Assert.That(smile.Butterfly + smile.RiskReversal, Is.Zero.Within(1e-12));
        Assert.That(smile.ModelFreeVariance, Is.EqualTo(0.0625).Within(1e-9));
        Assert.That(smile.VixVariance, Is.EqualTo(0.0625).Within(1e-3));
        Assert.That(smile.VolatilityAt(0.01), Is.EqualTo(0.25).Within(1e-15));
    }

    [Test]
    public void CharacteristicsOfOptionsInColumns()
    {
        double[] forward = [100, 100],
            strike = [100, 110],
            years = [0.25, 0.25],
            volatility = [0.2, 0.2];
        var options = new OptionCharacteristics(forward, strike, years, volatility);
        Assert.That(options.StandardisedMoneyness[0], Is.Zero);
        Assert.That(
            options.StandardisedMoneyness[1],
            Is.EqualTo(Math.Log(1.1) / 0.1).Within(1e-14)
        );
        Assert.That(options.VegaProxy()[1], Is.LessThan(options.VegaProxy()[0]));
        Assert.That(
            options.GammaProxy()[0],
            Is.EqualTo(1 / Math.Sqrt(2 * Math.PI) / 0.1).Within(1e-12)
        );
    }

    [Test]
    public void OneFeatureByNameIsThatOfThePipeline()
    {
        var spread = new FeatureSpec("spread").Apply(Quotes)["spread"];
        Assert.That(spread[7], Is.EqualTo(Ask[7] - Bid[7]));
        Assert.Throws<Core.VolatilityForgeException>(() => new FeatureSpec("spred").Apply(Quotes));
    }

    [Test]
    public void ParityVixAndPowersAreTheCores()
    {
        double[] strikes = [90, 95, 100, 105, 110];
        double[] calls = [.. strikes.Select(strike => 0.98 * (101 - strike) + 20)];
        double[] puts = [20, 20, 20, 20, 20];
        var fit = PutCallParity.Regression([1, 1, 1, 1, 1], strikes, calls, puts);
        Assert.That(fit.Forward, Is.EqualTo(101).Within(1e-9));
        Assert.That(fit.Discount, Is.EqualTo(0.98).Within(1e-12));
        Assert.That(
            PutCallParity.Nearest(0.98, strikes, calls, puts),
            Is.EqualTo(101).Within(1e-9)
        );
        Assert.That(
            ModelFreeVariance.Interpolate(0.5, [(0.25, 0.04), (1.0, 0.09)]),
            Is.EqualTo((0.04 * 0.25 * 2 / 3 + 0.09 / 3) / 0.5).Within(1e-15)
        );
        Assert.That(
            ModelFreeVariance.Vix(100, 1, [90, 100, 110], [1, 5, 1]),
            Is.EqualTo(2 * (10 / 8100.0 + 50 / 10000.0 + 10 / 12100.0)).Within(1e-15)
        );
        Assert.That(PowerTransform.BoxCox(0.5, 4), Is.EqualTo(2).Within(1e-15));
        Assert.That(PowerTransform.YeoJohnson(0.5, 3), Is.EqualTo(2).Within(1e-15));
        double[] values = [.. Enumerable.Range(1, 99).Select(at => Math.Exp(0.01 * at * at))];
        Assert.That(PowerTransform.FitBoxCox(values), Is.InRange(-1.0, 1.0));
        Assert.That(PowerTransform.FitYeoJohnson(values), Is.InRange(-1.0, 1.0));
    }
}
