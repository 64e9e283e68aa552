namespace VolatilityForge.CSharp;

/// <summary>One European option and the curves at its expiry.</summary>
/// <param name="IsCall">True to buy at the strike, false to sell.</param>
/// <param name="Spot">Price of the underlying now, positive.</param>
/// <param name="Strike">Positive.</param>
/// <param name="Years">Years to expiry, positive.</param>
/// <param name="Rate">Continuously compounded rate per year.</param>
/// <param name="Yield">Continuously compounded dividend yield per year.</param>
public sealed record OptionContract(
    bool IsCall,
    double Spot,
    double Strike,
    double Years,
    double Rate = 0.0,
    double Yield = 0.0
)
{
    private Core.OptionTerms Terms =>
        new(
            IsCall ? Core.OptionRight.Call : Core.OptionRight.Put,
            Spot,
            Strike,
            Years,
            Rate,
            Yield
        );

    /// <summary>The forward price of the underlying at expiry.</summary>
    public double Forward => Core.BlackScholes.forward(Terms);

    /// <summary>The price at a volatility per root year, at least 0.</summary>
    public double Price(double volatility) => Core.BlackScholes.price(volatility, Terms);

    /// <summary>The price and its derivatives at a positive volatility.</summary>
    public OptionGreeks Greeks(double volatility) =>
        OptionGreeks.Of(Core.BlackScholes.greeks(volatility, Terms));

    /// <summary>The volatility per root year at which the option has this price.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// A term is outside its domain, or the price at or beyond the no-arbitrage bounds, which the fault gives.
    /// </exception>
    public double ImpliedVolatility(double price) => TryImpliedVolatility(price).OrThrow();

    /// <summary>As <see cref="ImpliedVolatility"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, double> TryImpliedVolatility(double price) =>
        Core.ImpliedVolatility.ofPrice(price, Terms).ToEither();
}

/// <summary>
/// Derivatives of an option's price, per 1.00 of volatility and rate; time is calendar time in years.
/// </summary>
/// <param name="Price">The price.</param>
/// <param name="Delta">By the spot.</param>
/// <param name="Gamma">By the spot twice.</param>
/// <param name="Vega">By the volatility.</param>
/// <param name="Theta">By time, per year.</param>
/// <param name="Rho">By the rate.</param>
/// <param name="Vanna">By spot and volatility.</param>
/// <param name="Volga">By the volatility twice.</param>
/// <param name="Charm">Of delta by time.</param>
/// <param name="Speed">Of gamma by the spot.</param>
/// <param name="Zomma">Of gamma by the volatility.</param>
/// <param name="Color">Of gamma by time.</param>
public sealed record OptionGreeks(
    double Price,
    double Delta,
    double Gamma,
    double Vega,
    double Theta,
    double Rho,
    double Vanna,
    double Volga,
    double Charm,
    double Speed,
    double Zomma,
    double Color
)
{
    internal static OptionGreeks Of(Core.Greeks greeks) =>
        new(
            greeks.Price,
            greeks.Delta,
            greeks.Gamma,
            greeks.Vega,
            greeks.Theta,
            greeks.Rho,
            greeks.Vanna,
            greeks.Volga,
            greeks.Charm,
            greeks.Speed,
            greeks.Zomma,
            greeks.Color
        );
}
