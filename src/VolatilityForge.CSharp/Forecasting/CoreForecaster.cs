using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A C# forecaster as the core sees it.</summary>
internal sealed class CoreForecaster(Forecaster forecaster) : Core.IForecaster, Core.IReadsMeasures
{
    public string Name => forecaster.Name;

    public int RefitEvery => forecaster.RefitEvery;

    public FSharpList<string> Measures => ListModule.OfSeq(forecaster.Measures);

    public int MinimumDays(int horizon) => forecaster.MinimumDays(horizon);

    public FSharpResult<Core.IFitted, Core.Fault> Fit(
        Core.History history,
        Core.Window window,
        int horizon
    ) => Outcome.Of(() => Wrap(forecaster.Fit(new(history), new(window), horizon)));

    private static Core.IFitted Wrap(IFittedForecaster fitted) =>
        fitted is IUpdatableForecaster updatable ? new Updatable(updatable) : new Fitted(fitted);

    private class Fitted(IFittedForecaster fitted) : Core.IFitted
    {
        public double Forecast(Core.History history, int origin) =>
            fitted.ForecastDailyVariance(new(history), origin);
    }

    private sealed class Updatable(IUpdatableForecaster updatable)
        : Fitted(updatable),
            Core.IUpdatable
    {
        public FSharpResult<Core.IFitted, Core.Fault> Update(
            Core.History history,
            Core.Window window
        ) => Outcome.Of(() => Wrap(updatable.Update(new(history), new(window))));
    }
}
