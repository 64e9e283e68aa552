/// The forward price and the discount factor that calls and puts of one expiry imply. Knows no chain.
namespace VolatilityForge

open System

/// What put-call parity gives: call - put = Discount (Forward - strike).
type ParityFit =
    {
        Forward: float
        /// The price of one at expiry.
        Discount: float
        /// The root of the weighted mean square of what parity leaves, in the unit of prices.
        Residual: float
        /// Strikes used.
        Strikes: int
    }

/// Put-call parity over strikes where there is a call and a put. It holds for European options; American ones, and the more the
/// deeper in the money, are worth more than it says.
[<RequireQualifiedAccess>]
module ParityForward =

    let private sameLength (strikes: float[]) (columns: float[] list) : Result<unit, Fault> =
        match columns |> List.tryFind (fun column -> column.Length <> strikes.Length) with
        | Some column ->
            Error(
                Fault.BadShape("put-call parity", "prices", $"one per strike ({strikes.Length})", string column.Length)
            )
        | None -> Ok()

    /// The forward at the strike where call and put differ least, given the discount (the CBOE's rule). Fault.TooShort without a
    /// strike.
    let nearest (discount: float) (strikes: float[]) (calls: float[]) (puts: float[]) : Result<float, Fault> =
        sameLength strikes [ calls; puts ]
        |> Result.bind (fun () ->
            let sound =
                [|
                    for at in 0 .. strikes.Length - 1 do
                        let difference = calls[at] - puts[at]

                        if not (Double.IsNaN difference) then
                            strikes[at], difference
                |]

            if sound.Length = 0 then
                Error(Fault.TooShort("a forward from put-call parity", 1, 0))
            else
                let strike, difference = sound |> Array.minBy (snd >> abs)
                Ok(strike + difference / discount))

    /// Forward and discount by weighted least squares of call - put on the strike; weights positive, such as the inverse square of
    /// the two spreads together. Rows with a missing price or weight are left out. Fault.TooShort below three strikes,
    /// Fault.NotComputable where the slope is no discount.
    let regression (weights: float[]) (strikes: float[]) (calls: float[]) (puts: float[]) : Result<ParityFit, Fault> =
        either {
            do! sameLength strikes [ weights; calls; puts ]

            let rows =
                [|
                    for at in 0 .. strikes.Length - 1 do
                        if weights[at] > 0.0 && not (Double.IsNaN(calls[at] + puts[at])) then
                            struct (weights[at], strikes[at], calls[at] - puts[at])
                |]

            do! Either.require (Fault.TooShort("a forward from put-call parity", 3, rows.Length)) (rows.Length >= 3)

            let mean (value: float -> float -> float) =
                (rows
                 |> Array.sumBy (fun (struct (weight, strike, price)) -> weight * value strike price))
                / (rows |> Array.sumBy (fun (struct (weight, _, _)) -> weight))

            let strike, price = mean (fun strike _ -> strike), mean (fun _ price -> price)
            let spread = mean (fun k _ -> (k - strike) * (k - strike))
            let discount = -(mean (fun k p -> (k - strike) * (p - price))) / spread

            if not (discount > 0.0 && discount < 2.0) then
                return!
                    Error(
                        Fault.NotComputable(
                            "a forward from put-call parity",
                            $"prices fall by {discount} per unit of strike, which is no discount",
                            "Give quotes of one expiry and one time, or the forward itself."
                        )
                    )
            else
                let left = mean (fun k p -> let e = p - price + discount * (k - strike) in e * e)

                return
                    {
                        Forward = strike + price / discount
                        Discount = discount
                        Residual = sqrt left
                        Strikes = rows.Length
                    }
        }
