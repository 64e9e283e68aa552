namespace VolatilityForge.CSharp;

/// <summary>
/// Told what happens in training, with the state after it. Implement what is of interest. An exception ends training
/// with its message, the best weights kept.
/// </summary>
public interface ICallback
{
    /// <summary>Training begins.</summary>
    void OnTrainBegin(TrainingState state) { }

    /// <summary>Training has ended, for whatever reason.</summary>
    void OnTrainEnd(TrainingState state) { }

    /// <summary>An epoch begins, counted from 1.</summary>
    void OnEpochBegin(int epoch, TrainingState state) { }

    /// <summary>An epoch and its validation have ended.</summary>
    void OnEpochEnd(int epoch, TrainingMetrics metrics, TrainingState state) { }

    /// <summary>An optimiser step was made, counted from 1, on a batch with this mean loss.</summary>
    void OnBatchEnd(int step, double loss, TrainingState state) { }

    /// <summary>Validation begins; the first is that of the untrained network.</summary>
    void OnValidationBegin(TrainingState state) { }

    /// <summary>Validation has ended with this mean loss.</summary>
    void OnValidationEnd(double loss, TrainingState state) { }
}
