using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A daily series that every symbol of a panel may read, such as an implied volatility.</summary>
/// <param name="Name">The name that settings and features know it by.</param>
/// <param name="Dates">Strictly increasing.</param>
/// <param name="Values">Positive, or NaN where missing; one per date.</param>
public sealed record CommonSeries(string Name, DateOnly[] Dates, double[] Values)
{
    internal Core.CommonSeries Inner => new(Name, [.. Dates], [.. Values]);
}

/// <summary>What a panel run does: models over many symbols, walked forward on shared weekdays.</summary>
public sealed record PanelSettings
{
    private static readonly Core.PanelConfig Defaults = Core.PanelConfigModule.defaults;

    /// <summary>Names of panel models, or of models of one symbol, which run on each by itself.</summary>
    public IReadOnlyList<string> Models { get; init; } = [.. Defaults.Models];

    /// <summary>The model that others are compared with; one of the models.</summary>
    public string Baseline { get; init; } = Defaults.Baseline;

    /// <summary>Own trading days ahead.</summary>
    public IReadOnlyList<int> Horizons { get; init; } = [.. Defaults.Horizons];

    /// <summary>The group of each symbol that has one, such as its region.</summary>
    public IReadOnlyDictionary<string, string> Groups { get; init; } =
        ImmutableDictionary<string, string>.Empty;

    /// <summary>The market that others follow; null for none.</summary>
    public string? Lead { get; init; }

    /// <summary>
    /// Further daily measures of each symbol that every panel model reads: "NAME" or "NAME:FORM" with the form log, share (of the
    /// variance) or signed; "return" are the histories' returns.
    /// </summary>
    public IReadOnlyList<string> Measures { get; init; } = [];

    /// <summary>The first date on which a forecast counts; null for the first past a symbol's warm-up.</summary>
    public DateOnly? From { get; init; }

    /// <summary>Own days of a symbol before its first forecast that counts.</summary>
    public int WarmUp { get; init; } = Defaults.WarmUp;

    /// <summary>Weekdays between fits.</summary>
    public int RefitEvery { get; init; } = Defaults.RefitEvery;

    /// <summary>Labels that a model of one symbol sees; null for all.</summary>
    public int? Window { get; init; }

    /// <summary>Days below this share of their running median are left out as errors of the record; 0 keeps all.</summary>
    public double NearZero { get; init; } = Defaults.NearZero;

    /// <summary>The measure of the histories' variances, by name; a record of how they were made.</summary>
    public string Measure { get; init; } = Defaults.Measure;

    /// <summary>The panel model whose errors networks among the models learn.</summary>
    public string NetworkBase { get; init; } = Defaults.Network.Base;

    /// <summary>Seeds of a network's members; the mean of their answers is the model.</summary>
    public IReadOnlyList<long> NetworkSeeds { get; init; } = [.. Defaults.Network.Seeds];

    /// <summary>Months between fits of networks, counted from January of year 0.</summary>
    public int NetworkMonths { get; init; } = Defaults.Network.RefitMonths;

    /// <summary>The share of the networks' answer that is applied, in [0, 1]; null for what was best on past years.</summary>
    public double? NetworkGain { get; init; }

    /// <summary>Names of the library's panel models, networks included.</summary>
    public static IReadOnlyList<string> KnownModels => [.. Core.PanelNetworks.names];

    internal Core.PanelConfig Inner(IEnumerable<CommonSeries> common) =>
        new(
            ListModule.OfSeq(Models),
            Baseline,
            ListModule.OfSeq(Horizons),
            ListModule.OfSeq(
                Groups
                    .OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .Select(pair => Tuple.Create(pair.Key, pair.Value))
            ),
            Lead is null ? null : FSharpOption<string>.Some(Lead),
            ListModule.OfSeq(common.Select(series => series.Name)),
            ListModule.OfSeq(Measures),
            From is { } from ? FSharpOption<DateOnly>.Some(from) : null,
            WarmUp,
            RefitEvery,
            Window is { } window ? FSharpOption<int>.Some(window) : null,
            NearZero,
            Measure,
            new(
                NetworkBase,
                ListModule.OfSeq(NetworkSeeds),
                NetworkMonths,
                NetworkGain is { } gain
                    ? gain.ToString("R", CultureInfo.InvariantCulture)
                    : Core.PanelNetworks.pastGainName
            )
        );
}
