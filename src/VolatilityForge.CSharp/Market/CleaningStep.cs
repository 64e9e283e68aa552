using System;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A step of cleaning for quotes: one by name, or one's own.</summary>
public sealed class QuoteCleaningStep
{
    internal QuoteCleaningStep(Core.CleaningStep<Core.Quotes> step) => Step = step;

    internal Core.CleaningStep<Core.Quotes> Step { get; }

    /// <summary>The step's name.</summary>
    public string Name => Step.Name;

    /// <summary>
    /// A step by name, with its argument after a colon: "zero-price", "crossed", "exchange:N+T", "wide-spread:50", "mid-outlier:10",
    /// "duplicates:median", "session:09:30-16:00".
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The name is unknown (the fault lists them), or its argument wrong.</exception>
    public static QuoteCleaningStep Named(string name) =>
        new(Core.QuoteCleaning.parse(name).OrThrow());

    /// <summary>Removes quotes outside the hours of their day and inside halts.</summary>
    public static QuoteCleaningStep Session(TradingCalendar calendar) =>
        new(Core.QuoteCleaning.session(calendar.Calendar));

    /// <summary>A step of one's own, counted like the others.</summary>
    public static QuoteCleaningStep Of(
        string name,
        string rule,
        Func<QuoteSeries, QuoteSeries> apply
    ) =>
        new(
            new(
                name,
                rule,
                FuncConvert.FromFunc<Core.Quotes, Core.Quotes>(quotes => apply(new(quotes)).Quotes)
            )
        );
}

/// <summary>A step of cleaning for trades: one by name, or one's own.</summary>
public sealed class TradeCleaningStep
{
    internal TradeCleaningStep(Core.CleaningStep<Core.Trades> step) => Step = step;

    internal Core.CleaningStep<Core.Trades> Step { get; }

    /// <summary>The step's name.</summary>
    public string Name => Step.Name;

    /// <summary>
    /// A step by name, with its argument after a colon: "zero-price", "corrected", "abnormal", "exchange:N+T", "price-outlier:10",
    /// "duplicates:weighted", "session:09:30-16:00".
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The name is unknown (the fault lists them), or its argument wrong.</exception>
    public static TradeCleaningStep Named(string name) =>
        new(Core.TradeCleaning.parse(name).OrThrow());

    /// <summary>Removes trades outside the hours of their day and inside halts.</summary>
    public static TradeCleaningStep Session(TradingCalendar calendar) =>
        new(Core.TradeCleaning.session(calendar.Calendar));

    /// <summary>A step of one's own, counted like the others.</summary>
    public static TradeCleaningStep Of(
        string name,
        string rule,
        Func<TradeSeries, TradeSeries> apply
    ) =>
        new(
            new(
                name,
                rule,
                FuncConvert.FromFunc<Core.Trades, Core.Trades>(trades => apply(new(trades)).Trades)
            )
        );
}
