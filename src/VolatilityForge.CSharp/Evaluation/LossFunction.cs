namespace VolatilityForge.CSharp;

/// <summary>How far a forecast of variance f is from the realised variance v.</summary>
public sealed record LossFunction
{
    private LossFunction(Core.LossRule rule) => Rule = rule;

    internal Core.LossRule Rule { get; }

    /// <summary>v/f - ln(v/f) - 1 (Patton 2011).</summary>
    public static LossFunction Qlike { get; } = new(Core.LossRule.Qlike);

    /// <summary>(v - f)^2.</summary>
    public static LossFunction SquaredVariance { get; } = new(Core.LossRule.SquaredVariance);

    /// <summary>|sqrt v - sqrt f|.</summary>
    public static LossFunction AbsoluteVolatility { get; } = new(Core.LossRule.AbsoluteVolatility);

    /// <summary>
    /// Patton's family, homogeneous of degree b + 2: half the squared error at 0, QLIKE at -2.
    /// </summary>
    public static LossFunction Robust(double b) => new(Core.LossRule.NewRobust(b));

    /// <summary>
    /// exp(a e) - a e - 1 of e = ln(v/f): for positive a a forecast too low costs more.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">a is 0 or not finite.</exception>
    public static LossFunction Linex(double a) =>
        Parse(Core.LossRuleModule.name(Core.LossRule.NewLinex(a)));

    /// <summary>The loss of a name, such as "qlike", "mse", "mae", "hmse", "robust:-1", "linex:2".</summary>
    /// <exception cref="Core.VolatilityForgeException">No such loss; the known names are listed.</exception>
    public static LossFunction Parse(string name) =>
        new(Core.LossRuleModule.ofName(name).OrThrow());

    /// <summary>The name, as Parse reads it.</summary>
    public string Name => Core.LossRuleModule.name(Rule);

    /// <summary>The loss of one forecast of daily variance; both positive and finite.</summary>
    public double Of(double forecastDailyVariance, double realisedDailyVariance) =>
        Core.LossRuleModule.value(Rule, forecastDailyVariance, realisedDailyVariance);
}
