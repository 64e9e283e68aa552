namespace VolatilityForge.CSharp;

/// <summary>A statistic that is chi-square where the hypothesis holds.</summary>
public sealed record ChiSquareTest
{
    internal ChiSquareTest(Core.ChiSquareTest test)
    {
        Statistic = test.Statistic;
        Freedom = test.Freedom;
        PValue = test.PValue;
    }

    /// <summary>The statistic.</summary>
    public double Statistic { get; }

    /// <summary>Degrees of freedom.</summary>
    public int Freedom { get; }

    /// <summary>Probability of a statistic at least this large.</summary>
    public double PValue { get; }

    internal static ChiSquareTest? OfOption(Core.ChiSquareTest? test) =>
        test is null ? null : new(test);
}
