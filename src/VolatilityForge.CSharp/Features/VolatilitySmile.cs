namespace VolatilityForge.CSharp;

/// <summary>
/// Implied volatilities of one expiry over strikes, checked when made: strikes increase, everything is positive and finite;
/// missing volatilities (NaN) are left out.
/// </summary>
public sealed class VolatilitySmile
{
    private readonly Core.Smile smile;

    internal VolatilitySmile(Core.Smile smile) => this.smile = smile;

    /// <summary>A smile of strikes and volatilities per root year.</summary>
    /// <exception cref="Core.VolatilityForgeException">A rule is broken.</exception>
    public VolatilitySmile(double forward, double years, double[] strikes, double[] volatilities) =>
        smile = Core.SmileModule.create(forward, years, strikes, volatilities).OrThrow();

    /// <summary>Forward price of the underlying at the expiry.</summary>
    public double Forward => smile.Forward;

    /// <summary>Years to the expiry.</summary>
    public double Years => smile.Years;

    /// <summary>
    /// The volatility at a log-moneyness, ln(strike / forward): total variance linear between strikes, volatility flat beyond.
    /// </summary>
    public double VolatilityAt(double moneyness) => Core.SmileModule.volatilityAt(moneyness, smile);

    /// <summary>Volatility at the forward.</summary>
    public double AtTheMoney => Shape.AtTheMoney;

    /// <summary>
    /// The derivative of volatility by log-moneyness at the forward; NaN where fewer than five strikes are near.
    /// </summary>
    public double Skew => Shape.Skew;

    /// <summary>Volatility of the 25-delta call less that of the 25-delta put; NaN where the strikes don't reach.</summary>
    public double RiskReversal => Shape.RiskReversal;

    /// <summary>The mean of these two less the volatility at the money.</summary>
    public double Butterfly => Shape.Butterfly;

    /// <summary>Model-free implied variance per year, as an integral over the smile.</summary>
    public double ModelFreeVariance => Core.ModelFreeVariance.integral(smile);

    /// <summary>Model-free implied variance per year, as the VIX sums it over the strikes.</summary>
    /// <exception cref="Core.VolatilityForgeException">No strike is at or below the forward.</exception>
    public double VixVariance => Core.ModelFreeVariance.vixOfSmile(smile).OrThrow();

    private Core.SmileShape Shape => Core.SmileModule.shape(smile);
}
