namespace VolatilityForge.CSharp;

/// <summary>
/// Settings of AdamW (Loshchilov and Hutter 2019); weight decay shrinks the parameters themselves.
/// </summary>
public sealed record AdamWOptions : OptimizerOptions
{
    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    private protected override Core.OptimiserRule Rule =>
        Core.OptimiserRule.NewAdamW(new(Beta1, Beta2, Epsilon));
}
