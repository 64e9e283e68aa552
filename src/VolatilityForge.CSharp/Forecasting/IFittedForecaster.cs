namespace VolatilityForge.CSharp;

/// <summary>A fitted model, able to forecast from any day of a history that ends at or after its window.</summary>
public interface IFittedForecaster
{
    /// <summary>
    /// Mean daily variance over origin+1 .. origin+horizon, for the horizon it was fitted for. Reads nothing dated after
    /// the origin.
    /// </summary>
    double ForecastDailyVariance(VarianceHistory history, int origin);
}
