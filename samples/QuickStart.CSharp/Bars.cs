using System;
using VolatilityForge.CSharp;

namespace QuickStart;

/// <summary>From bars to a table: the library measures, makes features, walks forward and compares.</summary>
internal static class Bars
{
    public static void Forecast(BarSeries bars)
    {
        // Ten years instead of twenty: a sample should end in seconds.
        var recent = bars[^2500..];
        var config = ExperimentConfig
            .Default(nFeatures: 5)
            .WithModels("ewma", "log-har", "transformer")
            .WithHorizons(1, 5)
            .Build();

        var results = new ExperimentRunner(config).Run(recent);

        Console.WriteLine(
            $"{results.Symbol}, {results.Tracks[0].Dates.Length} days from {results.Tracks[0].Dates[0]:yyyy-MM-dd}"
        );
        Console.WriteLine("model        days   QLIKE   to log-har   DM p   next volatility");
        foreach (var row in results.Rows)
            Console.WriteLine(
                $"{row.Model, -12} {row.Horizon, 4}  {row.Qlike:0.0000}      {row.QlikeRatio:0.0000}   "
                    + $"{row.DmPValue?.ToString("0.00") ?? "  - "}   "
                    + $"{Measures.AnnualisedVolatility(row.NextDailyVariance):0.0%}"
            );
    }
}
