using System.Collections.Generic;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A Realized GARCH (Hansen, Huang and Shek 2012), by name.</summary>
/// <param name="Name">
/// "realized-garch" or "realized-garch-linear", with orders, lags of the measure first, as in "realized-garch(2,1)".
/// </param>
public sealed record RealizedGarchModel(string Name = "realized-garch")
{
    /// <summary>A constant mean of the returns; without it the mean is zero.</summary>
    public bool ConstantMean { get; init; }

    /// <summary>The variance of the first day that counts is a parameter, as in the paper.</summary>
    public bool EstimatedStart { get; init; }

    /// <summary>Days at the start that are lags only.</summary>
    public int Presample { get; init; }

    /// <summary>
    /// Fits by joint maximum likelihood. The measure's unit need not be the returns' squared; one element of each per day.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// An unknown name, too few days, a return that isn't finite, a measure that isn't positive, columns that never move.
    /// </exception>
    public RealizedGarchFit Fit(IEnumerable<double> returns, IEnumerable<double> measure) =>
        TryFit(returns, measure).OrThrow();

    /// <summary>As <see cref="Fit"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, RealizedGarchFit> TryFit(
        IEnumerable<double> returns,
        IEnumerable<double> measure
    )
    {
        var data = new Core.RealizedData([.. returns], [.. measure]);
        return Spec()
            .Then(spec => Core.RealizedGarch.fit(spec, data))
            .Select(fit => new RealizedGarchFit(fit, data))
            .ToEither();
    }

    /// <summary>Returns and measures drawn from given parameters, in the order of the fit's names.</summary>
    /// <exception cref="Core.VolatilityForgeException">An unknown name, or parameters of another number.</exception>
    public (double[] Returns, double[] Measure) Simulate(
        IEnumerable<double> parameters,
        int count,
        double startVariance = 1.0,
        int leftOut = Core.RealizedForecast.LeftOut,
        long seed = 1
    )
    {
        var data = Spec()
            .Then(spec =>
                Core.RealizedForecast.series(
                    spec,
                    [.. parameters],
                    startVariance,
                    leftOut,
                    count,
                    Core.RngModule.ofSeed(seed)
                )
            )
            .OrThrow();
        return (data.Returns, data.Measure);
    }

    /// <summary>The model as a forecaster of a history's variance, which is the measure.</summary>
    /// <exception cref="Core.VolatilityForgeException">An unknown name.</exception>
    public Forecaster ToForecaster(int refitEvery = 22) =>
        new RegisteredForecaster(
            Core.RealizedForecaster.realizedGarch(
                Name,
                new Core.RealizedForecasterOptions<Core.RealizedGarchSpec>(
                    Spec().OrThrow(),
                    refitEvery
                )
            )
        );

    private FSharpResult<Core.RealizedGarchSpec, Core.Fault> Spec() =>
        Core
            .RealizedGarchSpecModule.parse(Name)
            .Select(spec => new Core.RealizedGarchSpec(
                spec.Form,
                spec.MeasureLags,
                spec.VarianceLags,
                ConstantMean,
                EstimatedStart ? Core.RealizedStart.Estimated : Core.RealizedStart.Sample,
                Presample
            ));
}
