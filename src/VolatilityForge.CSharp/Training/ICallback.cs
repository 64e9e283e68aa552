namespace VolatilityForge.CSharp;

/// <summary>
/// Told what happens in training, with the state after it. Implement what is of interest. An exception ends training
/// with its message, the best weights kept.
/// </summary>
public interface ICallback
{
    /// <summary>Training begins.</summary>
    void OnTrainBegin(TrainingState state) { }

    /// <summary>An earlier run goes on; told instead of OnTrainBegin.</summary>
    void OnResumed(TrainingState state) { }

    /// <summary>The loss or gradient of the batch under way isn't finite; training ends with it.</summary>
    void OnNotFinite(double loss, double gradientNorm, TrainingState state) { }

    /// <summary>
    /// Training is about to end before its time, by cancellation or an error. The state is the one to resume from.
    /// </summary>
    void OnInterrupted(TrainingState state) { }

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
