/// One symbol's trades over time, as checked columns. Knows no file, no cleaning and no measure.
namespace VolatilityForge

open System

/// Columns of trades before the check: one element per trade in each.
type TradeColumns =
    {
        /// The symbol; may be empty for a lone series.
        Symbol: string
        Times: DateTime[]
        Price: float[]
        /// Traded quantity, where the source has it.
        Size: float[] option
        /// Where the trade was made, where the source tells.
        Exchange: string[] option
        /// The conditions of sale, where the source has them.
        Condition: string[] option
        /// The correction indicator, 0 for a trade that was never corrected, where the source has it.
        Correction: float[] option
    }

/// One symbol's trades as they were received. Made by Trades.check only: times not decreasing (several trades may have one),
/// prices finite or NaN where missing, sizes finite and not negative or NaN. Arrays are not to be written to.
[<Sealed>]
type Trades internal (columns: TradeColumns, origin: int[] option) =

    internal new(columns: TradeColumns) = Trades(columns, None)

    /// The symbol, or an empty string for a lone series.
    member _.Symbol: string = columns.Symbol

    /// Not decreasing, as written in the source: no zone is converted.
    member _.Times: DateTime[] = columns.Times

    /// Prices.
    member _.Price: float[] = columns.Price

    /// Traded quantity, where the source has it.
    member _.Size: float[] option = columns.Size

    /// Where the trade was made, where the source tells.
    member _.Exchange: string[] option = columns.Exchange

    /// The conditions of sale, where the source has them.
    member _.Condition: string[] option = columns.Condition

    /// The correction indicator, where the source has it.
    member _.Correction: float[] option = columns.Correction

    /// Trades.
    member _.Length: int = columns.Times.Length

    member internal _.Columns: TradeColumns = columns

    /// Where each row stood in the trades these were taken from first; None where these are the first.
    member internal _.Origin: int[] option = origin

/// Making and reading trades.
[<RequireQualifiedAccess>]
module Trades =

    let private source (symbol: string) : string =
        if symbol = "" then "trades" else symbol

    /// Trades out of columns, which are taken and not copied, or every broken rule: columns of other lengths, and the first
    /// time that goes back, the first infinite price, the first size that is negative or infinite. Rows in faults count from 1.
    let check (columns: TradeColumns) : Result<Trades, Fault> =
        let rows = columns.Times.Length
        let source = source columns.Symbol

        Checked.all
            [
                TickRules.ordered source columns.Times
                TickRules.prices source rows "price" columns.Price
                TickRules.optional (TickRules.sizes source rows "size") columns.Size
                TickRules.optional (TickRules.asLong source rows "exchange") columns.Exchange
                TickRules.optional (TickRules.asLong source rows "condition") columns.Condition
                TickRules.optional (TickRules.sizes source rows "correction") columns.Correction
            ]
        |> Result.map (fun () -> Trades columns)

    /// The trades at these positions, which must increase.
    let internal take (positions: int[]) (trades: Trades) : Trades =
        let columns = trades.Columns

        Trades(
            {
                Symbol = columns.Symbol
                Times = TickRules.gather positions columns.Times
                Price = TickRules.gather positions columns.Price
                Size = columns.Size |> Option.map (TickRules.gather positions)
                Exchange = columns.Exchange |> Option.map (TickRules.gather positions)
                Condition = columns.Condition |> Option.map (TickRules.gather positions)
                Correction = columns.Correction |> Option.map (TickRules.gather positions)
            },
            Some(TickRules.origin positions trades.Origin)
        )

    /// The trades as a frame with columns price and, where there are sizes, size; Fault.BadData where two trades have one
    /// time, which merging of duplicates mends.
    let toFrame (trades: Trades) : Result<Frame, Fault> =
        Frame.create
            trades.Symbol
            trades.Times
            (("price", trades.Price)
             :: (trades.Size |> Option.map (fun size -> "size", size) |> Option.toList))

    /// What cleaning and framing need of trades.
    let internal kind: TickKind<Trades> =
        {
            Name = "trades"
            Times = _.Times
            Exchange = _.Exchange
            Origin = _.Origin
            Take = take
            ToFrame = toFrame
        }

    /// The trades that a function of their position keeps.
    let filter (keeps: int -> bool) (trades: Trades) : Trades = TickKind.filter kind keeps trades
