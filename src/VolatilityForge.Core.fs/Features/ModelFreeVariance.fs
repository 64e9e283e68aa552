/// The variance that option prices imply without a model. Knows no chain.
namespace VolatilityForge

open System

/// Two readings of one integral (Demeterfi, Derman, Kamal and Zou 1999, equation 26; Britten-Jones and Neuberger 2000):
/// variance per year = 2 / years times the integral of undiscounted out-of-the-money prices over strike squared.
[<RequireQualifiedAccess>]
module ModelFreeVariance =

    /// The sum that the VIX is (CBOE 2019, step 2): 2 / T sum dK / K^2 Q(K) - (F / K0 - 1)^2 / T, with K0 the last strike at or below the
    /// forward and dK half the distance between the neighbours. Q: undiscounted prices, puts below K0, calls above, the mean of both at
    /// K0. Fault.TooShort below three strikes, Fault.BadSetting where none is at or below the forward or strikes don't increase.
    let vix (forward: float) (years: float) (strikes: float[]) (prices: float[]) : Result<float, Fault> =
        let count = strikes.Length

        either {
            do!
                Either.require
                    (Fault.BadShape("the VIX sum", "prices", string count, string prices.Length))
                    (prices.Length = count)

            do! Either.require (Fault.TooShort("the VIX sum", 3, count)) (count >= 3)

            do!
                Either.require
                    (Fault.BadSetting("strikes", "must be positive and strictly increase", "others"))
                    (strikes[0] > 0.0 && Array.forall2 (<) strikes[.. count - 2] strikes[1..])

            match strikes |> Array.tryFindIndexBack (fun strike -> strike <= forward) with
            | None ->
                return!
                    Error(
                        Fault.BadSetting(
                            "strikes",
                            $"must have one at or below the forward {forward}",
                            string strikes[0]
                        )
                    )
            | Some at ->
                let mutable sum = 0.0

                for i in 0 .. count - 1 do
                    let width = 0.5 * (strikes[min (count - 1) (i + 1)] - strikes[max 0 (i - 1)])
                    // At the ends the distance to the one neighbour.
                    let width = if i = 0 || i = count - 1 then 2.0 * width else width
                    sum <- sum + width / (strikes[i] * strikes[i]) * prices[i]

                let off = forward / strikes[at] - 1.0
                return (2.0 * sum - off * off) / years
        }

    /// The VIX sum over the strikes of a smile, its prices from its volatilities. Faults as vix.
    let vixOfSmile (smile: Smile) : Result<float, Fault> =
        let root = sqrt smile.Years

        let below =
            smile.Strikes |> Array.tryFindIndexBack (fun strike -> strike <= smile.Forward)

        Array.init smile.Strikes.Length (fun at ->
            let strike, moneyness = smile.Strikes[at], smile.Moneyness[at]

            let price =
                sqrt (smile.Forward * strike)
                * NormalisedBlack.price (abs moneyness) (smile.Volatilities[at] * root)

            // The call in the money is worth the difference more; the mean of both, half of it.
            if Some at = below then
                price + 0.5 * (smile.Forward - strike)
            else
                price)
        |> vix smile.Forward smile.Years smile.Strikes

    /// Beyond this many standard deviations out prices are below rounding of the integral.
    [<Literal>]
    let private Reach = 12.0

    /// Panels of Simpson's rule per standard deviation; halving them moves a flat smile's variance by less than 1e-10.
    [<Literal>]
    let private Panels = 64

    /// Most panels between two knots. A smile whose volatilities differ by less than a factor of 5 needs fewer; of a stray volatility
    /// near zero the price is too, and so is what coarser panels miss.
    [<Literal>]
    let private MostPanels = 4096

    /// e^(-k / 2) b(|k|, s(k)): the integrand over log-moneyness, with the forward taken out.
    let private integrand (smile: Smile) (root: float) (moneyness: float) : float =
        exp (-0.5 * moneyness)
        * NormalisedBlack.price (abs moneyness) (Smile.volatilityAt moneyness smile * root)

    /// The integral over a smile, its volatilities interpolated between strikes and held beyond them, by Simpson's rule between
    /// strikes. A flat smile gives its volatility squared.
    let integral (smile: Smile) : float =
        let root = sqrt smile.Years
        let widest = Reach * (Array.max smile.Volatilities) * root

        // The integrand has a kink at the money and one at every strike.
        let knots =
            Array.concat
                [
                    [| -widest; 0.0; widest |]
                    smile.Moneyness |> Array.filter (fun k -> abs k < widest)
                ]
            |> Array.distinct
            |> Array.sort

        let mutable sum = 0.0

        for i in 0 .. knots.Length - 2 do
            let left, right = knots[i], knots[i + 1]
            // Total variance is linear between knots, so its least is at one of them.
            let least = min (Smile.volatilityAt left smile) (Smile.volatilityAt right smile)
            let wanted = ceil ((right - left) * float Panels / (2.0 * least * root))
            let panels = 2 * max 1 (int (min wanted (float (MostPanels / 2))))
            let width = (right - left) / float panels
            let mutable part = integrand smile root left + integrand smile root right

            for j in 1 .. panels - 1 do
                let weight = if j % 2 = 1 then 4.0 else 2.0
                part <- part + weight * integrand smile root (left + float j * width)

            sum <- sum + part * width / 3.0

        2.0 * sum / smile.Years

    /// A variance per year between two expiries: total variance linear in time (CBOE 2019, step 3); beyond them the nearer one's
    /// variance. Expiries in increasing order of years.
    let interpolate (years: float) (expiries: (float * float)[]) : float =
        let last = expiries.Length - 1

        if years <= fst expiries[0] then
            snd expiries[0]
        elif years >= fst expiries[last] then
            snd expiries[last]
        else
            let right = expiries |> Array.findIndex (fun (time, _) -> time >= years)
            let (early, near), (late, far) = expiries[right - 1], expiries[right]
            let share = (years - early) / (late - early)
            ((1.0 - share) * early * near + share * late * far) / years
