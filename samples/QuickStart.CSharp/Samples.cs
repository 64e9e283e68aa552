using System;
using System.Collections.Generic;
using System.Linq;
using VolatilityForge.CSharp;

namespace QuickStart;

/// <summary>From samples of one's own features to the error on days the network hasn't seen.</summary>
internal static class Samples
{
    private const int Days = 10;

    public static void Forecast(BarSeries bars)
    {
        var variance = Measures.DailyVariance(bars, "garman-klass").DailyVariance;
        var returns = bars.Returns();

        // A day without movement has no logarithm, so it can be neither feature nor target.
        var usable = Enumerable
            .Range(Days, bars.Length - Days - 1)
            .Where(day => Enumerable.Range(day - Days + 1, Days + 1).All(d => variance[d] > 0))
            .ToArray();
        var (trainEnd, validationEnd) = (usable.Length * 6 / 10, usable.Length * 8 / 10);

        SampleSet Of(IReadOnlyList<int> days)
        {
            var features = new float[days.Count, Days, 2];
            for (var sample = 0; sample < days.Count; sample++)
            for (var step = 0; step < Days; step++)
            {
                var day = days[sample] - Days + 1 + step;
                features[sample, step, 0] = (float)Math.Log(variance[day]);
                features[sample, step, 1] = (float)(returns[day] / Math.Sqrt(variance[day]));
            }
            return new(features, [.. days.Select(day => (float)variance[day + 1])]);
        }

        var config = ExperimentConfig
            .Default(nFeatures: 2)
            .WithModel("transformer")
            .WithSequenceLength(Days)
            .WithSeeds(1)
            .WithEpochs(6)
            .Build();
        var runner = new ExperimentRunner(config, new EarlyStoppingCallback(patience: 3));

        var results = runner.Run(
            Of(usable[..trainEnd]),
            Of(usable[trainEnd..validationEnd]),
            Of(usable[validationEnd..])
        );

        Console.WriteLine(
            $"{results.TestMetrics.Count} test days, errors in daily variance; a constant's in brackets"
        );
        Console.WriteLine(
            $"RMSE:  {results.TestMetrics.Rmse:0.000000} ({results.BaselineMetrics.Rmse:0.000000})"
        );
        Console.WriteLine(
            $"QLIKE: {results.TestMetrics.Qlike:0.0000} ({results.BaselineMetrics.Qlike:0.0000})"
        );
        foreach (var run in results.Training)
            Console.WriteLine(
                $"seed {run.Seed}: {run.State.Phase}, {run.State.StopReason}, best epoch {run.State.BestEpoch}"
            );
    }
}
