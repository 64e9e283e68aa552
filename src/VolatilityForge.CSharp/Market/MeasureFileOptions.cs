using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>How to read a file of daily realised measures. The defaults find most columns.</summary>
public sealed record MeasureFileOptions
{
    /// <summary>The column of variances, in any unit; null: the only column of numbers, or one of a known name.</summary>
    public string? Variance { get; init; }

    /// <summary>
    /// The column of daily log returns; null: those of the price, or else of a column of a known name such as return.
    /// </summary>
    public string? Return { get; init; }

    /// <summary>
    /// The column of prices whose log differences are the returns; null: the returns, or else a column of a known name such
    /// as close_price. A column that was not named here and has gaps gives no returns.
    /// </summary>
    public string? Price { get; init; }

    /// <summary>Columns by the names that models read, such as quarticity, besides those known.</summary>
    public IReadOnlyDictionary<string, string> Measures { get; init; } =
        new Dictionary<string, string>();

    /// <summary>
    /// True: a day without a positive variance stands at the smallest so far, unscored; false: it is left out.
    /// </summary>
    public bool FloorMissing { get; init; }

    /// <summary>True: each column of numbers is the variance of a symbol.</summary>
    public bool Wide { get; init; }

    /// <summary>The symbols to keep; empty keeps all.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = [];

    internal Core.MeasureFileOptions ToCore()
    {
        var table = Core.TableOptions.Default;
        return new(
            new(
                table.Columns,
                table.Keep,
                table.Delimiter,
                table.DateFormat,
                table.DecimalComma,
                table.BadRows,
                table.Duplicates,
                table.Sort,
                ListModule.OfSeq(Symbols)
            ),
            OptionModule.OfObj(Variance),
            OptionModule.OfObj(Return),
            OptionModule.OfObj(Price),
            ListModule.OfSeq(Measures.Select(pair => Tuple.Create(pair.Key, pair.Value))),
            FloorMissing ? Core.MissingVariance.Floor : Core.MissingVariance.Drop,
            Wide
        );
    }
}
