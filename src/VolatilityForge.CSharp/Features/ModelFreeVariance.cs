using System;
using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>
/// The variance that option prices imply without a model; that of a smile is <see cref="VolatilitySmile.ModelFreeVariance"/>.
/// </summary>
public static class ModelFreeVariance
{
    /// <summary>
    /// The sum that the VIX is, per year, of undiscounted prices: puts below the last strike at or below the forward, calls above,
    /// the mean of both at it.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// There are fewer than three strikes, they don't increase, or none is at or below the forward.
    /// </exception>
    public static double Vix(double forward, double years, double[] strikes, double[] prices) =>
        Core.ModelFreeVariance.vix(forward, years, strikes, prices).OrThrow();

    /// <summary>
    /// A variance per year between expiries in increasing order, total variance linear in time; beyond them the nearer one's.
    /// </summary>
    /// <exception cref="ArgumentException">There is no expiry.</exception>
    public static double Interpolate(
        double years,
        IReadOnlyList<(double Years, double Variance)> expiries
    ) =>
        expiries.Count == 0
            ? throw new ArgumentException("There must be an expiry.", nameof(expiries))
            : Core.ModelFreeVariance.interpolate(
                years,
                [.. expiries.Select(expiry => Tuple.Create(expiry.Years, expiry.Variance))]
            );
}
