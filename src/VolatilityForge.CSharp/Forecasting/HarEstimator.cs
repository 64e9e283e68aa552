namespace VolatilityForge.CSharp;

/// <summary>How the coefficients of a HAR are found.</summary>
public enum HarEstimator
{
    /// <summary>Least squares.</summary>
    LeastSquares,

    /// <summary>Least squares weighted by one over the plain fit's values (Patton and Sheppard 2015).</summary>
    Weighted,

    /// <summary>The smallest in-sample QLIKE.</summary>
    Qlike,

    /// <summary>
    /// Least squares on ln variance, with variances among the regressors in logarithms and half the residual variance added
    /// to a forecast of ln variance.
    /// </summary>
    Logarithms,
}
