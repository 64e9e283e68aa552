using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>
/// Steps that make features, in order; each sees the columns of the source and of the steps before. Immutable: every method
/// gives a new pipeline. It can't transform: only what <see cref="Fit(Frame, DateTime?)"/> gives can.
/// </summary>
public sealed class FeaturePipeline
{
    private readonly Core.FeaturePipeline pipeline;

    /// <summary>A pipeline without steps.</summary>
    public FeaturePipeline()
        : this(Core.FeaturePipeline.Empty) { }

    private FeaturePipeline(Core.FeaturePipeline pipeline) => this.pipeline = pipeline;

    /// <summary>Names of every feature of the library.</summary>
    public static IReadOnlyList<string> FeatureNames { get; } =
    [.. Core.FeatureRegistry.all.Select(definition => definition.Name)];

    /// <summary>With features of quotes, trades and bars; by default all whose columns are there.</summary>
    public FeaturePipeline AddMicrostructure(FamilyOptions? options = null) =>
        new(pipeline.Add(Core.FeatureStep.NewMicrostructure((options ?? new()).ToCore())));

    /// <summary>With features of options; by default all whose columns are there.</summary>
    public FeaturePipeline AddOptionCharacteristics(FamilyOptions? options = null) =>
        new(pipeline.Add(Core.FeatureStep.NewOptionCharacteristics((options ?? new()).ToCore())));

    /// <summary>With features of one column each, by default of what the steps before made.</summary>
    public FeaturePipeline AddNonlinearTransforms(NonlinearOptions? options = null) =>
        new(pipeline.Add(Core.FeatureStep.NewNonlinearTransforms((options ?? new()).ToCore())));

    /// <summary>With features of several columns each, by default products of pairs.</summary>
    public FeaturePipeline AddInteractions(InteractionOptions? options = null) =>
        new(
            pipeline.Add(
                Core.FeatureStep.NewInteractions((options ?? InteractionOptions.Products).ToCore())
            )
        );

    /// <summary>With these features.</summary>
    public FeaturePipeline Add(params FeatureSpec[] features) =>
        new(pipeline.Add(ListModule.OfSeq(features.Select(feature => feature.ToCore()))));

    /// <summary>With a feature of one's own.</summary>
    public FeaturePipeline Add(OwnFeature feature) => new(pipeline.Add(feature.Definition));

    /// <summary>With a feature of one's own from a function of a row's values, in the order of the inputs.</summary>
    public FeaturePipeline Add(string name, string[] inputs, Func<double[], double> value) =>
        Add(OwnFeature.Rowwise(name, inputs, value));

    /// <summary>With the source's columns in what the fitted pipeline gives.</summary>
    public FeaturePipeline WithInputs() => new(pipeline.WithInputs());

    /// <summary>Fits on a frame, or on its rows up to a time; those rows are all that is seen.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// A column is missing, a setting is outside its domain, a name is taken, or a feature can't learn of these rows.
    /// </exception>
    public FittedPipeline Fit(Frame training, DateTime? until = null) =>
        TryFit(training, until).OrThrow();

    /// <summary>As <see cref="Fit(Frame, DateTime?)"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, FittedPipeline> TryFit(Frame training, DateTime? until = null) =>
        (
            until is { } last
                ? pipeline.Fit(training.CoreFrame, last)
                : pipeline.Fit(training.CoreFrame)
        )
            .Select(fitted => new FittedPipeline(fitted))
            .ToEither();

    /// <summary>Fits on several frames together.</summary>
    /// <exception cref="Core.VolatilityForgeException">As for one frame.</exception>
    public FittedPipeline Fit(IEnumerable<Frame> training) =>
        new(pipeline.Fit(ListModule.OfSeq(training.Select(frame => frame.CoreFrame))).OrThrow());

    /// <summary>
    /// Fits on a frame and transforms it: for exploration, as every row is then in the training part.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">As for Fit.</exception>
    public Frame FitTransform(Frame frame) => new(pipeline.FitTransform(frame.CoreFrame).OrThrow());

    /// <summary>The recipe as JSON; features of one's own are named.</summary>
    public string ToJson() => Core.PipelineJson.toText(pipeline);

    /// <summary>The pipeline of a recipe, with the features of one's own that it names.</summary>
    /// <exception cref="Core.VolatilityForgeException">The text is no recipe; the fault says where.</exception>
    public static FeaturePipeline FromJson(string json, params OwnFeature[] own) =>
        new(Core.PipelineJson.ofText(OwnFeatures.Definitions(own), json).OrThrow());
}

internal static class OwnFeatures
{
    public static FSharpList<Core.FeatureDefinition> Definitions(IEnumerable<OwnFeature> own) =>
        ListModule.OfSeq(own.Select(feature => feature.Definition));
}
