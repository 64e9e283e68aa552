/// One symbol's best bids and asks over time, as checked columns. Knows no file, no cleaning and no measure.
namespace VolatilityForge

open System

/// Columns of quotes before the check: one element per quote in each.
type QuoteColumns =
    {
        /// The symbol; may be empty for a lone series.
        Symbol: string
        Times: DateTime[]
        Bid: float[]
        Ask: float[]
        /// Quantity at the bid, where the source has it.
        BidSize: float[] option
        /// Quantity at the ask, where the source has it.
        AskSize: float[] option
        /// Where the quote was made, where the source tells.
        Exchange: string[] option
    }

/// One symbol's quotes as they were received. Made by Quotes.check only: times not decreasing (several quotes may have one),
/// prices finite or NaN where missing, sizes finite and not negative or NaN. Zero prices and crossed quotes stand: cleaning
/// counts and removes them. Arrays are not to be written to.
[<Sealed>]
type Quotes internal (columns: QuoteColumns, origin: int[] option) =

    internal new(columns: QuoteColumns) = Quotes(columns, None)

    /// The symbol, or an empty string for a lone series.
    member _.Symbol: string = columns.Symbol

    /// Not decreasing, as written in the source: no zone is converted.
    member _.Times: DateTime[] = columns.Times

    /// Best bids.
    member _.Bid: float[] = columns.Bid

    /// Best asks.
    member _.Ask: float[] = columns.Ask

    /// Quantity at the bid, where the source has it.
    member _.BidSize: float[] option = columns.BidSize

    /// Quantity at the ask, where the source has it.
    member _.AskSize: float[] option = columns.AskSize

    /// Where the quote was made, where the source tells.
    member _.Exchange: string[] option = columns.Exchange

    /// Quotes.
    member _.Length: int = columns.Times.Length

    member internal _.Columns: QuoteColumns = columns

    /// Where each row stood in the quotes these were taken from first; None where these are the first.
    member internal _.Origin: int[] option = origin

/// Making and reading quotes.
[<RequireQualifiedAccess>]
module Quotes =

    let private source (symbol: string) : string =
        if symbol = "" then "quotes" else symbol

    /// Quotes out of columns, which are taken and not copied, or every broken rule: columns of other lengths, and the first
    /// time that goes back, the first infinite price, the first size that is negative or infinite. Rows in faults count from 1.
    let check (columns: QuoteColumns) : Result<Quotes, Fault> =
        let rows = columns.Times.Length
        let source = source columns.Symbol

        Checked.all
            [
                TickRules.ordered source columns.Times
                TickRules.prices source rows "bid" columns.Bid
                TickRules.prices source rows "ask" columns.Ask
                TickRules.optional (TickRules.sizes source rows "bid size") columns.BidSize
                TickRules.optional (TickRules.sizes source rows "ask size") columns.AskSize
                TickRules.optional (TickRules.asLong source rows "exchange") columns.Exchange
            ]
        |> Result.map (fun () -> Quotes columns)

    /// The quotes at these positions, which must increase.
    let internal take (positions: int[]) (quotes: Quotes) : Quotes =
        let columns = quotes.Columns

        let optional column =
            column |> Option.map (TickRules.gather positions)

        Quotes(
            {
                Symbol = columns.Symbol
                Times = TickRules.gather positions columns.Times
                Bid = TickRules.gather positions columns.Bid
                Ask = TickRules.gather positions columns.Ask
                BidSize = optional columns.BidSize
                AskSize = optional columns.AskSize
                Exchange = columns.Exchange |> Option.map (TickRules.gather positions)
            },
            Some(TickRules.origin positions quotes.Origin)
        )

    /// The middle between bid and ask; NaN where either is missing.
    let mid (quotes: Quotes) : float[] =
        Array.map2 (fun bid ask -> 0.5 * (bid + ask)) quotes.Bid quotes.Ask

    /// Ask less bid; NaN where either is missing, negative where they are crossed.
    let spread (quotes: Quotes) : float[] =
        Array.map2 (fun bid ask -> ask - bid) quotes.Bid quotes.Ask

    /// The quotes as a frame with columns bid, ask, bid_size and ask_size, sizes where there are; Fault.BadData where two
    /// quotes have one time, which merging of duplicates mends.
    let toFrame (quotes: Quotes) : Result<Frame, Fault> =
        let optional name column =
            column |> Option.map (fun values -> name, values) |> Option.toList

        Frame.create
            quotes.Symbol
            quotes.Times
            ([ "bid", quotes.Bid; "ask", quotes.Ask ]
             @ optional "bid_size" quotes.BidSize
             @ optional "ask_size" quotes.AskSize)

    /// What cleaning and framing need of quotes.
    let internal kind: TickKind<Quotes> =
        {
            Name = "quotes"
            Times = _.Times
            Exchange = _.Exchange
            Origin = _.Origin
            Take = take
            ToFrame = toFrame
        }

    /// The quotes that a function of their position keeps.
    let filter (keeps: int -> bool) (quotes: Quotes) : Quotes = TickKind.filter kind keeps quotes
