using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>What a model of returns and a realised measure expects of 1..days ahead, one element per day.</summary>
/// <param name="Variances">Of the returns.</param>
/// <param name="Measures">Of the realised measure.</param>
public sealed record RealizedOutlook(
    ImmutableArray<double> Variances,
    ImmutableArray<double> Measures
)
{
    internal static RealizedOutlook Of(Core.RealizedOutlook outlook) =>
        new(
            ImmutableCollectionsMarshal.AsImmutableArray(outlook.Variances),
            ImmutableCollectionsMarshal.AsImmutableArray(outlook.Measures)
        );
}
