using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>Which columns to transform and how.</summary>
public sealed record NonlinearOptions
{
    /// <summary>
    /// Empty: the outputs of the steps before, or the source's columns where there was none.
    /// </summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>
    /// Each is applied to each column; the default: z-score of 22 rows, the value a row ago, the normal score of the training
    /// part.
    /// </summary>
    public IReadOnlyList<FeatureSpec> Apply { get; init; } =
    [.. Core.FeatureStepModule.nonlinear.Apply.Select(spec => new FeatureSpec(spec.Feature))];

    internal Core.NonlinearOptions ToCore() =>
        new(ListModule.OfSeq(Columns), ListModule.OfSeq(Apply.Select(spec => spec.ToCore())));
}
