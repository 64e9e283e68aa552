using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>How to read a table with a time column. The defaults read most files as they are.</summary>
public sealed record TableOptions
{
    /// <summary>
    /// The file's own names by role ("time", "symbol", "bid", "ask", "bid size", "price", "expiry" and so on), for headers that
    /// name a column unusually. Case, spaces and underscores don't matter.
    /// </summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } =
        new Dictionary<string, string>();

    /// <summary>The value columns that a frame keeps; empty keeps every column of numbers.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>Null: found out from the header, among comma, semicolon, tab and vertical bar.</summary>
    public char? Delimiter { get; init; }

    /// <summary>A .NET format such as "M/d/yyyy HH:mm"; null: found out, one format over the whole file.</summary>
    public string? DateFormat { get; init; }

    /// <summary>True where numbers are written 1469,25.</summary>
    public bool DecimalComma { get; init; } = Core.TableOptions.Default.DecimalComma;

    /// <summary>True: a row that breaks a rule is left out; false: the file is refused.</summary>
    public bool DropBadRows { get; init; } = Core.TableOptions.Default.BadRows.IsDrop;

    /// <summary>What happens to rows of a frame with one time; ticks keep every row.</summary>
    public DuplicateDates Duplicates { get; init; }

    /// <summary>True: rows out of order are sorted by time; false: they are a fault.</summary>
    public bool Sort { get; init; } = Core.TableOptions.Default.Sort;

    /// <summary>The symbols to keep; empty keeps all.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = [];

    internal Core.TableOptions ToCore() =>
        new(
            MapModule.OfSeq(Columns.Select(pair => System.Tuple.Create(pair.Key, pair.Value))),
            ListModule.OfSeq(Keep),
            OptionModule.OfNullable(Delimiter),
            OptionModule.OfObj(DateFormat),
            DecimalComma,
            DropBadRows ? Core.BadRows.Drop : Core.BadRows.Reject,
            Duplicates.ToCore(),
            Sort,
            ListModule.OfSeq(Symbols)
        );
}
