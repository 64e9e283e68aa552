using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>Settings of an optimiser and of its learning rate.</summary>
public abstract record OptimizerOptions
{
    private protected OptimizerOptions() { }

    /// <summary>The highest rate.</summary>
    public double LearningRate { get; init; } = Core.Loop.standard.PeakRate;

    /// <summary>How the rate moves over the steps.</summary>
    public ScheduleOptions Schedule { get; init; } = new WarmupCosineSchedule();

    /// <summary>Decay of the parameters that ask for it.</summary>
    public double WeightDecay { get; init; } = Core.Optimiser.standard.Decay;

    /// <summary>Parameters treated in a way of their own; the first whose pattern matches a name decides.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; init; } = [];

    private protected abstract Core.OptimiserRule Rule { get; }

    internal Core.OptimiserConfig ToCore(double? gradientClip) =>
        new(
            Rule,
            WeightDecay,
            OptionModule.OfNullable(gradientClip),
            ListModule.OfSeq(Groups.Select(group => group.ToCore()))
        );
}
