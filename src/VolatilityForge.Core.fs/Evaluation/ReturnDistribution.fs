/// From a forecast of variance to quantiles of the return: the distribution of standardised returns. Knows no model.
namespace VolatilityForge

open System

/// The distribution of a return over its volatility; its variance is 1 but for Historical, which is as it was.
[<RequireQualifiedAccess>]
type ReturnDistribution =
    | Normal
    /// Student's t scaled to unit variance; freedom above 2.
    | StudentT of freedom: float
    /// What standardised returns were: filtered historical simulation (Barone-Adesi, Giannopoulos and Vosper 1999).
    | Historical of standardised: float[]

/// Quantiles and tail means of returns; a mean return of zero is taken.
[<RequireQualifiedAccess>]
module ReturnDistribution =

    /// Fewest standardised returns that a tail is read from.
    let fewest: int = 20

    /// Returns over the volatilities forecast for them, both (days), as a distribution. Faults: BadShape for series of different
    /// lengths, TooShort below 20 days, NotComputable for a return or variance that is not finite and positive.
    let filtered (variances: Variance[]) (returns: float[]) : Result<ReturnDistribution, Fault> =
        let what = "Filtered historical simulation"

        if variances.Length <> returns.Length then
            Error(Fault.BadShape(what, "variances", string returns.Length, string variances.Length))
        elif returns.Length < fewest then
            Error(Fault.TooShort(what, fewest, returns.Length))
        else
            let standardised =
                Array.map2 (fun (v: Variance) r -> r / sqrt (Units.strip v)) variances returns

            if Array.forall Double.IsFinite standardised then
                Ok(ReturnDistribution.Historical standardised)
            else
                Error(Fault.NotComputable(what, "a return or a variance is unusable", "Leave such days out."))

    /// The distribution, or the fault in it.
    let check (distribution: ReturnDistribution) : Result<ReturnDistribution, Fault> =
        match distribution with
        | ReturnDistribution.StudentT freedom when not (freedom > 2.0 && Double.IsFinite freedom) ->
            Error(Fault.BadSetting("degrees of freedom", "must be above 2, where there is a variance", string freedom))
        | ReturnDistribution.Historical values when values.Length < fewest ->
            Error(Fault.TooShort("Historical returns", fewest, values.Length))
        | ReturnDistribution.Historical values when not (Array.forall Double.IsFinite values) ->
            Error(Fault.NotComputable("Historical returns", "a value is not finite", "Leave such days out."))
        | sound -> Ok sound

    /// The value that a standardised return stays below with a probability strictly between 0 and 1; of history between the two
    /// nearest values, in proportion.
    let quantile (distribution: ReturnDistribution) (probability: float) : float =
        match distribution with
        | ReturnDistribution.Normal -> Tail.normalQuantile probability
        | ReturnDistribution.StudentT nu -> sqrt ((nu - 2.0) / nu) * Tail.studentQuantile nu probability
        | ReturnDistribution.Historical values ->
            let sorted = Array.sort values
            let place = probability * float (sorted.Length - 1)
            let below = int (floor place)
            let above = min (below + 1) (sorted.Length - 1)
            sorted[below] + (place - float below) * (sorted[above] - sorted[below])

    /// The mean standardised return below that value.
    let tailMean (distribution: ReturnDistribution) (probability: float) : float =
        let q = quantile distribution probability

        match distribution with
        | ReturnDistribution.Normal -> -(exp (-0.5 * q * q)) / sqrt (2.0 * Math.PI) / probability
        | ReturnDistribution.StudentT nu ->
            let scale = sqrt ((nu - 2.0) / nu)
            let x = q / scale

            let logDensity =
                MathNet.Numerics.SpecialFunctions.GammaLn((nu + 1.0) / 2.0)
                - MathNet.Numerics.SpecialFunctions.GammaLn(nu / 2.0)
                - 0.5 * log (nu * Math.PI)
                - 0.5 * (nu + 1.0) * log (1.0 + x * x / nu)

            -scale * exp logDensity * (nu + x * x) / (nu - 1.0) / probability
        | ReturnDistribution.Historical values -> values |> Array.filter (fun value -> value <= q) |> Array.average

    /// Value at Risk and expected shortfall of a forecast variance at a level such as 0.01, both as returns. Fault.BadSetting for a
    /// level outside (0, 1), and the faults of check.
    let risk
        (distribution: ReturnDistribution)
        (level: float)
        (variance: Variance)
        : Result<struct (float * float), Fault> =
        if not (level > 0.0 && level < 1.0) then
            Error(Fault.BadSetting("level", "must lie between 0 and 1", string level))
        else
            check distribution
            |> Result.map (fun sound ->
                let volatility = sqrt (Units.strip variance)
                struct (volatility * quantile sound level, volatility * tailMean sound level))
