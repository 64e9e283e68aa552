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
    /// The bars of a CSV file, plain or gzipped, or of another source as <see cref="LoadFrames"/> takes it: columns date, open,
    /// high, low, close; adjusted close, volume and symbol where there are.
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
            .Sources.bars((options ?? new()).ToCore(), path)
            .Select(ingested => new LoadedBars(ingested))
            .ToEither();

    /// <summary>
    /// The histories of a CSV file of daily realised measures, plain or gzipped, or of another source as <see cref="LoadFrames"/> takes
    /// it: date, symbol where there are several, a variance, others; one history per symbol.
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
    /// The quotes of a source, one series per symbol in ordinal order: TAQ, minute quote bars, feeds; CSV, plain or gzipped, Parquet or a
    /// query, as <see cref="LoadFrames"/> takes it.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The source can't be read or breaks a rule.</exception>
    public static IReadOnlyList<QuoteSeries> LoadQuotes(
        string source,
        TableOptions? options = null
    ) => TryLoadQuotes(source, options).OrThrow();

    /// <summary>As <see cref="LoadQuotes"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<QuoteSeries>> TryLoadQuotes(
        string source,
        TableOptions? options = null
    ) =>
        Listed(
            Core.TickSources.quotes((options ?? new()).ToCore(), source),
            quotes => new QuoteSeries(quotes)
        );

    /// <summary>
    /// The trades of a source, one series per symbol in ordinal order; of bars the close and the volume. Sources are those of
    /// <see cref="LoadFrames"/>.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The source can't be read or breaks a rule.</exception>
    public static IReadOnlyList<TradeSeries> LoadTrades(
        string source,
        TableOptions? options = null
    ) => TryLoadTrades(source, options).OrThrow();

    /// <summary>As <see cref="LoadTrades"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, IReadOnlyList<TradeSeries>> TryLoadTrades(
        string source,
        TableOptions? options = null
    ) =>
        Listed(
            Core.TickSources.trades((options ?? new()).ToCore(), source),
            trades => new TradeSeries(trades)
        );

    /// <summary>
    /// The quotes of a CSV file as frames for features, one per symbol: cleaned by these steps, with every other column of numbers.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The file can't be read or breaks a rule, or two quotes have one time that no step merged.
    /// </exception>
    public static IReadOnlyList<TickFrame> LoadQuoteFrames(
        string path,
        TableOptions? options = null,
        params QuoteCleaningStep[] steps
    ) =>
        TickFrame.Of(
            Core.TickFrames.ofQuotes(
                ListModule.OfSeq(steps.Select(step => step.Step)),
                (options ?? new()).ToCore(),
                path
            )
        );

    /// <summary>The trades of a CSV file as frames for features, as <see cref="LoadQuoteFrames"/>.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The file can't be read or breaks a rule, or two trades have one time that no step merged.
    /// </exception>
    public static IReadOnlyList<TickFrame> LoadTradeFrames(
        string path,
        TableOptions? options = null,
        params TradeCleaningStep[] steps
    ) =>
        TickFrame.Of(
            Core.TickFrames.ofTrades(
                ListModule.OfSeq(steps.Select(step => step.Step)),
                (options ?? new()).ToCore(),
                path
            )
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
