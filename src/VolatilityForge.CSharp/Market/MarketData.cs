using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>Reading market data from files.</summary>
public static class MarketData
{
    /// <summary>
    /// The bars of a CSV file, plain or gzipped: columns date, open, high, low, close; adjusted close, volume and symbol
    /// where there are.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The file can't be read or breaks a rule; the fault names file, row, column and rule.
    /// </exception>
    public static LoadedBars LoadBars(string path, IngestOptions? options = null) =>
        TryLoadBars(path, options).OrThrow();

    /// <summary>As <see cref="LoadBars"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, LoadedBars> TryLoadBars(
        string path,
        IngestOptions? options = null
    ) =>
        Core
            .Ingest.bars((options ?? new()).ToCore(), path)
            .Select(ingested => new LoadedBars(ingested))
            .ToEither();

    /// <summary>
    /// The histories of a CSV file of daily realised measures, plain or gzipped: date, symbol where there are several, a variance,
    /// others; one history per symbol.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The file can't be read or breaks a rule, a column isn't there, a symbol has less than a month of days.
    /// </exception>
    public static IReadOnlyList<VarianceHistory> LoadMeasures(
        string path,
        MeasureFileOptions? options = null
    ) => TryLoadMeasures(path, options).OrThrow();

    /// <summary>As <see cref="LoadMeasures"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<VarianceHistory>> TryLoadMeasures(
        string path,
        MeasureFileOptions? options = null
    ) =>
        Core
            .MeasureFileModule.read((options ?? new()).ToCore(), path)
            .Select<Core.MeasureFile, IReadOnlyList<VarianceHistory>>(file =>
                [.. file.Histories.Select(history => new VarianceHistory(history))]
            )
            .ToEither();
}
