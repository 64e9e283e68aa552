using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Runtime.InteropServices;

namespace VolatilityForge.CSharp;

/// <summary>One model's forecasts at one horizon; one element per day a forecast was made.</summary>
public sealed class ForecastTrack
{
    internal ForecastTrack(Core.ForecastTrack track) => Track = track;

    internal Core.ForecastTrack Track { get; }

    /// <summary>The model's name.</summary>
    public string Model => Track.Model;

    /// <summary>The symbol, or an empty text.</summary>
    public string Symbol => Track.Symbol;

    /// <summary>Days ahead.</summary>
    public int Horizon => Track.Horizon;

    /// <summary>The days forecasts were made.</summary>
    public ImmutableArray<DateOnly> Dates =>
        ImmutableCollectionsMarshal.AsImmutableArray(Track.Dates);

    /// <summary>Mean daily variance over the horizon as forecast, after clamping.</summary>
    public ImmutableArray<double> ForecastDailyVariance =>
        ImmutableCollectionsMarshal.AsImmutableArray(Track.Forecast);

    /// <summary>What it turned out to be.</summary>
    public ImmutableArray<double> RealisedDailyVariance =>
        ImmutableCollectionsMarshal.AsImmutableArray(Track.Realised);

    /// <summary>False where a day of the target stands at a floor.</summary>
    public ImmutableArray<bool> Scored =>
        ImmutableCollectionsMarshal.AsImmutableArray(Track.Scored);

    /// <summary>Forecasts moved by the clamp rule.</summary>
    public int Clamped => Track.Clamped;

    /// <summary>Fits made.</summary>
    public int Refits => Track.Refits;

    /// <summary>The forecast made on the last day of the history, whose target is still to come.</summary>
    public double NextDailyVariance => Track.Next;

    internal static IReadOnlyList<ForecastTrack> All(IEnumerable<Core.ForecastTrack> tracks) =>
        [.. tracks.Select(track => new ForecastTrack(track))];
}
