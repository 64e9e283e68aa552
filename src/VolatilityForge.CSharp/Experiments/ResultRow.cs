using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>One model at one horizon, against the baseline at that horizon.</summary>
public sealed record ResultRow
{
    private ResultRow(Core.ReportRow row)
    {
        Model = row.Model;
        Horizon = row.Horizon;
        Metrics = new(row.Metrics);
        QlikeRatio = row.QlikeRatio;
        DmStatistic = row.Versus?.Value.Statistic;
        DmPValue = row.Versus?.Value.PValue;
        McsPValue = row.Confidence?.Value.PValue;
        InConfidenceSet = row.Confidence?.Value.Included;
        Clamped = row.Clamped;
        Refits = row.Refits;
        NextDailyVariance = row.Next;
    }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>Days ahead.</summary>
    public int Horizon { get; }

    /// <summary>Average losses.</summary>
    public Metrics Metrics { get; }

    /// <summary>Mean QLIKE over the scored days; scale-free.</summary>
    public double Qlike => Metrics.Qlike;

    /// <summary>Root of the mean squared error, in daily variance.</summary>
    public double Rmse => Metrics.Rmse;

    /// <summary>Mean absolute error of daily volatility.</summary>
    public double Mae => Metrics.Mae;

    /// <summary>Mean squared error of daily variance.</summary>
    public double Mse => Metrics.Mse;

    /// <summary>QLIKE over the baseline's: below 1 is better.</summary>
    public double QlikeRatio { get; }

    /// <summary>
    /// Statistic of Diebold and Mariano's test of equal QLIKE: negative when this model's is smaller; null for the baseline.
    /// </summary>
    public double? DmStatistic { get; }

    /// <summary>Two-sided p-value of the test; null for the baseline.</summary>
    public double? DmPValue { get; }

    /// <summary>
    /// P-value in the model confidence set of the horizon by QLIKE; null where there are too few days for one.
    /// </summary>
    public double? McsPValue { get; }

    /// <summary>True for a model that can't be told from the best at 90 %; null where McsPValue is.</summary>
    public bool? InConfidenceSet { get; }

    /// <summary>Forecasts the clamp rule moved.</summary>
    public int Clamped { get; }

    /// <summary>Fits made.</summary>
    public int Refits { get; }

    /// <summary>
    /// Mean daily variance forecast on the last day of the history, whose target is still to come.
    /// </summary>
    public double NextDailyVariance { get; }

    internal static ResultRow Of(Core.ReportRow row) => new(row);

    internal static IReadOnlyList<ResultRow> All(Core.ReportTable table) =>
        [.. table.Rows.Select(Of)];
}
