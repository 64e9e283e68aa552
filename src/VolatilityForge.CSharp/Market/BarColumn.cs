using System;

namespace VolatilityForge.CSharp;

/// <summary>A column of a bar file.</summary>
public enum BarColumn
{
    /// <summary>The trading day.</summary>
    Date,

    /// <summary>First price of the day.</summary>
    Open,

    /// <summary>Highest price of the day.</summary>
    High,

    /// <summary>Lowest price of the day.</summary>
    Low,

    /// <summary>Last price of the day.</summary>
    Close,

    /// <summary>The close adjusted for splits and dividends.</summary>
    AdjustedClose,

    /// <summary>Traded quantity.</summary>
    Volume,

    /// <summary>The symbol of a row.</summary>
    Symbol,
}

internal static class BarColumns
{
    public static Core.BarColumn ToCore(this BarColumn column) =>
        column switch
        {
            BarColumn.Date => Core.BarColumn.Date,
            BarColumn.Open => Core.BarColumn.Open,
            BarColumn.High => Core.BarColumn.High,
            BarColumn.Low => Core.BarColumn.Low,
            BarColumn.Close => Core.BarColumn.Close,
            BarColumn.AdjustedClose => Core.BarColumn.AdjustedClose,
            BarColumn.Volume => Core.BarColumn.Volume,
            BarColumn.Symbol => Core.BarColumn.Symbol,
            _ => throw new ArgumentOutOfRangeException(nameof(column), column, null),
        };
}
