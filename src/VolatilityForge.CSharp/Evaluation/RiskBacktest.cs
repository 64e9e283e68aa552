using System.Collections.Generic;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>The backtests of one forecast of Value at Risk; a test that the sample can't support is null.</summary>
public sealed record RiskBacktest
{
    private RiskBacktest(Core.RiskEvaluation found)
    {
        Days = found.Coverage.Days;
        Exceedances = found.Coverage.Exceedances;
        Kupiec = new(found.Coverage.Unconditional);
        Independence = ChiSquareTest.OfOption(found.Coverage.Independent?.Value);
        ConditionalCoverage = ChiSquareTest.OfOption(found.Coverage.Conditional?.Value);
        DynamicQuantile = ChiSquareTest.OfOption(found.DynamicQuantile?.Value);
        DurationPValue = found.Duration?.Value.Test.PValue;
        ShortfallPValue = found.Shortfall?.Value.PValue;
        ShortfallRegression = ChiSquareTest.OfOption(found.Regression?.Value.Strict);
        ShortfallRegressionPValue = found.Regression?.Value.StrictPValue;
        ShortfallExcessPValue = found.Regression?.Value.OneSided;
        QuantileLoss = found.QuantileLoss;
        FisslerZiegelLoss = found.FisslerZiegel?.Value;
    }

    /// <summary>Days.</summary>
    public int Days { get; }

    /// <summary>Days whose return is below the forecast.</summary>
    public int Exceedances { get; }

    /// <summary>Exceedances as often as the level says.</summary>
    public ChiSquareTest Kupiec { get; }

    /// <summary>As likely after an exceedance as after none (Christoffersen).</summary>
    public ChiSquareTest? Independence { get; }

    /// <summary>Both together.</summary>
    public ChiSquareTest? ConditionalCoverage { get; }

    /// <summary>Exceedances that can't be predicted (Engle and Manganelli).</summary>
    public ChiSquareTest? DynamicQuantile { get; }

    /// <summary>Durations without memory (Christoffersen and Pelletier), by simulation.</summary>
    public double? DurationPValue { get; }

    /// <summary>Expected shortfall not too mild (McNeil and Frey), by resampling.</summary>
    public double? ShortfallPValue { get; }

    /// <summary>Shortfall regressed on its forecast has intercept 0 and slope 1 (Bayer and Dimitriadis, strict).</summary>
    public ChiSquareTest? ShortfallRegression { get; }

    /// <summary>The p-value of that by resampling days, which is the one to go by.</summary>
    public double? ShortfallRegressionPValue { get; }

    /// <summary>Shortfall of return less forecast is not below zero (Bayer and Dimitriadis, intercept, one-sided).</summary>
    public double? ShortfallExcessPValue { get; }

    /// <summary>Mean quantile loss.</summary>
    public double QuantileLoss { get; }

    /// <summary>Mean loss of quantile and shortfall (Fissler and Ziegel).</summary>
    public double? FisslerZiegelLoss { get; }

    /// <summary>
    /// Backtests forecasts at a level such as 0.01. Returns, quantiles and shortfalls are returns, one per day: the latter two
    /// negative for a small level.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// Unequal lengths, a level outside (0, 1), a shortfall above its quantile.
    /// </exception>
    public static RiskBacktest Run(
        double level,
        IEnumerable<double> returns,
        IEnumerable<double> valueAtRisk,
        IEnumerable<double>? shortfall = null,
        int draws = 5000,
        long seed = 1
    ) =>
        Core
            .RiskSetModule.evaluate(
                draws,
                seed,
                new(
                    "",
                    "",
                    new(level, [.. returns], [.. valueAtRisk]),
                    shortfall is null
                        ? FSharpOption<double[]>.None
                        : FSharpOption<double[]>.Some([.. shortfall])
                )
            )
            .Select(found => new RiskBacktest(found))
            .OrThrow();
}
