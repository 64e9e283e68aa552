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
}
