using System;
using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>QLIKE of a network and its base in a year: means over symbols.</summary>
/// <param name="Year">The year.</param>
/// <param name="Base">The base's.</param>
/// <param name="Network">The network's.</param>
public sealed record PanelNetworkYear(string Year, double Base, double Network);

/// <summary>One fit of a network.</summary>
/// <param name="FittedOn">The weekday at whose close the labels were known.</param>
/// <param name="Gain">The share of the mean answer applied.</param>
/// <param name="Untrained">Members whose best snapshot was the untrained one, which adds nothing.</param>
/// <param name="Members">Members trained.</param>
public sealed record PanelNetworkFit(DateOnly FittedOn, double Gain, int Untrained, int Members);

/// <summary>What a network was worth to its base at a horizon.</summary>
public sealed class PanelNetworkResult
{
    private readonly Core.PanelNetworkReport report;

    internal PanelNetworkResult(Core.PanelNetworkReport report) => this.report = report;

    /// <summary>The network's name.</summary>
    public string Model => report.Model;

    /// <summary>The model whose errors it learned.</summary>
    public string Base => report.Base;

    /// <summary>Own days ahead.</summary>
    public int Horizon => report.Horizon;

    /// <summary>Against the base, whatever the run's baseline is.</summary>
    public PanelResultRow Row => PanelResultRow.Of(report.Row);

    /// <summary>By year.</summary>
    public IReadOnlyList<PanelNetworkYear> Years =>
        [.. report.Years.Select(year => new PanelNetworkYear(year.Year, year.Base, year.Network))];

    /// <summary>In order of time.</summary>
    public IReadOnlyList<PanelNetworkFit> Fits =>
        [
            .. report.Fits.Select(used => new PanelNetworkFit(
                used.Fit.FittedOn,
                used.Gain,
                used.Fit.Untrained,
                used.Fit.Members.Length
            )),
        ];

    /// <summary>Each member by itself against the base, by seed.</summary>
    public IReadOnlyDictionary<long, PanelResultRow> Seeds =>
        report.Seeds.ToDictionary(seed => seed.Seed, seed => PanelResultRow.Of(seed.Row));
}
