using System;

namespace VolatilityForge.CSharp;

/// <summary>What happens to rows of one symbol with the same date.</summary>
public enum DuplicateDates
{
    /// <summary>The file is refused.</summary>
    Reject,

    /// <summary>The first of them stays; the others are counted in a note.</summary>
    KeepFirst,

    /// <summary>The last of them stays; the others are counted in a note.</summary>
    KeepLast,
}

internal static class DuplicateDatesPolicy
{
    public static Core.DuplicateDates ToCore(this DuplicateDates policy) =>
        policy switch
        {
            DuplicateDates.Reject => Core.DuplicateDates.Reject,
            DuplicateDates.KeepFirst => Core.DuplicateDates.KeepFirst,
            DuplicateDates.KeepLast => Core.DuplicateDates.KeepLast,
            _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, null),
        };
}
