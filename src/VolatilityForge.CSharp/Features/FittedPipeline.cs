using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>Features with what they learned from a training part. Immutable.</summary>
public sealed class FittedPipeline
{
    internal FittedPipeline(Core.FittedPipeline pipeline) => Pipeline = pipeline;

    internal Core.FittedPipeline Pipeline { get; }

    /// <summary>The columns of the source that it reads.</summary>
    public IReadOnlyList<string> Inputs => Pipeline.Inputs;

    /// <summary>The columns it gives.</summary>
    public IReadOnlyList<string> Names => Pipeline.Names;

    /// <summary>Rows of history after which every feature with a finite memory has its value.</summary>
    public int Memory => Pipeline.Memory;

    /// <summary>
    /// The features of a frame, a row for each of its rows; each depends on rows up to it only. The number of threads changes no
    /// bit.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The frame lacks a column.</exception>
    public Frame Transform(Frame frame, int threads = 1) => TryTransform(frame, threads).OrThrow();

    /// <summary>As <see cref="Transform"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, Frame> TryTransform(Frame frame, int threads = 1) =>
        Pipeline
            .Transform(frame.CoreFrame, threads)
            .Select(transformed => new Frame(transformed))
            .ToEither();

    /// <summary>
    /// The same features in columns that a transform before may have written to: the frames it gave then show the new values. Without
    /// fresh memory for every frame, cheap features take a third of the time.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">The frame lacks a column.</exception>
    public Frame TransformInto(FeatureColumns columns, Frame frame, int threads = 1) =>
        new(Pipeline.TransformInto(columns.Columns, frame.CoreFrame, threads).OrThrow());

    /// <summary>The same features row by row, with the bits of the batch.</summary>
    public FeatureStream Stream() => new(new Core.FeatureStream(Pipeline));

    /// <summary>What each column is.</summary>
    public IReadOnlyList<FeatureLine> Explain() => [.. Pipeline.Explain().Select(FeatureLine.Of)];

    /// <summary>As JSON, what was learned to the last bit.</summary>
    public string ToJson() => Core.PipelineJson.fittedToText(Pipeline);

    /// <summary>The fitted pipeline of a JSON text, with the features of one's own that it names.</summary>
    /// <exception cref="Core.VolatilityForgeException">The text is none; the fault says where.</exception>
    public static FittedPipeline FromJson(string json, params OwnFeature[] own) =>
        new(Core.PipelineJson.fittedOfText(OwnFeatures.Definitions(own), json).OrThrow());
}
