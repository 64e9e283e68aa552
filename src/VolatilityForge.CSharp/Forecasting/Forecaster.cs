using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>
/// A model that can be fitted. Derive from it to run a model of one's own in a walk-forward. Faults are raised as
/// <see cref="Core.VolatilityForgeException"/>; a walk-forward hands them on.
/// </summary>
public abstract class Forecaster
{
    /// <summary>A name of its own among the models of a walk-forward.</summary>
    public abstract string Name { get; }

    /// <summary>Days between fits in a walk-forward; 1 for models that cost next to nothing.</summary>
    public virtual int RefitEvery => 1;

    /// <summary>Days a window must have for a fit at this horizon; by default enough for one label.</summary>
    public virtual int MinimumDays(int horizon) => horizon + 1;

    /// <summary>
    /// Measures of <see cref="VarianceHistory.MeasureNames"/> that the model reads; a history without one of them is refused
    /// before any model is fitted.
    /// </summary>
    public virtual IReadOnlyList<string> Measures => [];

    /// <summary>
    /// Fits on labels that end inside the window: rows t with window.First &lt;= t and t + horizon &lt;= window.Last.
    /// Nothing dated after window.Last is read.
    /// </summary>
    public abstract IFittedForecaster Fit(VarianceHistory history, Window window, int horizon);

    internal virtual Core.IForecaster ToCore() => new CoreForecaster(this);
}
