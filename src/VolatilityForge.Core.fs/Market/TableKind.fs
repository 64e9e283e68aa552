/// What a table of market data holds, told by its header. Reads the header and the first rows.
namespace VolatilityForge

open System
open System.IO

/// What a table of market data holds.
[<RequireQualifiedAccess>]
type TableKind =
    /// Daily bars: open, high, low and close without a time of day.
    | Bars
    /// Bids and asks.
    | Quotes
    /// Prices of trades, or bars with a time of day.
    | Trades
    /// Strikes and expiries.
    | OptionQuotes
    /// Any other numbers over time.
    | Frame

/// Telling what a table holds.
[<RequireQualifiedAccess>]
module TableKind =

    let private all: (string * TableKind) list =
        [
            "bars", TableKind.Bars
            "quotes", TableKind.Quotes
            "trades", TableKind.Trades
            "options", TableKind.OptionQuotes
            "frame", TableKind.Frame
        ]

    /// The kind's name: "bars", "quotes", "trades", "options", "frame".
    let name (kind: TableKind) : string =
        all |> List.find (snd >> (=) kind) |> fst

    /// The kind of a name; Fault.UnknownName lists the names.
    let parse (text: string) : Result<TableKind, Fault> =
        all
        |> List.tryFind (fun (name, _) -> name = text.ToLowerInvariant())
        |> Option.map snd
        |> Either.ofOption (Fault.UnknownName("kind of data", text, List.map fst all))

    // A time of day, written after the date or in a column of its own, or a count of seconds.
    let private isTimed (format: string option) (text: ReadOnlySpan<char>) : bool =
        let mutable packed = 0L

        (StampColumn format).Read(1, text, &packed) = StampFlaw.None
        && packed % TimeSpan.TicksPerDay <> 0L

    // Where markets never close the first row, or that of each symbol, is at midnight.
    let private rowsLookedAt = 10_000

    let private hasTimes (options: TableOptions) (header: TableHeader) (time: int) : bool =
        let mutable left = rowsLookedAt
        let mutable timed = false

        while not timed && left > 0 && header.Cells.Read() do
            timed <-
                header.Cells.Count > time
                && isTimed options.DateFormat (header.Cells.Field time)

            left <- left - 1

        timed

    /// The kind of a text by its columns: strike and expiry; bid and ask; open, high, low and close, which are bars where the
    /// first 10,000 times are dates (a file that lacks one of high and low is one of bars too, for its fault to be told); a
    /// price. Named columns count by their roles.
    let detectText (options: TableOptions) (source: string) (text: TextReader) : Result<TableKind, Fault> =
        either {
            let! header = TableHeader.read options source text

            let has role names =
                match TableHeader.find options header role names with
                | Ok position -> position >= 0
                // There, if twice.
                | Error _ -> true

            let bars =
                [ "open"; "high"; "low"; "close" ]
                |> List.forall (fun role -> has role [ role ])

            let! time = TableHeader.find options header "time" TableHeader.timeNames

            let! clock =
                TableHeader.find options header "time of day" [ "timem"; "timeofday"; "clock" ]

            return
                if has "strike" [ "strike"; "strikeprice" ] then
                    TableKind.OptionQuotes
                elif has "bid" TickRoles.bid && has "ask" TickRoles.ask then
                    TableKind.Quotes
                elif bars then
                    let timed = clock >= 0 || (time >= 0 && hasTimes options header time)
                    if timed then TableKind.Trades else TableKind.Bars
                elif has "price" [ "price"; "tradeprice"; "px" ] then
                    TableKind.Trades
                elif
                    has "close" [ "close"; "closeprice"; "c" ]
                    && has "open" [ "open"; "openprice"; "o" ]
                    // With neither they are prices beside measures of the day.
                    && (has "high" [ "high"; "highprice"; "h" ] || has "low" [ "low"; "lowprice"; "l" ])
                then
                    TableKind.Bars
                else
                    TableKind.Frame
        }

    /// The kind of a file, as detectText.
    let detect (options: TableOptions) (path: string) : Result<TableKind, Fault> =
        Source.read path (detectText options path)
