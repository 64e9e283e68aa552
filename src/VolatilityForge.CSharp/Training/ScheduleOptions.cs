namespace VolatilityForge.CSharp;

/// <summary>How the learning rate moves over the steps of a training run.</summary>
public abstract record ScheduleOptions
{
    private protected ScheduleOptions() { }

    internal abstract Core.ScheduleShape ToCore();
}

/// <summary>The same rate at every step.</summary>
public sealed record ConstantSchedule : ScheduleOptions
{
    internal override Core.ScheduleShape ToCore() => Core.ScheduleShape.Constant;
}

/// <summary>
/// Linear to the highest rate, which the last step of the warm-up has, then half a cosine towards the floor.
/// </summary>
public sealed record WarmupCosineSchedule : ScheduleOptions
{
    /// <summary>Steps over which the rate rises; the first has the highest rate divided by their number.</summary>
    public int WarmupSteps { get; init; } = 30;

    /// <summary>The rate that the step after the run's last would have.</summary>
    public double Floor { get; init; }

    internal override Core.ScheduleShape ToCore() =>
        Core.ScheduleShape.NewWarmupCosine(WarmupSteps, Floor);
}

/// <summary>One cycle (Smith and Topin 2018): up to the highest rate and down again, as PyTorch's OneCycleLR.</summary>
public sealed record OneCycleSchedule : ScheduleOptions
{
    /// <summary>The share of the steps in which the rate rises.</summary>
    public double RisingShare { get; init; } = Core.ScheduleShapeModule.oneCycle.RisingShare;

    /// <summary>The first rate is the highest divided by this.</summary>
    public double StartDivisor { get; init; } = Core.ScheduleShapeModule.oneCycle.StartDivisor;

    /// <summary>The last rate is the first divided by this.</summary>
    public double FinalDivisor { get; init; } = Core.ScheduleShapeModule.oneCycle.FinalDivisor;

    /// <summary>True moves along straight lines, false along half cosines.</summary>
    public bool Linear { get; init; }

    internal override Core.ScheduleShape ToCore() =>
        Core.ScheduleShape.NewOneCycle(
            new(
                RisingShare,
                StartDivisor,
                FinalDivisor,
                Linear ? Core.Anneal.Linear : Core.Anneal.Cosine
            )
        );
}

/// <summary>Steps down when the validation loss stops improving, as PyTorch's ReduceLROnPlateau.</summary>
public sealed record PlateauSchedule : ScheduleOptions
{
    /// <summary>What a reduction multiplies the rate by.</summary>
    public double Factor { get; init; } = Core.ScheduleShapeModule.plateau.Factor;

    /// <summary>Validations without improvement that are borne before a reduction.</summary>
    public int Patience { get; init; } = Core.ScheduleShapeModule.plateau.Patience;

    /// <summary>The share by which a loss must fall below the best one to be an improvement.</summary>
    public double Threshold { get; init; } = Core.ScheduleShapeModule.plateau.Threshold;

    /// <summary>Validations after a reduction that are not counted as bad.</summary>
    public int Cooldown { get; init; } = Core.ScheduleShapeModule.plateau.Cooldown;

    /// <summary>The rate is never reduced below this.</summary>
    public double Minimum { get; init; } = Core.ScheduleShapeModule.plateau.Minimum;

    internal override Core.ScheduleShape ToCore() =>
        Core.ScheduleShape.NewPlateau(new(Factor, Patience, Threshold, Cooldown, Minimum));
}
