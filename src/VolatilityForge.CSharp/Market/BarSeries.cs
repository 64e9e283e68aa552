using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// One symbol's daily bars, checked when made: at least one day, dates strictly increasing, prices finite and positive,
/// low &lt;= open, close &lt;= high, volume finite and not negative. Ranges cut days: bars[..2000], bars[^500..].
/// </summary>
public sealed class BarSeries
{
    internal BarSeries(Core.Bars bars) => Bars = bars;

    internal Core.Bars Bars { get; }

    /// <summary>The symbol, or an empty text for a lone series.</summary>
    public string Symbol => Bars.Symbol;

    /// <summary>Days.</summary>
    public int Length => Bars.Length;

    /// <summary>Strictly increasing.</summary>
    public ImmutableArray<DateOnly> Dates =>
        ImmutableCollectionsMarshal.AsImmutableArray(Bars.Dates);

    /// <summary>First price of each day.</summary>
    public ImmutableArray<double> Open => ImmutableCollectionsMarshal.AsImmutableArray(Bars.Open);

    /// <summary>Highest price of each day.</summary>
    public ImmutableArray<double> High => ImmutableCollectionsMarshal.AsImmutableArray(Bars.High);

    /// <summary>Lowest price of each day.</summary>
    public ImmutableArray<double> Low => ImmutableCollectionsMarshal.AsImmutableArray(Bars.Low);

    /// <summary>Last price of each day.</summary>
    public ImmutableArray<double> Close => ImmutableCollectionsMarshal.AsImmutableArray(Bars.Close);

    /// <summary>Closes adjusted for splits and dividends; null where the source has none.</summary>
    public ImmutableArray<double>? AdjustedClose => Column(Bars.AdjustedClose);

    /// <summary>Traded quantity; null where the source has none.</summary>
    public ImmutableArray<double>? Volume => Column(Bars.Volume);

    /// <summary>
    /// Close-to-close log returns, one per day, from adjusted closes where the source has them; 0 on the first day.
    /// </summary>
    public ImmutableArray<double> Returns() =>
        ImmutableCollectionsMarshal.AsImmutableArray(Core.BarsModule.returns(Bars));

    /// <summary>The jumps that look like splits. A crash may look like one: read them before they are believed.</summary>
    public IReadOnlyList<PriceSplit> DetectedSplits() =>
        [
            .. Core
                .SplitModule.detected(Bars)
                .Select(split => new PriceSplit(split.Date, split.Ratio)),
        ];

    /// <summary>The bars with prices before each split over its ratio and volumes times it.</summary>
    /// <exception cref="Core.VolatilityForgeException">A ratio isn't finite and positive.</exception>
    public BarSeries AdjustedFor(params PriceSplit[] splits) =>
        new(
            Core.SplitModule.adjust(ListModule.OfSeq(splits.Select(split => split.ToCore())), Bars)
                .OrThrow()
        );

    /// <summary>The days from start, as many as length says.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The days don't lie inside the series, or there is none.</exception>
    public BarSeries Slice(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - start);
        return new(Core.BarsModule.slice(start, start + length - 1, Bars));
    }

    /// <summary>Bars out of columns of one element per day. The columns are copied.</summary>
    /// <exception cref="Core.VolatilityForgeException">A rule is broken; the fault holds every broken one.</exception>
    public static BarSeries FromColumns(
        string symbol,
        DateOnly[] dates,
        double[] open,
        double[] high,
        double[] low,
        double[] close,
        double[]? adjustedClose = null,
        double[]? volume = null
    ) => TryFromColumns(symbol, dates, open, high, low, close, adjustedClose, volume).OrThrow();

    /// <summary>As <see cref="FromColumns"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, BarSeries> TryFromColumns(
        string symbol,
        DateOnly[] dates,
        double[] open,
        double[] high,
        double[] low,
        double[] close,
        double[]? adjustedClose = null,
        double[]? volume = null
    ) =>
        Core
            .BarsModule.check(
                new(
                    symbol,
                    [.. dates],
                    [.. open],
                    [.. high],
                    [.. low],
                    [.. close],
                    Copy(adjustedClose),
                    Copy(volume)
                )
            )
            .Select(bars => new BarSeries(bars))
            .ToEither();

    private static FSharpOption<double[]>? Copy(double[]? column) =>
        column is null ? null : FSharpOption<double[]>.Some([.. column]);

    private static ImmutableArray<double>? Column(FSharpOption<double[]>? column) =>
        column is null ? null : ImmutableCollectionsMarshal.AsImmutableArray(column.Value);
}
