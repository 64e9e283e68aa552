using System;
using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>
/// A fitted pipeline fed row by row; each value has the bits of the batch. Not for use by several threads at once.
/// </summary>
public sealed class FeatureStream
{
    private readonly Core.FeatureStream stream;

    internal FeatureStream(Core.FeatureStream stream) => this.stream = stream;

    /// <summary>The columns each row brings, in this order.</summary>
    public IReadOnlyList<string> Inputs => stream.Inputs;

    /// <summary>The columns each row gives, in this order.</summary>
    public IReadOnlyList<string> Names => stream.Names;

    /// <summary>Rows seen.</summary>
    public long Rows => stream.Rows;

    /// <summary>The features of one more row, its values in the order of Inputs, NaN where missing.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// The time doesn't come after the last one, a value is infinite, or there is another number of values.
    /// </exception>
    public double[] Update(DateTime time, params double[] values) =>
        TryUpdate(time, values).OrThrow();

    /// <summary>As <see cref="Update"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, double[]> TryUpdate(DateTime time, params double[] values) =>
        stream.Update(time, values).ToEither();
}
