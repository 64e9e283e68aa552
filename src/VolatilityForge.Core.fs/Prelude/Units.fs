/// Units of measure: variance and volatility are different types, so annualising without the root does not compile.
namespace VolatilityForge

/// One trading day.
[<Measure>]
type day

/// One year of trading.
[<Measure>]
type year

/// Daily variance of log returns.
type Variance = float<1 / day>

/// Daily volatility of log returns: the root of a variance.
type Volatility = float<day^(-1/2)>

/// Conversions between variance, volatility and their annualised forms.
[<RequireQualifiedAccess>]
module Units =

    /// Trading days in a year by the equity convention.
    let tradingDaysPerYear: float<day / year> = 252.0<day / year>

    /// The volatility of a variance; NaN for a negative one.
    let volatility (variance: Variance) : Volatility = sqrt variance

    /// The variance of a volatility.
    let variance (volatility: Volatility) : Variance = volatility * volatility

    /// Variance per year.
    let annualisedVariance (daily: Variance) : float<1 / year> = daily * tradingDaysPerYear

    /// Volatility per root year.
    let annualisedVolatility (daily: Volatility) : float<year^(-1/2)> = daily * sqrt tradingDaysPerYear

    /// The number of a quantity, where units stop: logarithms, tensors, files.
    let inline strip (quantity: float<'unit>) : float = float quantity
