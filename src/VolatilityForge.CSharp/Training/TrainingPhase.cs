using System;

namespace VolatilityForge.CSharp;

/// <summary>Where a training run stands.</summary>
public enum TrainingPhase
{
    /// <summary>Before the first event.</summary>
    Ready,

    /// <summary>An epoch is under way.</summary>
    Training,

    /// <summary>The validation loss is being computed.</summary>
    Validating,

    /// <summary>Ended; <see cref="TrainingState.StopReason"/> says why.</summary>
    Finished,
}

internal static class TrainingPhases
{
    public static TrainingPhase Of(Core.TrainingPhase phase) =>
        phase.Tag switch
        {
            Core.TrainingPhase.Tags.Ready => TrainingPhase.Ready,
            Core.TrainingPhase.Tags.Training => TrainingPhase.Training,
            Core.TrainingPhase.Tags.Validating => TrainingPhase.Validating,
            Core.TrainingPhase.Tags.Finished => TrainingPhase.Finished,
            _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, null),
        };
}
