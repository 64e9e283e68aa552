using System;
using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>The training of one member of an ensemble.</summary>
public sealed class TrainingRun
{
    internal TrainingRun(Core.TrainedMember member) =>
        (Seed, State) = (member.Seed, new(member.State));

    internal static IReadOnlyList<TrainingRun> All(IEnumerable<Core.TrainedEnsemble> ensembles) =>
        [
            .. from ensemble in ensembles
            from member in ensemble.Members
            select new TrainingRun(member)
            {
                Model = ensemble.Model,
                Horizon = ensemble.Horizon,
                FittedOn = ensemble.FittedOn,
            },
        ];

    /// <summary>The model's name; null for training on samples.</summary>
    public string? Model { get; private init; }

    /// <summary>Days ahead; null for training on samples.</summary>
    public int? Horizon { get; private init; }

    /// <summary>The last day of the window; null for training on samples.</summary>
    public DateOnly? FittedOn { get; private init; }

    /// <summary>What weights, batch order and dropout were drawn from.</summary>
    public long Seed { get; }

    /// <summary>How training ended, with the figures of its epochs.</summary>
    public TrainingState State { get; }
}
