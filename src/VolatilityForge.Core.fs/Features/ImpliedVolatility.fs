/// The volatility that an option's price implies. Knows no chain.
namespace VolatilityForge

open System

/// Inverting Black's formula to the last digits that the price holds.
[<RequireQualifiedAccess>]
module ImpliedVolatility =

    /// The volatility per root year of an undiscounted price; NaN outside the no-arbitrage bounds or for terms outside their
    /// domain. In the money the intrinsic value is taken off first, which costs the digits that it shares with the price.
    let ofUndiscounted (right: OptionRight) (forward: float) (strike: float) (years: float) (price: float) : float =
        if not (forward > 0.0 && strike > 0.0 && years > 0.0) then
            nan
        else
            let intrinsic = Math.Max(0.0, BlackScholes.sign right * (forward - strike))
            let scale = sqrt (forward * strike)

            NormalisedBlack.deviation (abs (Math.Log(forward / strike))) ((price - intrinsic) / scale)
            / sqrt years

    /// The volatility per root year of an option's price. Fault.BadSetting for terms outside their domain; Fault.NotComputable,
    /// with the bounds, for a price at or outside of them.
    let ofPrice (price: float) (terms: OptionTerms) : Result<float, Fault> =
        let positive (field: string) (value: float) =
            Checked.require
                (Fault.BadSetting(field, "must be positive and finite", string value))
                (value > 0.0 && Double.IsFinite value)

        let finite (field: string) (value: float) =
            Checked.require (Fault.BadSetting(field, "must be finite", string value)) (Double.IsFinite value)

        either {
            do!
                Checked.all
                    [
                        positive "Spot" terms.Spot
                        positive "Strike" terms.Strike
                        positive "Years" terms.Years
                        finite "Rate" terms.Rate
                        finite "Yield" terms.Yield
                        finite "Price" price
                    ]

            let discount = exp (-terms.Rate * terms.Years)
            let forward = BlackScholes.forward terms

            let lower =
                discount * max 0.0 (BlackScholes.sign terms.Right * (forward - terms.Strike))

            let upper =
                discount
                * (match terms.Right with
                   | OptionRight.Call -> forward
                   | OptionRight.Put -> terms.Strike)

            let implied =
                ofUndiscounted terms.Right forward terms.Strike terms.Years (price / discount)

            return!
                if Double.IsNaN implied then
                    Error(
                        Fault.NotComputable(
                            "implied volatility",
                            $"the price {price} is not strictly between the no-arbitrage bounds {lower} and {upper}",
                            "Check the price, and the rate and yield that give the forward."
                        )
                    )
                else
                    Ok implied
        }
