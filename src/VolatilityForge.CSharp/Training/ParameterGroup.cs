using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Parameters that an optimiser treats in a way of their own.</summary>
/// <param name="Pattern">Names of parameters; * stands for any characters and ? for one. One that matches none is a fault.</param>
/// <param name="RateFactor">Multiplies the learning rate; 0 freezes.</param>
/// <param name="WeightDecay">
/// Replaces the weight decay, also of parameters that don't decay otherwise; null leaves it.
/// </param>
public sealed record ParameterGroup(
    string Pattern,
    double RateFactor = 1,
    double? WeightDecay = null
)
{
    internal Core.ParameterGroup ToCore() =>
        new(Pattern, RateFactor, OptionModule.OfNullable(WeightDecay));
}
