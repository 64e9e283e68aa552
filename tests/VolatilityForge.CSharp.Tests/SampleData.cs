using System;
using System.IO;
using VolatilityForge.CSharp;
using Core = VolatilityForge;

namespace VolatilityForge.CSharp.Tests;

/// <summary>Data the tests share: simulated bars with a fixed seed, and the file that comes with the project.</summary>
internal static class SampleData
{
    public static BarSeries Simulated(int days)
    {
        var defaults = Core.Simulate.defaults;
        var config = new Core.SimulateConfig(
            "SIM",
            days,
            defaults.Start,
            defaults.Price,
            defaults.MeanVariance,
            defaults.Persistence,
            defaults.Roughness,
            defaults.Overnight,
            1
        );
        var bars = Core
            .FaultModule.orRaise(Core.Simulate.bars(config, Core.RngModule.ofSeed(7)))
            .Item1;
        return BarSeries.FromColumns(
            bars.Symbol,
            bars.Dates,
            bars.Open,
            bars.High,
            bars.Low,
            bars.Close
        );
    }

    public static string Sp500Path => Path.Combine(Root(), "data", "sp500.csv");

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "VolatilityForge.sln")))
            folder =
                folder.Parent
                ?? throw new DirectoryNotFoundException(
                    "The tests run inside the project's folder."
                );
        return folder.FullName;
    }
}
