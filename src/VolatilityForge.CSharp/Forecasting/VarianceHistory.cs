using System;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>What a forecaster reads: one symbol's daily variances and returns, one of each per day.</summary>
public sealed class VarianceHistory
{
    internal VarianceHistory(Core.History history) => History = history;

    internal Core.History History { get; }

    /// <summary>The symbol, or an empty text for a lone series.</summary>
    public string Symbol => History.Symbol;

    /// <summary>Days.</summary>
    public int Length => Core.HistoryModule.length(History);

    /// <summary>Strictly increasing.</summary>
    public ImmutableArray<DateOnly> Dates =>
        ImmutableCollectionsMarshal.AsImmutableArray(History.Dates);

    /// <summary>The variance of each day; positive and finite.</summary>
    public ImmutableArray<double> DailyVariance =>
        ImmutableCollectionsMarshal.AsImmutableArray(History.Variance);

    /// <summary>Close-to-close log returns; 0 on a first day without a bar before it.</summary>
    public ImmutableArray<double> Returns =>
        ImmutableCollectionsMarshal.AsImmutableArray(History.Returns);

    /// <summary>False where the measure was zero and stands at its floor: such days don't count in QLIKE.</summary>
    public ImmutableArray<bool> Scored =>
        ImmutableCollectionsMarshal.AsImmutableArray(History.Scored);

    /// <summary>Mean daily variance over origin+1 .. origin+horizon; NaN when those days run past the end.</summary>
    public double TargetDailyVariance(int horizon, int origin) =>
        Core.HistoryModule.target(horizon, History, origin);

    /// <summary>The history cut after a day: what was known at its close.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The day doesn't lie inside the history.</exception>
    public VarianceHistory UpTo(int last)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(last);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(last, Length);
        return new(Core.HistoryModule.upTo(last, History));
    }

    /// <summary>
    /// The history of bars by a measure of <see cref="Measures.Names"/>. Where the measure is zero the smallest positive
    /// value so far stands in, or the given floor.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// An unknown measure, too few bars, a price that never moves, a floor that isn't positive.
    /// </exception>
    public static VarianceHistory FromBars(
        BarSeries bars,
        string measure = "garman-klass",
        double? floorDailyVariance = null
    ) => TryFromBars(bars, measure, floorDailyVariance).OrThrow();

    /// <summary>As <see cref="FromBars"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, VarianceHistory> TryFromBars(
        BarSeries bars,
        string measure = "garman-klass",
        double? floorDailyVariance = null
    )
    {
        var floor = floorDailyVariance is { } value
            ? Core.VarianceFloor.NewConstant(value)
            : Core.VarianceFloor.SmallestSoFar;
        return Core
            .Range.parse(measure)
            .Then(parsed => Core.Measured.history(floor, parsed, bars.Bars))
            .Select(history => new VarianceHistory(history))
            .ToEither();
    }
}
