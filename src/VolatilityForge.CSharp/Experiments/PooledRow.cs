namespace VolatilityForge.CSharp;

/// <summary>One model at one horizon over all symbols.</summary>
public sealed record PooledRow
{
    internal PooledRow(Core.PooledRow row)
    {
        Model = row.Model;
        Horizon = row.Horizon;
        Symbols = row.Symbols;
        Qlike = row.Qlike;
        QlikeRatio = row.QlikeRatio;
        DmStatistic = row.Versus?.Value.Statistic;
        DmPValue = row.Versus?.Value.PValue;
        Wins = row.Wins;
        Best = row.Best;
    }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>Days ahead.</summary>
    public int Horizon { get; }

    /// <summary>How many symbols.</summary>
    public int Symbols { get; }

    /// <summary>Mean over symbols of their mean QLIKE.</summary>
    public double Qlike { get; }

    /// <summary>That over the baseline's.</summary>
    public double QlikeRatio { get; }

    /// <summary>Diebold and Mariano's statistic over symbol-days, clustered by day; null for the baseline.</summary>
    public double? DmStatistic { get; }

    /// <summary>Its two-sided p-value.</summary>
    public double? DmPValue { get; }

    /// <summary>Symbols on which its QLIKE is below the baseline's.</summary>
    public int Wins { get; }

    /// <summary>Symbols on which its QLIKE is the lowest.</summary>
    public int Best { get; }
}
