/// Implied volatilities of one expiry over strikes, and what is read off them. Knows no chain and no time.
namespace VolatilityForge

open System

/// Implied volatilities of one expiry. Made by Smile.create only: strikes increase, everything is positive and finite.
[<Sealed>]
type Smile internal (forward: float, years: float, strikes: float[], volatilities: float[]) =

    /// Log-moneyness, ln(strike / forward).
    let moneyness = strikes |> Array.map (fun strike -> log (strike / forward))

    /// Forward price of the underlying at the expiry.
    member _.Forward: float = forward

    /// Years to the expiry.
    member _.Years: float = years

    /// Increasing.
    member _.Strikes: float[] = strikes

    /// Per root year, one per strike.
    member _.Volatilities: float[] = volatilities

    /// ln(strike / forward), one per strike.
    member _.Moneyness: float[] = moneyness

/// What a smile says at the money and about it.
type SmileShape =
    {
        /// Volatility at the forward, per root year.
        AtTheMoney: float
        /// The derivative of volatility by log-moneyness at the forward (Gatheral 2006, chapter 3); NaN where fewer than five strikes
        /// lie within a standard deviation of it.
        Skew: float
        /// Volatility of the call with forward delta 0.25 less that of the put with -0.25; NaN where the strikes don't reach them.
        RiskReversal: float
        /// The mean of these two less the volatility at the money.
        Butterfly: float
    }

/// Making and reading smiles.
[<RequireQualifiedAccess>]
module Smile =

    /// The smile of strikes and volatilities; missing volatilities are left out. Fault.TooShort below two strikes, Fault.BadSetting for a
    /// forward, a time, a strike or a volatility that is not positive and finite or strikes that don't increase, Fault.BadShape for
    /// columns of different lengths.
    let create (forward: float) (years: float) (strikes: float[]) (volatilities: float[]) : Result<Smile, Fault> =
        let positive (field: string) (value: float) =
            Checked.require
                (Fault.BadSetting($"smile's {field}", "must be positive and finite", string value))
                (value > 0.0 && Double.IsFinite value)

        either {
            do!
                Either.require
                    (Fault.BadShape("a smile", "volatilities", string strikes.Length, string volatilities.Length))
                    (strikes.Length = volatilities.Length)

            let kept =
                [| 0 .. strikes.Length - 1 |]
                |> Array.filter (fun at -> not (Double.IsNaN volatilities[at]))

            do! Either.require (Fault.TooShort("a smile", 2, kept.Length)) (kept.Length >= 2)
            let strikes = kept |> Array.map (fun at -> strikes[at])
            let volatilities = kept |> Array.map (fun at -> volatilities[at])

            do!
                Checked.all
                    [
                        positive "forward" forward
                        positive "years" years
                        positive "lowest strike" (Array.min strikes)
                        positive "highest strike" (Array.max strikes)
                        positive "lowest volatility" (Array.min volatilities)
                        positive "highest volatility" (Array.max volatilities)
                    ]

            do!
                Either.require
                    (Fault.BadSetting("smile's strikes", "must strictly increase", "others"))
                    (Array.forall2 (<) strikes[.. strikes.Length - 2] strikes[1..])

            return Smile(forward, years, strikes, volatilities)
        }

    /// The volatility at a log-moneyness: total variance linear between strikes, volatility flat beyond them.
    let volatilityAt (moneyness: float) (smile: Smile) : float =
        let points, volatilities = smile.Moneyness, smile.Volatilities
        let found = Array.BinarySearch(points, moneyness)

        if found >= 0 then
            volatilities[found]
        else
            let right = ~~~found

            if right = 0 then
                volatilities[0]
            elif right = points.Length then
                volatilities[right - 1]
            else
                let share = (moneyness - points[right - 1]) / (points[right] - points[right - 1])
                let left, next = volatilities[right - 1], volatilities[right]
                sqrt (left * left + share * (next * next - left * left))

    /// d1 of an option of this log-moneyness.
    let private d1 (smile: Smile) (moneyness: float) : float =
        let deviation = volatilityAt moneyness smile * sqrt smile.Years
        -moneyness / deviation + 0.5 * deviation

    /// Halvings that bring a bracket of moneyness below rounding.
    [<Literal>]
    let private Halvings = 60

    /// The volatility where d1, which falls over the strikes, has a value; NaN where the strikes don't reach it.
    let private volatilityWhere (target: float) (smile: Smile) : float =
        let points = smile.Moneyness
        let mutable low = points[0]
        let mutable high = points[points.Length - 1]

        if d1 smile low < target || d1 smile high > target then
            nan
        else
            for _ in 1..Halvings do
                let middle = 0.5 * (low + high)

                if d1 smile middle > target then
                    low <- middle
                else
                    high <- middle

            volatilityAt (0.5 * (low + high)) smile

    /// The slope at the money of the least-squares parabola through the strikes within a standard deviation.
    let private slope (atTheMoney: float) (smile: Smile) : float =
        let reach = atTheMoney * sqrt smile.Years

        let rows =
            Array.zip smile.Moneyness smile.Volatilities
            |> Array.filter (fun (moneyness, _) -> abs moneyness <= reach)
            // In units of the reach, so that the powers are of one size.
            |> Array.map (fun (moneyness, volatility) -> moneyness / reach, volatility)

        if rows.Length < 5 then
            nan
        else
            let moment (power: int) =
                rows |> Array.sumBy (fun (x, _) -> pown x power)

            let right (power: int) =
                rows |> Array.sumBy (fun (x, y) -> y * pown x power)

            let matrix =
                [|
                    for row in 0..2 do
                        for column in 0..2 -> moment (row + column)
                |]

            match SmallMatrix.cholesky 3 matrix with
            | None -> nan
            | Some lower -> (SmallMatrix.solve 3 lower [| right 0; right 1; right 2 |])[1] / reach

    /// The deltas that risk reversals and butterflies are quoted at.
    [<Literal>]
    let private Wing = 0.25

    /// Level, skew, risk reversal and butterfly.
    let shape (smile: Smile) : SmileShape =
        let atTheMoney = volatilityAt 0.0 smile
        // The forward delta of a call is Phi(d1), of a put Phi(d1) - 1.
        let call = volatilityWhere (Tail.normalQuantile Wing) smile
        let put = volatilityWhere (Tail.normalQuantile (1.0 - Wing)) smile

        {
            AtTheMoney = atTheMoney
            Skew = slope atTheMoney smile
            RiskReversal = call - put
            Butterfly = 0.5 * (call + put) - atTheMoney
        }
