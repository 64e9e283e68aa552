using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>Intervals and tail quantiles of one track, each day by what was known on it; one element per forecast.</summary>
public sealed class RiskTrack
{
    internal RiskTrack(Core.RiskTrack track)
    {
        Model = track.Model;
        Horizon = track.Horizon;
        Intervals = track.Intervals is null
            ? []
            : [.. track.Intervals.Value.Select(VarianceInterval.Of)];
        NextInterval = track.NextInterval is null
            ? null
            : VarianceInterval.Of(track.NextInterval.Value);
        Tails = [.. track.Tails.Select(tail => new TailForecast(tail))];
    }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>Days ahead.</summary>
    public int Horizon { get; }

    /// <summary>Where the variance was expected; empty without intervals. An interval of too few errors has no end.</summary>
    public IReadOnlyList<VarianceInterval> Intervals { get; }

    /// <summary>Around the forecast from the last day; null without intervals.</summary>
    public VarianceInterval? NextInterval { get; }

    /// <summary>By level; empty without levels and beyond one day ahead.</summary>
    public IReadOnlyList<TailForecast> Tails { get; }
}
