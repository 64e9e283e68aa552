namespace VolatilityForge.CSharp;

/// <summary>
/// Columns that one transform after another writes to (<see cref="FittedPipeline.TransformInto"/>). A frame made with them shows what
/// the last transform wrote. Not for several threads at once.
/// </summary>
public sealed class FeatureColumns
{
    internal Core.FeatureColumns Columns { get; } = new();
}
