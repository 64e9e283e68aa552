using System;
using System.Linq;
using QuickStart;
using VolatilityForge.CSharp;
using VolatilityForgeException = VolatilityForge.VolatilityForgeException;

var path = args.FirstOrDefault() ?? "data/sp500.csv";
try
{
    var loaded = MarketData.LoadBars(path);
    foreach (var note in loaded.Notes)
        Console.Error.WriteLine(note);
    var bars = loaded[0];

    Bars.Forecast(bars);
    Console.WriteLine();
    Samples.Forecast(bars);
    return 0;
}
catch (VolatilityForgeException error)
{
    Console.Error.WriteLine(error.Message);
    return error.Fault.ExitCode();
}
