using System.Collections.Generic;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>
/// Moneyness and the proxies of vega and gamma of options, in columns of one element per option; years and volatilities at the
/// money are floored at a day and 0.01.
/// </summary>
/// <exception cref="Core.VolatilityForgeException">The columns differ in length.</exception>
public sealed class OptionCharacteristics(
    double[] forward,
    double[] strike,
    double[] years,
    double[] atmVolatility
)
{
    private readonly Core.OptionCharacteristics options = new(
        forward,
        strike,
        years,
        atmVolatility
    );

    /// <summary>m = ln(strike / forward) / (atmVolatility sqrt(years)).</summary>
    public double[] StandardisedMoneyness => options.StandardisedMoneyness;

    /// <summary>phi(m) sqrt(years): the shape of vega over moneyness, not vega itself.</summary>
    public double[] VegaProxy() => options.VegaProxy();

    /// <summary>phi(m) / (atmVolatility sqrt(years)): the shape of gamma over moneyness, not gamma itself.</summary>
    public double[] GammaProxy() => options.GammaProxy();

    /// <summary>
    /// A row for each time of a chain: volatility at the money, skew, risk reversal, butterfly and model-free variance at the
    /// maturities in days (30 and 90 where none are given), the slope between the first and the last.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">There is no quote, or maturities don't increase.</exception>
    public static Frame OfChain(OptionChain chain, params int[] maturities) =>
        new(
            Core.OptionSurface.characteristics(
                    maturities.Length == 0
                        ? Core.OptionSurface.defaults
                        : new(
                            ListModule.OfSeq(maturities),
                            Core.OptionSurface.defaults.DaysPerYear,
                            Core.OptionSurface.defaults.Expires
                        ),
                    chain.Quotes
                )
                .OrThrow()
        );
}
