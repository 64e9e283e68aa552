using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>Diebold and Mariano's test of equal expected loss.</summary>
/// <param name="Statistic">Negative when the first series is smaller.</param>
/// <param name="PValue">Two-sided.</param>
/// <param name="MeanDifference">Mean of first less second.</param>
/// <param name="Lag">Autocovariances in the long-run variance.</param>
/// <param name="Count">Days.</param>
public sealed record DieboldMarianoTest(
    double Statistic,
    double PValue,
    double MeanDifference,
    int Lag,
    int Count
)
{
    internal static DieboldMarianoTest Of(Core.DieboldMariano test) =>
        new(test.Statistic, test.PValue, test.MeanDifference, test.Lag, test.Count);
}

/// <summary>The regression of realised variance on its forecast.</summary>
/// <param name="Intercept">0 for an efficient forecast.</param>
/// <param name="Slope">1 for an efficient forecast.</param>
/// <param name="InterceptError">Standard error.</param>
/// <param name="SlopeError">Standard error.</param>
/// <param name="RSquared">Share of variation explained.</param>
/// <param name="Efficient">That the intercept is 0 and the slope 1.</param>
public sealed record MincerZarnowitzTest(
    double Intercept,
    double Slope,
    double InterceptError,
    double SlopeError,
    double RSquared,
    ChiSquareTest Efficient
);

/// <summary>The test that a first forecast encompasses a second.</summary>
/// <param name="Weight">Of the second in the combination of least squared error.</param>
/// <param name="Statistic">Positive when the second adds something.</param>
/// <param name="PValue">One-sided.</param>
public sealed record EncompassingTest(double Weight, double Statistic, double PValue);

/// <summary>Tests of one or two forecasts; series are aligned by the day of the forecast.</summary>
public static class ForecastTests
{
    /// <summary>Tests equal expected loss of two series of losses at a horizon.</summary>
    /// <exception cref="Core.VolatilityForgeException">Unequal lengths, too few days, no variation.</exception>
    public static DieboldMarianoTest DieboldMariano(
        IEnumerable<double> first,
        IEnumerable<double> second,
        int horizon = 1
    ) =>
        Core
            .Compare.dieboldMariano(Core.HacLag.Automatic, horizon, [.. first], [.. second])
            .Select(DieboldMarianoTest.Of)
            .OrThrow();

    /// <summary>Tests that the difference of two series of losses can't be predicted from the last known one.</summary>
    /// <exception cref="Core.VolatilityForgeException">Unequal lengths, too few days, no variation.</exception>
    public static ChiSquareTest GiacominiWhite(
        IEnumerable<double> first,
        IEnumerable<double> second,
        int horizon = 1
    ) =>
        Core
            .ConditionalCompare.giacominiWhite(horizon, [.. first], [.. second])
            .Select(test => new ChiSquareTest(test.Test))
            .OrThrow();

    /// <summary>Regresses realised daily variances on forecasts and tests intercept 0 and slope 1.</summary>
    /// <exception cref="Core.VolatilityForgeException">Unequal lengths, too few days, no variation.</exception>
    public static MincerZarnowitzTest MincerZarnowitz(
        IEnumerable<double> forecast,
        IEnumerable<double> realised,
        int horizon = 1
    ) =>
        Core
            .MincerZarnowitzModule.test(
                Core.ForecastScale.Levels,
                Core.HacLag.Automatic,
                horizon,
                [.. forecast],
                [.. realised]
            )
            .Select(test => new MincerZarnowitzTest(
                test.Intercept,
                test.Slope,
                test.InterceptError,
                test.SlopeError,
                test.RSquared,
                new(test.Efficient)
            ))
            .OrThrow();

    /// <summary>Tests that the second forecast, by the errors of both, adds nothing to the first.</summary>
    /// <exception cref="Core.VolatilityForgeException">Unequal lengths, too few days, equal forecasts.</exception>
    public static EncompassingTest Encompassing(
        IEnumerable<double> firstErrors,
        IEnumerable<double> secondErrors,
        int horizon = 1
    ) =>
        Core
            .EncompassingModule.test(
                Core.HacLag.Automatic,
                horizon,
                [.. firstErrors],
                [.. secondErrors]
            )
            .Select(test => new EncompassingTest(test.Weight, test.Statistic, test.PValue))
            .OrThrow();
}
