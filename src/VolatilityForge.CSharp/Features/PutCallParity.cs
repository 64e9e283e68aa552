namespace VolatilityForge.CSharp;

/// <summary>What put-call parity gives: call - put = Discount (Forward - strike).</summary>
/// <param name="Forward">The forward price of the underlying.</param>
/// <param name="Discount">The price of one at expiry.</param>
/// <param name="Residual">The root of the weighted mean square of what parity leaves, in the unit of prices.</param>
/// <param name="Strikes">Strikes used.</param>
public sealed record ParityFit(double Forward, double Discount, double Residual, int Strikes);

/// <summary>
/// Forward and discount that calls and puts of one expiry imply, columns of one element per strike. Parity holds for European
/// options.
/// </summary>
public static class PutCallParity
{
    /// <summary>The forward at the strike where call and put differ least, given the discount.</summary>
    /// <exception cref="Core.VolatilityForgeException">The columns differ in length, or no strike has both prices.</exception>
    public static double Nearest(
        double discount,
        double[] strikes,
        double[] calls,
        double[] puts
    ) => Core.ParityForward.nearest(discount, strikes, calls, puts).OrThrow();

    /// <summary>
    /// Forward and discount by weighted least squares of call - put on the strike; rows with a missing price or weight are left out.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The columns differ in length, fewer than three strikes are left, or the slope is no discount.
    /// </exception>
    public static ParityFit Regression(
        double[] weights,
        double[] strikes,
        double[] calls,
        double[] puts
    )
    {
        var fit = Core.ParityForward.regression(weights, strikes, calls, puts).OrThrow();
        return new(fit.Forward, fit.Discount, fit.Residual, fit.Strikes);
    }
}
