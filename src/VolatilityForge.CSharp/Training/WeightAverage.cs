namespace VolatilityForge.CSharp;

/// <summary>
/// Exponential moving average of the weights over the steps; the average is what is validated and kept.
/// </summary>
public sealed record WeightAverage
{
    /// <summary>The share of the average that a step keeps, in (0, 1).</summary>
    public double Decay { get; init; } = Core.Average.standard.Decay;

    /// <summary>True keeps at most (1 + t) / (10 + t) at step t, so that the first weights are soon forgotten.</summary>
    public bool WarmUp { get; init; } = Core.Average.standard.WarmUp;

    internal Core.AverageConfig ToCore() => new(Decay, WarmUp);
}
