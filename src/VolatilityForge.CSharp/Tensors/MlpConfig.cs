using System.Collections.Immutable;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>Sizes of a multilayer perceptron over the days of a sequence laid side by side.</summary>
public sealed record MlpConfig
{
    private static readonly Core.MlpConfig Small = Core.MlpConfigModule.small;

    /// <summary>Width of each hidden layer, from the input on.</summary>
    public ImmutableArray<int> Hidden { get; init; } = [.. Small.Hidden];

    /// <summary>Probability of dropping an element of a hidden layer in training, in [0, 1).</summary>
    public double Dropout { get; init; } = Small.Dropout;

    /// <summary>True when every width and the dropout are equal.</summary>
    public bool Equals(MlpConfig? other) =>
        other is not null && Hidden.SequenceEqual(other.Hidden) && Dropout == other.Dropout;

    /// <inheritdoc/>
    public override int GetHashCode() => ToCore().GetHashCode();

    internal static MlpConfig Of(Core.MlpConfig config) =>
        new() { Hidden = [.. config.Hidden], Dropout = config.Dropout };

    internal Core.MlpConfig ToCore() => new(ListModule.OfSeq(Hidden), Dropout);
}
