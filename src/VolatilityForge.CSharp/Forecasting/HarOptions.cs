using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Collections;

namespace VolatilityForge.CSharp;

/// <summary>A model of the HAR family: its regressors and how their coefficients are found.</summary>
/// <param name="Name">A name of its own among the models of a walk-forward.</param>
/// <param name="Terms">The regressors, one or more, each once.</param>
public sealed record HarOptions(string Name, IReadOnlyList<HarTerm> Terms)
{
    /// <summary>How the coefficients are found.</summary>
    public HarEstimator Estimator { get; init; } = HarEstimator.LeastSquares;

    /// <summary>Days between refits in a walk-forward, at least 1.</summary>
    public int RefitEvery { get; init; } = 1;

    /// <summary>The members that come with the library, registered by these names.</summary>
    public static IReadOnlyList<HarOptions> Known { get; } = [.. Core.HarFamily.known.Select(Of)];

    /// <summary>
    /// The regression on the labels of a window, fitted directly to the mean over the horizon.
    /// </summary>
    /// <exception cref="Core.VolatilityForgeException">
    /// Settings outside their domain, a measure that the history lacks, too few days, a regressor that never varies, is a
    /// combination of others or is missing on a day.
    /// </exception>
    public HarFit Fit(VarianceHistory history, Window window, int horizon) =>
        TryFit(history, window, horizon).OrThrow();

    /// <summary>As <see cref="Fit"/>, with the fault in place of the exception.</summary>
    public Either<Core.Fault, HarFit> TryFit(VarianceHistory history, Window window, int horizon) =>
        Core
            .HarFamily.fit(ToCore(), horizon, history.History, window.ToCore())
            .Select(fit => new HarFit(fit))
            .ToEither();

    internal Core.HarFamilyOptions ToCore() =>
        new(
            Name,
            ListModule.OfSeq(Terms.Select(term => term.Term)),
            Estimator switch
            {
                HarEstimator.Weighted => Core.HarEstimator.Weighted,
                HarEstimator.Qlike => Core.HarEstimator.Qlike,
                HarEstimator.Logarithms => Core.HarEstimator.Logarithms,
                _ => Core.HarEstimator.LeastSquares,
            },
            RefitEvery
        );

    private static HarOptions Of(Core.HarFamilyOptions options) =>
        new(options.Name, [.. options.Terms.Select(term => new HarTerm(term))])
        {
            Estimator =
                options.Estimator.IsWeighted ? HarEstimator.Weighted
                : options.Estimator.IsQlike ? HarEstimator.Qlike
                : options.Estimator.IsLogarithms ? HarEstimator.Logarithms
                : HarEstimator.LeastSquares,
            RefitEvery = options.RefitEvery,
        };
}
