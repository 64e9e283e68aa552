/// The long-memory weighted average of variances of RiskMetrics 2006. Knows no evaluation.
namespace VolatilityForge

/// Time scales of the average, in days.
type RiskMetrics2006Options =
    {
        /// Shortest scale, above 0.
        Shortest: float
        /// Longest scale, at least the shortest.
        Longest: float
        /// Ratio of neighbouring scales, above 1.
        Ratio: float
        /// Scale at which the logarithmic decay of the weights reaches zero, above the longest.
        Cutoff: float
        /// Days whose plain mean starts each average, at least 1.
        StartDays: int
    }

/// Exponential averages over geometric time scales, weighted by 1 - ln tau / ln tau0 (Zumbach 2007, "The RiskMetrics 2006
/// methodology"): a memory that decays like a logarithm. Without a parameter to estimate.
[<RequireQualifiedAccess>]
module RiskMetrics2006 =

    /// The paper's: 4 to 512 days in steps of the root of two, cut off at 1,560.
    let defaults: RiskMetrics2006Options =
        {
            Shortest = 4.0
            Longest = 512.0
            Ratio = sqrt 2.0
            Cutoff = 1560.0
            StartDays = 22
        }

    /// Ok when the scales are ordered and the start has a day.
    let check (options: RiskMetrics2006Options) : Result<RiskMetrics2006Options, Fault> =
        Checked.all
            [
                Checked.require
                    (Fault.BadSetting(
                        "riskmetrics2006 scales",
                        "must be 0 < shortest <= longest < cutoff, the cutoff above 1",
                        $"{options.Shortest}, {options.Longest}, {options.Cutoff}"
                    ))
                    (options.Shortest > 0.0
                     && options.Shortest <= options.Longest
                     && options.Longest < options.Cutoff
                     && options.Cutoff > 1.0
                     && options.Cutoff < infinity)
                Checked.require
                    (Fault.BadSetting("riskmetrics2006 ratio", "must be above 1", string options.Ratio))
                    (options.Ratio > 1.0 && options.Ratio < infinity)
                Checked.require
                    (Fault.BadSetting("riskmetrics2006 start days", "must be at least 1", string options.StartDays))
                    (options.StartDays >= 1)
            ]
        |> Result.map (fun () -> options)

    /// The scales, shortest first.
    let scales (options: RiskMetrics2006Options) : float[] =
        // A hair of tolerance: 4 times the root of two to the fourteenth is 512 but for rounding.
        let steps =
            int (floor (log (options.Longest / options.Shortest) / log options.Ratio + 1e-9))

        Array.init (steps + 1) (fun step -> options.Shortest * options.Ratio ** float step)

    /// Weights of the scales; they sum to one.
    let weights (options: RiskMetrics2006Options) : float[] =
        let raw =
            scales options |> Array.map (fun scale -> 1.0 - log scale / log options.Cutoff)

        let total = Array.sum raw
        raw |> Array.map (fun weight -> weight / total)

    let private decays (options: RiskMetrics2006Options) : float[] =
        scales options |> Array.map (fun scale -> exp (-1.0 / scale))

    /// Each scale's average after every day of a series, day by day. It runs from the first day of the series; during the start
    /// it is the mean so far.
    let averages (options: RiskMetrics2006Options) (variance: Variance[]) : Variance[][] =
        let decays = decays options
        let current = Array.zeroCreate<Variance> decays.Length

        Array.init variance.Length (fun day ->
            for k in 0 .. decays.Length - 1 do
                current[k] <-
                    if day < options.StartDays then
                        current[k] + (variance[day] - current[k]) / float (day + 1)
                    else
                        decays[k] * current[k] + (1.0 - decays[k]) * variance[day]

            Array.copy current)

    /// Mean variance expected over the next days: tomorrow's is the weighted average, and each scale then averages what is
    /// expected of the day before.
    let ahead (options: RiskMetrics2006Options) (horizon: int) (averages: Variance[]) : Variance =
        let weights, decays = weights options, decays options
        let current = Array.copy averages
        let mutable sum = 0.0< / day>

        for _ in 1..horizon do
            let mutable expected = 0.0< / day>

            for k in 0 .. weights.Length - 1 do
                expected <- expected + weights[k] * current[k]

            for k in 0 .. weights.Length - 1 do
                current[k] <- decays[k] * current[k] + (1.0 - decays[k]) * expected

            sum <- sum + expected

        sum / float horizon

    /// The average as a forecaster, registered as "riskmetrics2006".
    let forecaster (options: RiskMetrics2006Options) : IForecaster =
        let perHistory = PerHistory(fun _ history -> averages options history.Variance)

        { new IForecaster with
            member _.Name = "riskmetrics2006"
            member _.RefitEvery = 1
            member _.MinimumDays _ = max 1 options.StartDays

            member this.Fit(history, window, horizon) =
                check options
                |> Result.bind (fun _ ->
                    Labels.check "riskmetrics2006" (this.MinimumDays horizon) horizon history window)
                |> Result.map (fun () ->
                    { new IFitted with
                        member _.Forecast(history, origin) =
                            let averages = perHistory[1, history]
                            ahead options horizon averages[origin]
                    })
        }
