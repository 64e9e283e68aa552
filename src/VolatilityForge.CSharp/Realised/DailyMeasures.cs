using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>Daily measures of one symbol by name; NaN where a day has none.</summary>
public sealed class DailyMeasures
{
    internal DailyMeasures(Core.RealisedMeasures measures) => Measures = measures;

    internal Core.RealisedMeasures Measures { get; }

    /// <summary>Every intraday measure by name.</summary>
    public static IReadOnlyList<string> All { get; } =
    [.. Core.IntradayMeasureModule.all.Select(Core.IntradayMeasureModule.name)];

    /// <summary>The symbol, or an empty text for a lone series.</summary>
    public string Symbol => Measures.Symbol;

    /// <summary>Strictly increasing.</summary>
    public ImmutableArray<DateOnly> Dates => Measures.Dates.AsImmutable();

    /// <summary>Names of the measures in order.</summary>
    public IReadOnlyList<string> Names => [.. Measures.Names];

    /// <summary>The values of a measure, one per day.</summary>
    /// <exception cref="Core.VolatilityForgeException">There is no such measure; the fault lists those there are.</exception>
    public ImmutableArray<double> this[string name] =>
        Core.RealisedMeasuresModule.measure(name, Measures).OrThrow().AsImmutable();

    /// <summary>The measures as a frame, each day at midnight.</summary>
    public Frame ToFrame() => new(Core.RealisedMeasuresModule.toFrame(Measures));
}
