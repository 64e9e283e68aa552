using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>How series are resampled; the defaults are the published protocol's.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Resamples.</summary>
    public int Draws { get; init; } = Core.StationaryBootstrap.defaults.Draws;

    /// <summary>Mean length of a block in days, at least 1.</summary>
    public double Block { get; init; } = Core.StationaryBootstrap.defaults.Block;

    /// <summary>The same seed gives the same bits.</summary>
    public long Seed { get; init; } = Core.StationaryBootstrap.defaults.Seed;

    internal Core.BootstrapConfig ToCore() => new(Draws, Block, Seed);
}

/// <summary>One model's place in a confidence set.</summary>
/// <param name="Model">Its name.</param>
/// <param name="MeanLoss">Its mean loss.</param>
/// <param name="PValue">1 for the model left at the end.</param>
/// <param name="Included">True for a model that can't be told from the best.</param>
public sealed record ConfidenceSetRow(string Model, double MeanLoss, double PValue, bool Included);

/// <summary>The test that no model beats a benchmark.</summary>
/// <param name="Best">The model with the largest gain.</param>
/// <param name="Statistic">That gain, studentised; 0 where no model gains.</param>
/// <param name="LowerPValue">A lower bound.</param>
/// <param name="PValue">The test's own.</param>
/// <param name="UpperPValue">White's reality check, studentised.</param>
public sealed record SuperiorAbilityTest(
    string Best,
    double Statistic,
    double LowerPValue,
    double PValue,
    double UpperPValue
);

/// <summary>Tests of many models at once, by resampling. Losses are aligned by day.</summary>
public static class ModelComparison
{
    private static Core.LossTable Table(IEnumerable<KeyValuePair<string, double[]>> losses) =>
        Core
            .LossTableModule.ofLosses(
                ListModule.OfSeq(losses.Select(pair => Tuple.Create(pair.Key, pair.Value)))
            )
            .OrThrow();

    /// <summary>
    /// The model confidence set of Hansen, Lunde and Nason, in the order of elimination: the worst first. By pairs is T_R,
    /// otherwise T_max.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">Fewer than 20 days, unequal lengths, a loss that is not finite.</exception>
    public static IReadOnlyList<ConfidenceSetRow> ConfidenceSet(
        IEnumerable<KeyValuePair<string, double[]>> losses,
        double level = 0.9,
        bool byPairs = false,
        BootstrapOptions? bootstrap = null
    ) =>
        [
            .. Core
                .ModelConfidenceSetModule.find(
                    new(
                        byPairs ? Core.ConfidenceStatistic.Range : Core.ConfidenceStatistic.Max,
                        level,
                        (bootstrap ?? new()).ToCore()
                    ),
                    Table(losses)
                )
                .OrThrow()
                .Rows.Select(row => new ConfidenceSetRow(
                    row.Model,
                    row.MeanLoss,
                    row.PValue,
                    row.Included
                )),
        ];

    /// <summary>Hansen's test that no model beats the benchmark.</summary>
    /// <exception cref="Core.VolatilityForgeException">As ConfidenceSet, and an unknown benchmark.</exception>
    public static SuperiorAbilityTest SuperiorAbility(
        IEnumerable<KeyValuePair<string, double[]>> losses,
        string benchmark,
        BootstrapOptions? bootstrap = null
    ) =>
        Core
            .Superiority.ability((bootstrap ?? new()).ToCore(), benchmark, Table(losses))
            .Select(test => new SuperiorAbilityTest(
                test.Best,
                test.Statistic,
                test.Lower,
                test.Consistent,
                test.Upper
            ))
            .OrThrow();

    /// <summary>Romano and Wolf's stepwise test: names of the models better than the benchmark.</summary>
    /// <exception cref="Core.VolatilityForgeException">As SuperiorAbility, and a size outside (0, 1).</exception>
    public static IReadOnlyList<string> Superior(
        IEnumerable<KeyValuePair<string, double[]>> losses,
        string benchmark,
        double size = 0.05,
        BootstrapOptions? bootstrap = null
    ) =>
        [
            .. Core
                .Superiority.stepwise((bootstrap ?? new()).ToCore(), size, benchmark, Table(losses))
                .OrThrow()
                .Where(row => row.Superior)
                .Select(row => row.Model),
        ];
}
