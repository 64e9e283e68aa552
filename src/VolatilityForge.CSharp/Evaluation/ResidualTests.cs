using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>Tests of standardised residuals and of probability integral transforms, one per day.</summary>
public static class ResidualTests
{
    /// <summary>That the first autocorrelations are zero (Ljung and Box).</summary>
    /// <exception cref="Core.VolatilityForgeException">Too few days, a series that never varies.</exception>
    public static ChiSquareTest LjungBox(
        IEnumerable<double> values,
        int lags,
        int fittedParameters = 0
    ) => new(Core.ResidualTests.ljungBox(lags, fittedParameters, [.. values]).OrThrow());

    /// <summary>That squares are unrelated to their last values (Engle).</summary>
    /// <exception cref="Core.VolatilityForgeException">Too few days, a series that never varies.</exception>
    public static ChiSquareTest ArchLm(IEnumerable<double> values, int lags) =>
        new(Core.ResidualTests.archLm(lags, [.. values]).OrThrow());

    /// <summary>That squares don't depend on yesterday's sign and size (Engle and Ng).</summary>
    /// <exception cref="Core.VolatilityForgeException">Too few days, residuals of one sign.</exception>
    public static ChiSquareTest SignBias(IEnumerable<double> residuals) =>
        new(Core.ResidualTests.signBias([.. residuals]).OrThrow().Joint);

    /// <summary>That transforms are uniform and independent (Berkowitz).</summary>
    /// <exception cref="Core.VolatilityForgeException">Too few days, a transform outside (0, 1).</exception>
    public static ChiSquareTest Berkowitz(IEnumerable<double> transforms) =>
        new(Core.DensityTests.berkowitz([.. transforms]).OrThrow().Density);
}
