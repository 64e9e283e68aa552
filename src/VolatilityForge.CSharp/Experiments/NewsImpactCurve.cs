using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>What a day's shock does to the variance of the next, by the last fit of a model (Engle and Ng 1993).</summary>
public sealed class NewsImpactCurve
{
    internal NewsImpactCurve(Core.NewsImpactCurve curve)
    {
        Model = curve.Model;
        Horizon = curve.Horizon;
        Shocks = ImmutableCollectionsMarshal.AsImmutableArray(curve.Shocks);
        DailyVariance = ImmutableCollectionsMarshal.AsImmutableArray(curve.Variance);
    }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>Days ahead that the fit was made for.</summary>
    public int Horizon { get; }

    /// <summary>Residuals in volatilities.</summary>
    public ImmutableArray<double> Shocks { get; }

    /// <summary>Variance of the day after each.</summary>
    public ImmutableArray<double> DailyVariance { get; }
}
