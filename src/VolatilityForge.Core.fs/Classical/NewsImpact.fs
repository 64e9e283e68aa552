/// News impact curves: what a shock of one day does to the variance of the next. Fits nothing.
namespace VolatilityForge

open System

/// News impact of conditional variance models (Engle and Ng 1993).
[<RequireQualifiedAccess>]
module NewsImpact =

    /// Shocks that curves are drawn over: -3 to 3 volatilities by tenths.
    let shocks: float[] = Array.init 61 (fun i -> float (i - 30) / 10.0)

    /// The variance of the day after a residual of so many volatilities, (shocks), in the units of the fit. The days before stand at the
    /// mean fitted variance, and a volatility is its root, so that a symmetric model's curve is lowest at 0. A path that has no
    /// finite variance gives infinity.
    let curve (shocks: float[]) (fit: GarchFit) : float[] =
        let level = Array.average fit.Variances

        let before = GarchState.initial level None fit.State.Regressors fit.State.Returns

        let struct (mean, _) =
            GarchState.ahead fit.Spec fit.Parameters (Array.zeroCreate fit.MeanRegressors) before

        shocks
        |> Array.map (fun shock ->
            let after =
                GarchState.append
                    fit.Spec
                    fit.Parameters
                    (Array.zeroCreate fit.MeanRegressors)
                    fit.State.Regressors
                    before
                    (mean + shock * sqrt level)

            let struct (_, variance) =
                GarchState.ahead fit.Spec fit.Parameters (Array.zeroCreate fit.MeanRegressors) after

            if Double.IsNaN variance then infinity else variance)
