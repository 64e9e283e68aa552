using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>A forecaster of the core as C# sees it.</summary>
internal sealed class RegisteredForecaster(Core.IForecaster forecaster) : Forecaster
{
    public override string Name => forecaster.Name;

    public override int RefitEvery => forecaster.RefitEvery;

    public override IReadOnlyList<string> Measures =>
        forecaster is Core.IReadsMeasures reader ? [.. reader.Measures] : [];

    public override int MinimumDays(int horizon) => forecaster.MinimumDays(horizon);

    public override IFittedForecaster Fit(VarianceHistory history, Window window, int horizon) =>
        Wrap(forecaster.Fit(history.History, window.ToCore(), horizon).OrThrow());

    internal override Core.IForecaster ToCore() => forecaster;

    private static IFittedForecaster Wrap(Core.IFitted fitted) =>
        fitted is Core.IUpdatable updatable ? new Updatable(updatable) : new Fitted(fitted);

    private class Fitted(Core.IFitted fitted) : IFittedForecaster
    {
        public double ForecastDailyVariance(VarianceHistory history, int origin) =>
            fitted.Forecast(history.History, origin);
    }

    private sealed class Updatable(Core.IUpdatable updatable)
        : Fitted(updatable),
            IUpdatableForecaster
    {
        public IFittedForecaster Update(VarianceHistory history, Window window) =>
            Wrap(updatable.Update(history.History, window.ToCore()).OrThrow());
    }
}
