using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// One symbol's trades as they were received: times not decreasing, prices finite or NaN where missing, sizes finite and not
/// negative or NaN.
/// </summary>
public sealed class TradeSeries
{
    internal TradeSeries(Core.Trades trades) => Trades = trades;

    internal Core.Trades Trades { get; }

    /// <summary>The symbol, or an empty text for a lone series.</summary>
    public string Symbol => Trades.Symbol;

    /// <summary>Trades.</summary>
    public int Length => Trades.Length;

    /// <summary>Not decreasing, as written in the source.</summary>
    public ImmutableArray<DateTime> Times => Trades.Times.AsImmutable();

    /// <summary>Prices.</summary>
    public ImmutableArray<double> Price => Trades.Price.AsImmutable();

    /// <summary>Traded quantity; null where the source has none.</summary>
    public ImmutableArray<double>? Size => Trades.Size.AsImmutable();

    /// <summary>Where the trade was made; null where the source doesn't tell.</summary>
    public ImmutableArray<string>? Exchange => Trades.Exchange.AsImmutable();

    /// <summary>The conditions of sale; null where the source has none.</summary>
    public ImmutableArray<string>? Condition => Trades.Condition.AsImmutable();

    /// <summary>The correction indicator; null where the source has none.</summary>
    public ImmutableArray<double>? Correction => Trades.Correction.AsImmutable();

    /// <summary>Trades out of columns of one element per trade. The columns are copied.</summary>
    /// <exception cref="Core.VolatilityForgeException">A rule is broken; the fault holds every broken one.</exception>
    public static TradeSeries FromColumns(
        string symbol,
        DateTime[] times,
        double[] price,
        double[]? size = null,
        string[]? exchange = null,
        string[]? condition = null,
        double[]? correction = null
    ) =>
        new(
            Core.TradesModule.check(
                    new(
                        symbol,
                        [.. times],
                        [.. price],
                        size.Copied(),
                        exchange.Copied(),
                        condition.Copied(),
                        correction.Copied()
                    )
                )
                .OrThrow()
        );

    /// <summary>The trades whose position the predicate keeps.</summary>
    public TradeSeries Where(Func<int, bool> keeps) =>
        new(Core.TradesModule.filter(FuncConvert.FromFunc(keeps), Trades));

    /// <summary>The steps one after the other, with the count of each.</summary>
    public Cleaned<TradeSeries> Clean(params TradeCleaningStep[] steps)
    {
        var cleaned = Core.TradeCleaning.run(
            ListModule.OfSeq(steps.Select(step => step.Step)),
            Trades
        );
        return new(new(cleaned.Ticks), CleaningCount.Of(cleaned.Counts));
    }

    /// <summary>
    /// The standard steps (zero prices, corrected trades, abnormal conditions, duplicates by median, prices off the rolling median).
    /// </summary>
    public Cleaned<TradeSeries> Clean() =>
        Clean([.. Core.TradeCleaning.standard.Select(step => new TradeCleaningStep(step))]);

    /// <summary>The standard steps where prices may be zero or negative: only missing ones are removed.</summary>
    public Cleaned<TradeSeries> CleanSigned() =>
        Clean([.. Core.TradeCleaning.signed.Select(step => new TradeCleaningStep(step))]);

    /// <summary>The trades as a frame with columns price and size.</summary>
    /// <exception cref="Core.VolatilityForgeException">Two trades have one time; merging of duplicates mends that.</exception>
    public Frame ToFrame() => new(Core.TradesModule.toFrame(Trades).OrThrow());

    /// <summary>Daily measures of the prices; all of them where none is named.</summary>
    /// <exception cref="Core.VolatilityForgeException">A price has no logarithm, a name is unknown, or no session has ticks.</exception>
    public DailyMeasures Measure(IntradayOptions? options = null, params string[] measures) =>
        (options ?? new()).Measure(
            Core.TickPricesModule.ofTrades((options ?? new()).Returns, Trades),
            measures
        );
}
