using System;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>A feature of one's own; recipes name it, and who reads a recipe hands it over.</summary>
public sealed class OwnFeature
{
    private OwnFeature(Core.FeatureDefinition definition) => Definition = definition;

    internal Core.FeatureDefinition Definition { get; }

    /// <summary>Its name, which is also that of its column.</summary>
    public string Name => Definition.Name;

    /// <summary>A feature of each row alone: the function gets the row's values in the order of the inputs.</summary>
    public static OwnFeature Rowwise(string name, string[] inputs, Func<double[], double> value) =>
        new(Core.CustomFeature.rowwise(name, ListModule.OfSeq(inputs), value.ToCore()));

    /// <summary>
    /// A feature of the last rows: the function gets, in the order of the inputs, their values from the oldest to the row's own.
    /// NaN before there are so many.
    /// </summary>
    public static OwnFeature Windowed(
        string name,
        string[] inputs,
        int window,
        Func<double[][], double> value
    ) => new(Core.CustomFeature.windowed(name, ListModule.OfSeq(inputs), window, value.ToCore()));
}
