using System;

namespace VolatilityForge.CSharp;

/// <summary>One model's forecast from the last day of a history.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Horizon">Days ahead.</param>
/// <param name="Origin">The last day the forecast has seen.</param>
/// <param name="DailyVariance">Mean daily variance over the horizon, after clamping.</param>
/// <param name="Interval">Where it is expected, by what the run calibrated; null without intervals.</param>
public sealed record NextForecast(
    string Model,
    int Horizon,
    DateOnly Origin,
    double DailyVariance,
    VarianceInterval? Interval = null
);
