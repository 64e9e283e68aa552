using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// One symbol's quotes as they were received: times not decreasing, prices finite or NaN where missing, sizes finite and not
/// negative or NaN. Zero prices and crossed quotes stand until they are cleaned.
/// </summary>
public sealed class QuoteSeries
{
    internal QuoteSeries(Core.Quotes quotes) => Quotes = quotes;

    internal Core.Quotes Quotes { get; }

    /// <summary>The symbol, or an empty text for a lone series.</summary>
    public string Symbol => Quotes.Symbol;

    /// <summary>Quotes.</summary>
    public int Length => Quotes.Length;

    /// <summary>Not decreasing, as written in the source.</summary>
    public ImmutableArray<DateTime> Times => Quotes.Times.AsImmutable();

    /// <summary>Best bids.</summary>
    public ImmutableArray<double> Bid => Quotes.Bid.AsImmutable();

    /// <summary>Best asks.</summary>
    public ImmutableArray<double> Ask => Quotes.Ask.AsImmutable();

    /// <summary>Quantity at the bid; null where the source has none.</summary>
    public ImmutableArray<double>? BidSize => Quotes.BidSize.AsImmutable();

    /// <summary>Quantity at the ask; null where the source has none.</summary>
    public ImmutableArray<double>? AskSize => Quotes.AskSize.AsImmutable();

    /// <summary>Where the quote was made; null where the source doesn't tell.</summary>
    public ImmutableArray<string>? Exchange => Quotes.Exchange.AsImmutable();

    /// <summary>Quotes out of columns of one element per quote. The columns are copied.</summary>
    /// <exception cref="Core.VolatilityForgeException">A rule is broken; the fault holds every broken one.</exception>
    public static QuoteSeries FromColumns(
        string symbol,
        DateTime[] times,
        double[] bid,
        double[] ask,
        double[]? bidSize = null,
        double[]? askSize = null,
        string[]? exchange = null
    ) =>
        new(
            Core.QuotesModule.check(
                    new(
                        symbol,
                        [.. times],
                        [.. bid],
                        [.. ask],
                        bidSize.Copied(),
                        askSize.Copied(),
                        exchange.Copied()
                    )
                )
                .OrThrow()
        );

    /// <summary>The quotes whose position the predicate keeps.</summary>
    public QuoteSeries Where(Func<int, bool> keeps) =>
        new(Core.QuotesModule.filter(FuncConvert.FromFunc(keeps), Quotes));

    /// <summary>The steps one after the other, with the count of each.</summary>
    public Cleaned<QuoteSeries> Clean(params QuoteCleaningStep[] steps)
    {
        var cleaned = Core.QuoteCleaning.run(
            ListModule.OfSeq(steps.Select(step => step.Step)),
            Quotes
        );
        return new(new(cleaned.Ticks), CleaningCount.Of(cleaned.Counts));
    }

    /// <summary>
    /// The standard steps (zero prices, duplicates by median, crossed quotes, wide spreads, middles off the rolling median).
    /// </summary>
    public Cleaned<QuoteSeries> Clean() =>
        Clean([.. Core.QuoteCleaning.standard.Select(step => new QuoteCleaningStep(step))]);

    /// <summary>The standard steps where prices may be zero or negative: only missing ones are removed.</summary>
    public Cleaned<QuoteSeries> CleanSigned() =>
        Clean([.. Core.QuoteCleaning.signed.Select(step => new QuoteCleaningStep(step))]);

    /// <summary>The quotes as a frame with columns bid, ask, bid_size and ask_size.</summary>
    /// <exception cref="Core.VolatilityForgeException">Two quotes have one time; merging of duplicates mends that.</exception>
    public Frame ToFrame() => new(Core.QuotesModule.toFrame(Quotes).OrThrow());

    /// <summary>Daily measures of the middles; all of them where none is named.</summary>
    /// <exception cref="Core.VolatilityForgeException">A price has no logarithm, a name is unknown, or no session has ticks.</exception>
    public DailyMeasures Measure(IntradayOptions? options = null, params string[] measures) =>
        (options ?? new()).Measure(
            Core.TickPricesModule.ofQuotes((options ?? new()).Returns, Quotes),
            measures
        );
}
