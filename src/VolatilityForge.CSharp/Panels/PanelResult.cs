using System;
using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>One model at one horizon over all symbols, against the baseline.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Horizon">Own days ahead.</param>
/// <param name="Qlike">Mean over symbols of each symbol's mean QLIKE.</param>
/// <param name="QlikeRatio">Over the baseline's: below 1 is better.</param>
/// <param name="Better">Symbols with a lower QLIKE than the baseline.</param>
/// <param name="Symbols">Symbols scored.</param>
/// <param name="PValue">Of the pooled Diebold-Mariano test against the baseline; null for the baseline.</param>
/// <param name="InConfidenceSet">In the 90 % confidence set of the horizon; null where there are too few days for one.</param>
public sealed record PanelResultRow(
    string Model,
    int Horizon,
    double Qlike,
    double QlikeRatio,
    int Better,
    int Symbols,
    double? PValue,
    bool? InConfidenceSet
)
{
    internal static PanelResultRow Of(Core.PanelReportRow row) =>
        new(
            row.Model,
            row.Horizon,
            row.Qlike,
            row.QlikeRatio,
            row.Better,
            row.Symbols,
            row.Versus?.Value.PValue,
            row.Confidence?.Value.Included
        );
}

/// <summary>QLIKE of a model at a horizon on one symbol, in one year or of one fit.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Horizon">Own days ahead.</param>
/// <param name="Part">The symbol, the year or the date of the fit.</param>
/// <param name="Qlike">Mean QLIKE; of a year or fit the mean over symbols.</param>
/// <param name="Forecasts">Forecasts scored.</param>
public sealed record PanelResultPart(
    string Model,
    int Horizon,
    string Part,
    double Qlike,
    int Forecasts
);

/// <summary>What a panel run found.</summary>
public sealed class PanelResult
{
    private readonly Core.PanelResult result;

    internal PanelResult(Core.PanelResult result) => this.result = result;

    /// <summary>By horizon, then in the order of the models.</summary>
    public IReadOnlyList<PanelResultRow> Rows => [.. result.Table.Rows.Select(PanelResultRow.Of)];

    /// <summary>By horizon, model and symbol.</summary>
    public IReadOnlyList<PanelResultPart> BySymbol => Parts(result.Table.BySymbol);

    /// <summary>By horizon, model and year.</summary>
    public IReadOnlyList<PanelResultPart> ByYear => Parts(result.Table.ByYear);

    /// <summary>By horizon, model and date of the fit whose days are scored.</summary>
    public IReadOnlyList<PanelResultPart> ByRefit => Parts(result.ByRefit);

    /// <summary>What each network was worth to its base, by model and horizon.</summary>
    public IReadOnlyList<PanelNetworkResult> Networks =>
        [.. result.Networks.Select(report => new PanelNetworkResult(report))];

    /// <summary>Every model's forecasts by horizon and symbol.</summary>
    public IReadOnlyList<ForecastTrack> Tracks =>
        [.. result.Tracks.Select(track => new ForecastTrack(track))];

    /// <summary>Days left out as errors of the record, by symbol.</summary>
    public IReadOnlyDictionary<string, int> LeftOut =>
        result.LeftOut.ToDictionary(pair => pair.Item1, pair => pair.Item2);

    /// <summary>Days left out because a model had nothing to say of the symbol, by symbol and horizon.</summary>
    public IReadOnlyList<(string Symbol, int Horizon, int Days)> Unforecast =>
        [.. result.Unforecast.Select(left => (left.Item1, left.Item2, left.Item3))];

    private static IReadOnlyList<PanelResultPart> Parts(IEnumerable<Core.PanelReportCell> cells) =>
        [
            .. cells.Select(cell => new PanelResultPart(
                cell.Model,
                cell.Horizon,
                cell.Part,
                cell.Qlike,
                cell.Forecasts
            )),
        ];
}

/// <summary>The next forecast of a symbol, with an interval that its past errors give.</summary>
/// <param name="Symbol">The symbol.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Horizon">Own days ahead.</param>
/// <param name="Origin">The symbol's last day.</param>
/// <param name="DailyVariance">Mean daily variance over the horizon.</param>
/// <param name="Interval">Where it is expected.</param>
/// <param name="Held">Share of the past days judged whose interval held what came; NaN where none could be judged.</param>
public sealed record PanelForecast(
    string Symbol,
    string Model,
    int Horizon,
    DateOnly Origin,
    double DailyVariance,
    VarianceInterval Interval,
    double Held
);
