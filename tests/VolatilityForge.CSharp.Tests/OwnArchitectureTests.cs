using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using OwnArchitecture;
using TorchSharp;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

[TestFixture]
public sealed class OwnArchitectureTests : EngineFixture
{
    private static readonly BarSeries Bars = SampleData.Simulated(460);

    private static readonly ModelRegistry Models = ModelRegistry
        .Standard.WithArchitecture("gated", context => new GatedRecurrence(context))
        .WithArchitecture(
            "echo",
            context => new Echo(context.Base!.Slopes.Length),
            NetworkAnswer.Level
        )
        .WithForecaster("constant", _ => new Constant());

    private static ExperimentConfig Config(params string[] models) =>
        ExperimentConfig
            .Default()
            .WithModels(["log-har", .. models])
            .WithHorizons(1)
            .WithRollingWindow(380)
            .WithSeeds(1)
            .WithEpochs(2)
            .WithMlp(new() { Hidden = [3], Dropout = 0.1 })
            .WithHarNet(new() { Channels = 2 });

    /// <summary>A level that is one number, so that only the mean is learnt.</summary>
    private sealed class Echo(int spans) : IModel
    {
        private readonly torch.Tensor level = torch.full([1], -9f - spans, torch.float32);

        public IReadOnlyList<Parameter> Parameters => [new("level", level, false)];

        public torch.Tensor Forward(torch.Tensor input, torch.Generator? generator = null) =>
            level.expand(input.shape[0]);
    }

    private sealed class Constant : Forecaster
    {
        public override string Name => "constant";

        public override IFittedForecaster Fit(
            VarianceHistory history,
            Window window,
            int horizon
        ) => new Fitted();

        private sealed class Fitted : IFittedForecaster
        {
            public double ForecastDailyVariance(VarianceHistory history, int origin) => 1e-4;
        }
    }

    [Test]
    public void TheSampleRunsToItsEnd()
    {
        var output = Console.Out;
        using var written = new StringWriter();
        Console.SetOut(written);
        try
        {
            var main = typeof(GatedRecurrence).Assembly.EntryPoint!;
            Assert.That(main.Invoke(null, [new[] { SampleData.Sp500Path }]), Is.EqualTo(0));
        }
        finally
        {
            Console.SetOut(output);
        }
        Assert.That(written.ToString(), Does.Contain("The checkpoint forecasts the same."));
    }

    [Test]
    public void OwnNetworksWalkForwardAndForecastFromTheirCheckpoint()
    {
        var config = Config("gated", "echo", "constant", "mlp", "harnet").Build(Models);
        var results = new ExperimentRunner(config, Models).Run(Bars);
        Assert.That(results.Rows.Select(row => row.Model), Is.EqualTo(config.Models));
        Assert.That(
            results.Training.Select(run => run.Model).Distinct(),
            Is.EqualTo(new[] { "gated", "echo", "mlp", "harnet" })
        );

        using var folder = new TemporaryFolder();
        results.Save(folder.File("out"));
        var path = Path.Combine(folder.File("out"), "checkpoint.safetensors");
        foreach (var next in TrainedModels.Load(path, Models).Forecast(Bars))
            Assert.That(
                next.DailyVariance,
                Is.EqualTo(results.Row(next.Model, 1).NextDailyVariance),
                next.Model
            );
        Assert.That(
            TrainedModels.Load(path).TryForecast(Bars).Match(fault => fault.Describe(), _ => ""),
            Does.Contain("There is no model 'gated'")
        );
    }

    [Test]
    public void NamesAreCheckedAgainstTheRegistryGiven()
    {
        Assert.That(Config("gated").TryBuild(Models).IsLeft, Is.False);
        Assert.That(Raised.By(() => Config("gated").Build()).IsUnknownName, Is.True);
        Assert.That(Models.Names, Is.SupersetOf(new[] { "transformer", "mlp", "harnet", "gated" }));
        Assert.That(ModelRegistry.Standard.Names, Does.Not.Contain("gated"));
    }

    [Test]
    public void AModelNeedsOnlyParametersAndForward()
    {
        IModel model = new Echo(spans: 0);
        var state = model.State();
        Assert.That(state.Single().Name, Is.EqualTo("level"));
        Assert.That(state.Single().ToDoubles(), Is.EqualTo(new[] { -9.0 }));
        Assert.That(state.Single().Shape, Is.EqualTo(new[] { 1L }));
        using var folder = new TemporaryFolder();
        StoredTensor.Save(folder.File("x.safetensors"), state);

        IModel other = new Echo(spans: 3);
        other.Load(StoredTensor.Load(folder.File("x.safetensors")));
        using var input = torch.zeros([5, 3, 2]);
        using var answer = other.Apply(input);
        Assert.That(answer.data<float>().ToArray(), Is.EqualTo(Enumerable.Repeat(-9f, 5)));
        var fault = Raised.By(() =>
            Network.Load(
                Network.OfForward([new("level", torch.zeros([2]), false)], (x, _) => x),
                state
            )
        );
        Assert.That(fault.Describe(), Does.Contain("level must be (2); it is (1)"));
    }

    [Test]
    public void AnArchitectureAndAFunctionAreNetworks()
    {
        var weight = new Parameter("weight", torch.full([1], 3f, torch.float32), true);
        var model = Network.OfArchitecture([weight], new Scaled(weight.Value));
        using var input = torch.arange(4f);
        using var twice = ((IComposable<torch.Tensor>)model).Then(model).Apply(input);
        Assert.That(twice.data<float>().ToArray(), Is.EqualTo(new[] { 4f, 13f, 22f, 31f }));
        ((IDisposable)model).Dispose();
        Assert.That(weight.Value.IsInvalid, Is.True);
    }

    private sealed class Scaled(torch.Tensor weight) : IArchitecture<torch.Tensor, torch.Tensor>
    {
        public torch.Tensor Encode(torch.Tensor input, torch.Generator? generator = null) =>
            input * weight;

        public torch.Tensor Decode(torch.Tensor encoded) => encoded + 1f;
    }

    [Test]
    public void ANetworkThatBreaksItsPromisesIsAFault()
    {
        var samples = new SampleSet(new float[67, 3, 2], [.. Enumerable.Repeat(1e-4f, 67)]);
        string Fit(IEnumerable<Parameter> parameters, Func<torch.Tensor, torch.Tensor> forward) =>
            Raised
                .By(() =>
                    new Trainer(Network.OfForward(parameters, (input, _) => forward(input))).Fit(
                        samples,
                        samples,
                        epochs: 1
                    )
                )
                .Describe();

        var weight = new Parameter("w", torch.ones([1]), false);
        Assert.That(Fit([], input => input), Does.Contain("must be one or more"));
        Assert.That(
            Fit([weight, weight], input => weight.Value.expand(67)),
            Does.Contain("2 of the name w")
        );
        Assert.That(
            Fit([weight], input => weight.Value.expand(input.shape[0], 1)),
            Does.Contain("must be (batch); it is (67, 1)")
        );
        Assert.That(
            Fit([weight], input => torch.zeros([input.shape[0]])),
            Does.Contain("depends on none of its parameters")
        );
    }

    [Test]
    public void SizesOfNetworksAreSettingsLikeOthers()
    {
        var config = Config("mlp");
        Assert.That(config.Mlp, Is.EqualTo(new MlpConfig { Hidden = [3], Dropout = 0.1 }));
        Assert.That(config.Mlp, Is.Not.EqualTo(new MlpConfig { Hidden = [5], Dropout = 0.1 }));
        Assert.That(config.HarNet.Channels, Is.EqualTo(2));
        Assert.That(ExperimentConfig.FromJson(config.ToJson()), Is.EqualTo(config));
        Assert.That(
            Raised.By(() => config.WithMlp(new() { Hidden = [] }).Build()).Describe(),
            Does.Contain("mlp hidden")
        );
    }
}
