/// The Black-Scholes-Merton price of a European option, its derivatives and its inverse. Knows no market.
namespace VolatilityForge

open System

/// One European option and the curves at its expiry.
[<Struct>]
type OptionTerms =
    {
        Right: OptionRight
        /// Price of the underlying now, positive.
        Spot: float
        /// Positive.
        Strike: float
        /// Years to expiry, positive.
        Years: float
        /// Continuously compounded rate per year.
        Rate: float
        /// Continuously compounded dividend yield per year; a foreign rate for currencies.
        Yield: float
    }

/// Derivatives of an option's price. Time is calendar time in years: what a year's passing adds.
type Greeks =
    {
        Price: float
        /// By the spot.
        Delta: float
        /// By the spot twice.
        Gamma: float
        /// By the volatility, per 1.00.
        Vega: float
        /// By time, per year.
        Theta: float
        /// By the rate, per 1.00.
        Rho: float
        /// By spot and volatility.
        Vanna: float
        /// By the volatility twice.
        Volga: float
        /// Of delta by time.
        Charm: float
        /// Of gamma by the spot.
        Speed: float
        /// Of gamma by the volatility.
        Zomma: float
        /// Of gamma by time.
        Color: float
    }

/// Pricing with F = Spot e^((Rate - Yield) Years), d1 = ln(F / Strike) / (volatility sqrt Years) + volatility sqrt Years / 2.
[<RequireQualifiedAccess>]
module BlackScholes =

    let private rootTwoPi = sqrt (2.0 * Math.PI)
    let private density (x: float) : float = exp (-0.5 * x * x) / rootTwoPi
    let private below (x: float) : float = Tail.normal -x

    /// 1 for a call, -1 for a put.
    let sign (right: OptionRight) : float =
        match right with
        | OptionRight.Call -> 1.0
        | OptionRight.Put -> -1.0

    /// The forward price of the underlying at expiry.
    let forward (terms: OptionTerms) : float =
        terms.Spot * exp ((terms.Rate - terms.Yield) * terms.Years)

    /// ln(forward / strike). The carry is added to a logarithm: at the money a rounded forward would take its digits.
    let private moneyness (terms: OptionTerms) : float =
        log (terms.Spot / terms.Strike) + (terms.Rate - terms.Yield) * terms.Years

    let private undiscountedAt (right: OptionRight) (strike: float) (moneyness: float) (deviation: float) : float =
        // forward - strike is 2 sqrt(forward strike) sinh(moneyness / 2): the difference would lose digits at the money.
        strike
        * exp (0.5 * moneyness)
        * (2.0 * sinh (0.5 * max 0.0 (sign right * moneyness))
           + NormalisedBlack.price (abs moneyness) deviation)

    /// The undiscounted price from forward, strike and total deviation, in the units of the forward.
    let undiscounted (right: OptionRight) (forward: float) (strike: float) (deviation: float) : float =
        undiscountedAt right strike (log (forward / strike)) deviation

    /// The price at a volatility per root year, >= 0.
    let price (volatility: float) (terms: OptionTerms) : float =
        exp (-terms.Rate * terms.Years)
        * undiscountedAt terms.Right terms.Strike (moneyness terms) (volatility * sqrt terms.Years)

    /// The price and its derivatives at a positive volatility.
    let greeks (volatility: float) (terms: OptionTerms) : Greeks =
        let sign = sign terms.Right
        let root = sqrt terms.Years
        let deviation = volatility * root
        let d1 = moneyness terms / deviation + 0.5 * deviation
        let d2 = d1 - deviation
        let growth = exp (-terms.Yield * terms.Years)
        let discount = exp (-terms.Rate * terms.Years)
        let carry = terms.Rate - terms.Yield
        let bell = growth * density d1
        let spotPart = growth * below (sign * d1)
        let strikePart = terms.Strike * discount * below (sign * d2)
        let gamma = bell / (terms.Spot * deviation)
        let vega = terms.Spot * bell * root
        // d1 by time to expiry.
        let drift =
            (2.0 * carry * terms.Years - d2 * deviation) / (2.0 * terms.Years * deviation)

        {
            Price = price volatility terms
            Delta = sign * spotPart
            Gamma = gamma
            Vega = vega
            Theta =
                -0.5 * terms.Spot * bell * volatility / root
                + sign * (terms.Yield * terms.Spot * spotPart - terms.Rate * strikePart)
            Rho = sign * terms.Years * strikePart
            Vanna = -bell * d2 / volatility
            Volga = vega * d1 * d2 / volatility
            Charm = sign * terms.Yield * spotPart - bell * drift
            Speed = -gamma / terms.Spot * (d1 / deviation + 1.0)
            Zomma = gamma * (d1 * d2 - 1.0) / volatility
            Color = gamma * (terms.Yield + d1 * drift + 0.5 / terms.Years)
        }
