/// Prices of one symbol tick by tick, and the days they fall into. Knows no estimator and no file.
namespace VolatilityForge

open System

/// How prices become returns.
[<RequireQualifiedAccess>]
type ReturnKind =
    /// Differences of logarithms; prices must be positive.
    | Log
    /// Differences of prices, for markets whose prices may be zero or negative; variances are in squared units of price.
    | Arithmetic

/// Prices over time, not decreasing in time. Made by TickPrices.check and what rests on it: finite and, for log returns,
/// positive. Arrays are not to be written to.
[<Sealed>]
type TickPrices internal (symbol: string, kind: ReturnKind, times: DateTime[], levels: float[]) =

    /// The symbol, or an empty string for a lone series.
    member _.Symbol: string = symbol

    /// How returns are taken.
    member _.Kind: ReturnKind = kind

    /// Not decreasing.
    member _.Times: DateTime[] = times

    /// What returns are differences of: log prices, or prices for arithmetic returns.
    member _.Levels: float[] = levels

    /// Ticks.
    member _.Length: int = times.Length

/// The ticks of one session.
type PriceDay =
    {
        Date: DateOnly
        Session: Session
        /// Not decreasing, within the session.
        Times: DateTime[]
        /// What returns are differences of; as long as Times.
        Levels: float[]
    }

/// Making prices and cutting them into days.
[<RequireQualifiedAccess>]
module TickPrices =

    let private remedy =
        "Clean the data first (zero-price, missing-price), or take arithmetic returns where prices may be negative."

    /// Prices, or the first broken rule: as many as times, times not decreasing, finite, and positive for log returns. The
    /// column is what faults call the prices; rows in faults count from 1.
    let check
        (kind: ReturnKind)
        (symbol: string)
        (column: string)
        (times: DateTime[])
        (prices: float[])
        : Result<TickPrices, Fault> =
        let source = if symbol = "" then "ticks" else symbol

        let broken row rule =
            let place =
                {
                    Source = source
                    Row = row + 1
                    Column = column
                }

            Error(Fault.BadData(place, rule, $"{TickRules.shown prices[row]} at {DateText.stamp times[row]}", remedy))

        Checked.all
            [
                TickRules.ordered source times
                TickRules.asLong source times.Length column prices
            ]
        |> Result.bind (fun () ->
            match Array.tryFindIndex (Double.IsFinite >> not) prices with
            | Some row -> broken row "prices must be finite"
            | None ->
                match kind with
                | ReturnKind.Arithmetic -> Ok(TickPrices(symbol, kind, times, prices))
                | ReturnKind.Log ->
                    match Array.tryFindIndex (fun price -> price <= 0.0) prices with
                    | Some row -> broken row "prices must be positive for log returns"
                    | None -> Ok(TickPrices(symbol, kind, times, Array.map log prices)))

    /// The prices of trades.
    let ofTrades (kind: ReturnKind) (trades: Trades) : Result<TickPrices, Fault> =
        check kind trades.Symbol "price" trades.Times trades.Price

    /// The middles between bids and asks. For log returns both must be positive: a quote without a bid has no middle.
    let ofQuotes (kind: ReturnKind) (quotes: Quotes) : Result<TickPrices, Fault> =
        let oneSided row =
            kind = ReturnKind.Log && (quotes.Bid[row] <= 0.0 || quotes.Ask[row] <= 0.0)

        let mids =
            Quotes.mid quotes
            |> Array.mapi (fun row mid -> if oneSided row then 0.0 else mid)

        check kind quotes.Symbol "mid" quotes.Times mids

    /// The sessions with ticks, in order; ticks outside the sessions of the calendar and in its halts are left out.
    let days (calendar: Calendar) (prices: TickPrices) : PriceDay list =
        [
            for struct (first, last) in Cleaning.days prices.Times do
                let date = DateOnly.FromDateTime prices.Times[first]

                match Calendar.session date calendar with
                | None -> ()
                | Some session ->
                    let kept =
                        [| first..last |]
                        |> Array.filter (fun row -> Calendar.isOpen prices.Times[row] calendar)

                    if kept.Length > 0 then
                        {
                            Date = date
                            Session = session
                            Times = TickRules.gather kept prices.Times
                            Levels = TickRules.gather kept prices.Levels
                        }
        ]
