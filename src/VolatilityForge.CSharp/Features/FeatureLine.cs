using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>What one feature column is.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Unit">Such as "price/quantity"; "1" for a pure number, "?" where a column of unknown unit is read.</param>
/// <param name="Formula">The feature, its columns and settings.</param>
/// <param name="Summary">What is computed.</param>
/// <param name="Source">Paper or book.</param>
/// <param name="Learned">What was learned from the training part.</param>
/// <param name="Memory">Rows before a row that its value depends on, through every step.</param>
public sealed record FeatureLine(
    string Name,
    string Unit,
    string Formula,
    string Summary,
    string Source,
    IReadOnlyList<double> Learned,
    int Memory
)
{
    internal static FeatureLine Of(Core.FeatureLine line) =>
        new(
            line.Name,
            line.Unit,
            line.Formula,
            line.Summary,
            line.Source,
            line.Learned,
            line.Memory
        );
}
