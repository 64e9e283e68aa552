using System;
using System.Collections.Generic;
using System.Linq;

namespace VolatilityForge.CSharp;

/// <summary>The usual comparison on a history: baselines that its columns and a config's windows allow.</summary>
public sealed class Baselines
{
    private Baselines(Core.Baselines baselines)
    {
        Models = [.. baselines.Models];
        LeftOut = baselines.LeftOut.ToDictionary(
            model => model.Model,
            IReadOnlyList<string> (model) => [.. model.Lacks]
        );
    }

    /// <summary>
    /// Random walk, EWMA, HAR, log-HAR; with returns log-HAR with leverage, GARCH, GJR, Realized GARCH and HEAVY; HARQ, SHAR and
    /// log-SHAR where their measures are above 0 on every day; the equal-weight mean of those that are fitted; the Transformer.
    /// Those that need a longer window than the config's are left out too; its baseline never is.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// A setting that no walk-forward has, or an unknown baseline.
    /// </exception>
    public static Baselines Of(ExperimentConfig config, VarianceHistory history)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(history);
        return new(Core.BaselinesModule.ofHistory(config.Inner, history.History).OrThrow());
    }

    /// <summary>Names of models, in the order of the table.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>
    /// Models that the data don't allow, by name, with what they would need: names of daily measures, "returns", a longer window.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> LeftOut { get; }
}
