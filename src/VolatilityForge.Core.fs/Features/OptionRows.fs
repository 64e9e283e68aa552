/// Option quotes as one frame per contract, with the columns that features of single options read. Knows no file and no feature.
namespace VolatilityForge

open System
open System.Collections.Generic
open System.Globalization

/// Contracts of a chain over time.
[<RequireQualifiedAccess>]
module OptionRows =

    /// The columns of each frame: bid and ask as quoted; price, their middle; forward, discount and volatility at the money of the
    /// expiry; the price of the underlying, where the source lacks it discount times forward (no income until expiry); strike; years to
    /// expiry; right, 1 for calls and -1 for puts; the option's own volatility.
    let names: string list =
        [
            "bid"
            "ask"
            "price"
            "forward"
            "discount"
            "atm_volatility"
            "underlying"
            "strike"
            "years"
            "right"
            "volatility"
        ]

    let private symbol (underlying: string) (expiry: DateOnly) (strike: float) (right: OptionRight) : string =
        let side =
            match right with
            | OptionRight.Call -> "C"
            | OptionRight.Put -> "P"

        let date = expiry.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        let strike = strike.ToString("R", CultureInfo.InvariantCulture)
        $"{underlying} {date} {strike} {side}".TrimStart()

    /// The values of a quote in the order of `names`.
    let private values (quotes: OptionQuotes) (row: int) (right: OptionRight) (expiry: ExpirySmile) : float[] =
        let cell (column: float[] option) =
            column |> Option.map (fun values -> values[row]) |> Option.defaultValue nan

        let smile, discount = expiry.Smile, expiry.Discount
        let strike = quotes.Strike[row]

        let middle bid ask =
            if bid > 0.0 && ask >= bid then 0.5 * (bid + ask) else nan

        let quoted = middle (cell quotes.BidVolatility) (cell quotes.AskVolatility)

        let undiscounted (volatility: float) =
            let scale = sqrt (smile.Forward * strike)
            let intrinsic = Math.Max(0.0, BlackScholes.sign right * (smile.Forward - strike))

            intrinsic
            + scale
              * NormalisedBlack.price (abs (log (strike / smile.Forward))) (volatility * sqrt smile.Years)

        let price =
            match middle (cell quotes.Bid) (cell quotes.Ask) with
            | price when Double.IsNaN price -> discount * undiscounted quoted
            | price -> price

        let volatility =
            if Double.IsNaN quoted then
                ImpliedVolatility.ofUndiscounted right smile.Forward strike smile.Years (price / discount)
            else
                quoted

        let underlying =
            match cell quotes.UnderlyingPrice with
            | price when Double.IsNaN price -> discount * smile.Forward
            | price -> price

        [|
            cell quotes.Bid
            cell quotes.Ask
            price
            smile.Forward
            discount
            Smile.volatilityAt 0.0 smile
            underlying
            strike
            smile.Years
            (match right with
             | OptionRight.Call -> 1.0
             | OptionRight.Put -> -1.0)
            volatility
        |]

    /// A frame for each contract, its symbol made of underlying, expiry, strike and right, in ordinal order of symbols; each row reads
    /// quotes of its own time only. Quotes of a strike without a right are those of the option out of the money; sources of volatilities
    /// have undiscounted prices. Of quotes of one contract and time the last stands. Quotes of an expiry without a forward or a smile
    /// are left out; `OptionSurface.expiries` says why. Fault.TooShort where none is left.
    let frames (options: SurfaceOptions) (quotes: OptionQuotes) : Result<Frame list, Fault> =
        let contracts =
            SortedDictionary<string, List<struct (DateTime * float[])>>(StringComparer.Ordinal)

        for time, snapshot in OptionQuotes.snapshots quotes do
            for expiry, rows, smile in OptionSurface.expiriesOf options snapshot do
                match smile with
                | Error _ -> ()
                | Ok smile ->
                    for row in rows do
                        let right =
                            match snapshot.Right with
                            | Some rights -> rights[row]
                            | None when snapshot.Strike[row] >= smile.Smile.Forward -> OptionRight.Call
                            | None -> OptionRight.Put

                        let name = symbol quotes.Underlying expiry snapshot.Strike[row] right

                        let held =
                            match contracts.TryGetValue name with
                            | true, held -> held
                            | _ ->
                                let held = List()
                                contracts[name] <- held
                                held

                        if held.Count > 0 then
                            let struct (before, _) = held[held.Count - 1]

                            if before = time then
                                held.RemoveAt(held.Count - 1)

                        held.Add(struct (time, values snapshot row right smile))

        either {
            do! Either.require (Fault.TooShort("contracts of an option chain", 1, 0)) (contracts.Count > 0)

            return!
                [ for pair in contracts -> pair.Key, pair.Value.ToArray() ]
                |> Checked.traverse (fun (name, rows) ->
                    names
                    |> List.mapi (fun at column -> column, rows |> Array.map (fun (struct (_, values)) -> values[at]))
                    |> Frame.own name (rows |> Array.map (fun (struct (time, _)) -> time)))
        }
