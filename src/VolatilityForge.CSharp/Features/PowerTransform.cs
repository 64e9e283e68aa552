namespace VolatilityForge.CSharp;

/// <summary>Power transforms of single values, and their exponents by maximum likelihood in [-5, 5].</summary>
public static class PowerTransform
{
    /// <summary>(x^lambda - 1) / lambda, ln x at lambda = 0; NaN for x at or below 0 (Box and Cox 1964).</summary>
    public static double BoxCox(double lambda, double x) => Core.PowerTransform.boxCox(lambda, x);

    /// <summary>
    /// ((1 + x)^lambda - 1) / lambda from 0 on, -((1 - x)^(2 - lambda) - 1) / (2 - lambda) below (Yeo and Johnson 2000).
    /// </summary>
    public static double YeoJohnson(double lambda, double x) =>
        Core.PowerTransform.yeoJohnson(lambda, x);

    /// <summary>The exponent of Box-Cox; NaN is left out.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// There are fewer than three values, one is not positive, or all are the same.
    /// </exception>
    public static double FitBoxCox(double[] values) =>
        Core.PowerTransform.fitBoxCox(values).OrThrow();

    /// <summary>The exponent of Yeo-Johnson; NaN is left out.</summary>
    /// <exception cref="Core.VolatilityForgeException">There are fewer than three values, or all are the same.</exception>
    public static double FitYeoJohnson(double[] values) =>
        Core.PowerTransform.fitYeoJohnson(values).OrThrow();
}
