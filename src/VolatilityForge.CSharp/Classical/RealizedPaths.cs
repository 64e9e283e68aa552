using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>Simulated days ahead of a model of returns and a realised measure.</summary>
public sealed class RealizedPaths
{
    private readonly Core.RealizedPaths paths;

    internal RealizedPaths(Core.RealizedPaths paths) => this.paths = paths;

    /// <summary>Realised measures, a row per path, an element per day.</summary>
    public ImmutableArray<ImmutableArray<double>> Measures =>
        [.. paths.Measures.Select(ImmutableCollectionsMarshal.AsImmutableArray)];

    /// <summary>Variances and returns of the same paths, with their means and quantiles.</summary>
    public GarchPaths Returns => new(Core.RealizedForecast.toGarchPaths(paths));
}
