namespace VolatilityForge.CSharp;

/// <summary>Settings of Adam (Kingma and Ba 2015); weight decay is added to the gradient.</summary>
public sealed record AdamOptions : OptimizerOptions
{
    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    private protected override Core.OptimiserRule Rule =>
        Core.OptimiserRule.NewAdam(new(Beta1, Beta2, Epsilon));
}
