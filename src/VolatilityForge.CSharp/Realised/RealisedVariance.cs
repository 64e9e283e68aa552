using System.Collections.Immutable;

namespace VolatilityForge.CSharp;

/// <summary>
/// Estimators of one day's variance from its intraday returns, or from its log prices (levels), in order. Each throws
/// VolatilityForgeException for too few values and for values that are not finite. Formulas and sources: the core's modules
/// PowerVariation, Quarticity, Subsampling, RealisedKernel, PreAverage.
/// </summary>
public static class RealisedVariance
{
    /// <summary>The sum of squared returns.</summary>
    public static double Realised(double[] returns) => Core.PowerVariation.realised(returns);

    /// <summary>The sum of squared returns below zero.</summary>
    public static double Downside(double[] returns) => Core.PowerVariation.downside(returns);

    /// <summary>The sum of squared returns above zero.</summary>
    public static double Upside(double[] returns) => Core.PowerVariation.upside(returns);

    /// <summary>Bipower variation.</summary>
    public static double Bipower(double[] returns) => Core.PowerVariation.bipower(returns);

    /// <summary>MinRV.</summary>
    public static double MinRv(double[] returns) => Core.PowerVariation.minimum(returns);

    /// <summary>MedRV.</summary>
    public static double MedRv(double[] returns) => Core.PowerVariation.median(returns);

    /// <summary>Realised quarticity.</summary>
    public static double Quarticity(double[] returns) => Core.QuarticityModule.realised(returns);

    /// <summary>Tripower quarticity.</summary>
    public static double TripowerQuarticity(double[] returns) =>
        Core.QuarticityModule.tripower(returns);

    /// <summary>MinRQ.</summary>
    public static double MinRq(double[] returns) => Core.QuarticityModule.minimum(returns);

    /// <summary>MedRQ.</summary>
    public static double MedRq(double[] returns) => Core.QuarticityModule.median(returns);

    /// <summary>The average over the stride's interleaved grids of their realised variances.</summary>
    public static double Subsampled(int stride, double[] levels) =>
        Core.Subsampling.realised(stride, levels);

    /// <summary>
    /// An upper bound of the variance of the noise in an observed log price; it holds half the price's own over a stride.
    /// </summary>
    public static double Noise(int stride, double[] levels) =>
        Core.Subsampling.noiseVariance(stride, levels);

    /// <summary>The variance of the noise in an observed log price, from a variance without noise.</summary>
    public static double DebiasedNoise(double roughVariance, double[] levels) =>
        Core.Subsampling.debiasedNoise(roughVariance, levels);

    /// <summary>The best stride of the two-scale variance: noise variance, variance, number of returns.</summary>
    public static int TwoScaleStride(double noise, double roughVariance, int returns) =>
        Core.Subsampling.optimalStride(noise, roughVariance, returns);

    /// <summary>The two-scale realised variance.</summary>
    public static double TwoScale(int stride, double[] levels) =>
        Core.Subsampling.twoScale(stride, levels);

    /// <summary>The realised kernel with Parzen's weights, ends as they are.</summary>
    public static double ParzenKernel(int bandwidth, double[] levels) =>
        Core.RealisedKernel.estimate(Core.KernelShape.Parzen, bandwidth, levels);

    /// <summary>The realised kernel with modified Tukey-Hanning weights of power 2, ends as they are.</summary>
    public static double TukeyHanningKernel(int bandwidth, double[] levels) =>
        Core.RealisedKernel.estimate(Core.KernelShape.TukeyHanning, bandwidth, levels);

    /// <summary>The best bandwidth of the Parzen kernel: noise variance, variance, number of returns.</summary>
    public static int ParzenBandwidth(double noise, double roughVariance, int returns) =>
        Core.RealisedKernel.bandwidth(Core.KernelShape.Parzen, noise, roughVariance, returns);

    /// <summary>The best bandwidth of the modified Tukey-Hanning kernel: noise variance, variance, number of returns.</summary>
    public static int TukeyHanningBandwidth(double noise, double roughVariance, int returns) =>
        Core.RealisedKernel.bandwidth(Core.KernelShape.TukeyHanning, noise, roughVariance, returns);

    /// <summary>The levels with so many at each end averaged into one, as a realised kernel asks for; 2 is usual.</summary>
    public static ImmutableArray<double> Jittered(int ends, double[] levels) =>
        Core.RealisedKernel.jitter(ends, levels).AsImmutable();

    /// <summary>The usual window of the pre-averaged variance for a number of returns.</summary>
    public static int PreAverageWindow(int returns) => Core.PreAverage.window(returns);

    /// <summary>The pre-averaged variance.</summary>
    public static double PreAveraged(int window, double[] levels) =>
        Core.PreAverage.estimate(window, levels);

    /// <summary>The ratio test of Barndorff-Nielsen and Shephard for jumps: statistic and one-sided p-value.</summary>
    public static (double Statistic, double PValue) JumpTest(double[] returns)
    {
        var test = Core.JumpTests.barndorffNielsenShephard(returns);
        return (test.Statistic, test.PValue);
    }

    /// <summary>The window that Lee and Mykland recommend for a number of returns a day.</summary>
    public static int LeeMyklandWindow(int returnsPerDay) => Core.JumpTests.window(returnsPerDay);

    /// <summary>For every return the Lee-Mykland statistic among count returns; NaN where the window isn't full.</summary>
    public static ImmutableArray<double> LeeMykland(int window, int count, double[] returns) =>
        Core.JumpTests.leeMykland(window, count, returns).AsImmutable();

    /// <summary>The critical value of the Lee-Mykland statistic at a level such as 0.01.</summary>
    public static double LeeMyklandCritical(double level) =>
        Core.JumpTests.leeMyklandCritical(level);
}
