using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>What a walk-forward of an experiment's models found.</summary>
public sealed class ExperimentResult
{
    private readonly Core.ExperimentResult result;

    internal ExperimentResult(Core.ExperimentResult result)
    {
        this.result = result;
        Config = ExperimentConfig.Of(result.Config);
        Rows = ResultRow.All(result.Table);
        Tracks = ForecastTrack.All(result.Tracks);
        Training = TrainingRun.All(result.Training);
        Parameters = [.. result.Parameters.Select(path => new ParameterPath(path))];
        NewsImpact = [.. result.NewsImpact.Select(curve => new NewsImpactCurve(curve))];
        Risk = [.. result.Risk.Select(track => new RiskTrack(track))];
    }

    internal static IReadOnlyList<ExperimentResult> All(
        IEnumerable<Core.ExperimentResult> results
    ) => [.. results.Select(result => new ExperimentResult(result))];

    internal Core.ExperimentResult Inner => result;

    /// <summary>The settings.</summary>
    public ExperimentConfig Config { get; }

    /// <summary>The symbol, or an empty text.</summary>
    public string Symbol => result.Table.Symbol;

    /// <summary>The model that others are compared with.</summary>
    public string Baseline => result.Table.Baseline;

    /// <summary>The table, by horizon, then in the order of the models.</summary>
    public IReadOnlyList<ResultRow> Rows { get; }

    /// <summary>Every forecast, by horizon, then in the order of the models.</summary>
    public IReadOnlyList<ForecastTrack> Tracks { get; }

    /// <summary>Every training run of a network, in order.</summary>
    public IReadOnlyList<TrainingRun> Training { get; }

    /// <summary>Coefficients over the refits, of the models that tell them, in the order of the tracks.</summary>
    public IReadOnlyList<ParameterPath> Parameters { get; }

    /// <summary>News impact curves, of the models that have one, in the order of the tracks.</summary>
    public IReadOnlyList<NewsImpactCurve> NewsImpact { get; }

    /// <summary>Intervals and quantiles of every track, in their order; empty where the settings ask for none.</summary>
    public IReadOnlyList<RiskTrack> Risk { get; }

    /// <summary>The row of a model at a horizon.</summary>
    /// <exception cref="Core.VolatilityForgeException">There is none; the fault lists the rows.</exception>
    public ResultRow Row(string model, int horizon) =>
        ResultRow.Of(result.Row(model, horizon).OrThrow());

    /// <summary>The results as JSON text, but for the single forecasts.</summary>
    public string ToJson() => Core.ResultFiles.json([result]).ToJsonString();

    /// <summary>
    /// Writes result.json, forecasts.csv and checkpoint.safetensors into a folder that appears only when every file is complete.
    /// </summary>
    /// <param name="directory">The folder.</param>
    /// <param name="replace">True replaces a folder that exists.</param>
    /// <exception cref="Core.VolatilityForgeException">The folder exists, or can't be written.</exception>
    public void Save(string directory, bool replace = false) =>
        Core.ResultFiles.save(directory, replace, ListModule.Singleton(result)).OrThrow();
}
