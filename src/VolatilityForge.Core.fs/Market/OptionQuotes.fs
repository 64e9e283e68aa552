/// One underlying's option quotes over time, as checked columns. Knows no file and no pricing formula.
namespace VolatilityForge

open System

/// The right of an option.
[<RequireQualifiedAccess; Struct>]
type OptionRight =
    | Call
    | Put

/// Columns of option quotes before the check: one element per quote in each. Of bids and asks a source has prices,
/// implied volatilities, or both.
type OptionQuoteColumns =
    {
        /// The symbol of the underlying; may be empty for a lone chain.
        Underlying: string
        Times: DateTime[]
        Expiry: DateOnly[]
        Strike: float[]
        /// None where quotes are volatilities of a strike, whichever the right.
        Right: OptionRight[] option
        /// Prices.
        Bid: float[] option
        /// Prices.
        Ask: float[] option
        BidSize: float[] option
        AskSize: float[] option
        /// Implied volatilities, per root year.
        BidVolatility: float[] option
        /// Implied volatilities, per root year.
        AskVolatility: float[] option
        /// Forward price of the underlying at the expiry.
        Forward: float[] option
        /// Years to the expiry as the source counts them.
        Years: float[] option
        /// Price of the call between its bid and ask.
        CallMid: float[] option
        /// Price of the underlying.
        UnderlyingPrice: float[] option
    }

/// One underlying's option quotes. Made by OptionQuotes.check only: times not decreasing, strikes finite and positive,
/// no expiry before the day of its quote, everything else finite and not negative or NaN where missing. Arrays are not to be written to.
[<Sealed>]
type OptionQuotes internal (columns: OptionQuoteColumns) =

    /// The symbol of the underlying, or an empty string for a lone chain.
    member _.Underlying: string = columns.Underlying

    /// Not decreasing, as written in the source.
    member _.Times: DateTime[] = columns.Times

    /// Expiries.
    member _.Expiry: DateOnly[] = columns.Expiry

    /// Strikes.
    member _.Strike: float[] = columns.Strike

    /// Rights; None where quotes are volatilities of a strike, whichever the right.
    member _.Right: OptionRight[] option = columns.Right

    /// Bid prices, where the source has them.
    member _.Bid: float[] option = columns.Bid

    /// Ask prices, where the source has them.
    member _.Ask: float[] option = columns.Ask

    /// Quantity at the bid, where the source has it.
    member _.BidSize: float[] option = columns.BidSize

    /// Quantity at the ask, where the source has it.
    member _.AskSize: float[] option = columns.AskSize

    /// Implied volatilities of the bids per root year, where the source has them.
    member _.BidVolatility: float[] option = columns.BidVolatility

    /// Implied volatilities of the asks per root year, where the source has them.
    member _.AskVolatility: float[] option = columns.AskVolatility

    /// Forward price of the underlying at the expiry, where the source has it.
    member _.Forward: float[] option = columns.Forward

    /// Years to the expiry as the source counts them, where it does.
    member _.Years: float[] option = columns.Years

    /// Price of the call between its bid and ask, where the source has it.
    member _.CallMid: float[] option = columns.CallMid

    /// Price of the underlying, where the source has it.
    member _.UnderlyingPrice: float[] option = columns.UnderlyingPrice

    /// Quotes.
    member _.Length: int = columns.Times.Length

    member internal _.Columns: OptionQuoteColumns = columns

/// Making and reading option quotes.
[<RequireQualifiedAccess>]
module OptionQuotes =

    let private expiries (source: string) (columns: OptionQuoteColumns) : Checked<unit> =
        match TickRules.asLong source columns.Times.Length "expiry" columns.Expiry with
        | Error fault -> Error fault
        | Ok() ->
            let late row =
                columns.Expiry[row] < DateOnly.FromDateTime columns.Times[row]

            match Seq.tryFind late (seq { 0 .. columns.Times.Length - 1 }) with
            | None -> Ok()
            | Some row ->
                let place =
                    {
                        Source = source
                        Row = row + 1
                        Column = "expiry"
                    }

                let found =
                    columns.Expiry[row].ToString("O", Globalization.CultureInfo.InvariantCulture)

                Error(Fault.BadData(place, "an option must not be quoted after its expiry", found, ""))

    /// Option quotes out of columns, which are taken and not copied, or every broken rule. Rows in faults count from 1.
    let check (columns: OptionQuoteColumns) : Result<OptionQuotes, Fault> =
        let rows = columns.Times.Length

        let source =
            if columns.Underlying = "" then
                "option quotes"
            else
                columns.Underlying

        let notNegative name column =
            TickRules.optional (TickRules.sizes source rows name) column

        Checked.all
            [
                TickRules.ordered source columns.Times
                expiries source columns
                TickRules.every
                    source
                    rows
                    "strike"
                    "strikes must be finite and positive"
                    (fun strike -> Double.IsFinite strike && strike > 0.0)
                    columns.Strike
                TickRules.optional (TickRules.asLong source rows "right") columns.Right
                notNegative "bid" columns.Bid
                notNegative "ask" columns.Ask
                notNegative "bid size" columns.BidSize
                notNegative "ask size" columns.AskSize
                notNegative "bid volatility" columns.BidVolatility
                notNegative "ask volatility" columns.AskVolatility
                notNegative "forward" columns.Forward
                notNegative "years" columns.Years
                notNegative "call mid" columns.CallMid
                notNegative "underlying price" columns.UnderlyingPrice
            ]
        |> Result.map (fun () -> OptionQuotes columns)

    /// The quotes at these positions, which must increase.
    let internal take (positions: int[]) (quotes: OptionQuotes) : OptionQuotes =
        let columns = quotes.Columns

        let optional column =
            column |> Option.map (TickRules.gather positions)

        OptionQuotes
            {
                Underlying = columns.Underlying
                Times = TickRules.gather positions columns.Times
                Expiry = TickRules.gather positions columns.Expiry
                Strike = TickRules.gather positions columns.Strike
                Right = columns.Right |> Option.map (TickRules.gather positions)
                Bid = optional columns.Bid
                Ask = optional columns.Ask
                BidSize = optional columns.BidSize
                AskSize = optional columns.AskSize
                BidVolatility = optional columns.BidVolatility
                AskVolatility = optional columns.AskVolatility
                Forward = optional columns.Forward
                Years = optional columns.Years
                CallMid = optional columns.CallMid
                UnderlyingPrice = optional columns.UnderlyingPrice
            }

    /// The quotes that a function of their position keeps.
    let filter (keeps: int -> bool) (quotes: OptionQuotes) : OptionQuotes =
        take (Array.filter keeps [| 0 .. quotes.Length - 1 |]) quotes

    /// The quotes of each time, in order of time.
    let snapshots (quotes: OptionQuotes) : (DateTime * OptionQuotes) list =
        [
            let mutable first = 0

            while first < quotes.Length do
                let time = quotes.Times[first]
                let mutable next = first

                while next < quotes.Length && quotes.Times[next] = time do
                    next <- next + 1

                time, take [| first .. next - 1 |] quotes
                first <- next
        ]
