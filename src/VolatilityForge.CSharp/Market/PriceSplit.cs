using System;

namespace VolatilityForge.CSharp;

/// <summary>A split of a stock: from its date on, so many shares stand for one.</summary>
public readonly record struct PriceSplit(DateOnly Date, double Ratio)
{
    internal Core.Split ToCore() => new(Date, Ratio);
}
