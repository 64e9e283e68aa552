/// The unit of a feature as degrees in price, quantity and time. Knows no feature.
namespace VolatilityForge

/// A product of powers: price^Price quantity^Quantity day^Day. All zero: a pure number.
[<Struct>]
type FeatureUnit =
    {
        Price: float
        Quantity: float
        Day: float
    }

/// Units and what becomes of them.
[<RequireQualifiedAccess>]
module FeatureUnit =

    /// A pure number: returns, ratios, ranks, logarithms.
    let one: FeatureUnit =
        {
            Price = 0.0
            Quantity = 0.0
            Day = 0.0
        }

    /// The currency of the prices.
    let price: FeatureUnit = { one with Price = 1.0 }

    /// Shares, contracts, coins: whatever sizes count.
    let quantity: FeatureUnit = { one with Quantity = 1.0 }

    /// Variance per day.
    let variance: FeatureUnit = { one with Day = -1.0 }

    /// The unit of a product.
    let multiply (left: FeatureUnit) (right: FeatureUnit) : FeatureUnit =
        {
            Price = left.Price + right.Price
            Quantity = left.Quantity + right.Quantity
            Day = left.Day + right.Day
        }

    /// The unit of a power.
    let power (exponent: float) (unit': FeatureUnit) : FeatureUnit =
        // Zero added: -0 is no exponent to show.
        {
            Price = exponent * unit'.Price + 0.0
            Quantity = exponent * unit'.Quantity + 0.0
            Day = exponent * unit'.Day + 0.0
        }

    /// The unit of a quotient.
    let divide (top: FeatureUnit) (bottom: FeatureUnit) : FeatureUnit = multiply top (power -1.0 bottom)

    let private numbers = [ "bid_size"; "ask_size"; "size"; "volume"; "open_interest" ]

    let private prices =
        [
            "bid"
            "ask"
            "price"
            "mid"
            "open"
            "high"
            "low"
            "close"
            "adjusted_close"
            "forward"
            "underlying"
            "strike"
        ]

    /// The unit of a source column by the usual names ("bid", "ask_size", "close", a level after an underscore as in
    /// "bid_2"); None for a name that tells nothing.
    let ofColumn (name: string) : FeatureUnit option =
        let plain =
            match name.LastIndexOf '_' with
            | at when at > 0 && at < name.Length - 1 && Seq.forall System.Char.IsDigit name[at + 1 ..] ->
                name[.. at - 1]
            | _ -> name

        if List.contains plain numbers then Some quantity
        elif List.contains plain prices then Some price
        else None

    /// As text: "price", "price^2", "price/quantity", "1/day", "1".
    let toText (unit': FeatureUnit) : string =
        let part (name: string) (exponent: float) =
            if exponent = 1.0 then
                name
            else
                let text =
                    exponent.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture)

                $"{name}^{text}"

        let parts = [ "price", unit'.Price; "quantity", unit'.Quantity; "day", unit'.Day ]

        let side (sign: float) =
            parts
            |> List.filter (fun (_, exponent) -> sign * exponent > 0.0)
            |> List.map (fun (name, exponent) -> part name (abs exponent))

        match String.concat " " (side 1.0), String.concat " " (side -1.0) with
        | "", "" -> "1"
        | top, "" -> top
        | "", bottom -> $"1/{bottom}"
        | top, bottom -> $"{top}/{bottom}"
