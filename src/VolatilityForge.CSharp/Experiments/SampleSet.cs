using System;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>Samples of one's own features, one target each; arrays are copied.</summary>
public sealed class SampleSet
{
    private SampleSet(Core.Samples samples) => Samples = samples;

    /// <summary>Samples of sequences.</summary>
    /// <param name="features">(samples, time, features); finite.</param>
    /// <param name="targets">
    /// (samples): daily variances for <see cref="ExperimentRunner"/>, logarithms of them for <see cref="Trainer"/>.
    /// </param>
    /// <exception cref="Core.VolatilityForgeException">Extents that differ, no sample, a number that isn't finite.</exception>
    public SampleSet(float[,,] features, float[] targets)
        : this(
            Check(
                features,
                features.GetLength(0),
                features.GetLength(1),
                features.GetLength(2),
                [.. targets]
            )
        ) { }

    /// <summary>Samples of one time step.</summary>
    /// <param name="features">(samples, features); finite.</param>
    /// <param name="targets">
    /// (samples): daily variances for <see cref="ExperimentRunner"/>, logarithms of them for <see cref="Trainer"/>.
    /// </param>
    /// <exception cref="Core.VolatilityForgeException">Extents that differ, no sample, a number that isn't finite.</exception>
    public SampleSet(float[,] features, float[] targets)
        : this(Check(features, features.GetLength(0), 1, features.GetLength(1), [.. targets])) { }

    internal Core.Samples Samples { get; }

    /// <summary>Samples.</summary>
    public int Count => Samples.Count;

    /// <summary>Time steps per sample.</summary>
    public int Time => Samples.Time;

    /// <summary>Features per time step.</summary>
    public int Features => Samples.Features;

    /// <summary>The same samples with the logarithms of their targets, less a level.</summary>
    /// <param name="level">
    /// Subtracted from the logarithms. A network starts at 0, so the training samples' mean logarithm is a good level.
    /// </param>
    /// <exception cref="Core.VolatilityForgeException">A target isn't positive.</exception>
    public SampleSet WithLogTargets(double level = 0.0) =>
        new(
            Check(
                new Core.Samples(
                    Samples.Inputs,
                    Samples.Count,
                    Samples.Time,
                    Samples.Features,
                    [.. Samples.Targets.Select(target => (float)(Math.Log(target) - level))]
                )
            )
        );

    private static Core.Samples Check(
        Array features,
        int count,
        int time,
        int width,
        float[] targets
    )
    {
        var inputs = new float[features.Length];
        Buffer.BlockCopy(features, 0, inputs, 0, Buffer.ByteLength(inputs));
        return Check(new Core.Samples(inputs, count, time, width, targets));
    }

    private static Core.Samples Check(Core.Samples samples) =>
        Core.Batches.check(samples).OrThrow();
}
