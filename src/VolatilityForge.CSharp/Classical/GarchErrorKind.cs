using System;

namespace VolatilityForge.CSharp;

/// <summary>Which standard errors.</summary>
public enum GarchErrorKind
{
    /// <summary>By the inverse of minus the Hessian.</summary>
    Hessian,

    /// <summary>By the outer products of the daily scores.</summary>
    OuterProduct,

    /// <summary>Hessian and outer products: holds when the density is wrong (Bollerslev and Wooldridge 1992).</summary>
    Robust,
}

internal static class GarchErrorKinds
{
    internal static Core.GarchErrorKind ToCore(this GarchErrorKind kind) =>
        kind switch
        {
            GarchErrorKind.Hessian => Core.GarchErrorKind.Hessian,
            GarchErrorKind.OuterProduct => Core.GarchErrorKind.OuterProduct,
            GarchErrorKind.Robust => Core.GarchErrorKind.Robust,
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
}
