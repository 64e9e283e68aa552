using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// One underlying's option quotes: prices, implied volatilities or both. Strikes are finite and positive, no expiry is before
/// the day of its quote, everything else is finite and not negative or NaN where missing; a column is null where the source has none.
/// </summary>
public sealed class OptionChain
{
    internal OptionChain(Core.OptionQuotes quotes) => Quotes = quotes;

    internal Core.OptionQuotes Quotes { get; }

    /// <summary>The symbol of the underlying, or an empty text for a lone chain.</summary>
    public string Underlying => Quotes.Underlying;

    /// <summary>Quotes.</summary>
    public int Length => Quotes.Length;

    /// <summary>Not decreasing, as written in the source.</summary>
    public ImmutableArray<DateTime> Times => Quotes.Times.AsImmutable();

    /// <summary>Expiries.</summary>
    public ImmutableArray<DateOnly> Expiry => Quotes.Expiry.AsImmutable();

    /// <summary>Strikes.</summary>
    public ImmutableArray<double> Strike => Quotes.Strike.AsImmutable();

    /// <summary>True for calls; null where quotes are volatilities of a strike, whichever the right.</summary>
    public ImmutableArray<bool>? IsCall =>
        Quotes.Right is null ? null : [.. Quotes.Right.Value.Select(right => right.IsCall)];

    /// <summary>Bid prices.</summary>
    public ImmutableArray<double>? Bid => Quotes.Bid.AsImmutable();

    /// <summary>Ask prices.</summary>
    public ImmutableArray<double>? Ask => Quotes.Ask.AsImmutable();

    /// <summary>Quantity at the bid.</summary>
    public ImmutableArray<double>? BidSize => Quotes.BidSize.AsImmutable();

    /// <summary>Quantity at the ask.</summary>
    public ImmutableArray<double>? AskSize => Quotes.AskSize.AsImmutable();

    /// <summary>Implied volatilities of the bids, per root year.</summary>
    public ImmutableArray<double>? BidVolatility => Quotes.BidVolatility.AsImmutable();

    /// <summary>Implied volatilities of the asks, per root year.</summary>
    public ImmutableArray<double>? AskVolatility => Quotes.AskVolatility.AsImmutable();

    /// <summary>Forward price of the underlying at the expiry.</summary>
    public ImmutableArray<double>? Forward => Quotes.Forward.AsImmutable();

    /// <summary>Years to the expiry as the source counts them.</summary>
    public ImmutableArray<double>? Years => Quotes.Years.AsImmutable();

    /// <summary>Price of the call between its bid and ask.</summary>
    public ImmutableArray<double>? CallMid => Quotes.CallMid.AsImmutable();

    /// <summary>Price of the underlying.</summary>
    public ImmutableArray<double>? UnderlyingPrice => Quotes.UnderlyingPrice.AsImmutable();

    /// <summary>The quotes whose position the predicate keeps.</summary>
    public OptionChain Where(Func<int, bool> keeps) =>
        new(Core.OptionQuotesModule.filter(FuncConvert.FromFunc(keeps), Quotes));

    /// <summary>
    /// The smile of each expiry of one time's quotes, in order; expiries without one (no time left, fewer than two volatilities, no
    /// forward) are left out; <see cref="Expiries"/> says why.
    /// </summary>
    public IReadOnlyList<VolatilitySmile> Smiles() =>
        [
            .. Core
                .OptionSurface.smiles(Core.OptionSurface.defaults, Quotes)
                .Select(smile => new VolatilitySmile(smile)),
        ];

    /// <summary>
    /// Each expiry of one time's quotes in order, with its smile or why there is none: no time left, fewer than two strikes with a
    /// volatility, no forward.
    /// </summary>
    public IReadOnlyList<(DateOnly Expiry, Either<Core.Fault, VolatilitySmile> Smile)> Expiries() =>
        [
            .. Core
                .OptionSurface.expiries(Core.OptionSurface.defaults, Quotes)
                .Select(pair =>
                    (pair.Item1, pair.Item2.Select(smile => new VolatilitySmile(smile)).ToEither())
                ),
        ];

    /// <summary>
    /// A frame for each contract over time, with the columns that features of single options read: price, forward, strike, years,
    /// right, discount, underlying, volatility and volatility at the money.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">No expiry has a smile.</exception>
    public IReadOnlyList<Frame> Contracts() =>
        [
            .. Core
                .OptionRows.frames(Core.OptionSurface.defaults, Quotes)
                .OrThrow()
                .Select(frame => new Frame(frame)),
        ];

    /// <summary>The quotes of each time, in order of time.</summary>
    public IReadOnlyList<(DateTime Time, OptionChain Quotes)> Snapshots() =>
        [
            .. Core
                .OptionQuotesModule.snapshots(Quotes)
                .Select(pair => (pair.Item1, new OptionChain(pair.Item2))),
        ];
}
