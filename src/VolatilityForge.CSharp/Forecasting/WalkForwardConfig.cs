using System.Collections.Generic;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>How a walk-forward runs; the defaults are the published protocol's.</summary>
public sealed record WalkForwardConfig
{
    private static readonly Core.WalkForwardConfig Defaults = Core.WalkForwardConfigModule.defaults;

    /// <summary>Labels a fit sees; the first fit's when the window expands. At least 2.</summary>
    public int WindowLabels { get; init; } = ((Core.WindowRule.Rolling)Defaults.Window).labels;

    /// <summary>True: fits see every label so far; false: the last <see cref="WindowLabels"/>.</summary>
    public bool ExpandingWindow { get; init; }

    /// <summary>Days ahead, each positive and once.</summary>
    public IReadOnlyList<int> Horizons { get; init; } = [.. Defaults.Horizons];

    /// <summary>Days before the first row of the first window, for regressors that look back.</summary>
    public int LookBack { get; init; } = Defaults.LookBack;

    /// <summary>
    /// Index of the first day forecasts are made, the same at every horizon; null for the earliest day at each horizon.
    /// </summary>
    public int? FirstOrigin { get; init; }

    /// <summary>
    /// Forecasts are moved into [Below * smallest, Above * largest] of the labels in the window, and counted; null keeps
    /// them.
    /// </summary>
    public (double Below, double Above)? Clamp { get; init; } =
        Defaults.Clamp is Core.ClampRule.WithinLabels within ? (within.below, within.above) : null;

    /// <summary>
    /// True: a forecast outside the labels of the window becomes their mean, and is counted; <see cref="Clamp"/> isn't read.
    /// </summary>
    public bool ReplaceByMean { get; init; }

    /// <summary>Days between the last label that a fit sees and the day of the forecast, beyond purging.</summary>
    public int Embargo { get; init; } = Defaults.Embargo;

    /// <summary>Days between fits of every model; null for each model's own.</summary>
    public int? RefitEvery { get; init; }

    /// <summary>
    /// Models and horizons that run at the same time; the tracks are the same for any number. Forecasters written in C# must then
    /// be safe from many threads.
    /// </summary>
    public int Threads { get; init; } = Defaults.Threads;

    internal Core.WalkForwardConfig ToCore() =>
        new(
            ExpandingWindow
                ? Core.WindowRule.NewExpanding(WindowLabels)
                : Core.WindowRule.NewRolling(WindowLabels),
            ListModule.OfSeq(Horizons),
            LookBack,
            OptionModule.OfNullable(FirstOrigin),
            ReplaceByMean ? Core.ClampRule.MeanOfLabels
                : Clamp is { } clamp ? Core.ClampRule.NewWithinLabels(clamp.Below, clamp.Above)
                : Core.ClampRule.Keep,
            Embargo,
            OptionModule.OfNullable(RefitEvery),
            Threads
        );
}
