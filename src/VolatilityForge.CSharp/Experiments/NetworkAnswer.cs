namespace VolatilityForge.CSharp;

/// <summary>What a network's answer to a day is.</summary>
public enum NetworkAnswer
{
    /// <summary>What ln variance will be more than log-HAR forecasts: 0 in an untrained network.</summary>
    Residual,

    /// <summary>ln variance itself; an untrained network answers what the context's base forecasts, as far as it can.</summary>
    Level,
}
