using System.Collections.Generic;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>Which columns to combine and how.</summary>
public sealed record InteractionOptions
{
    private InteractionOptions(Core.InteractionRule rule) => Rule = rule;

    private Core.InteractionRule Rule { get; }

    /// <summary>Every pair of different columns.</summary>
    public static InteractionOptions Products { get; } = new(Core.InteractionRule.Products);

    /// <summary>Every ordered pair of different columns.</summary>
    public static InteractionOptions Ratios { get; } = new(Core.InteractionRule.Ratios);

    /// <summary>Every monomial from the second degree to this one, at most 6.</summary>
    public static InteractionOptions Polynomial(int degree) =>
        new(Core.InteractionRule.NewPolynomial(degree));

    /// <summary>
    /// Empty: the outputs of microstructure, option and listed features before, or the source's columns where there are none.
    /// </summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    internal Core.InteractionOptions ToCore() => new(ListModule.OfSeq(Columns), Rule);
}
