using Microsoft.FSharp.Core;

namespace VolatilityForge.CSharp;

/// <summary>A regressor of the HAR family, with a value for every day that reads nothing after it.</summary>
public sealed record HarTerm
{
    internal HarTerm(Core.HarTerm term) => Term = term;

    internal Core.HarTerm Term { get; }

    /// <summary>The day's variance beyond bipower variation, at least 0; reads the measure bipower.</summary>
    public static HarTerm Jump { get; } = new(Core.HarTerm.Jump);

    /// <summary>Mean variance over the last days.</summary>
    public static HarTerm Variance(int span) => new(Core.HarTerm.NewVariance(span));

    /// <summary>Mean of a measure over the last days.</summary>
    public static HarTerm Measure(string name, int span) =>
        new(Core.HarTerm.NewMeasure(name, span));

    /// <summary>
    /// Mean of a measure over the last days, read as it is under every estimator: a factor that is no variance.
    /// </summary>
    public static HarTerm Factor(string name, int span) => new(Core.HarTerm.NewFactor(name, span));

    /// <summary>
    /// Mean over the last days of a measure (variance where none is named), times the root of the mean quarticity over the
    /// same days: the slope falls where measurement error is large.
    /// </summary>
    public static HarTerm Attenuation(
        int span,
        string? measure = null,
        string quarticity = "quarticity"
    ) =>
        new(
            Core.HarTerm.NewAttenuation(
                measure is null ? null : FSharpOption<string>.Some(measure),
                quarticity,
                span
            )
        );

    /// <summary>Mean of the negative returns over the last days, as a share of the month's volatility.</summary>
    public static HarTerm Leverage(int span) => new(Core.HarTerm.NewLeverage(span));

    /// <summary>What the term is called in faults.</summary>
    public override string ToString() => Core.HarTermModule.name(Term);
}
