namespace VolatilityForge.CSharp;

/// <summary>
/// Settings of gradient descent with momentum; weight decay is added to the gradient. The standard rate suits Adam; SGD wants
/// a larger one.
/// </summary>
public sealed record SgdOptions : OptimizerOptions
{
    /// <summary>The share of the last move that is kept; 0 is plain gradient descent.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>The share of the gradient that momentum leaves out.</summary>
    public double Dampening { get; init; }

    /// <summary>True looks ahead along the momentum; needs momentum and no dampening.</summary>
    public bool Nesterov { get; init; }

    private protected override Core.OptimiserRule Rule =>
        Core.OptimiserRule.NewSgd(new(Momentum, Dampening, Nesterov));
}
