using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>How to read a bar file. The defaults read most files as they are.</summary>
public sealed record IngestOptions
{
    /// <summary>
    /// Names that the header uses for columns it names unusually. Case, spaces and underscores don't matter.
    /// </summary>
    public IReadOnlyDictionary<BarColumn, string> Columns { get; init; } =
        new Dictionary<BarColumn, string>();

    /// <summary>Null: found out from the header, among comma, semicolon, tab and vertical bar.</summary>
    public char? Delimiter { get; init; }

    /// <summary>A .NET format such as "M/d/yyyy"; null: found out, one format over the whole file.</summary>
    public string? DateFormat { get; init; }

    /// <summary>True where numbers are written 1469,25.</summary>
    public bool DecimalComma { get; init; } = Core.Ingest.defaults.DecimalComma;

    /// <summary>True: a row that breaks a rule is left out and noted; false: the file is refused.</summary>
    public bool DropBadRows { get; init; } = Core.Ingest.defaults.BadRows.IsDrop;

    /// <summary>What happens to rows of one symbol with the same date.</summary>
    public DuplicateDates Duplicates { get; init; }

    /// <summary>True: rows out of order are sorted by date; false: they are a fault.</summary>
    public bool Sort { get; init; } = Core.Ingest.defaults.Sort;

    /// <summary>The symbols to keep; empty keeps all.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = [];

    internal Core.IngestOptions ToCore() =>
        new(
            MapModule.OfSeq(Columns.Select(pair => Tuple.Create(pair.Key.ToCore(), pair.Value))),
            OptionModule.OfNullable(Delimiter),
            OptionModule.OfObj(DateFormat),
            DecimalComma,
            DropBadRows ? Core.BadRows.Drop : Core.BadRows.Reject,
            Duplicates.ToCore(),
            Sort,
            ListModule.OfSeq(Symbols)
        );
}
