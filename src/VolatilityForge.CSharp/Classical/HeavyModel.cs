using System.Collections.Generic;

namespace VolatilityForge.CSharp;

/// <summary>A HEAVY model (Shephard and Sheppard 2010) of returns with mean zero and a realised measure.</summary>
/// <param name="Targeting">Constants from the sample's means; alpha and beta alone are searched for.</param>
public sealed record HeavyModel(bool Targeting = false)
{
    /// <summary>Fits both equations by quasi maximum likelihood; one return and one measure per day.</summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// Too few days, a return that isn't finite, a measure that isn't positive, columns that never move.
    /// </exception>
    public HeavyFit Fit(IEnumerable<double> returns, IEnumerable<double> measure) =>
        TryFit(returns, measure).OrThrow();

    /// <summary>As <see cref="Fit"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, HeavyFit> TryFit(
        IEnumerable<double> returns,
        IEnumerable<double> measure
    )
    {
        var data = new Core.RealizedData([.. returns], [.. measure]);
        return Core
            .Heavy.fit(new Core.HeavySpec(Targeting), data)
            .Select(fit => new HeavyFit(fit, data))
            .ToEither();
    }

    /// <summary>The model as a forecaster of a history's variance, which is the measure.</summary>
    public Forecaster ToForecaster(int refitEvery = 22) =>
        new RegisteredForecaster(
            Core.RealizedForecaster.heavy(
                "heavy",
                new Core.RealizedForecasterOptions<Core.HeavySpec>(
                    new Core.HeavySpec(Targeting),
                    refitEvery
                )
            )
        );
}
