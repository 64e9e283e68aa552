using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>Where a training run stands: a value that no later step changes.</summary>
public sealed class TrainingState
{
    private readonly Core.TrainingView? view;

    internal TrainingState(Core.TrainingState state) => Inner = state;

    internal TrainingState(Core.TrainingView view)
        : this(view.State) => this.view = view;

    internal Core.TrainingState Inner { get; }

    internal Core.TrainingView View =>
        view
        ?? throw new System.InvalidOperationException(
            "only a state that training hands to a callback can be looked into"
        );

    private Core.StopReason? Reason => (Inner.Phase as Core.TrainingPhase.Finished)?.Item;

    /// <summary>
    /// Which of an experiment's training runs this is, such as transformer.h5.2008-01-02.seed1; empty for a lone one.
    /// </summary>
    public string Run => view?.Run ?? "";

    /// <summary>Where the run stands.</summary>
    public TrainingPhase Phase => TrainingPhases.Of(Inner.Phase);

    /// <summary>Why training ended; null before it has.</summary>
    public StopReason? StopReason => Reason is { } reason ? StopReasons.Of(reason) : null;

    /// <summary>What went wrong; null when nothing did.</summary>
    public Core.Fault? Fault => (Reason as Core.StopReason.Failed)?.Item;

    /// <summary>The epoch under way or last ended; 0 before the first.</summary>
    public int Epoch => Inner.Epoch;

    /// <summary>Optimiser steps done.</summary>
    public int Step => Inner.Step;

    /// <summary>The epoch with the smallest validation loss; 0 is the untrained network.</summary>
    public int BestEpoch => Inner.BestEpoch;

    /// <summary>The smallest validation loss; infinite before the first.</summary>
    public double BestValidationLoss => Inner.BestLoss;

    /// <summary>Batches of the epoch under way that made no step, because a scaled float16 gradient overflowed.</summary>
    public int SkippedBatches => Inner.Skipped;

    /// <summary>Epochs since the best one.</summary>
    public int EpochsSinceBest => Inner.EpochsSinceBest;

    /// <summary>Figures per epoch in order; the first is the untrained network's.</summary>
    public IReadOnlyList<TrainingMetrics> History =>
        [.. Inner.History.Reverse().Select(metrics => new TrainingMetrics(metrics))];
}
