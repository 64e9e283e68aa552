using System;

namespace VolatilityForge.CSharp;

/// <summary>Why training ended.</summary>
public enum StopReason
{
    /// <summary>Every epoch was run.</summary>
    Completed,

    /// <summary>The validation loss did not improve for the patience.</summary>
    EarlyStopped,

    /// <summary>Asked to stop.</summary>
    Cancelled,

    /// <summary>A loss or gradient that isn't finite, or a callback's error; <see cref="TrainingState.Fault"/> says which.</summary>
    Failed,
}

internal static class StopReasons
{
    public static StopReason Of(Core.StopReason reason) =>
        reason.Tag switch
        {
            Core.StopReason.Tags.Completed => StopReason.Completed,
            Core.StopReason.Tags.EarlyStopped => StopReason.EarlyStopped,
            Core.StopReason.Tags.Cancelled => StopReason.Cancelled,
            Core.StopReason.Tags.Failed => StopReason.Failed,
            _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, null),
        };
}
