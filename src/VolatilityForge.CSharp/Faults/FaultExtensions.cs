using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>Reading faults.</summary>
public static class FaultExtensions
{
    /// <summary>The fault in plain sentences, one line per fault: what, where, which rule, how to mend it.</summary>
    public static string Describe(this Core.Fault fault) => Core.FaultModule.describe(fault);

    /// <summary>The command line's exit code: 1 failed, 2 wrong usage, 3 bad data, 130 cancelled.</summary>
    public static int ExitCode(this Core.Fault fault) => Core.FaultModule.exitCode(fault);

    /// <summary>Every single fault in order, those found together opened up.</summary>
    public static IReadOnlyList<Core.Fault> Flatten(this Core.Fault fault) =>
        [.. Core.FaultModule.flatten(fault)];

    /// <summary>The fault as an exception.</summary>
    public static Core.VolatilityForgeException ToException(this Core.Fault fault) =>
        Core.FaultModule.toException(fault);
}
