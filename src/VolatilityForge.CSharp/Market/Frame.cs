using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>
/// One symbol's named columns of numbers over a strictly increasing time index, checked when made; NaN is a missing value.
/// </summary>
public sealed class Frame
{
    internal Frame(Core.Frame frame) => CoreFrame = frame;

    internal Core.Frame CoreFrame { get; }

    /// <summary>The symbol, or an empty text for a lone frame.</summary>
    public string Symbol => CoreFrame.Symbol;

    /// <summary>Strictly increasing, as written in the source: no zone is converted.</summary>
    public ImmutableArray<DateTime> Index =>
        ImmutableCollectionsMarshal.AsImmutableArray(CoreFrame.Index);

    /// <summary>Names of the columns in order.</summary>
    public IReadOnlyList<string> Names => [.. CoreFrame.Names];

    /// <summary>Rows.</summary>
    public int Length => CoreFrame.Length;

    /// <summary>The values of a column.</summary>
    /// <exception cref="Core.VolatilityForgeException">There is no such column; the fault lists those there are.</exception>
    public ImmutableArray<double> this[string name] =>
        ImmutableCollectionsMarshal.AsImmutableArray(
            Core.FrameModule.column(name, CoreFrame).OrThrow()
        );

    /// <summary>A frame of copies of the index and the columns.</summary>
    /// <exception cref="Core.VolatilityForgeException">A rule is broken; the fault holds every broken one.</exception>
    public static Frame FromColumns(
        string symbol,
        DateTime[] index,
        IEnumerable<KeyValuePair<string, double[]>> columns
    ) => TryFromColumns(symbol, index, columns).OrThrow();

    /// <summary>As <see cref="FromColumns"/>, with the fault in place of the exception.</summary>
    public static Either<Core.Fault, Frame> TryFromColumns(
        string symbol,
        DateTime[] index,
        IEnumerable<KeyValuePair<string, double[]>> columns
    ) =>
        Core
            .FrameModule.create(
                symbol,
                index,
                ListModule.OfSeq(columns.Select(pair => Tuple.Create(pair.Key, pair.Value)))
            )
            .Select(frame => new Frame(frame))
            .ToEither();

    /// <summary>The frame with one more column, or with other values in a column it has.</summary>
    /// <exception cref="Core.VolatilityForgeException">The column has another length, or an infinity.</exception>
    public Frame WithColumn(string name, double[] values) =>
        new(Core.FrameModule.withColumn(name, values, CoreFrame).OrThrow());

    /// <summary>The columns of these names, in this order.</summary>
    /// <exception cref="Core.VolatilityForgeException">One of them isn't there.</exception>
    public Frame Select(params string[] names) =>
        new(Core.FrameModule.select(ListModule.OfSeq(names), CoreFrame).OrThrow());

    /// <summary>True where a column has a value.</summary>
    /// <exception cref="Core.VolatilityForgeException">There is no such column.</exception>
    public ImmutableArray<bool> Mask(string name) =>
        ImmutableCollectionsMarshal.AsImmutableArray(
            Core.FrameModule.mask(name, CoreFrame).OrThrow()
        );

    /// <summary>The frame with a column NAME_present for each of its columns that has missing values: 1 or 0.</summary>
    public Frame WithMasks() => new(Core.FrameModule.withMasks(CoreFrame));

    /// <summary>The rows from a time to another, both included.</summary>
    public Frame Between(DateTime first, DateTime last) =>
        new(Core.FrameModule.slice(first, last, CoreFrame));

    /// <summary>The rows up to a time, it included: what was known then.</summary>
    public Frame UpTo(DateTime last) => new(Core.FrameModule.upTo(last, CoreFrame));

    /// <summary>
    /// The frame with the columns of another, each row with the last row of the other at or before it, NaN where there is none
    /// or where it is older than oldest.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">Both have a column of one name.</exception>
    public Frame AsOf(Frame other, TimeSpan? oldest = null) =>
        new(
            Core.FrameModule.asOf(OptionModule.OfNullable(oldest), other.CoreFrame, CoreFrame)
                .OrThrow()
        );
}
