namespace VolatilityForge.CSharp;

/// <summary>
/// Sizes of a HARNet: a dilated causal convolution that starts as log-HAR (Reisenhofer, Bayer and Hautsch 2022).
/// </summary>
public sealed record HarNetConfig
{
    private static readonly Core.HarNetConfig Small = Core.HarNetConfigModule.small;

    /// <summary>Channels beside the day, the week and the month.</summary>
    public int Channels { get; init; } = Small.Channels;

    /// <summary>Probability of dropping a channel's element in training, in [0, 1).</summary>
    public double Dropout { get; init; } = Small.Dropout;

    internal static HarNetConfig Of(Core.HarNetConfig config) =>
        new() { Channels = config.Channels, Dropout = config.Dropout };

    internal Core.HarNetConfig ToCore() => new(Channels, Dropout);
}
