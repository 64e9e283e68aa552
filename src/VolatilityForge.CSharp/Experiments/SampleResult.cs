using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>What training, validation and test samples gave.</summary>
public sealed class SampleResult
{
    private readonly Core.SampleResult result;

    internal SampleResult(Core.SampleResult result)
    {
        this.result = result;
        Config = ExperimentConfig.Of(result.Config);
        TestMetrics = new(result.TestMetrics);
        BaselineMetrics = new(result.BaselineMetrics);
        Training = [.. result.Members.Select(member => new TrainingRun(member))];
    }

    /// <summary>The settings.</summary>
    public ExperimentConfig Config { get; }

    /// <summary>Losses of the ensemble on the test samples.</summary>
    public Metrics TestMetrics { get; }

    /// <summary>
    /// Losses of a constant on the same samples: the geometric mean variance of the training samples.
    /// </summary>
    public Metrics BaselineMetrics { get; }

    /// <summary>Variance forecasts of the test samples.</summary>
    public ImmutableArray<double> ForecastDailyVariance =>
        ImmutableCollectionsMarshal.AsImmutableArray(result.Forecasts);

    /// <summary>The members' training.</summary>
    public IReadOnlyList<TrainingRun> Training { get; }
}
