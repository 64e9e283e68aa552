namespace VolatilityForge.CSharp;

/// <summary>A fitted model with a part so cheap that it is brought up to date every day between refits.</summary>
public interface IUpdatableForecaster : IFittedForecaster
{
    /// <summary>The model with its cheap part fitted on the window; the costly part stays as it was.</summary>
    IFittedForecaster Update(VarianceHistory history, Window window);
}
