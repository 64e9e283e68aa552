using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>A feature asked for, by its registered name: docs/features.md and Features.Names list them.</summary>
public sealed record FeatureSpec(string Feature)
{
    /// <summary>The columns that play its roles, in order; empty: the roles' usual names.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Settings that differ from their defaults.</summary>
    public IReadOnlyDictionary<string, double> Settings { get; init; } =
        new Dictionary<string, double>();

    /// <summary>The same of these columns.</summary>
    public FeatureSpec Of(params string[] columns) => this with { Columns = columns };

    /// <summary>The same with a setting.</summary>
    public FeatureSpec With(string setting, double value) =>
        this with
        {
            Settings = new Dictionary<string, double>(Settings) { [setting] = value },
        };

    /// <summary>
    /// The feature's columns of a frame, by their names; what it learns, it learns of the whole frame.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The feature, a column or a setting is unknown, or it can't learn of these rows.
    /// </exception>
    public IReadOnlyDictionary<string, double[]> Apply(Frame frame) =>
        Core
            .FeatureRegistry.apply(ToCore(), frame.CoreFrame)
            .OrThrow()
            .ToDictionary(output => output.Item1, output => output.Item2);

    internal Core.FeatureSpec ToCore() =>
        new(Feature, ListModule.OfSeq(Columns), Settings.ToCoreMap());
}

internal static class CoreMaps
{
    public static FSharpMap<string, TValue> ToCoreMap<TValue>(
        this IEnumerable<KeyValuePair<string, TValue>> pairs
    ) => MapModule.OfSeq(pairs.Select(pair => Tuple.Create(pair.Key, pair.Value)));
}
