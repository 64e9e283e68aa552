using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>What one step of cleaning did.</summary>
/// <param name="Step">The step's name.</param>
/// <param name="Rule">Which rows it touches, and why.</param>
/// <param name="Touched">Rows it removed, or that gave way to another of the same time.</param>
/// <param name="Left">Rows it left.</param>
public sealed record CleaningCount(string Step, string Rule, int Touched, int Left)
{
    internal static IReadOnlyList<CleaningCount> Of(FSharpList<Core.CleaningCount> counts) =>
        [
            .. counts.Select(count => new CleaningCount(
                count.Step,
                count.Rule,
                count.Touched,
                count.Left
            )),
        ];
}

/// <summary>Ticks after cleaning, and what each step did.</summary>
/// <param name="Ticks">What is left.</param>
/// <param name="Counts">One entry per step, in order.</param>
public sealed record Cleaned<T>(T Ticks, IReadOnlyList<CleaningCount> Counts);
