using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A C# callback as the core sees it.</summary>
internal static class CoreCallback
{
    public static FSharpFunc<Core.TrainingNotice, FSharpFunc<Core.TrainingView, Unit>> Of(
        ICallback callback
    ) =>
        FuncConvert.FromAction<Core.TrainingNotice, Core.TrainingView>(
            (notice, view) => Tell(callback, notice, new(view))
        );

    public static void Tell(
        this FSharpFunc<Core.TrainingNotice, FSharpFunc<Core.TrainingView, Unit>> callback,
        Core.TrainingNotice notice,
        TrainingState state
    ) => callback.Invoke(notice).Invoke(state.View);

    private static void Tell(ICallback callback, Core.TrainingNotice notice, TrainingState state)
    {
        switch (notice)
        {
            case { IsTrainBegin: true }:
                callback.OnTrainBegin(state);
                break;
            case { IsResumed: true }:
                callback.OnResumed(state);
                break;
            case { IsInterrupted: true }:
                callback.OnInterrupted(state);
                break;
            case Core.TrainingNotice.NotFinite broken:
                callback.OnNotFinite(broken.loss, broken.gradientNorm, state);
                break;
            case { IsTrainEnd: true }:
                callback.OnTrainEnd(state);
                break;
            case { IsValidationBegin: true }:
                callback.OnValidationBegin(state);
                break;
            case Core.TrainingNotice.ValidationEnd ended:
                callback.OnValidationEnd(ended.loss, state);
                break;
            case Core.TrainingNotice.EpochBegin begun:
                callback.OnEpochBegin(begun.epoch, state);
                break;
            case Core.TrainingNotice.EpochEnd ended:
                callback.OnEpochEnd(ended.Item.Epoch, new(ended.Item), state);
                break;
            case Core.TrainingNotice.BatchEnd ended:
                callback.OnBatchEnd(ended.step, ended.loss, state);
                break;
        }
    }
}
