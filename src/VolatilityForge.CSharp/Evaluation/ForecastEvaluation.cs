using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>One model at one horizon, with every test against the baseline; null where there is none.</summary>
public sealed record ModelEvaluation
{
    internal ModelEvaluation(Core.SetEvaluation set, Core.ModelEvaluation row)
    {
        Symbol = set.Symbol;
        Horizon = set.Horizon;
        Model = row.Model;
        Metrics = new(row.Metrics);
        MeanLoss = row.MeanLoss;
        Ratio = row.Ratio;
        DieboldMariano = row.Versus is { } versus ? DieboldMarianoTest.Of(versus.Value) : null;
        GiacominiWhite = ChiSquareTest.OfOption(row.Conditional?.Value.Test);
        Efficient = ChiSquareTest.OfOption(row.Efficiency?.Value.Efficient);
        McsPValue = row.Confidence?.Value.PValue;
        InConfidenceSet = row.Confidence?.Value.Included;
        BeatsBaseline = row.Superior?.Value;
        CumulativeDifference = row.Cumulative;
    }

    /// <summary>The symbol, or an empty text.</summary>
    public string Symbol { get; }

    /// <summary>Days ahead.</summary>
    public int Horizon { get; }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>Average losses.</summary>
    public Metrics Metrics { get; }

    /// <summary>Mean of the loss of the tests.</summary>
    public double MeanLoss { get; }

    /// <summary>Mean loss over the baseline's.</summary>
    public double Ratio { get; }

    /// <summary>Against the baseline.</summary>
    public DieboldMarianoTest? DieboldMariano { get; }

    /// <summary>Against the baseline, given the last known difference.</summary>
    public ChiSquareTest? GiacominiWhite { get; }

    /// <summary>Mincer and Zarnowitz's intercept 0 and slope 1.</summary>
    public ChiSquareTest? Efficient { get; }

    /// <summary>P-value in the model confidence set.</summary>
    public double? McsPValue { get; }

    /// <summary>True for a model that can't be told from the best.</summary>
    public bool? InConfidenceSet { get; }

    /// <summary>True for a model that is better by the stepwise test at 5 %.</summary>
    public bool? BeatsBaseline { get; }

    /// <summary>Running sum of the model's loss less the baseline's.</summary>
    public IReadOnlyList<double> CumulativeDifference { get; }
}

/// <summary>Every loss and test of forecasts.</summary>
public static class ForecastEvaluation
{
    private static IReadOnlyList<ModelEvaluation> Evaluate(
        FSharpList<Core.ForecastSet> sets,
        string baseline,
        LossFunction? loss
    )
    {
        var defaults = Core.ForecastEvaluation.defaults;
        var config = new Core.EvaluationConfig(
            baseline,
            (loss ?? LossFunction.Qlike).Rule,
            defaults.Lag,
            defaults.Level,
            defaults.Statistic,
            defaults.Bootstrap
        );
        return
        [
            .. from set in sets
            let found = Core.ForecastEvaluation.ofSet(config, set).OrThrow()
            from row in found.Models
            select new ModelEvaluation(found, row),
        ];
    }

    /// <summary>Evaluates tracks of one walk-forward, by symbol and horizon.</summary>
    /// <exception cref="Core.VolatilityForgeException">No such baseline, or tracks over different days.</exception>
    public static IReadOnlyList<ModelEvaluation> OfTracks(
        IEnumerable<ForecastTrack> tracks,
        string baseline = "log-har",
        LossFunction? loss = null
    ) =>
        Evaluate(
            Core.ForecastSetModule.ofTracks(ListModule.OfSeq(tracks.Select(track => track.Track)))
                .OrThrow(),
            baseline,
            loss
        );

    /// <summary>Evaluates a file: a run's forecasts.csv, or CSV with date, realised and a column per model.</summary>
    /// <exception cref="Core.VolatilityForgeException">A file that breaks a rule, with row and column; no such baseline.</exception>
    public static IReadOnlyList<ModelEvaluation> OfFile(
        string path,
        string baseline = "log-har",
        LossFunction? loss = null,
        int horizon = 1
    ) => Evaluate(Core.ForecastFileModule.read(horizon, path).OrThrow().Sets, baseline, loss);
}
