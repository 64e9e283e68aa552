using System;

namespace VolatilityForge.CSharp.Tests;

/// <summary>A small network and samples that it can learn.</summary>
public abstract class TrainingFixture : EngineFixture
{
    private static readonly TransformerConfig Small = new()
    {
        Dim = 8,
        Depth = 1,
        Heads = 2,
        KvHeads = 1,
    };

    private protected static readonly SampleSet Train = Samples(200, 1);
    private protected static readonly SampleSet Validation = Samples(100, 2);

    /// <summary>Log variances that are the sum of the last step's features and some noise.</summary>
    private static SampleSet Samples(int count, int seed)
    {
        var random = new Random(seed);
        var features = new float[count, 3, 2];
        var targets = new float[count];
        for (var sample = 0; sample < count; sample++)
        {
            for (var step = 0; step < 3; step++)
            for (var feature = 0; feature < 2; feature++)
                features[sample, step, feature] = random.NextSingle() * 2 - 1;
            targets[sample] =
                features[sample, 2, 0] + features[sample, 2, 1] + 0.1f * random.NextSingle();
        }
        return new(features, targets);
    }

    private protected static VolatilityTransformer Model() =>
        new(2, Small, pooling: "last", seed: 3);
}
