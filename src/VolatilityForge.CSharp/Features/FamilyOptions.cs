using System.Collections.Generic;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>
/// Which features of a family to add and what they read. The default adds every feature whose columns are there.
/// </summary>
public sealed record FamilyOptions
{
    /// <summary>Names of features; empty: all whose columns are there.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>The column that plays a role, where it isn't named like it: ["bid"] = "BID".</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } =
        new Dictionary<string, string>();

    /// <summary>Settings by name, for every feature that has them: ["window"] = 50.</summary>
    public IReadOnlyDictionary<string, double> Settings { get; init; } =
        new Dictionary<string, double>();

    internal Core.FamilyOptions ToCore() =>
        new(ListModule.OfSeq(Features), Columns.ToCoreMap(), Settings.ToCoreMap());
}
