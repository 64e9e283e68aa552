namespace VolatilityForge.CSharp;

/// <summary>One epoch's figures; epoch 0 is the untrained network.</summary>
public sealed record TrainingMetrics
{
    internal TrainingMetrics(Core.EpochMetrics metrics) => Inner = metrics;

    internal Core.EpochMetrics Inner { get; }

    /// <summary>The epoch, from 1; 0 is the untrained network.</summary>
    public int Epoch => Inner.Epoch;

    /// <summary>Mean training loss over the epoch's batches; NaN at epoch 0.</summary>
    public double TrainLoss => Inner.TrainLoss;

    /// <summary>Mean loss over the validation samples.</summary>
    public double ValidationLoss => Inner.ValidationLoss;

    /// <summary>The last step's rate; NaN at epoch 0.</summary>
    public double LearningRate => Inner.LearningRate;

    /// <summary>Mean global norm of the gradients before clipping; NaN at epoch 0.</summary>
    public double GradientNorm => Inner.GradientNorm;
}
