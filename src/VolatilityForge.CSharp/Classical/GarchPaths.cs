using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>Simulated days ahead.</summary>
public sealed class GarchPaths
{
    private readonly Core.GarchPaths paths;

    internal GarchPaths(Core.GarchPaths paths) => this.paths = paths;

    /// <summary>Variances, a row per path, an element per day.</summary>
    public ImmutableArray<ImmutableArray<double>> Variances => Rows(paths.Variances);

    /// <summary>Returns, a row per path, an element per day.</summary>
    public ImmutableArray<ImmutableArray<double>> Returns => Rows(paths.Returns);

    /// <summary>Mean variance of each day ahead.</summary>
    public ImmutableArray<double> MeanVariances() =>
        Own(Core.GarchPathsModule.meanVariances(paths));

    /// <summary>Quantile of the variance of each day ahead.</summary>
    public ImmutableArray<double> VarianceQuantiles(double probability) =>
        Own(Core.GarchPathsModule.varianceQuantiles(probability, paths));

    /// <summary>Quantile of the return of each day ahead: value at risk is minus it.</summary>
    public ImmutableArray<double> ReturnQuantiles(double probability) =>
        Own(Core.GarchPathsModule.returnQuantiles(probability, paths));

    /// <summary>Quantile of the sum of returns from the first day ahead to each.</summary>
    public ImmutableArray<double> SumQuantiles(double probability) =>
        Own(Core.GarchPathsModule.sumQuantiles(probability, paths));

    private static ImmutableArray<double> Own(double[] values) =>
        ImmutableCollectionsMarshal.AsImmutableArray(values);

    private static ImmutableArray<ImmutableArray<double>> Rows(double[][] rows) =>
        [.. rows.Select(Own)];
}
