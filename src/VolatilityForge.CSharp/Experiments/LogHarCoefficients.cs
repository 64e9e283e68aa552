using System.Collections.Immutable;

namespace VolatilityForge.CSharp;

/// <summary>
/// ln forecast = Intercept + sum of Slopes * ln of the mean variance over a day, a week and a month + Correction.
/// </summary>
public sealed class LogHarCoefficients
{
    internal LogHarCoefficients(Core.LogHarCoefficients coefficients) =>
        (Intercept, Slopes, Correction) = (
            coefficients.Intercept,
            [.. coefficients.Slopes],
            coefficients.Correction
        );

    /// <summary>The constant.</summary>
    public double Intercept { get; }

    /// <summary>One per span: a day, a week, a month.</summary>
    public ImmutableArray<double> Slopes { get; }

    /// <summary>For the bias of taking logarithms.</summary>
    public double Correction { get; }
}
