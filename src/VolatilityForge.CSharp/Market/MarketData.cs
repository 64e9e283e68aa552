using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Reading market data from files and databases.</summary>
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

    /// <summary>
    /// The frames of a source, one per symbol in ordinal order: "FILE.csv", "FILE.csv.gz", "FILE.parquet", "parquet:PATTERN",
    /// "sqlite:FILE?query=SELECT ...", "postgres:CONNECTION?query=SELECT ...", "duckdb:FILE?query=SELECT ...". Parquet and DuckDB
    /// need DuckDB's library (VOLFORGE_DUCKDB).
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The source can't be read or breaks a rule.</exception>
    public static IReadOnlyList<Frame> LoadFrames(string source, TableOptions? options = null) =>
        TryLoadFrames(source, options).OrThrow();

    /// <summary>As <see cref="LoadFrames"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<Frame>> TryLoadFrames(
        string source,
        TableOptions? options = null
    ) =>
        Listed(
            Core.Sources.framesWith((options ?? new()).ToCore(), source),
            frame => new Frame(frame)
        );

    /// <summary>
    /// Writes frames of the same columns to a file, whole or not at all: Parquet where the path ends in .parquet, else CSV,
    /// gzipped where it ends in .gz.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The frames differ in columns, the file exists and is not to be replaced, or it can't be written.
    /// </exception>
    public static void SaveFrames(string path, IEnumerable<Frame> frames, bool replace = false)
    {
        var list = ListModule.OfSeq(frames.Select(frame => frame.CoreFrame));
        var written = path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)
            ? Core.FrameParquet.write(replace, path, list)
            : Core.FrameCsv.write(replace, path, list);
        written.OrThrow();
    }

    /// <summary>
    /// The quotes of a CSV file, plain or gzipped, one series per symbol in ordinal order: TAQ, minute quote bars, feeds.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The file can't be read or breaks a rule.</exception>
    public static IReadOnlyList<QuoteSeries> LoadQuotes(
        string path,
        TableOptions? options = null
    ) => TryLoadQuotes(path, options).OrThrow();

    /// <summary>As <see cref="LoadQuotes"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<QuoteSeries>> TryLoadQuotes(
        string path,
        TableOptions? options = null
    ) =>
        Listed(
            Core.QuotesCsv.read((options ?? new()).ToCore(), path),
            quotes => new QuoteSeries(quotes)
        );

    /// <summary>
    /// The trades of a CSV file, plain or gzipped, one series per symbol in ordinal order; of bars the close and the volume.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The file can't be read or breaks a rule.</exception>
    public static IReadOnlyList<TradeSeries> LoadTrades(
        string path,
        TableOptions? options = null
    ) => TryLoadTrades(path, options).OrThrow();

    /// <summary>As <see cref="LoadTrades"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<TradeSeries>> TryLoadTrades(
        string path,
        TableOptions? options = null
    ) =>
        Listed(
            Core.TradesCsv.read((options ?? new()).ToCore(), path),
            trades => new TradeSeries(trades)
        );

    /// <summary>
    /// The option quotes of a CSV file, plain or gzipped, one chain per underlying in ordinal order: prices, or a surface of
    /// implied volatilities.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The file can't be read or breaks a rule.</exception>
    public static IReadOnlyList<OptionChain> LoadOptionQuotes(
        string path,
        TableOptions? options = null
    ) => TryLoadOptionQuotes(path, options).OrThrow();

    /// <summary>As <see cref="LoadOptionQuotes"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<OptionChain>> TryLoadOptionQuotes(
        string path,
        TableOptions? options = null
    ) =>
        Listed(
            Core.OptionsCsv.read((options ?? new()).ToCore(), path),
            quotes => new OptionChain(quotes)
        );

    private static Either<Core.Fault, IReadOnlyList<TResult>> Listed<T, TResult>(
        FSharpResult<FSharpList<T>, Core.Fault> result,
        Func<T, TResult> wrap
    ) => result.Select(items => (IReadOnlyList<TResult>)[.. items.Select(wrap)]).ToEither();
}
