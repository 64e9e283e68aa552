using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// What a forecaster reads: one symbol's daily variances, returns and other measures, one of each per day.
/// </summary>
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

    /// <summary>Names of the other daily measures, such as "quarticity".</summary>
    public IReadOnlyList<string> MeasureNames => [.. History.Measures.Keys];

    /// <summary>A daily measure by name; NaN where it is missing.</summary>
    /// <exception cref="Core.VolatilityForgeException">The name is unknown; the fault lists the known ones.</exception>
    public ImmutableArray<double> Measure(string name) =>
        ImmutableCollectionsMarshal.AsImmutableArray(
            Core.HistoryModule.measure(name, History).OrThrow()
        );

    /// <summary>The history with one more measure, in place of one of that name. The values are copied.</summary>
    /// <exception cref="Core.VolatilityForgeException">Not one value per day, or an infinite one.</exception>
    public VarianceHistory WithMeasure(string name, double[] values) =>
        TryWithMeasure(name, values).OrThrow();

    /// <summary>As <see cref="WithMeasure"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, VarianceHistory> TryWithMeasure(string name, double[] values) =>
        Core
            .HistoryModule.withMeasure(name, values, History)
            .Select(history => new VarianceHistory(history))
            .ToEither();

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
    /// A history out of columns of one element per day, which are copied; every day is scored. Returns are close-to-close log
    /// returns; without them they are 0. Measures are named as models read them: quarticity, tripower_quarticity, bipower,
    /// negative_semivariance, positive_semivariance.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// Columns of different lengths, dates that don't increase, a variance that isn't positive and finite, a return that isn't
    /// finite, an infinite element of a measure; the fault holds them all.
    /// </exception>
    public static VarianceHistory FromColumns(
        string symbol,
        DateOnly[] dates,
        double[] dailyVariance,
        double[]? returns = null,
        IReadOnlyDictionary<string, double[]>? measures = null
    ) => TryFromColumns(symbol, dates, dailyVariance, returns, measures).OrThrow();

    /// <summary>As <see cref="FromColumns"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, VarianceHistory> TryFromColumns(
        string symbol,
        DateOnly[] dates,
        double[] dailyVariance,
        double[]? returns = null,
        IReadOnlyDictionary<string, double[]>? measures = null
    ) =>
        Core
            .HistoryModule.create(
                symbol,
                dates,
                dailyVariance,
                returns is null ? null : FSharpOption<double[]>.Some(returns),
                ListModule.OfSeq(
                    (measures ?? ImmutableDictionary<string, double[]>.Empty).Select(measure =>
                        Tuple.Create(measure.Key, measure.Value)
                    )
                )
            )
            .Select(history => new VarianceHistory(history))
            .ToEither();

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
