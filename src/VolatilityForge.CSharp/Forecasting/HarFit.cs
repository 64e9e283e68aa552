using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>A fitted model of the HAR family.</summary>
public sealed class HarFit : IFittedForecaster
{
    private readonly Core.HarFamilyFit _fit;

    internal HarFit(Core.HarFamilyFit fit) => _fit = fit;

    /// <summary>Days of the label's mean.</summary>
    public int Horizon => _fit.Horizon;

    /// <summary>The constant.</summary>
    public double Intercept => _fit.Regression.Intercept;

    /// <summary>One per term.</summary>
    public ImmutableArray<double> Slopes =>
        ImmutableCollectionsMarshal.AsImmutableArray(_fit.Regression.Slopes);

    /// <summary>Labels of the fit.</summary>
    public int Observations => _fit.Regression.Observations;

    /// <summary>
    /// Mean daily variance over origin+1 .. origin+horizon; NaN where a term is missing at the origin. In levels it can be
    /// negative: a walk-forward clamps it.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The history lacks a measure.</exception>
    public double ForecastDailyVariance(VarianceHistory history, int origin) =>
        Core.HarFamily.forecast(_fit, history.History, origin).OrThrow();
}
