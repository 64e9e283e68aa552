using System;
using System.IO;
using System.Linq;
using OwnArchitecture;
using VolatilityForge.CSharp;
using VolatilityForgeException = VolatilityForge.VolatilityForgeException;

var path = args.FirstOrDefault() ?? "data/sp500.csv";
try
{
    // Six years instead of twenty: a sample should end in seconds.
    var bars = MarketData.LoadBars(path)[0][^1500..];

    // By name like any other model; what it is made from comes with the context.
    var models = ModelRegistry.Standard.WithArchitecture(
        "gated",
        context => new GatedRecurrence(context)
    );
    var config = ExperimentConfig
        .Default()
        .WithModels("log-har", "gated", "mlp")
        .WithHorizons(1)
        .WithSeeds(1)
        .WithEpochs(4)
        .Build(models);

    var results = new ExperimentRunner(config, models).Run(bars);
    Console.WriteLine("model        QLIKE   to log-har   next volatility");
    foreach (var row in results.Rows)
        Console.WriteLine(
            $"{row.Model, -12} {row.Qlike:0.0000}  {row.QlikeRatio:0.0000}       "
                + $"{Measures.AnnualisedVolatility(row.NextDailyVariance):0.0%}"
        );

    var folder = Directory.CreateTempSubdirectory("own-architecture").FullName;
    try
    {
        results.Save(folder, replace: true);
        var trained = TrainedModels.Load(Path.Combine(folder, "checkpoint.safetensors"), models);
        var same = trained
            .Forecast(bars)
            .All(next =>
                next.DailyVariance == results.Row(next.Model, next.Horizon).NextDailyVariance
            );
        Console.WriteLine(
            same ? "The checkpoint forecasts the same." : "The checkpoint forecasts something else."
        );
        return same ? 0 : 1;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}
catch (VolatilityForgeException error)
{
    Console.Error.WriteLine(error.Message);
    return error.Fault.ExitCode();
}
