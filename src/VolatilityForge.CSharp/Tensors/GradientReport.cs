using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>What a gradient check found: the worst element, as autograd and as differences see it.</summary>
/// <param name="Passed">True when no element differs by more than the tolerance.</param>
/// <param name="Input">Name of the worst element's input.</param>
/// <param name="Index">Its coordinates.</param>
/// <param name="Autograd">Its gradient by autograd.</param>
/// <param name="Difference">Its central difference.</param>
/// <param name="Share">Their distance as a share of the largest difference of the same input.</param>
/// <param name="Count">Elements compared.</param>
public sealed record GradientReport(
    bool Passed,
    string Input,
    IReadOnlyList<long> Index,
    double Autograd,
    double Difference,
    double Share,
    int Count
)
{
    internal static GradientReport Of(Core.GradientReport report) =>
        new(
            report.Passed,
            report.Worst.Input,
            report.Worst.Index,
            report.Worst.Autograd,
            report.Worst.Difference,
            report.Worst.Share,
            report.Count
        );
}
