namespace VolatilityForge.CSharp;

/// <summary>
/// Liquidity of arrays, one element per trade or day; NaN where a window is incomplete. Arrays of different lengths and settings
/// outside their domain raise <see cref="Core.VolatilityForgeException"/>.
/// </summary>
public static class Liquidity
{
    /// <summary>1 for a buyer's trade, -1 for a seller's, 0 while unknown (Lee and Ready 1991).</summary>
    public static double[] TradeSign(double[] price, double[] bid, double[] ask) =>
        Core.Microstructure.tradeSign(price, bid, ask);

    /// <summary>2 |price - mid|.</summary>
    public static double[] EffectiveSpread(double[] price, double[] bid, double[] ask) =>
        Core.Microstructure.effectiveSpread(price, bid, ask);

    /// <summary>The realised spread of the trade so many rows ago against the mid now.</summary>
    public static double[] RealisedSpread(int trades, double[] price, double[] bid, double[] ask) =>
        Core.Microstructure.realisedSpread(trades, price, bid, ask);

    /// <summary>The price impact of the trade so many rows ago, by the mid now.</summary>
    public static double[] PriceImpact(int trades, double[] price, double[] bid, double[] ask) =>
        Core.Microstructure.priceImpact(trades, price, bid, ask);

    /// <summary>The mean of |return| per money traded over the last days with volume (Amihud 2002).</summary>
    public static double[] Amihud(int window, double[] close, double[] volume) =>
        Core.Microstructure.amihud(window, close, volume);

    /// <summary>The slope of price changes on signed flow over the last rows.</summary>
    public static double[] KyleLambda(int window, double[] price, double[] flow) =>
        Core.Microstructure.kyleLambda(window, price, flow);

    /// <summary>Roll's (1984) spread over the last price changes; 0 where their covariance is positive.</summary>
    public static double[] Roll(int window, double[] price) =>
        Core.Microstructure.roll(window, price);

    /// <summary>Corwin and Schultz's (2012) relative spread, the mean of the last days.</summary>
    public static double[] CorwinSchultz(int window, double[] high, double[] low, double[] close) =>
        Core.Microstructure.corwinSchultz(window, high, low, close);
}
