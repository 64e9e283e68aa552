using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Settings of AdamW (Loshchilov and Hutter 2019) and of its learning rate.</summary>
public sealed record AdamWOptions
{
    /// <summary>The highest rate, reached after the warm-up; a cosine takes it to 0 at the last step.</summary>
    public double LearningRate { get; init; } = Core.Loop.standard.PeakRate;

    /// <summary>Steps over which the rate rises from 0.</summary>
    public int WarmupSteps { get; init; } = Core.Loop.standard.WarmupSteps;

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = Core.AdamW.standard.Beta1;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = Core.AdamW.standard.Beta2;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = Core.AdamW.standard.Epsilon;

    /// <summary>Decoupled decay of the parameters that ask for it.</summary>
    public double WeightDecay { get; init; } = Core.AdamW.standard.Decay;

    internal Core.AdamWConfig ToCore(double? gradientClip) =>
        new(Beta1, Beta2, Epsilon, WeightDecay, OptionModule.OfNullable(gradientClip));
}
