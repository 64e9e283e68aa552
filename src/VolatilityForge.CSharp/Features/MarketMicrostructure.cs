using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>
/// Features of a series of quotes: four columns of one element per quote, prices positive, sizes not negative. Computed when
/// first asked for; NaN where a formula has no value.
/// </summary>
/// <exception cref="Core.VolatilityForgeException">The columns differ in length.</exception>
public sealed class MarketMicrostructure(
    double[] bid,
    double[] ask,
    double[] bidSize,
    double[] askSize
)
{
    private readonly Core.MarketMicrostructure quotes = new(bid, ask, bidSize, askSize);

    /// <summary>Quotes.</summary>
    public int Length => quotes.Length;

    /// <summary>(bid + ask) / 2.</summary>
    public ImmutableArray<double> Mid => Column(quotes.Mid);

    /// <summary>ask - bid.</summary>
    public ImmutableArray<double> Spread => Column(quotes.Spread);

    /// <summary>(ask - bid) / mid.</summary>
    public ImmutableArray<double> RelativeSpread => Column(quotes.RelativeSpread);

    /// <summary>The mid weighted by the opposite sizes.</summary>
    public ImmutableArray<double> Microprice => Column(quotes.Microprice);

    /// <summary>(bidSize - askSize) / (bidSize + askSize): of the queues as they stand, not of what came.</summary>
    public ImmutableArray<double> QueueImbalance => Column(quotes.QueueImbalance);

    /// <summary>bidSize + askSize.</summary>
    public ImmutableArray<double> Depth => Column(quotes.Depth);

    /// <summary>ln(1 + depth) - ln(1 + spread in basis points of the mid).</summary>
    public ImmutableArray<double> LiquidityScore => Column(quotes.LiquidityScore);

    /// <summary>
    /// The order flow of each quote against the one before (Cont, Kukanov and Stoikov 2014); 0 for the first.
    /// </summary>
    public ImmutableArray<double> OrderFlowImbalance => Column(quotes.OrderFlowImbalance);

    /// <summary>The order flow summed over the last quotes.</summary>
    public ImmutableArray<double> OrderFlowWindow(int window) =>
        Column(quotes.OrderFlowWindow(window));

    private static ImmutableArray<double> Column(double[] values) =>
        ImmutableCollectionsMarshal.AsImmutableArray(values);
}
