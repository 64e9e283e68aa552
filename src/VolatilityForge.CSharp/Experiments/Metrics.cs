namespace VolatilityForge.CSharp;

/// <summary>Average losses of a series of variance forecasts.</summary>
public sealed record Metrics
{
    internal Metrics(Core.Metrics metrics)
    {
        Qlike = metrics.Qlike;
        Mse = metrics.Mse;
        Rmse = metrics.Rmse;
        Mae = metrics.Mae;
        Count = metrics.Count;
        Excluded = metrics.Excluded;
    }

    /// <summary>Mean QLIKE over the scored days; scale-free. NaN when no day is scored.</summary>
    public double Qlike { get; }

    /// <summary>Mean squared error of daily variance.</summary>
    public double Mse { get; }

    /// <summary>Root of the mean squared error, in daily variance.</summary>
    public double Rmse { get; }

    /// <summary>Mean absolute error of daily volatility.</summary>
    public double Mae { get; }

    /// <summary>Days with a forecast and a realised value.</summary>
    public int Count { get; }

    /// <summary>Days that QLIKE leaves out, since their realised variance stands at a floor.</summary>
    public int Excluded { get; }
}
