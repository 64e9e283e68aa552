using System;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>How far a walk-forward is.</summary>
/// <param name="Done">Forecasts made.</param>
/// <param name="Total">Forecasts in all.</param>
public readonly record struct ExperimentProgress(int Done, int Total)
{
    internal static FSharpFunc<Tuple<int, int>, Unit> Listener(
        IProgress<ExperimentProgress>? progress
    ) =>
        FuncConvert.FromAction<Tuple<int, int>>(step =>
            progress?.Report(new(step.Item1, step.Item2))
        );
}
